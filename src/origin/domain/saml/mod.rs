//! SAML 2.0 as service provider and identity provider: URLs and keys.

pub mod clients;
pub mod keys;

use crate::origin::Origin;

/// The URLs of one of our roles. The metadata URL is the entity ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    base: String,
}

impl Addresses {
    /// The service provider URLs for the identity provider `owner/name`.
    pub fn of_service_provider(issuer: &str, owner: &str, name: &str) -> Self {
        Self { base: format!("{issuer}/v1/iam/saml/sp/{owner}/{name}") }
    }

    /// The identity provider URLs for the application `owner/name`.
    pub fn of_identity_provider(issuer: &str, owner: &str, name: &str) -> Self {
        Self { base: format!("{issuer}/v1/iam/saml/idp/{owner}/{name}") }
    }

    /// The entity ID.
    pub fn entity_id(&self) -> String {
        self.at("metadata")
    }

    /// The URL of that service.
    pub fn at(&self, service: &str) -> String {
        format!("{}/{service}", self.base)
    }
}

/// A new message or assertion ID.
pub fn new_id(origin: &Origin) -> String {
    format!("_{}", crate::core::encoding::hex(&origin.random.bytes::<16>()))
}
