//! Refresh tokens: at most one of a grant lives; each use consumes it and makes its successor.

use serde::Deserialize;

use crate::{
    core::time::UnixTime,
    ports::{Database, DatabaseError, Statement},
};

/// A refresh token as stored: its digest only.
#[derive(Debug, Clone, Deserialize)]
pub struct RefreshToken {
    /// base64url(SHA-256) of it.
    pub digest: String,
    /// Its family.
    pub grant_id: String,
    /// What it can be narrowed from.
    pub scope: String,
    /// When it ends.
    pub expires_at: UnixTime,
    /// When it was used.
    pub consumed_at: Option<UnixTime>,
    /// The digest of the token that replaced it.
    pub successor: Option<String>,
    /// When it was made.
    pub created_at: UnixTime,
}

/// Adds the first refresh token of a grant that came into being earlier in the same batch.
pub fn insert(
    digest: &str,
    grant_id: &str,
    scope: &str,
    expires_at: UnixTime,
    now: UnixTime,
) -> Statement {
    Statement::new(
        "INSERT INTO refresh_tokens (digest, grant_id, scope, expires_at, created_at) \
         SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM grants WHERE id = ?2)",
    )
    .bind(digest)
    .bind(grant_id)
    .bind(scope)
    .bind(expires_at)
    .bind(now)
}

/// Consumes a token in favour of `successor`, once, while its family lives: a row comes back for
/// the one that does it.
pub fn consumption(digest: &str, successor: &str, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE refresh_tokens SET consumed_at = ?3, successor = ?2 \
         WHERE digest = ?1 AND consumed_at IS NULL AND expires_at > ?3 \
         AND EXISTS (SELECT 1 FROM grants WHERE id = grant_id AND revoked_at IS NULL \
         AND grants.expires_at > ?3) RETURNING digest",
    )
    .bind(digest)
    .bind(successor)
    .bind(now)
}

/// Adds the successor of the token consumed earlier in the same batch, or before.
pub fn succession(digest: &str, successor: &str, now: UnixTime) -> Statement {
    Statement::new(
        "INSERT INTO refresh_tokens (digest, grant_id, scope, expires_at, created_at) \
         SELECT successor, grant_id, scope, expires_at, ?3 FROM refresh_tokens \
         WHERE digest = ?1 AND successor = ?2 ON CONFLICT (digest) DO NOTHING",
    )
    .bind(digest)
    .bind(successor)
    .bind(now)
}

/// The token with that digest, used or not.
pub async fn find(
    database: &dyn Database,
    digest: &str,
) -> Result<Option<RefreshToken>, DatabaseError> {
    database
        .first(Statement::new("SELECT * FROM refresh_tokens WHERE digest = ?1").bind(digest))
        .await
}

/// Removes what ended before `before`. Until then a used token is kept, so that its replay is
/// known for one.
pub fn purge(before: UnixTime) -> Statement {
    Statement::new("DELETE FROM refresh_tokens WHERE expires_at < ?1").bind(before)
}
