//! Refresh tokens: at most one per grant is live; each use consumes it and adds its successor.

use serde::Deserialize;

use super::{
    purges::{self, Key},
    query::Query,
};
use crate::{
    core::time::UnixTime,
    ports::{Statement, flag},
};

/// A refresh token as stored: its digest only.
#[derive(Debug, Clone, Deserialize)]
pub struct RefreshToken {
    /// base64url(SHA-256) of it.
    pub digest: String,
    /// The grant that it belongs to: its family.
    pub grant_id: String,
    /// The widest scope that it can be refreshed with.
    pub scope: String,
    /// When it ends.
    pub expires_at: UnixTime,
    /// When it was used.
    pub consumed_at: Option<UnixTime>,
    /// The digest of the token that replaced it.
    pub successor: Option<String>,
    /// Whether the successor has not been used.
    #[serde(deserialize_with = "flag")]
    pub successor_is_live: bool,
    /// When it was created.
    pub created_at: UnixTime,
}

/// Adds the first refresh token of a grant that was added earlier in the same batch.
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

/// Consumes a token in favour of `successor`, once, while its family is live. Returns a row if this
/// statement did it.
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

/// Returns a row if the token was used in favour of that successor after `since`, its family lives
/// and the successor has not been used.
pub fn confirmation(digest: &str, successor: &str, since: UnixTime, now: UnixTime) -> Statement {
    Statement::new(
        "SELECT 1 AS confirmed FROM refresh_tokens AS used \
         JOIN refresh_tokens AS next ON next.digest = used.successor \
         JOIN grants ON grants.id = used.grant_id \
         WHERE used.digest = ?1 AND used.successor = ?2 AND used.consumed_at > ?3 \
         AND next.consumed_at IS NULL AND grants.revoked_at IS NULL AND grants.expires_at > ?4",
    )
    .bind(digest)
    .bind(successor)
    .bind(since)
    .bind(now)
}

/// The token with that digest, used or not.
pub fn find(digest: &str) -> Query<Option<RefreshToken>> {
    let statement = Statement::new(
        "SELECT *, EXISTS (SELECT 1 FROM refresh_tokens AS next \
         WHERE next.digest = refresh_tokens.successor AND next.consumed_at IS NULL) \
         AS successor_is_live FROM refresh_tokens WHERE digest = ?1",
    );
    Query::first(statement.bind(digest))
}

/// Removes, in parts, the tokens that expired before `before`. Until then a used token is kept, so that its
/// replay is recognised.
pub fn purge(before: UnixTime, begins: bool) -> [Statement; 2] {
    let [advance, remove] =
        purges::part("refresh_tokens", Key::text("digest"), begins, "expires_at < ?1");
    [advance, remove.bind(before)]
}
