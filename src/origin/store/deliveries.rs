//! Deliveries: an entry of the audit trail for a webhook, created by a trigger on the audit table
//! (migration 0033), or the end of a session for an application ([`super::logouts`]).

use serde::Deserialize;

use super::query::Query;
use crate::{
    core::{audit::Entry, time::UnixTime},
    ports::Statement,
};

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Delivery {
    /// The webhook; for the end of a session a name of the two ([`super::logouts`]).
    pub receiver: String,
    /// The number of the entry.
    pub number: i64,
    /// The organization of the entry.
    pub organization_id: String,
    /// The application that learns of the end of a session; empty: it is an entry.
    pub client_id: String,
    /// Whose session has ended.
    pub subject: String,
    /// The session that has ended.
    pub session_id: String,
    /// The issuer of its tokens; empty: the default one.
    pub issuer: String,
    /// `pending`, `delivered` or `failed`.
    pub state: String,
    /// How often it has been tried.
    pub attempts: i64,
    /// The status of the last response; `None`: there was none.
    pub status: Option<i64>,
    /// When it is tried next.
    pub due_at: UnixTime,
    /// When it was tried last.
    pub attempted_at: Option<UnixTime>,
}

/// Takes deliveries that are due, at most `limit`, and returns them: until `lease` no other run takes
/// them.
pub fn take(now: UnixTime, lease: UnixTime, limit: i64) -> Query<Vec<Delivery>> {
    Query::all(
        Statement::new(
            "UPDATE deliveries SET due_at = ?2 WHERE (receiver, number) IN \
             (SELECT receiver, number FROM deliveries \
             WHERE state = 'pending' AND due_at <= ?1 ORDER BY due_at LIMIT ?3) \
             AND state = 'pending' AND due_at <= ?1 RETURNING *",
        )
        .bind(now)
        .bind(lease)
        .bind(limit),
    )
}

/// The entries that deliveries are of.
pub fn entries(deliveries: &[Delivery]) -> Query<Vec<Entry>> {
    let keys: Vec<_> = deliveries
        .iter()
        .filter(|it| it.client_id.is_empty())
        .map(|it| (it.organization_id.as_str(), it.number))
        .collect();
    let sql = "SELECT audit_entries.* FROM json_each(?1) AS wanted JOIN audit_entries \
         ON organization_id = wanted.value ->> 0 AND number = wanted.value ->> 1";
    Query::all(Statement::new(sql).bind(super::json_text(&keys)))
}

/// The outcome of an attempt.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// The status of the response; `None`: there was none.
    pub status: Option<u16>,
    /// `pending`, `delivered` or `failed`.
    pub state: &'static str,
    /// When it is tried again.
    pub due_at: UnixTime,
    /// When it was tried.
    pub now: UnixTime,
}

/// Notes the outcome of an attempt.
pub fn note(delivery: &Delivery, outcome: Outcome) -> Statement {
    Statement::new(
        "UPDATE deliveries SET state = ?3, status = ?4, due_at = ?5, attempted_at = ?6, \
         attempts = attempts + 1 WHERE receiver = ?1 AND number = ?2",
    )
    .bind(&delivery.receiver)
    .bind(delivery.number)
    .bind(outcome.state)
    .bind(outcome.status.map(i64::from))
    .bind(outcome.due_at)
    .bind(outcome.now)
}

/// The deliveries of a webhook whose number is less than `before`, the latest first, at most `limit`.
pub fn list(webhook_id: &str, before: Option<i64>, limit: i64) -> Query<Vec<Delivery>> {
    Query::all(
        Statement::new(
            "SELECT * FROM deliveries WHERE receiver = ?1 AND number < ?2 \
             ORDER BY number DESC LIMIT ?3",
        )
        .bind(webhook_id)
        .bind(before.unwrap_or(i64::MAX >> 11))
        .bind(limit),
    )
}

/// Has a delivery of a webhook made again, from its first attempt on, and returns it.
pub fn again(webhook_id: &str, number: i64, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE deliveries SET state = 'pending', attempts = 0, due_at = ?3 \
         WHERE receiver = ?1 AND number = ?2 RETURNING *",
    )
    .bind(webhook_id)
    .bind(number)
    .bind(now)
}

/// Removes deliveries that ended before `end`, at most `limit`.
pub fn purge(end: UnixTime, limit: i64) -> Statement {
    Statement::new(
        "DELETE FROM deliveries WHERE (receiver, number) IN \
         (SELECT receiver, number FROM deliveries WHERE state <> 'pending' \
         AND attempted_at < ?1 LIMIT ?2)",
    )
    .bind(end)
    .bind(limit)
}
