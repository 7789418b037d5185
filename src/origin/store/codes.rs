//! Authorization codes. The grant that redeems a code has an id derived from it
//! ([`Code::grant_id`]): inserting the grant's row redeems the code, once, and reveals a second
//! use.

use serde::Deserialize;

use super::{
    purges::{self, Key},
    query::Query,
};
use crate::{
    core::{
        encoding::{base64url, sha256},
        time::UnixTime,
    },
    ports::{Statement, flag, json},
};

/// A code as stored: its digest only.
#[derive(Debug, Clone, Deserialize)]
pub struct Code {
    /// Its user, and base64url(SHA-256) of it ([`Self::key`]).
    pub digest: String,
    /// The client that it was issued to.
    pub client_id: String,
    /// The granting user.
    pub user_id: String,
    /// The browser session in which it was issued.
    pub session_id: Option<String>,
    /// The redirect address it was sent to; empty if the request named none.
    pub redirect_uri: String,
    /// The scope.
    pub scope: String,
    /// The requested audience (RFC 8707).
    pub resource: Option<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// S256 (RFC 7636).
    pub code_challenge: Option<String>,
    /// When the user signed in.
    pub auth_time: UnixTime,
    /// The methods of the sign-in (`amr`).
    #[serde(deserialize_with = "json")]
    pub methods: Vec<String>,
    /// Whether the user was asked for platform authority.
    #[serde(deserialize_with = "flag")]
    pub platform_asked: bool,
    /// The impersonation that it was issued for: what it gives acts for its user, and ends with that.
    pub acting_grant: Option<String>,
    /// When it ends.
    pub expires_at: UnixTime,
    /// When it was issued.
    pub created_at: UnixTime,
}

/// The condition that a code is the user's, `?1`: a range of the primary key.
const OF_USER: &str = "digest > ?1 || '.' AND digest < ?1 || '/' AND user_id = ?1";

impl Code {
    /// What [`Self::digest`] is for a code of that user with that digest.
    pub fn key(user_id: &str, digest: &str) -> String {
        [user_id, ".", digest].concat()
    }

    /// The id of the grant that redeeming the code with that digest gives.
    pub fn grant_id(digest: &str) -> String {
        let derived = sha256(format!("grant of code {digest}").as_bytes());
        base64url(derived.get(..16).unwrap_or_default())
    }
}

/// Adds a code unless its session has ended (everything that signs the user out ends the session).
/// Returns its digest if it was added.
pub fn insert(code: &Code) -> Statement {
    Statement::new(
        "INSERT INTO codes (digest, client_id, user_id, session_id, redirect_uri, scope, resource, \
         nonce, code_challenge, auth_time, methods, expires_at, created_at, platform_asked, \
         acting_grant) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15 \
         WHERE ?4 IS NULL OR EXISTS (SELECT 1 FROM sessions WHERE id = ?4 AND user_id = ?3) \
         RETURNING digest",
    )
    .bind(&code.digest)
    .bind(&code.client_id)
    .bind(&code.user_id)
    .bind(code.session_id.as_deref())
    .bind(&code.redirect_uri)
    .bind(&code.scope)
    .bind(code.resource.as_deref())
    .bind(code.nonce.as_deref())
    .bind(code.code_challenge.as_deref())
    .bind(code.auth_time)
    .bind(super::json_text(&code.methods))
    .bind(code.expires_at)
    .bind(code.created_at)
    .bind(code.platform_asked)
    .bind(code.acting_grant.as_deref())
}

/// The code with that digest, redeemed or not.
pub fn find(digest: &str) -> Query<Option<Code>> {
    Query::first(Statement::new("SELECT * FROM codes WHERE digest = ?1").bind(digest))
}

/// Takes a code that was given to the client in that session for an address of ours.
pub fn take(
    digest: &str,
    client_id: &str,
    redirect_uri: &str,
    now: UnixTime,
) -> Query<Option<Code>> {
    let sql = "DELETE FROM codes WHERE digest = ?1 AND client_id = ?2 AND redirect_uri = ?3 \
               AND expires_at > ?4 RETURNING *";
    Query::first(Statement::new(sql).bind(digest).bind(client_id).bind(redirect_uri).bind(now))
}

/// Voids the codes that the user gave in a session.
pub fn voiding_in_session(user_id: &str, session_id: &str) -> Statement {
    Statement::new(format!("UPDATE codes SET expires_at = 0 WHERE {OF_USER} AND session_id = ?2"))
        .bind(user_id)
        .bind(session_id)
}

/// Voids the codes of a user.
pub fn voiding_of_user(user_id: &str) -> Statement {
    Statement::new(format!("UPDATE codes SET expires_at = 0 WHERE {OF_USER}")).bind(user_id)
}

/// Voids the codes that the user gave the client.
pub fn voiding_between(user_id: &str, client_id: &str) -> Statement {
    Statement::new(format!("UPDATE codes SET expires_at = 0 WHERE {OF_USER} AND client_id = ?2"))
        .bind(user_id)
        .bind(client_id)
}

/// Removes the codes of a user.
pub fn remove_of_user(user_id: &str) -> Statement {
    Statement::new(format!("DELETE FROM codes WHERE {OF_USER}")).bind(user_id)
}

/// Removes, in parts, the codes that expired before `before`.
pub fn purge(before: UnixTime, begins: bool) -> [Statement; 2] {
    let [advance, remove] = purges::part("codes", Key::text("digest"), begins, "expires_at < ?1");
    [advance, remove.bind(before)]
}
