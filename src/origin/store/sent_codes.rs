//! Pending codes sent to an address.

use serde::Deserialize;

use super::query::Query;
use crate::{core::time::UnixTime, ports::Statement};

/// A code that was sent.
#[derive(Debug, Clone, Deserialize)]
pub struct SentCode {
    /// The keyed digest of the code and its recipient.
    pub content: String,
    /// What the step that follows needs.
    pub state: String,
}

/// Stores a code in place of an earlier one with its id.
pub fn store(id: &str, code: &SentCode, expires_at: UnixTime) -> Statement {
    Statement::new(
        "INSERT INTO sent_codes (id, content, state, tries, expires_at) VALUES (?1, ?2, ?3, 0, ?4) \
         ON CONFLICT (id) DO UPDATE SET content = ?2, state = ?3, tries = 0, expires_at = ?4",
    )
    .bind(id)
    .bind(&code.content)
    .bind(&code.state)
    .bind(expires_at)
}

/// Counts a try, and returns the code, unless it has ended or there were `most` tries. A try counts before
/// it is compared: concurrent guesses have no more tries than consecutive ones.
pub fn tried(id: &str, most: i64, now: UnixTime) -> Query<Option<SentCode>> {
    let sql = "UPDATE sent_codes SET tries = tries + 1 WHERE id = ?1 AND tries < ?2 \
               AND expires_at > ?3 RETURNING content, state";
    Query::first(Statement::new(sql).bind(id).bind(most).bind(now))
}

/// The code with that id, if it has not ended.
pub fn find(id: &str, now: UnixTime) -> Query<Option<SentCode>> {
    let sql = "SELECT content, state FROM sent_codes WHERE id = ?1 AND expires_at > ?2";
    Query::first(Statement::new(sql).bind(id).bind(now))
}

/// Replaces the code `before`, which was typed, by what the step that follows needs. Returns a row once.
pub fn replaced(id: &str, before: &SentCode, after: &SentCode, expires_at: UnixTime) -> Statement {
    Statement::new(
        "UPDATE sent_codes SET content = ?3, state = ?4, expires_at = ?5, tries = 0 \
         WHERE id = ?1 AND content = ?2 RETURNING id",
    )
    .bind(id)
    .bind(&before.content)
    .bind(&after.content)
    .bind(&after.state)
    .bind(expires_at)
}

/// Ends the code, and returns a row once: a code is used once.
pub fn used(id: &str, code: &SentCode) -> Statement {
    Statement::new("DELETE FROM sent_codes WHERE id = ?1 AND content = ?2 RETURNING id")
        .bind(id)
        .bind(&code.content)
}

/// Removes the codes that have ended.
pub fn purge(now: UnixTime) -> Statement {
    Statement::new("DELETE FROM sent_codes WHERE expires_at <= ?1").bind(now)
}
