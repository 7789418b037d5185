//! SAML 2.0, as service provider and as identity provider: our addresses and keys.

pub mod clients;
pub mod keys;

use crate::origin::Origin;

/// Where a role of ours is. The address of its metadata is its entity ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    base: String,
}

impl Addresses {
    /// Those of the service provider that we are to the identity provider `owner/name`.
    pub fn of_service_provider(issuer: &str, owner: &str, name: &str) -> Self {
        Self { base: format!("{issuer}/v1/iam/saml/sp/{owner}/{name}") }
    }

    /// Those of the identity provider that we are to the application `owner/name`.
    pub fn of_identity_provider(issuer: &str, owner: &str, name: &str) -> Self {
        Self { base: format!("{issuer}/v1/iam/saml/idp/{owner}/{name}") }
    }

    /// The entity ID.
    pub fn entity_id(&self) -> String {
        self.at("metadata")
    }

    /// The address of that service.
    pub fn at(&self, service: &str) -> String {
        format!("{}/{service}", self.base)
    }
}

/// A new ID of a message or assertion.
pub fn new_id(origin: &Origin) -> String {
    format!("_{}", crate::core::encoding::hex(&origin.random.bytes::<16>()))
}
