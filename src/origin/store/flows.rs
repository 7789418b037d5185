//! Pending sign-ins.

use serde::Deserialize;

use super::query::Query;
use crate::{core::time::UnixTime, ports::Statement};

/// A sign-in that waits.
#[derive(Debug, Clone, Deserialize)]
pub struct FlowRow {
    /// Known to one browser only.
    pub id: String,
    /// Once a first factor has named one.
    pub user_id: Option<String>,
    /// As it was typed.
    pub login: String,
    /// [`Flow`](crate::core::signin::Flow) as JSON.
    pub state: String,
    /// Another one after each step.
    pub revision: String,
    /// When it ends.
    pub expires_at: UnixTime,
}

/// The sign-in with that id, if it has not ended.
pub fn find(id: &str, now: UnixTime) -> Query<Option<FlowRow>> {
    let sql = "SELECT * FROM flows WHERE id = ?1 AND expires_at > ?2";
    Query::first(Statement::new(sql).bind(id).bind(now))
}

/// The organization of the user of the sign-in with that id, and its expiry.
pub fn owner(id: &str) -> Query<Option<Owner>> {
    let sql = "SELECT owner, expires_at FROM (SELECT expires_at, \
               coalesce((SELECT owner FROM users WHERE users.id = user_id), \
               substr(login, 1, instr(login, '/') - 1)) AS owner FROM flows WHERE id = ?1) \
               WHERE owner <> ''";
    Query::first(Statement::new(sql).bind(id))
}

/// Whose a sign-in is.
#[derive(Debug, Clone, Deserialize)]
pub struct Owner {
    /// The organization.
    pub owner: String,
    /// When the sign-in ends.
    pub expires_at: UnixTime,
}

/// Takes the sign-in with that id out of the table, if no factor has been proven in it: what it was issued is
/// answered once.
pub fn take(id: &str, now: UnixTime) -> Query<Option<FlowRow>> {
    let sql = "DELETE FROM flows WHERE id = ?1 AND user_id IS NULL AND expires_at > ?2 RETURNING *";
    Query::first(Statement::new(sql).bind(id).bind(now))
}

/// Stores the sign-in in place of another one with its id. Returns its id.
pub fn begin(row: &FlowRow) -> Statement {
    bound(
        "INSERT INTO flows (id, user_id, login, state, revision, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET user_id = ?2, login = ?3, \
         state = ?4, revision = ?5, expires_at = ?6 RETURNING id",
        row,
    )
}

/// Stores the sign-in after a step, unless another step has been stored since `revision` was read. Returns
/// its id if it was stored.
pub fn advance(row: &FlowRow, revision: &str) -> Statement {
    bound(
        "UPDATE flows SET user_id = ?2, login = ?3, state = ?4, revision = ?5, expires_at = ?6 \
         WHERE id = ?1 AND revision = ?7 RETURNING id",
        row,
    )
    .bind(revision)
}

fn bound(sql: &'static str, row: &FlowRow) -> Statement {
    Statement::new(sql)
        .bind(&row.id)
        .bind(row.user_id.as_deref())
        .bind(&row.login)
        .bind(&row.state)
        .bind(&row.revision)
        .bind(row.expires_at)
}

/// Ends the sign-in, unless a step has been stored since `revision` was read. Returns its id if it was
/// ended: it ends once.
pub fn end(id: &str, revision: &str) -> Statement {
    Statement::new("DELETE FROM flows WHERE id = ?1 AND revision = ?2 RETURNING id")
        .bind(id)
        .bind(revision)
}

/// Forgets the sign-in with that id.
pub fn forget(id: &str) -> Statement {
    Statement::new("DELETE FROM flows WHERE id = ?1").bind(id)
}

/// Removes the sign-ins that have ended.
pub fn purge(now: UnixTime) -> Statement {
    Statement::new("DELETE FROM flows WHERE expires_at <= ?1").bind(now)
}
