//! Counters of password guesses; the statements are the same whether or not a user has the login
//! (ATTACKS G-98).
//!
//! A guess is counted by login and guesser before it is verified; a wrong one also by account and
//! guesser, and by login over all guessers. A correct password therefore writes no extra rows. Rows
//! about an account include its `not_before`, so that a new password starts a new count.

use serde::Deserialize;

use super::{
    accounts::of_login,
    attempts::{self, Attempt, PasswordSource},
    query::Query,
};
use crate::{
    core::{
        limit::{AttemptLimit, PRIME, SLOTS, Slot, Slowing, Spread},
        time::UnixTime,
    },
    origin::store::users::User,
    ports::{Statement, flag},
};

/// A network's first wrong guess at a login in a day.
const ONCE: AttemptLimit = AttemptLimit::within(1, 24 * 3600);

/// Where guesses at one login by one guesser are counted.
#[derive(Debug, Clone)]
pub struct Counters {
    /// By login and guesser.
    pub here: Slot,
    /// By account and guesser, whichever login names the account.
    pub account: Spread,
    /// In its place, if no account has the login.
    pub unknown: Slot,
    /// By login over all guessers, or over all browsers that are known.
    pub everywhere: Slot,
    /// The first guess of a network; `None`: the browser is known.
    pub first: Option<First>,
}

/// Where a network's first wrong guess at a login in a day is counted, so that one that guesses without end does
/// not delay the first one of another network.
#[derive(Debug, Clone)]
pub struct First {
    /// By login and network.
    pub here: Slot,
    /// By login over all networks, in place of [`Counters::everywhere`].
    pub everywhere: Slot,
}

/// A guess that is to be counted.
#[derive(Debug, Clone, Copy)]
pub struct Guess<'a> {
    /// The text of [`super::accounts::login`].
    pub login: &'a str,
    /// Where it is counted.
    pub counters: &'a Counters,
    /// The lock-out limit per guesser.
    pub lock: AttemptLimit,
    /// The slowing of all guessers.
    pub slowing: Slowing,
    /// Now.
    pub now: UnixTime,
}

/// The counter results of a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guessed {
    /// By login: the guesser learns of a refusal, which says nothing about accounts.
    pub login: Attempt,
    /// How many were wrong by account. A guesser who learned of a refusal would learn that two logins are of
    /// one account.
    pub wrong: i64,
    /// Whether no guess of the network at the login was wrong before.
    pub is_first: bool,
}

impl Guess<'_> {
    /// Counts the guess; with `source` only if that has been counted in the same transaction and has not too
    /// many: else `None`.
    pub fn counted(&self, source: Option<&PasswordSource<'_>>) -> Query<Option<Guessed>> {
        #[derive(Deserialize)]
        struct State {
            wrong: i64,
            until: UnixTime,
            #[serde(deserialize_with = "flag")]
            is_first: bool,
        }
        let (lock, now) = (self.lock, self.now);
        let here = Query::rows(self.of_login(source), move |rows| {
            (!rows.is_empty()).then(|| attempts::outcome(lock, rows)).transpose()
        });
        let state = Query::<Option<State>>::first(self.state());
        here.and(state).map(move |(here, state)| {
            let State { wrong, until, is_first } = state?;
            let login = match here? {
                Attempt::Allowed if until > now => Attempt::Refused(until),
                here => here,
            };
            Some(Guessed { login, wrong, is_first })
        })
    }

    /// The statements that count the guess as a wrong one, which `is_first` of its network or not.
    pub fn wrong(&self, is_first: bool) -> Vec<Statement> {
        let Counters { everywhere, first, .. } = self.counters;
        let noted = first.as_ref().map(|first| attempts::counting(&first.here, ONCE, self.now));
        let first = first.as_ref().filter(|_| is_first);
        let everywhere = first.map_or(everywhere, |first| &first.everywhere);
        let sql = slowing(&format!("?3 || {}", since()));
        let everywhere = slow(sql, self.login, everywhere, self.slowing, self.now);
        [Some(self.of_account()), Some(everywhere), noted].into_iter().flatten().collect()
    }

    /// How many guesses were wrong by account, and until when those at the login have to wait.
    fn state(&self) -> Statement {
        let Counters { account, unknown, everywhere, first, .. } = self.counters;
        let (place, since) = (place(), since());
        let of = |slot: &Slot| (slot.subject.clone(), slot.occupant.clone());
        let (here, of_first) = first
            .as_ref()
            .map(|first| (of(&first.here), of(&first.everywhere)))
            .unwrap_or_default();
        Statement::new(format!(
            "SELECT coalesce((SELECT count FROM ({place}) AS place JOIN attempts \
             ON attempts.subject = place.subject AND attempts.occupant = place.occupant \
             WHERE expires_at > ?4), 0) AS wrong, \
             coalesce((SELECT total_expires_at FROM attempts \
             WHERE subject = iif(is_first, ?13, ?9) \
             AND occupant = iif(is_first, ?14, ?10) || {since} AND expires_at > ?4), 0) AS until, \
             is_first FROM (SELECT ?11 <> '' AND NOT EXISTS (SELECT 1 FROM attempts \
             WHERE subject = ?11 AND occupant = ?12 AND expires_at > ?4) AS is_first)"
        ))
        .bind(self.login)
        .bind(account.kind)
        .bind(&account.occupant)
        .bind(self.now)
        .bind(account.factor)
        .bind(account.summand)
        .bind(&unknown.subject)
        .bind(&unknown.occupant)
        .bind(&everywhere.subject)
        .bind(&everywhere.occupant)
        .bind(here.0)
        .bind(here.1)
        .bind(of_first.0)
        .bind(of_first.1)
    }

    fn of_login(&self, source: Option<&PasswordSource<'_>>) -> Statement {
        let Slot { subject, occupant } = &self.counters.here;
        let (since, rest) = (since(), locking("?5", "?6", "?7"));
        let condition = source.map_or("true", |_| {
            "EXISTS (SELECT 1 FROM attempts WHERE subject = ?8 AND count <= ?9 AND total <= ?10)"
        });
        let statement = Statement::new(format!(
            "INSERT INTO attempts (subject, occupant, count, expires_at) \
             SELECT ?2, ?3 || {since}, 1, ?4 + ?6 WHERE {condition} {rest}"
        ))
        .bind(self.login)
        .bind(subject)
        .bind(occupant)
        .bind(self.now)
        .bind(self.lock.attempts)
        .bind(self.lock.window)
        .bind(self.lock.freeze);
        let Some(source) = source else { return statement };
        statement
            .bind(&source.slot.subject)
            .bind(source.failures.attempts)
            .bind(source.all.attempts)
    }

    fn of_account(&self) -> Statement {
        let Counters { account, unknown, .. } = self.counters;
        let (place, rest) = (place(), locking("?9", "?10", "?11"));
        Statement::new(format!(
            "INSERT INTO attempts (subject, occupant, count, expires_at) \
             SELECT subject, occupant, 1, ?4 + ?10 FROM ({place}) WHERE true {rest}"
        ))
        .bind(self.login)
        .bind(account.kind)
        .bind(&account.occupant)
        .bind(self.now)
        .bind(account.factor)
        .bind(account.summand)
        .bind(&unknown.subject)
        .bind(&unknown.occupant)
        .bind(self.lock.attempts)
        .bind(self.lock.window)
        .bind(self.lock.freeze)
    }
}

impl Counters {
    /// The statements that forget what the guesser got wrong before `user` has shown the right password, of which
    /// `wrong` by account. What others got wrong stays counted.
    pub fn forgotten(&self, user: &User, wrong: i64) -> Vec<Statement> {
        self.forgotten_for(Some(user), wrong)
    }

    /// The same, where the login may be of no account: a directory knows it.
    pub fn forgotten_for(&self, user: Option<&User>, wrong: i64) -> Vec<Statement> {
        let here = attempts::forget(&self.here_of(user));
        let Some(user) = user else {
            let of_unknown = (wrong > 0).then(|| attempts::forget(&self.unknown));
            return [Some(here), of_unknown].into_iter().flatten().collect();
        };
        let since = user.not_before.0;
        let Spread { kind, factor, summand, occupant } = &self.account;
        let of_account = (wrong > 0).then(|| {
            let number = spread("?2", "?3");
            Statement::new(format!(
                "DELETE FROM attempts WHERE subject = (SELECT ?1 || ':' || {number} FROM users \
                 WHERE users.id = ?4) AND occupant = ?5"
            ))
            .bind(*kind)
            .bind(*factor)
            .bind(*summand)
            .bind(&user.id)
            .bind(format!("{occupant}:{}:{since}", user.id))
        });
        [Some(here), of_account].into_iter().flatten().collect()
    }

    /// The statements that take a counted guess back that was not verified.
    pub fn taken_back(&self, user: Option<&User>) -> Vec<Statement> {
        vec![attempts::refund(&self.here_of(user))]
    }

    fn here_of(&self, user: Option<&User>) -> Slot {
        let since = user.map_or(0, |user| user.not_before.0);
        Slot { occupant: format!("{}:{since}", self.here.occupant), ..self.here.clone() }
    }
}

/// Counts an attempt in `slot`, which is refused only until its delay is over.
pub fn slowed(slot: &Slot, limit: Slowing, now: UnixTime) -> Query<Attempt> {
    Query::rows(slow(slowing("?3 || ?1"), "", slot, limit, now), |rows| {
        #[derive(Deserialize)]
        struct Slowed {
            total: i64,
            total_expires_at: UnixTime,
        }
        let row = rows.into_iter().next().ok_or_else(attempts::no_row)?;
        let Slowed { total, total_expires_at } = row.into_record()?;
        Ok(if total == 0 { Attempt::Allowed } else { Attempt::Refused(total_expires_at) })
    })
}

/// The number of a row, among those of its kind, for the user `users`.
fn spread(factor: &str, summand: &str) -> String {
    format!("(({factor} * (users.rowid % {PRIME}) + {summand}) % {PRIME} % {SLOTS})")
}

/// The place where a guesser's wrong guesses at the account of the login `?1` are counted, or at the login if
/// no account has it.
fn place() -> String {
    let (of, number) = (of_login("?1"), spread("?5", "?6"));
    format!(
        "SELECT coalesce(?2 || ':' || {number}, ?7) AS subject, \
         coalesce(?3 || ':' || users.id || ':' || not_before, ?8) AS occupant \
         FROM (SELECT 1) LEFT JOIN users ON users.id = {of}"
    )
}

/// What the occupant of a login's row ends with.
fn since() -> String {
    let of = of_login("?1");
    format!("':' || coalesce((SELECT not_before FROM users WHERE id = {of}), 0)")
}

/// Whether a row begins a new count.
const IS_NEW: &str = "expires_at <= ?4 OR occupant <> excluded.occupant";

/// What a guess changes in its row, as [`attempts::counting`] does.
fn locking(attempts: &str, window: &str, freeze: &str) -> String {
    format!(
        "ON CONFLICT (subject) DO UPDATE SET occupant = excluded.occupant, \
         count = CASE WHEN {IS_NEW} THEN 1 ELSE min(count, {attempts}) + 1 END, \
         expires_at = CASE WHEN {IS_NEW} THEN ?4 + {window} \
         WHEN count + 1 = {attempts} AND {freeze} IS NOT NULL THEN ?4 + {freeze} \
         ELSE expires_at END RETURNING count, expires_at"
    )
}

/// In the row of a [`Slowing`] `total_expires_at` is the time from which the next attempt may be made, and
/// `total` says whether the last one came too early.
fn slowing(occupant: &str) -> String {
    format!(
        "INSERT INTO attempts (subject, occupant, count, expires_at, total, total_expires_at) \
         SELECT ?2, {occupant}, 1, ?4 + ?6, 0, 0 WHERE true \
         ON CONFLICT (subject) DO UPDATE SET occupant = excluded.occupant, \
         count = CASE WHEN {IS_NEW} THEN 1 ELSE count + (total_expires_at <= ?4) END, \
         expires_at = CASE WHEN {IS_NEW} THEN excluded.expires_at ELSE expires_at END, \
         total = CASE WHEN {IS_NEW} THEN 0 ELSE total_expires_at > ?4 END, \
         total_expires_at = CASE WHEN {IS_NEW} THEN 0 \
         WHEN total_expires_at > ?4 THEN total_expires_at WHEN count + 1 < ?5 THEN 0 \
         ELSE ?4 + min(?7 << min(count + 1 - ?5, 30), ?8) END \
         RETURNING total, total_expires_at"
    )
}

fn slow(sql: String, login: &str, slot: &Slot, limit: Slowing, now: UnixTime) -> Statement {
    Statement::new(sql)
        .bind(login)
        .bind(&slot.subject)
        .bind(&slot.occupant)
        .bind(now)
        .bind(limit.free)
        .bind(limit.window)
        .bind(limit.first)
        .bind(limit.longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{platform::native::Sqlite, ports::Database as _};

    const LIMIT: Slowing = Slowing { free: 2, window: 1000, first: 10, longest: 60 };

    fn database() -> Sqlite {
        let schema = "CREATE TABLE attempts (subject TEXT PRIMARY KEY, count INTEGER NOT NULL, \
                      expires_at INTEGER NOT NULL, occupant TEXT NOT NULL, \
                      total INTEGER NOT NULL DEFAULT 0, \
                      total_expires_at INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID";
        Sqlite::migrated(&[schema]).unwrap()
    }

    fn counted(database: &Sqlite, occupant: &str, now: i64) -> Attempt {
        let slot = Slot { subject: "test:1".to_owned(), occupant: occupant.to_owned() };
        pollster::block_on(slowed(&slot, LIMIT, UnixTime(now)).fetch(database)).unwrap()
    }

    #[test]
    fn delays_grow_to_the_longest_and_an_early_attempt_does_not_prolong_them() {
        let database = database();
        let mut at = 0;
        for delay in [0, 10, 20, 40, 60, 60] {
            assert_eq!(counted(&database, "a", at), Attempt::Allowed, "{at}");
            for early in at..at + delay {
                assert_eq!(counted(&database, "a", early), Attempt::Refused(UnixTime(at + delay)));
            }
            at += delay;
        }
        assert_eq!(counted(&database, "a", 1000), Attempt::Allowed);
        assert_eq!(counted(&database, "a", 1000), Attempt::Allowed);
    }

    #[test]
    fn an_attempt_that_is_taken_back_delays_none() {
        let database = database();
        let slot = Slot { subject: "test:1".to_owned(), occupant: "a".to_owned() };
        for now in 0..10 {
            assert_eq!(counted(&database, "a", now), Attempt::Allowed);
            pollster::block_on(database.run(attempts::refund(&slot))).unwrap();
        }
    }

    #[test]
    fn another_occupant_begins_at_zero() {
        let database = database();
        for _ in 0..4 {
            counted(&database, "a", 0);
        }
        assert_eq!(counted(&database, "b", 0), Attempt::Allowed);
    }
}
