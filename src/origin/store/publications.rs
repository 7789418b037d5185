//! The queue of key records to publish. Queueing statements are part of the change's batch, before
//! the statement that deletes the keys.

use serde::Deserialize;

use crate::{
    core::time::UnixTime,
    ports::{Database, DatabaseError, Statement, flag},
};

/// A key record to publish.
#[derive(Debug, Clone, Deserialize)]
pub struct Publication {
    /// Changes whenever the key is queued again.
    pub seq: i64,
    /// The key's digest.
    pub digest: String,
    /// The key's id.
    pub key_id: String,
    /// The key's organization.
    pub owner: String,
    /// The key's name.
    pub name: String,
    /// The record was written once and is to be compared.
    #[serde(deserialize_with = "flag")]
    pub is_written: bool,
}

fn queue(condition: &str, now: UnixTime) -> Statement {
    Statement::new(format!(
        "INSERT OR REPLACE INTO publications (digest, key_id, owner, name, due_at) \
         SELECT digest, id, owner, name, ?1 FROM keys WHERE {condition}"
    ))
    .bind(now)
}

/// Queues the key of that id.
pub fn key(id: &str, now: UnixTime) -> Statement {
    queue("id = ?2", now).bind(id)
}

/// Queues the keys of those ids.
pub fn keys(ids: &[&str], now: UnixTime) -> Statement {
    queue("id IN (SELECT value FROM json_each(?2))", now).bind(super::json_text(&ids))
}

/// Queues the keys that the user holds, and those of the agents that the user answers for.
pub fn keys_of_user(user_id: &str, now: UnixTime) -> Statement {
    let condition = "user_id = ?2 \
         OR user_id IN (SELECT agents.user_id FROM agents WHERE sponsor_id = ?2)";
    queue(condition, now).bind(user_id)
}

/// Queues the keys that are bound to the client.
pub fn keys_of_application(client_id: &str, now: UnixTime) -> Statement {
    queue("application = ?2", now).bind(client_id)
}

/// Queues the keys of the organization, those that its further members hold elsewhere, and those
/// that are bound to its clients.
pub fn keys_of_organization(name: &str, now: UnixTime) -> Statement {
    queue(
        "owner = ?2 OR user_id IN (SELECT user_id FROM memberships WHERE organization = ?2) \
         OR user_id IN (SELECT id FROM users WHERE owner = ?2) \
         OR application IN (SELECT client_id FROM applications WHERE organization = ?2)",
        now,
    )
    .bind(name)
}

/// Removes what is queued of the keys of an organization, which another database publishes.
pub fn forget(organization: &str) -> Statement {
    Statement::new("DELETE FROM publications WHERE owner = ?1").bind(organization)
}

/// The condition that a key's organization is not fenced (it is moved, or lives in another database).
const NOT_FENCED: &str =
    "NOT EXISTS (SELECT 1 FROM fences WHERE organization = publications.owner)";

/// Which part of the queue comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The newest records that were never written: those of this request.
    Newest,
    /// The oldest records that were never written, then those to be compared.
    Oldest,
}

/// Up to `limit` publications that are due.
pub async fn due(
    database: &dyn Database,
    order: Order,
    limit: i64,
    now: UnixTime,
) -> Result<Vec<Publication>, DatabaseError> {
    let part = |is_written: u8, order: &str| {
        format!(
            "SELECT * FROM publications WHERE is_written = {is_written} AND due_at <= ?1 \
             AND {NOT_FENCED} ORDER BY {order} LIMIT ?2"
        )
    };
    let sql = match order {
        Order::Newest => part(0, "seq DESC"),
        Order::Oldest => format!(
            "SELECT * FROM ({}) UNION ALL SELECT * FROM ({}) LIMIT ?2",
            part(0, "due_at, seq"),
            part(1, "due_at, seq")
        ),
    };
    database.all(Statement::new(sql).bind(now).bind(limit)).await
}

/// Notes that the records were written; they are compared at `due_at`. A key that was queued
/// again concurrently has another number and stays.
pub fn written(numbers: &[i64], due_at: UnixTime) -> Statement {
    Statement::new(
        "UPDATE publications SET is_written = 1, due_at = ?2 \
         WHERE seq IN (SELECT value FROM json_each(?1))",
    )
    .bind(super::json_text(&numbers))
    .bind(due_at)
}

/// Removes what is published correctly.
pub fn settled(numbers: &[i64]) -> Statement {
    Statement::new("DELETE FROM publications WHERE seq IN (SELECT value FROM json_each(?1))")
        .bind(super::json_text(&numbers))
}
