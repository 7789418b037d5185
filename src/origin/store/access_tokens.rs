//! Access tokens that live, by `jti`: what a signature cannot tell is asked here.

use serde::Deserialize;

use crate::{
    core::time::UnixTime,
    ports::{Database, DatabaseError, Statement},
};

/// A live access token: neither it nor its grant is revoked or over. The user's and the
/// organization's own state is the caller's to check.
#[derive(Debug, Clone, Deserialize)]
pub struct LiveToken {
    /// Its id.
    pub jti: String,
    /// The grant it belongs to.
    pub grant_id: String,
    /// The client that obtained it.
    pub client_id: String,
    /// The user; `None`: the client itself.
    pub user_id: Option<String>,
    /// The browser session it comes from.
    pub session_id: Option<String>,
    /// When it ends.
    pub expires_at: UnixTime,
}

/// Adds a token of a grant that came into being earlier in the same batch, or lives already.
pub fn insert(jti: &str, grant_id: &str, expires_at: UnixTime, now: UnixTime) -> Statement {
    Statement::new(
        "INSERT INTO access_tokens (jti, grant_id, expires_at, created_at) SELECT ?1, ?2, ?3, ?4 \
         WHERE EXISTS (SELECT 1 FROM grants WHERE id = ?2 AND revoked_at IS NULL) RETURNING jti",
    )
    .bind(jti)
    .bind(grant_id)
    .bind(expires_at)
    .bind(now)
}

/// The use of a refresh token, by digests.
#[derive(Debug, Clone, Copy)]
pub struct Refresh<'a> {
    /// What was presented.
    pub used: &'a str,
    /// What replaces it.
    pub successor: &'a str,
    /// It must have been used after that time.
    pub since: UnixTime,
}

/// As [`insert`], only if the refresh token was used in favour of that successor, which has not
/// been used; a row comes back if so.
pub fn insert_refreshed(
    jti: &str,
    grant_id: &str,
    expires_at: UnixTime,
    now: UnixTime,
    refresh: Refresh<'_>,
) -> Statement {
    Statement::new(
        "INSERT INTO access_tokens (jti, grant_id, expires_at, created_at) SELECT ?1, ?2, ?3, ?4 \
         WHERE EXISTS (SELECT 1 FROM refresh_tokens AS used \
         JOIN refresh_tokens AS next ON next.digest = used.successor \
         JOIN grants ON grants.id = used.grant_id \
         WHERE used.digest = ?5 AND used.successor = ?6 AND used.consumed_at > ?7 \
         AND used.grant_id = ?2 AND next.consumed_at IS NULL \
         AND grants.revoked_at IS NULL AND grants.expires_at > ?4) RETURNING jti",
    )
    .bind(jti)
    .bind(grant_id)
    .bind(expires_at)
    .bind(now)
    .bind(refresh.used)
    .bind(refresh.successor)
    .bind(refresh.since)
}

/// The token, if it lives at `now`.
pub async fn live(
    database: &dyn Database,
    jti: &str,
    now: UnixTime,
) -> Result<Option<LiveToken>, DatabaseError> {
    let statement = Statement::new(
        "SELECT jti, grant_id, client_id, user_id, session_id, access_tokens.expires_at \
         FROM access_tokens JOIN grants ON grants.id = grant_id \
         WHERE jti = ?1 AND access_tokens.revoked_at IS NULL AND grants.revoked_at IS NULL \
         AND access_tokens.expires_at > ?2 AND grants.expires_at > ?2",
    )
    .bind(jti)
    .bind(now);
    database.first(statement).await
}

/// Revokes one token.
pub fn revocation(jti: &str, now: UnixTime) -> Statement {
    Statement::new("UPDATE access_tokens SET revoked_at = ?2 WHERE jti = ?1 AND revoked_at IS NULL")
        .bind(jti)
        .bind(now)
}

/// When the last of all tokens ends; the epoch without any.
pub async fn last_expiry(database: &dyn Database) -> Result<UnixTime, DatabaseError> {
    #[derive(Deserialize)]
    struct Last {
        end: Option<UnixTime>,
    }
    let statement = Statement::new("SELECT max(expires_at) AS \"end\" FROM access_tokens");
    let row: Option<Last> = database.first(statement).await?;
    Ok(row.and_then(|row| row.end).unwrap_or_default())
}

/// Removes what ended before `before`.
pub fn purge(before: UnixTime) -> Statement {
    Statement::new("DELETE FROM access_tokens WHERE expires_at < ?1").bind(before)
}
