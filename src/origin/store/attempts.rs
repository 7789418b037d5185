//! Attempt counters, which limit the guessing of passwords, codes and keys.
//!
//! An attempt is counted before it is checked, in one statement, so that parallel guesses have no
//! more tries than sequential ones. A password sign-in has two counters, for its source and its
//! account ([`PasswordAttempt`]); a success reverts the first ([`refund`]) and resets the second
//! ([`forget`]), including concurrently counted attempts.

use serde::Deserialize;

use super::query::Query;
use crate::{
    core::{
        limit::{AttemptLimit, Slot},
        time::UnixTime,
    },
    ports::{Database, DatabaseError, Row, Statement},
};

/// Whether an attempt may be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It has been counted.
    Allowed,
    /// There were too many. The next one is allowed at that time.
    Refused(UnixTime),
}

impl Attempt {
    fn of(count: i64, limit: AttemptLimit, expires_at: UnixTime) -> Self {
        if count > limit.attempts { Self::Refused(expires_at) } else { Self::Allowed }
    }
}

/// Counts an attempt in `slot`, unless there were too many.
pub async fn count(
    database: &dyn Database,
    slot: &Slot,
    limit: AttemptLimit,
    now: UnixTime,
) -> Result<Attempt, DatabaseError> {
    counted(slot, limit, now).fetch(database).await
}

/// [`count`] as a query, for a request that reads more in the same round trip.
pub fn counted(slot: &Slot, limit: AttemptLimit, now: UnixTime) -> Query<Attempt> {
    Query::rows(counting(slot, limit, now), move |rows| outcome(limit, rows))
}

/// The attempt, from the row that [`counting`] returned.
pub fn outcome(limit: AttemptLimit, rows: Vec<Row>) -> Result<Attempt, DatabaseError> {
    #[derive(Deserialize)]
    struct Counted {
        count: i64,
        expires_at: UnixTime,
    }
    let row = rows.into_iter().next().ok_or_else(no_row)?;
    let Counted { count, expires_at } = row.into_record()?;
    Ok(Attempt::of(count, limit, expires_at))
}

pub(super) fn no_row() -> DatabaseError {
    DatabaseError::Record("attempts: no row".to_owned())
}

/// The statement of [`count`]; [`outcome`] reads what it returns.
pub fn counting(slot: &Slot, limit: AttemptLimit, now: UnixTime) -> Statement {
    // A refused attempt still writes its row (count stays one above the limit), so that one statement
    // both decides and returns until when.
    Statement::new(
        "INSERT INTO attempts (subject, occupant, count, expires_at) VALUES (?1, ?6, 1, ?2 + ?4) \
         ON CONFLICT (subject) DO UPDATE SET occupant = ?6, \
         count = CASE WHEN expires_at <= ?2 OR occupant <> ?6 THEN 1 \
         ELSE min(count, ?3) + 1 END, \
         expires_at = CASE WHEN expires_at <= ?2 OR occupant <> ?6 THEN ?2 + ?4 \
         WHEN count + 1 = ?3 AND ?5 IS NOT NULL THEN ?2 + ?5 ELSE expires_at END \
         RETURNING count, expires_at",
    )
    .bind(&slot.subject)
    .bind(now)
    .bind(limit.attempts)
    .bind(limit.window)
    .bind(limit.freeze)
    .bind(&slot.occupant)
}

/// Where the attempts of a source (a network, a client) to sign in by password are counted, with its limits.
#[derive(Debug, Clone, Copy)]
pub struct PasswordSource<'a> {
    /// The source's slot.
    pub slot: &'a Slot,
    /// Wrong passwords. Without a freeze.
    pub failures: AttemptLimit,
    /// All passwords. Without a freeze.
    pub all: AttemptLimit,
}

impl PasswordSource<'_> {
    /// Counts an attempt.
    pub fn counted(&self, now: UnixTime) -> Query<Attempt> {
        let (failures, all) = (self.failures, self.all);
        Query::rows(self.counting(now), move |rows| {
            let row = rows.into_iter().next().ok_or_else(no_row)?;
            let Source { count, expires_at, total, total_expires_at } = row.into_record()?;
            Ok(match Attempt::of(count, failures, expires_at) {
                Attempt::Allowed => Attempt::of(total, all, total_expires_at),
                refused @ Attempt::Refused(_) => refused,
            })
        })
    }

    fn counting(&self, now: UnixTime) -> Statement {
        Statement::new(
            "INSERT INTO attempts (subject, occupant, count, expires_at, total, total_expires_at) \
             VALUES (?1, ?2, 1, ?3 + ?5, 1, ?3 + ?7) ON CONFLICT (subject) DO UPDATE SET \
             occupant = ?2, \
             count = CASE WHEN expires_at <= ?3 OR occupant <> ?2 THEN 1 \
             ELSE min(count, ?4) + 1 END, \
             expires_at = CASE WHEN expires_at <= ?3 OR occupant <> ?2 THEN ?3 + ?5 \
             ELSE expires_at END, \
             total = CASE WHEN total_expires_at <= ?3 OR occupant <> ?2 THEN 1 \
             ELSE min(total, ?6) + 1 END, \
             total_expires_at = CASE WHEN total_expires_at <= ?3 OR occupant <> ?2 THEN ?3 + ?7 \
             ELSE total_expires_at END \
             RETURNING count, expires_at, total, total_expires_at",
        )
        .bind(&self.slot.subject)
        .bind(&self.slot.occupant)
        .bind(now)
        .bind(self.failures.attempts)
        .bind(self.failures.window)
        .bind(self.all.attempts)
        .bind(self.all.window)
    }
}

#[derive(Deserialize)]
struct Source {
    count: i64,
    expires_at: UnixTime,
    total: i64,
    total_expires_at: UnixTime,
}

/// Takes back one attempt of the present window, which succeeded.
pub fn refund(slot: &Slot) -> Statement {
    Statement::new(
        "UPDATE attempts SET count = max(count - 1, 0) WHERE subject = ?1 AND occupant = ?2",
    )
    .bind(&slot.subject)
    .bind(&slot.occupant)
}

/// Forgets the attempts in `slot`.
pub fn forget(slot: &Slot) -> Statement {
    Statement::new("DELETE FROM attempts WHERE subject = ?1 AND occupant = ?2")
        .bind(&slot.subject)
        .bind(&slot.occupant)
}

/// Removes the windows that have ended.
pub fn purge(now: UnixTime) -> Statement {
    Statement::new("DELETE FROM attempts WHERE expires_at <= ?1 AND total_expires_at <= ?1")
        .bind(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::native::Sqlite;

    const LOCK: AttemptLimit = AttemptLimit { attempts: 3, window: 1000, freeze: Some(60) };

    fn slot(occupant: &str) -> Slot {
        Slot { subject: "test:1".to_owned(), occupant: occupant.to_owned() }
    }

    fn counted(database: &Sqlite, limit: AttemptLimit, now: i64) -> Attempt {
        pollster::block_on(count(database, &slot("a"), limit, UnixTime(now))).unwrap()
    }

    fn database() -> Sqlite {
        let schema = "CREATE TABLE attempts (subject TEXT PRIMARY KEY, count INTEGER NOT NULL, \
                      expires_at INTEGER NOT NULL, occupant TEXT NOT NULL) STRICT, WITHOUT ROWID";
        Sqlite::migrated(&[schema]).unwrap()
    }

    #[test]
    fn attempts_beyond_the_limit_are_refused_until_the_freeze_ends() {
        let database = database();
        for now in [0, 1, 2] {
            assert_eq!(counted(&database, LOCK, now), Attempt::Allowed);
        }
        for now in [3, 4, 61] {
            assert_eq!(counted(&database, LOCK, now), Attempt::Refused(UnixTime(62)));
        }
        assert_eq!(counted(&database, LOCK, 62), Attempt::Allowed);
        assert_eq!(counted(&database, LOCK, 63), Attempt::Allowed);
    }

    #[test]
    fn without_a_freeze_the_window_decides() {
        let database = database();
        let limit = AttemptLimit { attempts: 2, window: 100, freeze: None };
        assert_eq!(counted(&database, limit, 0), Attempt::Allowed);
        assert_eq!(counted(&database, limit, 99), Attempt::Allowed);
        assert_eq!(counted(&database, limit, 99), Attempt::Refused(UnixTime(100)));
        assert_eq!(counted(&database, limit, 100), Attempt::Allowed);
    }

    #[test]
    fn success_starts_the_count_again() {
        let database = database();
        for _ in 0..4 {
            counted(&database, LOCK, 0);
        }
        pollster::block_on(database.run(forget(&slot("a")))).unwrap();
        assert_eq!(counted(&database, LOCK, 1), Attempt::Allowed);
    }

    /// Fault 6: one row, however many subjects share it; none is refused for another's attempts.
    #[test]
    fn another_occupant_takes_the_row_over_and_begins_at_zero() {
        let database = database();
        for _ in 0..4 {
            counted(&database, LOCK, 0);
        }
        let other = pollster::block_on(count(&database, &slot("b"), LOCK, UnixTime(1))).unwrap();
        assert_eq!(other, Attempt::Allowed);
        let rows = pollster::block_on(database.run(Statement::new("SELECT * FROM attempts")));
        assert_eq!(rows.unwrap().len(), 1);
        assert_eq!(counted(&database, LOCK, 2), Attempt::Allowed);
    }

    #[test]
    fn a_refunded_attempt_does_not_count() {
        let database = database();
        let limit = AttemptLimit { attempts: 2, window: 100, freeze: None };
        for now in 0..10 {
            assert_eq!(counted(&database, limit, now), Attempt::Allowed);
            pollster::block_on(database.run(refund(&slot("a")))).unwrap();
        }
    }
}
