//! HTTP responses for domain failures: 500 (`server_error` on OAuth routes), with the cause only in
//! the log.

use crate::origin::{
    domain::{feed::FeedError, keyring::KeyringError, publication::PublicationError},
    http::{Envelope, OAuthError, RestError},
};

impl From<KeyringError> for OAuthError {
    fn from(error: KeyringError) -> Self {
        Self::internal(error)
    }
}

impl From<KeyringError> for RestError {
    fn from(error: KeyringError) -> Self {
        Self::internal(error)
    }
}

impl From<KeyringError> for Envelope {
    fn from(error: KeyringError) -> Self {
        Self::internal(error)
    }
}

impl From<PublicationError> for RestError {
    fn from(error: PublicationError) -> Self {
        Self::internal(error)
    }
}

impl From<FeedError> for RestError {
    fn from(error: FeedError) -> Self {
        Self::internal(error)
    }
}
