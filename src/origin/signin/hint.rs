//! `id_token_hint`: an ID token of ours that names a person and a client (OIDC Core §3.1.2.1,
//! RP-Initiated Logout §4). It may have expired, and it proves nothing about who sends it.

use crate::origin::Origin;

/// Whom a hint names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The person.
    pub subject: String,
    /// The client that the token was issued to.
    pub client_id: String,
    /// The browser session; empty if none.
    pub session_id: String,
}

/// Whom `token` names, if it is an ID token of ours.
pub async fn read(_origin: &Origin, _token: &str) -> Option<Hint> {
    None
}
