//! Identity providers: which are offered, the state of a federated sign-in, its stored results, and
//! account resolution.
//!
//! Every protocol produces an [`Assertion`](crate::core::federation::Assertion). Because the
//! provider may be under the control of any administrator of the organization, it cannot open an
//! account with more authority than an administrator ([`vouching`]).

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

/// Name of the check of the provider's record.
pub const SETTINGS: &str = "settings";

/// Why a provider's response is refused. The user only learns that it could not be verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{check}: {detail}")]
pub struct Refusal {
    /// The failed check.
    pub check: &'static str,
    /// What it found.
    pub detail: String,
}

impl Refusal {
    /// A failure of the named check, with `detail`.
    pub fn new(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, detail: detail.into() }
    }

    /// A failure of the named check, with `error` as detail.
    pub fn of(check: &'static str, error: impl std::fmt::Display) -> Self {
        Self::new(check, error.to_string())
    }
}

/// The provider's reference in identities: `owner/name`.
pub fn reference(provider: &Provider) -> String {
    let meta = provider.meta();
    format!("{}/{}", meta.owner, meta.name)
}

/// The key of the identity `subject` at the provider, for a user of `owner` ([`identities::key`]).
pub fn identity_key(owner: &str, provider: &Provider, subject: &str) -> String {
    identities::key_at(owner, (&reference(provider), &provider.meta().id), subject)
}

/// A secret of the provider's record, by name.
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

/// [`secret`] as text; empty if absent.
pub fn secret_text(origin: &Origin, provider: &Provider, member: &str) -> Result<String, Refusal> {
    let opened = secret(origin, provider, member).map_err(|error| Refusal::of(SETTINGS, error))?;
    let Some(bytes) = opened else { return Ok(String::new()) };
    String::from_utf8(bytes.expose().clone())
        .map_err(|_| Refusal::new(SETTINGS, format!("{member} is no text")))
}

/// A text attribute of the provider's record; empty if absent.
pub fn text<'a>(provider: &'a Provider, member: &str) -> &'a str {
    let value = provider.meta().attributes.get(member);
    value.and_then(serde_json::Value::as_str).unwrap_or_default()
}

/// A boolean attribute of the provider's record; false if absent.
pub fn is_on(provider: &Provider, member: &str) -> bool {
    provider.meta().attributes.get(member).and_then(serde_json::Value::as_bool) == Some(true)
}
