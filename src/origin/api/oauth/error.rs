//! Maps domain errors to the error codes of RFC 6749 §5.2 and its extensions.

use crate::{
    core::oauth::{audience::InvalidTarget, scope::ScopeError},
    origin::{
        domain::{clients::ClientRefusal, tokens::IssueError},
        http::{OAuthError, OAuthErrorCode},
    },
};

/// `invalid_grant`. The response is the same for every cause; the log has the cause.
pub(super) fn invalid_grant(description: &str, cause: impl std::fmt::Display) -> OAuthError {
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

impl From<ClientRefusal> for OAuthError {
    fn from(refusal: ClientRefusal) -> Self {
        let code = match refusal {
            ClientRefusal::GrantType | ClientRefusal::Public => OAuthErrorCode::UnauthorizedClient,
            ClientRefusal::Unauthenticated => OAuthErrorCode::InvalidClient,
        };
        Self::new(code, refusal.to_string())
    }
}

impl From<IssueError> for OAuthError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::NoRole | IssueError::NoConsent => {
                Self::new(OAuthErrorCode::InvalidGrant, error.to_string())
            }
            IssueError::Revoked => invalid_grant("the grant is not valid", error),
            IssueError::Target(error) => error.into(),
            IssueError::Keyring(_) | IssueError::Mint(_) | IssueError::Database(_) => {
                Self::internal(error)
            }
        }
    }
}
