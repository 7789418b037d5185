//! Why tokens are not issued.

use thiserror::Error;

use crate::{
    core::{oauth::audience::InvalidTarget, token::MintError},
    origin::domain::keyring::KeyringError,
    ports::DatabaseError,
};

/// Why tokens are not issued.
#[derive(Debug, Error)]
pub enum IssueError {
    /// The token would carry no role.
    #[error("the client is not for people of this organization")]
    NoRole,
    /// A third-party client asks for more than its person allowed.
    #[error("the person has not allowed the client what it asks for")]
    NoConsent,
    /// A revocation came between the check and the commit.
    #[error("what the grant depends on was revoked concurrently")]
    Revoked,
    /// The client may not ask for the resource.
    #[error("the client may not ask for this resource")]
    Target(InvalidTarget),
    /// There is no key to sign with.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The token could not be signed.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<InvalidTarget> for IssueError {
    fn from(error: InvalidTarget) -> Self {
        Self::Target(error)
    }
}
