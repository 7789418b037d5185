//! Identity providers: which are offered, what a sign-in at one remembers, what it leaves behind, and the account
//! that it leads to.
//!
//! A provider of any protocol ends in an [`Assertion`](crate::core::federation::Assertion). Whoever made it speak
//! may be nobody but an administrator of the organization, so that it opens no account that holds more than that
//! ([`vouching`]).

pub mod accounts;
pub mod attempts;
pub mod directory;
pub mod documents;
pub mod domains;
pub mod kerberos;
pub mod offered;
pub mod profile;
pub mod requests;
pub mod saml;
pub mod sync;
pub mod vouching;

use crate::{
    core::{
        seal::{self, SealError},
        secret::Secret,
    },
    origin::{
        Origin,
        domain::resource::providers::purpose,
        store::{identities, providers::Provider, resource::Stored},
    },
};

/// The check of the provider's record itself.
pub const SETTINGS: &str = "settings";

/// Why an answer of a provider is refused. People learn only that it could not be verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{check}: {detail}")]
pub struct Refusal {
    /// Which check failed, in a few words.
    pub check: &'static str,
    /// What it found.
    pub detail: String,
}

impl Refusal {
    /// The check of that name failed with `detail`.
    pub fn new(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, detail: detail.into() }
    }

    /// The same for an error that says what it found.
    pub fn of(check: &'static str, error: impl std::fmt::Display) -> Self {
        Self::new(check, error.to_string())
    }
}

/// How identities name the provider: `owner/name`.
pub fn reference(provider: &Provider) -> String {
    let meta = provider.meta();
    format!("{}/{}", meta.owner, meta.name)
}

/// The text by which the identity `subject` at the provider of a user of `owner` is named
/// ([`identities::key`]).
pub fn identity_key(owner: &str, provider: &Provider, subject: &str) -> String {
    identities::key_at(owner, (&reference(provider), &provider.meta().id), subject)
}

/// A secret of the provider's record; `None`: it has none of that name.
pub fn secret(
    origin: &Origin,
    provider: &Provider,
    member: &str,
) -> Result<Option<Secret<Vec<u8>>>, SealError> {
    let Some(sealed) = provider.sealed_secrets.get(member) else { return Ok(None) };
    let config = &origin.config;
    let purpose = purpose(&provider.meta().id, member);
    seal::open(&config.root_keys, &config.environment, &purpose, sealed).map(Some)
}

/// [`secret`], as a text; empty if there is none.
pub fn secret_text(origin: &Origin, provider: &Provider, member: &str) -> Result<String, Refusal> {
    let opened = secret(origin, provider, member).map_err(|error| Refusal::of(SETTINGS, error))?;
    let Some(bytes) = opened else { return Ok(String::new()) };
    String::from_utf8(bytes.expose().clone())
        .map_err(|_| Refusal::new(SETTINGS, format!("{member} is no text")))
}

/// A text among the attributes of the provider's record; empty if there is none.
pub fn text<'a>(provider: &'a Provider, member: &str) -> &'a str {
    let value = provider.meta().attributes.get(member);
    value.and_then(serde_json::Value::as_str).unwrap_or_default()
}

/// A setting among the attributes of the provider's record that is on or off; off if there is none.
pub fn is_on(provider: &Provider, member: &str) -> bool {
    provider.meta().attributes.get(member).and_then(serde_json::Value::as_bool) == Some(true)
}
