//! Browser sessions, stored as the digest of their cookie.

use serde::Deserialize;

use crate::{
    core::time::UnixTime,
    ports::{Database, DatabaseError, Statement, json},
};

/// A session.
#[derive(Debug, Clone, Deserialize)]
pub struct Session {
    /// The `sid` of its tokens.
    pub id: String,
    /// base64url(SHA-256) of the cookie.
    pub digest: String,
    /// Who signed in.
    pub user_id: String,
    /// When (`auth_time`).
    pub authenticated_at: UnixTime,
    /// How (`amr`, RFC 8176).
    #[serde(deserialize_with = "json")]
    pub methods: Vec<String>,
    /// When it ends.
    pub expires_at: UnixTime,
    /// When it began.
    pub created_at: UnixTime,
}

/// Adds a session, and returns its id, unless the user has been disabled, or has another password
/// hash than `password_hash`, the one that the sign-in was checked against.
pub fn insert(session: &Session, password_hash: Option<&str>) -> Statement {
    Statement::new(
        "INSERT INTO sessions (id, digest, user_id, authenticated_at, methods, expires_at, \
         created_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM users \
         WHERE id = ?3 AND NOT is_forbidden AND password_hash IS ?8) RETURNING id",
    )
    .bind(&session.id)
    .bind(&session.digest)
    .bind(&session.user_id)
    .bind(session.authenticated_at)
    .bind(super::json_text(&session.methods))
    .bind(session.expires_at)
    .bind(session.created_at)
    .bind(password_hash)
}

/// The session of the cookie with that digest, if it lives at `now`.
pub async fn find(
    database: &dyn Database,
    digest: &str,
    now: UnixTime,
) -> Result<Option<Session>, DatabaseError> {
    database
        .first(
            Statement::new("SELECT * FROM sessions WHERE digest = ?1 AND expires_at > ?2")
                .bind(digest)
                .bind(now),
        )
        .await
}

/// The session of that id, if it lives at `now`.
pub async fn find_by_id(
    database: &dyn Database,
    id: &str,
    now: UnixTime,
) -> Result<Option<Session>, DatabaseError> {
    database
        .first(
            Statement::new("SELECT * FROM sessions WHERE id = ?1 AND expires_at > ?2")
                .bind(id)
                .bind(now),
        )
        .await
}

/// Removes the session of that id.
pub fn remove(id: &str) -> Statement {
    Statement::new("DELETE FROM sessions WHERE id = ?1").bind(id)
}

/// Removes the session of the cookie with that digest.
pub fn remove_of_cookie(digest: &str) -> Statement {
    Statement::new("DELETE FROM sessions WHERE digest = ?1").bind(digest)
}

/// Removes the sessions that have ended.
pub fn purge(now: UnixTime) -> Statement {
    Statement::new("DELETE FROM sessions WHERE expires_at <= ?1").bind(now)
}
