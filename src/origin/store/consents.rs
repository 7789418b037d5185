//! User consents to third-party clients.

use serde::Deserialize;

use super::query::Query;
use crate::{
    core::time::UnixTime,
    ports::{Statement, json},
};

/// A user's consent to a client.
#[derive(Debug, Clone, Deserialize)]
pub struct Consent {
    /// The user.
    pub user_id: String,
    /// The client.
    pub client_id: String,
    /// Space separated.
    pub scope: String,
    /// The resources that its tokens may be for (RFC 8707).
    #[serde(deserialize_with = "json")]
    pub resources: Vec<String>,
    /// When the user first allowed it.
    pub created_at: UnixTime,
    /// When it was last changed.
    pub updated_at: UnixTime,
}

/// The consents of these users to the client.
pub fn of_users(user_ids: &[String], client_id: &str) -> Query<Vec<Consent>> {
    let statement = Statement::new(
        "SELECT * FROM consents WHERE user_id IN (SELECT value FROM json_each(?1)) \
         AND client_id = ?2",
    );
    Query::all(statement.bind(super::json_text(&user_ids)).bind(client_id))
}

/// Everything that the user allowed, by client.
pub fn of_user(user_id: &str) -> Query<Vec<Consent>> {
    let statement = Statement::new("SELECT * FROM consents WHERE user_id = ?1 ORDER BY client_id");
    Query::all(statement.bind(user_id))
}

/// Stores the consent of the user to the client, in place of an earlier one.
pub fn put(
    user_id: &str,
    client_id: &str,
    scope: &str,
    resources: &[String],
    now: UnixTime,
) -> Statement {
    Statement::new(
        "INSERT INTO consents (user_id, client_id, scope, resources, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT (user_id, client_id) \
         DO UPDATE SET scope = ?3, resources = ?4, updated_at = ?5",
    )
    .bind(user_id)
    .bind(client_id)
    .bind(scope)
    .bind(super::json_text(&resources))
    .bind(now)
}

/// Stores `known` with the scope and the resources that the user allows besides, unless the user has
/// changed or withdrawn it since it was read.
pub fn extend(known: &Consent, scope: &str, resources: &[String], now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE consents SET scope = ?3, resources = ?4, updated_at = ?5 \
         WHERE user_id = ?1 AND client_id = ?2 AND scope = ?6",
    )
    .bind(&known.user_id)
    .bind(&known.client_id)
    .bind(scope)
    .bind(super::json_text(&resources))
    .bind(now)
    .bind(&known.scope)
}

/// Removes the consent of the user to the client.
pub fn remove(user_id: &str, client_id: &str) -> Statement {
    Statement::new("DELETE FROM consents WHERE user_id = ?1 AND client_id = ?2")
        .bind(user_id)
        .bind(client_id)
}

/// Forgets what all users allowed the client.
pub fn remove_of_client(client_id: &str) -> Statement {
    Statement::new("DELETE FROM consents WHERE client_id = ?1").bind(client_id)
}

/// Records that platform authority went into the tokens of a grant, if the grant came into being.
pub fn record_platform(grant_id: &str) -> Statement {
    Statement::new(
        "INSERT OR IGNORE INTO platform_grants (grant_id, user_id, client_id, auth_time, created_at) \
         SELECT id, user_id, client_id, auth_time, created_at FROM grants \
         WHERE id = ?1 AND user_id IS NOT NULL AND auth_time IS NOT NULL",
    )
    .bind(grant_id)
}
