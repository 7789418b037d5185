//! `id_token_hint`: an ID token of ours that names a person and a client (OIDC Core §3.1.2.1,
//! RP-Initiated Logout §4). It may have expired, and it proves nothing about who sends it.

use crate::{
    core::token::{self, Audience, Expectation},
    origin::{Origin, keyring},
};

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

/// Whom `token` names, if it is an ID token of ours; `None` also if the keys cannot be read, since
/// nothing rests on a hint.
pub async fn read(origin: &Origin, token: &str) -> Option<Hint> {
    let keys = keyring::key_set(origin).await.ok()?;
    let issuers = origin.config.issuers();
    let expectation = Expectation {
        danger_ignore_expiry: true,
        ..Expectation::id(&issuers, Audience::Whoever, origin.clock.now())
    };
    let claims = token::verify(&*origin.crypto, &keys, token, &expectation).await.ok()?;
    Some(Hint {
        subject: claims.sub.clone(),
        client_id: claims.aud.first()?.clone(),
        session_id: claims.sid.clone(),
    })
}
