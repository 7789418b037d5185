//! Clients in good standing, and the access that they may request.

use thiserror::Error;

use crate::{
    core::oauth::{audience::Registration, lifetime::Lifetimes},
    origin::store::applications::Application,
};

/// A client in good standing. Unless it has authenticated, its `client_id` proves nothing.
#[derive(Debug)]
pub struct Client {
    /// The application.
    pub application: Application,
    /// Whether it has presented its secret.
    pub authenticated: bool,
}

/// Why a client's request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ClientRefusal {
    /// It is not registered for the grant type.
    #[error("the client is not registered for this grant type")]
    GrantType,
    /// It has no secret, and the request needs one.
    #[error("a public client may not do this")]
    Public,
    /// It has a secret, which it did not present.
    #[error("client authentication failed")]
    Unauthenticated,
}

impl Client {
    /// `client_id`
    pub fn client_id(&self) -> &str {
        &self.application.client_id
    }

    /// Whether the application is registered for `grant_type`. One that names none may use
    /// authorization codes (RFC 7591 §2) and refresh what they give. A URN may be written without
    /// its prefix.
    pub fn lists(&self, grant_type: &str) -> bool {
        let listed = &self.application.grant_types;
        if listed.is_empty() {
            return matches!(grant_type, "authorization_code" | "refresh_token");
        }
        let short = grant_type.strip_prefix("urn:ietf:params:oauth:grant-type:");
        listed.iter().any(|known| known == grant_type || Some(known.as_str()) == short)
    }

    /// Refuses a grant type that the application is not registered for.
    pub fn must_list(&self, grant_type: &str) -> Result<(), ClientRefusal> {
        if self.lists(grant_type) { Ok(()) } else { Err(ClientRefusal::GrantType) }
    }

    /// Refuses a client that has not authenticated: a public one cannot, another must.
    pub const fn must_authenticate(&self) -> Result<(), ClientRefusal> {
        if self.authenticated {
            Ok(())
        } else if self.application.client_secret_digest.is_none() {
            Err(ClientRefusal::Public)
        } else {
            Err(ClientRefusal::Unauthenticated)
        }
    }

    /// Refuses a confidential client that has not authenticated.
    pub const fn must_authenticate_if_confidential(&self) -> Result<(), ClientRefusal> {
        if self.application.client_secret_digest.is_none() {
            return Ok(());
        }
        self.must_authenticate()
    }

    /// Refuses a confidential client that has not authenticated (RFC 6749 §3.2.1), unless its
    /// record lets PKCE take the secret's place.
    pub const fn must_authenticate_unless_by_pkce(&self) -> Result<(), ClientRefusal> {
        if self.application.pkce_without_secret {
            return Ok(());
        }
        self.must_authenticate_if_confidential()
    }

    /// The audiences that its tokens may have.
    pub fn registration(&self) -> Registration<'_> {
        self.application.registration()
    }

    /// The lifetimes of its tokens.
    pub fn lifetimes(&self) -> Lifetimes {
        Lifetimes::configured(
            self.application.access_token_lifetime,
            self.application.refresh_token_lifetime,
        )
    }
}
