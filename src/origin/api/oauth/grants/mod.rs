//! The grants of the token endpoint, one module each.

pub mod authorization_code;
pub mod client_credentials;
pub mod device_code;
pub mod password;
pub mod refresh_token;
pub mod token_exchange;

use crate::{
    core::oauth::{audience::InvalidTarget, scope::ScopeError},
    origin::{
        authn::client::Client,
        domain::revocation::Moment,
        http::{OAuthError, OAuthErrorCode, Parameters},
    },
};

/// A request to the token endpoint.
#[derive(Debug)]
pub struct TokenRequest<'a> {
    /// Before anything of it was checked.
    pub moment: Moment,
    /// `iss` of what will be issued.
    pub issuer: &'a str,
    /// Who asks.
    pub client: Client,
    /// For what.
    pub parameters: &'a Parameters,
}

/// A refusal of what was presented. The client hears the same for every cause; the log hears which.
fn invalid_grant(description: &str, cause: impl std::fmt::Display) -> OAuthError {
    OAuthError {
        cause: Some(cause.to_string()),
        ..OAuthError::new(OAuthErrorCode::InvalidGrant, description)
    }
}

impl From<ScopeError> for OAuthError {
    fn from(error: ScopeError) -> Self {
        Self::new(OAuthErrorCode::InvalidScope, error.to_string())
    }
}

impl From<InvalidTarget> for OAuthError {
    fn from(_: InvalidTarget) -> Self {
        Self::new(OAuthErrorCode::InvalidTarget, "the client may not ask for this resource")
    }
}
