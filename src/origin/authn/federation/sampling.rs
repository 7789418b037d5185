//! Sample claims, with which administrators preview the mapping of a provider.

use serde_json::{Map, Value};

use super::oauth;
use crate::{
    core::federation::{Assertion, Attributes, Protocol},
    origin::{
        Origin,
        domain::federation::{Refusal, directory, saml},
        store::providers::Provider,
    },
};

/// The assertion that a sign-in by the provider makes of `claims`: for a directory or SAML, attributes with their
/// values.
pub fn sample(
    origin: &Origin,
    provider: &Provider,
    claims: &Map<String, Value>,
) -> Result<Assertion, Refusal> {
    let attributes = Attributes::from_claims(claims);
    match Protocol::of_category(&provider.category) {
        Some(Protocol::Ldap) => Ok(directory::sample(provider, attributes)),
        Some(Protocol::Saml) => Ok(saml::sample(provider, attributes)),
        Some(Protocol::Kerberos) => {
            let subject = attributes.first("principal").unwrap_or_default().to_owned();
            Ok(Assertion { subject, attributes, ..Assertion::default() })
        }
        Some(Protocol::OAuth) | None => oauth::sample(origin, provider, claims),
    }
}
