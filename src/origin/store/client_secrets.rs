//! Retiring client secrets: digests that are still valid until a date, alongside their successors.

use serde::Deserialize;

use super::{applications::Application, query::Query};
use crate::{core::time::UnixTime, ports::Statement};

/// A secret that has a successor.
#[derive(Debug, Clone, Deserialize)]
pub struct Retiring {
    /// Names it among those of its client.
    pub id: String,
    /// base64url(SHA-256) of the secret.
    pub digest: String,
    /// When it ends.
    pub ends_at: UnixTime,
    /// When its successor was created.
    pub created_at: UnixTime,
}

/// The retiring secrets of the client `applications` of the outer statement, as JSON.
pub(super) const OF_CLIENT: &str = "(SELECT json_group_array(json_object('id', client_secrets.id, \
     'digest', client_secrets.digest, 'ends_at', client_secrets.ends_at, \
     'created_at', client_secrets.created_at)) \
     FROM client_secrets WHERE client_secrets.application_id = applications.id)";

/// The secrets of the application of that name ([`super::applications::named`]) that have a successor
/// and have not ended at `now`, the newest first.
pub fn of_named(owner: &str, name: &str, now: UnixTime) -> Query<Vec<Retiring>> {
    let statement = Statement::new(
        "SELECT client_secrets.id, digest, ends_at, client_secrets.created_at FROM client_secrets \
         WHERE application_id = (SELECT id FROM applications \
         WHERE name = ?2 AND (owner = ?1 OR (owner = 'admin' AND organization = ?1)) \
         ORDER BY owner = ?1 DESC LIMIT 1) \
         AND ends_at > ?3 ORDER BY client_secrets.created_at DESC, client_secrets.id",
    );
    Query::all(statement.bind(owner).bind(name).bind(now))
}

/// Keeps the secret of `before` until `retiring.ends_at`, if the application has that of `after` now.
pub fn retire(before: &Application, after: &Application, retiring: &Retiring) -> Statement {
    Statement::new(
        "INSERT INTO client_secrets (application_id, id, owner, digest, ends_at, created_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM applications \
         WHERE id = ?1 AND client_secret_digest = ?7)",
    )
    .bind(&before.id)
    .bind(&retiring.id)
    .bind(&before.organization)
    .bind(&retiring.digest)
    .bind(retiring.ends_at)
    .bind(retiring.created_at)
    .bind(after.client_secret_digest.as_ref())
}

/// Removes a retiring secret, and returns its id if there was one.
pub fn remove(application_id: &str, id: &str) -> Statement {
    Statement::new("DELETE FROM client_secrets WHERE application_id = ?1 AND id = ?2 RETURNING id")
        .bind(application_id)
        .bind(id)
}

/// Removes the retiring secrets of an application.
pub fn remove_all(application_id: &str) -> Statement {
    Statement::new("DELETE FROM client_secrets WHERE application_id = ?1").bind(application_id)
}

/// Removes the secrets that have ended.
pub fn purge(now: UnixTime) -> Statement {
    Statement::new("DELETE FROM client_secrets WHERE ends_at <= ?1").bind(now)
}
