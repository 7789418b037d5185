//! Second factors of users, and remembered browsers.

use serde::{Deserialize, Serialize};

use super::{accounts::Named, query::Query};
use crate::{
    core::{
        signin::{Method, Methods, Remembered},
        time::UnixTime,
    },
    ports::{Statement, flag, json},
};

/// A second factor besides passkeys.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Factor {
    /// `totp`, `email`, `sms` or `recovery`.
    pub kind: String,
    /// TOTP: the sealed secret; recovery: the digests of the codes that are left; else the address.
    pub content: String,
    /// TOTP: the step of the last code that was accepted.
    pub last_step: Option<i64>,
    /// Whether it is the preferred one.
    #[serde(deserialize_with = "flag")]
    pub is_preferred: bool,
    /// Whether it proves nothing until it is enrolled again, or the password is changed with a fresh proof.
    #[serde(default, deserialize_with = "flag")]
    pub is_barred: bool,
    /// When it was enrolled.
    pub created_at: UnixTime,
    /// When it was last used.
    pub used_at: Option<UnixTime>,
}

/// The second factors of a user.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Held {
    /// The factors.
    #[serde(deserialize_with = "json")]
    pub factors: Vec<Factor>,
    /// How many passkeys and security keys.
    pub passkeys: i64,
    /// The remembered factors of this browser: at most one entry.
    #[serde(deserialize_with = "json")]
    remembered: Vec<RememberedFactors>,
}

/// The second factors that a browser stands for.
#[derive(Debug, Clone, Deserialize)]
struct RememberedFactors {
    seconds: String,
    at: UnixTime,
}

impl Held {
    /// The factor of that kind.
    pub fn factor(&self, kind: &str) -> Option<&Factor> {
        self.factors.iter().find(|factor| factor.kind == kind)
    }

    /// The methods of those that prove nothing for now.
    pub fn barred(&self) -> Methods {
        let barred = self.factors.iter().filter(|factor| factor.is_barred);
        Methods::of(barred.filter_map(|factor| Method::of_wire_name(&factor.kind)))
    }

    /// The remembered factors of this browser.
    pub fn remembered(&self) -> Option<Remembered> {
        let Self { remembered, .. } = self;
        remembered.first().map(|known| Remembered::read(&known.seconds, known.at))
    }

    /// The methods of all of them.
    pub fn enrolled(&self) -> Methods {
        let kinds = self.factors.iter().filter_map(|factor| Method::of_wire_name(&factor.kind));
        Methods::of(kinds).with_if(self.passkeys > 0, Method::Passkey)
    }
}

/// What that user has; `browser`: the digest of the browser's cookie.
pub fn held(named: Named<'_>, browser: &str, now: UnixTime) -> Query<Held> {
    let (id, value) = named.expression();
    let statement = Statement::new(format!(
        "SELECT (SELECT json_group_array(json_object('kind', kind, 'content', content, \
         'last_step', last_step, 'is_preferred', is_preferred, 'is_barred', is_barred, \
         'created_at', created_at, \
         'used_at', used_at)) FROM factors WHERE user_id = person.id) AS factors, \
         (SELECT count(*) FROM webauthn_credentials WHERE user_id = person.id) AS passkeys, \
         (SELECT json_group_array(json_object('seconds', seconds, 'at', created_at)) \
         FROM remembered_browsers WHERE user_id = person.id AND digest = ?2 AND expires_at > ?3) \
         AS remembered FROM (SELECT {id} AS id) AS person"
    ));
    let statement = statement.bind(value).bind(browser).bind(now);
    Query::<Option<Held>>::first(statement).map(Option::unwrap_or_default)
}

/// Enrols a factor in place of one of its kind.
pub fn enrol(user_id: &str, owner: &str, factor: &Factor) -> Statement {
    Statement::new(
        "INSERT OR REPLACE INTO factors (user_id, kind, owner, content, last_step, is_preferred, \
         created_at, used_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )
    .bind(user_id)
    .bind(&factor.kind)
    .bind(owner)
    .bind(&factor.content)
    .bind(factor.last_step)
    .bind(factor.is_preferred)
    .bind(factor.created_at)
    .bind(factor.used_at)
}

/// Enrols an address as a factor, if it is the verified one of the account. Returns the kind if it was
/// enrolled.
pub fn enrol_address(user_id: &str, owner: &str, kind: &str, to: &str, now: UnixTime) -> Statement {
    Statement::new(
        "INSERT INTO factors (user_id, kind, owner, content, last_step, is_preferred, created_at, \
         used_at) SELECT id, ?2, ?3, ?4, NULL, 0, ?5, NULL FROM users WHERE id = ?1 \
         AND CASE ?2 WHEN 'email' THEN email = ?4 AND email_verified ELSE phone = ?4 END \
         ON CONFLICT (user_id, kind) DO UPDATE SET content = ?4, created_at = ?5, used_at = NULL \
         RETURNING kind",
    )
    .bind(user_id)
    .bind(kind)
    .bind(owner)
    .bind(to)
    .bind(now)
}

/// Has the codes of the factor go to the address `after` instead of `before`.
pub fn readdress(user_id: &str, kind: &str, before: &str, after: &str) -> Statement {
    Statement::new(
        "UPDATE factors SET content = ?4 WHERE user_id = ?1 AND kind = ?2 AND content = ?3 \
         RETURNING kind",
    )
    .bind(user_id)
    .bind(kind)
    .bind(before)
    .bind(after)
}

/// Removes every factor of the user.
pub fn remove_all(user_id: &str) -> Statement {
    Statement::new("DELETE FROM factors WHERE user_id = ?1").bind(user_id)
}

/// Has codes to that mailbox prove nothing for now.
pub fn bar_mailbox(user_id: &str, address: &str) -> Statement {
    let sql =
        "UPDATE factors SET is_barred = 1 WHERE user_id = ?1 AND kind = 'email' AND content = ?2";
    Statement::new(sql).bind(user_id).bind(address)
}

/// Has each factor of the user prove something again.
pub fn unbar(user_id: &str) -> Statement {
    Statement::new("UPDATE factors SET is_barred = 0 WHERE user_id = ?1").bind(user_id)
}

/// Removes the factor of that kind.
pub fn remove(user_id: &str, kind: &str) -> Statement {
    Statement::new("DELETE FROM factors WHERE user_id = ?1 AND kind = ?2 RETURNING kind")
        .bind(user_id)
        .bind(kind)
}

/// Makes the factor of that kind the preferred one.
pub fn prefer(user_id: &str, kind: &str) -> Statement {
    Statement::new("UPDATE factors SET is_preferred = (kind = ?2) WHERE user_id = ?1")
        .bind(user_id)
        .bind(kind)
}

/// Notes that the TOTP code of `step` was accepted. Returns a row unless a code of this step or a later one
/// was accepted before (RFC 6238 §5.2).
pub fn totp_used(user_id: &str, step: i64, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE factors SET last_step = ?2, used_at = ?3 WHERE user_id = ?1 AND kind = 'totp' \
         AND (last_step IS NULL OR last_step < ?2) RETURNING kind",
    )
    .bind(user_id)
    .bind(step)
    .bind(now)
}

/// Replaces the digests `before` of the recovery codes by `after`. Returns a row unless they have changed
/// meanwhile: a code is used once.
pub fn recovery_used(user_id: &str, before: &str, after: &str, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE factors SET content = ?3, used_at = ?4 WHERE user_id = ?1 AND kind = 'recovery' \
         AND content = ?2 RETURNING kind",
    )
    .bind(user_id)
    .bind(before)
    .bind(after)
    .bind(now)
}

/// Notes the use of an address as a factor. Returns a row unless the factor has changed meanwhile.
pub fn address_used(user_id: &str, kind: &str, content: &str, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE factors SET used_at = ?4 WHERE user_id = ?1 AND kind = ?2 AND content = ?3 \
         RETURNING kind",
    )
    .bind(user_id)
    .bind(kind)
    .bind(content)
    .bind(now)
}

/// Notes the use of a factor.
pub fn used(user_id: &str, kind: &str, now: UnixTime) -> Statement {
    Statement::new("UPDATE factors SET used_at = ?3 WHERE user_id = ?1 AND kind = ?2")
        .bind(user_id)
        .bind(kind)
        .bind(now)
}

/// A browser that a user lets remember the second factor.
#[derive(Debug, Clone)]
pub struct RememberedBrowser<'a> {
    /// The user.
    pub user_id: &'a str,
    /// `users.owner`
    pub owner: &'a str,
    /// The digest of the browser's cookie.
    pub digest: &'a str,
    /// The names of the second factors that were proven, separated by spaces.
    pub seconds: &'a str,
    /// Browser and operating system.
    pub device: &'a str,
    /// Until when.
    pub expires_at: UnixTime,
    /// Now.
    pub created_at: UnixTime,
}

/// Remembers the browser.
pub fn remember(browser: &RememberedBrowser<'_>) -> Statement {
    Statement::new(
        "INSERT OR REPLACE INTO remembered_browsers (user_id, digest, owner, device, expires_at, \
         created_at, seconds) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(browser.user_id)
    .bind(browser.digest)
    .bind(browser.owner)
    .bind(browser.device)
    .bind(browser.expires_at)
    .bind(browser.created_at)
    .bind(browser.seconds)
}

/// A browser that stands for a second factor.
#[derive(Debug, Clone, Deserialize)]
pub struct Remembering {
    /// Browser and operating system.
    pub device: String,
    /// Until when.
    pub expires_at: UnixTime,
}

/// The browsers that stand for a second factor of the user at `now`.
pub fn remembering(user_id: &str, now: UnixTime) -> Query<Vec<Remembering>> {
    let statement = Statement::new(
        "SELECT device, expires_at FROM remembered_browsers WHERE user_id = ?1 AND expires_at > ?2 \
         ORDER BY created_at DESC LIMIT 100",
    );
    Query::all(statement.bind(user_id).bind(now))
}

/// Forgets every browser that the user let remember the second factor.
pub fn forget_browsers(user_id: &str) -> Statement {
    Statement::new("DELETE FROM remembered_browsers WHERE user_id = ?1").bind(user_id)
}

/// Removes expired remembered browsers.
pub fn purge(now: UnixTime) -> Statement {
    Statement::new("DELETE FROM remembered_browsers WHERE expires_at <= ?1").bind(now)
}
