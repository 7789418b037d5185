//! Applications: the OAuth clients.

use serde::Deserialize;

use crate::{
    core::time::UnixTime,
    world::{Database, DatabaseError, Statement, flag, json},
};

/// An application, which is an OAuth client (RFC 6749 §2).
#[derive(Debug, Clone, Deserialize)]
pub struct Application {
    /// UUID.
    pub id: String,
    /// `admin` for the platform's own.
    pub owner: String,
    /// Unique in the owner.
    pub name: String,
    /// The organization whose users sign in to it.
    pub organization: String,
    /// Unique everywhere.
    pub client_id: String,
    /// base64url(SHA-256) of the secret; `None`: a public client.
    pub client_secret_digest: Option<String>,
    /// For people.
    pub display_name: String,
    /// What it may ask the token endpoint for.
    #[serde(deserialize_with = "json")]
    pub grant_types: Vec<String>,
    /// Matched exactly (loopback addresses: without the port, RFC 8252 §7.3).
    #[serde(deserialize_with = "json")]
    pub redirect_uris: Vec<String>,
    /// Matched exactly, after logout.
    #[serde(deserialize_with = "json")]
    pub post_logout_redirect_uris: Vec<String>,
    /// Scopes beyond the standard ones.
    #[serde(deserialize_with = "json")]
    pub scopes: Vec<String>,
    /// Audiences that it may ask for (RFC 8707).
    #[serde(deserialize_with = "json")]
    pub resources: Vec<String>,
    /// What else it may do: `key-resolve`, `publishable-resolve`, `token-exchange`, ….
    #[serde(deserialize_with = "json")]
    pub capabilities: Vec<String>,
    /// Whether users of every organization may sign in.
    #[serde(deserialize_with = "flag")]
    pub is_shared: bool,
    /// Disabled: it gets no token and its tokens are not accepted.
    #[serde(deserialize_with = "flag")]
    pub is_disabled: bool,
    /// Whether the sign-in page asks for a password.
    #[serde(deserialize_with = "flag")]
    pub enable_password: bool,
    /// `ES256` or `RS256`.
    pub token_signing_method: String,
    /// Seconds.
    pub access_token_lifetime: i64,
    /// Seconds, of a whole refresh family.
    pub refresh_token_lifetime: i64,
    /// Published members that no code reads.
    #[serde(deserialize_with = "json")]
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it was last changed.
    pub updated_at: UnixTime,
}

/// The application with that `client_id`.
pub async fn find_by_client_id(
    database: &dyn Database,
    client_id: &str,
) -> Result<Option<Application>, DatabaseError> {
    database
        .first(Statement::new("SELECT * FROM applications WHERE client_id = ?1").bind(client_id))
        .await
}
