//! SAML state of service providers: persistent `NameID`s and sessions.

use serde::Deserialize;

use super::query::Query;
use crate::{core::time::UnixTime, ports::Statement};

/// A persistent name.
#[derive(Debug, Clone, Deserialize)]
pub struct Name {
    /// The name.
    pub name: String,
}

/// The name of the user at the application; `proposed` if there is none yet.
pub fn name(
    user_id: &str,
    application_id: &str,
    proposed: &str,
    now: UnixTime,
) -> Query<Option<Name>> {
    let sql = "INSERT INTO saml_names (user_id, application_id, name, created_at) \
               VALUES (?1, ?2, ?3, ?4) ON CONFLICT (user_id, application_id) \
               DO UPDATE SET name = name RETURNING name";
    let statement = Statement::new(sql).bind(user_id).bind(application_id).bind(proposed).bind(now);
    Query::first(statement)
}

/// The SAML session data sent to a service provider.
#[derive(Debug, Clone, Deserialize)]
pub struct ToldSession {
    /// `SessionIndex`
    pub id: String,
    /// The user.
    pub user_id: String,
    /// The session.
    pub session_id: String,
    /// `applications.id`
    pub application_id: String,
    /// `applications.owner`
    pub owner: String,
    /// `applications.name`
    pub application: String,
    /// The issuer of the host that the browser was at.
    pub issuer: String,
    /// The name that was sent, as JSON.
    pub name_id: String,
    /// When the session ends.
    pub expires_at: UnixTime,
}

/// Stores it.
pub fn told(session: &ToldSession) -> Statement {
    let sql = "INSERT INTO saml_sessions (id, user_id, session_id, application_id, owner, \
               application, issuer, name_id, expires_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    Statement::new(sql)
        .bind(&session.id)
        .bind(&session.user_id)
        .bind(&session.session_id)
        .bind(&session.application_id)
        .bind(&session.owner)
        .bind(&session.application)
        .bind(&session.issuer)
        .bind(&session.name_id)
        .bind(session.expires_at)
}

/// The session with that `SessionIndex`.
pub fn by_index(id: &str) -> Query<Option<ToldSession>> {
    Query::first(Statement::new("SELECT * FROM saml_sessions WHERE id = ?1").bind(id))
}

/// Consumes the SAML data of a session.
pub fn take(user_id: &str, session_id: &str) -> Query<Vec<ToldSession>> {
    let sql = "DELETE FROM saml_sessions WHERE user_id = ?1 AND session_id = ?2 RETURNING *";
    Query::all(Statement::new(sql).bind(user_id).bind(session_id))
}

/// Removes the SAML data of sessions ended by `now`.
pub fn purge(now: UnixTime) -> Statement {
    Statement::new("DELETE FROM saml_sessions WHERE expires_at <= ?1").bind(now)
}
