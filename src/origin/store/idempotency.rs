//! Idempotent creations.

use serde::Deserialize;

use super::query::Query;
use crate::{core::time::UnixTime, ports::Statement};

/// Whose key it is: the subject, and the organization that the credential acts in.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The subject.
    pub subject: &'a str,
    /// The organization.
    pub owner: &'a str,
}

/// What a creation under a key was and returned.
#[derive(Debug, Clone, Deserialize)]
pub struct Done {
    /// Of the request.
    pub digest: String,
    /// The reply, without the secret that it may have shown.
    pub reply: String,
    /// Its `ETag`.
    pub tag: String,
}

/// What the caller has created under the key and has not expired.
pub fn find(caller: Caller<'_>, key: &str, now: UnixTime) -> Query<Option<Done>> {
    let statement = Statement::new(
        "SELECT digest, reply, tag FROM idempotency_keys \
         WHERE caller = ?1 AND owner = ?2 AND key = ?3 AND expires_at > ?4",
    );
    Query::first(statement.bind(caller.subject).bind(caller.owner).bind(key).bind(now))
}

/// Notes a creation, after its own statements. Fails, and with it the whole batch, if the key is in use;
/// notes nothing if the row `id` of `table` has not been created.
pub fn note(
    caller: Caller<'_>,
    key: &str,
    done: &Done,
    (table, id): (&str, &str),
    (now, expires_at): (UnixTime, UnixTime),
) -> [Statement; 2] {
    let expired = Statement::new(
        "DELETE FROM idempotency_keys \
         WHERE caller = ?1 AND owner = ?2 AND key = ?3 AND expires_at <= ?4",
    );
    let noted = Statement::new(format!(
        "INSERT INTO idempotency_keys (caller, owner, key, digest, reply, tag, expires_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM {table} WHERE id = ?8)"
    ));
    [
        expired.bind(caller.subject).bind(caller.owner).bind(key).bind(now),
        noted
            .bind(caller.subject)
            .bind(caller.owner)
            .bind(key)
            .bind(&done.digest)
            .bind(&done.reply)
            .bind(&done.tag)
            .bind(expires_at)
            .bind(id),
    ]
}

/// Removes the keys that have expired.
pub fn purge(now: UnixTime) -> Statement {
    Statement::new("DELETE FROM idempotency_keys WHERE expires_at <= ?1").bind(now)
}
