//! `id_token_hint`: an ID token of this issuer that names a user and a client (OIDC Core §3.1.2.1,
//! RP-Initiated Logout §4). It may have expired, and does not authenticate its sender.

use crate::{
    core::token::{self, Audience, Expectation, TokenError},
    origin::{
        Origin,
        domain::keyring::{self, KeyringError},
        store::{
            query::Query,
            signing_keys::{self, SigningKey},
        },
    },
};

/// The user and client named in an ID token hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdTokenHint {
    /// The subject.
    pub subject: String,
    /// The client to which the token was issued.
    pub client_id: String,
    /// The browser session; empty if none.
    pub session_id: String,
}

/// The user that an authorization request expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// There is no hint.
    Anyone,
    /// The user with this subject.
    Person(String),
    /// The hint is not an ID token of this issuer, or was issued to another client: no sign-in can
    /// satisfy it.
    Unknown,
}

impl Expected {
    /// Whether the request may be granted for that subject.
    pub fn allows(&self, subject: &str) -> bool {
        match self {
            Self::Anyone => true,
            Self::Person(expected) => expected == subject,
            Self::Unknown => false,
        }
    }
}

/// The keys that [`read`] needs; none without a token.
pub fn keys(origin: &Origin, token: Option<&str>) -> Query<Vec<SigningKey>> {
    match token {
        Some(_) => signing_keys::published(origin.clock.now()),
        None => Query::ready(Vec::new()),
    }
}

/// The user expected by the hint `token` of a request by `client_id`.
pub async fn expected(
    origin: &Origin,
    keys: &[SigningKey],
    token: Option<&str>,
    client_id: &str,
) -> Result<Expected, KeyringError> {
    let Some(token) = token else { return Ok(Expected::Anyone) };
    let hint = read(origin, keys, token).await?.filter(|hint| hint.client_id == client_id);
    Ok(hint.map_or(Expected::Unknown, |hint| Expected::Person(hint.subject)))
}

/// The user and client named in `token`; `None` if it is not an ID token of this issuer.
pub async fn read(
    origin: &Origin,
    keys: &[SigningKey],
    token: &str,
) -> Result<Option<IdTokenHint>, KeyringError> {
    let keys = keyring::key_set_of(keys)?;
    let issuers = origin.config.issuers();
    let expectation = Expectation {
        danger_ignore_expiry: true,
        ..Expectation::id(&issuers, Audience::Any, origin.clock.now())
    };
    match token::verify(&*origin.crypto, &keys, token, &expectation).await {
        Ok(claims) => Ok(claims.aud.first().map(|client_id| IdTokenHint {
            subject: claims.sub.clone(),
            client_id: client_id.clone(),
            session_id: claims.sid.clone(),
        })),
        Err(TokenError::Backend(error)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}
