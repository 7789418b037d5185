//! Requests to another service, for answers small enough to hold.

use std::fmt;

use async_trait::async_trait;

/// Sends requests (on Workers: over a service binding, or `fetch`).
#[async_trait(?Send)]
pub trait Http {
    /// Sends `request` and reads the whole answer.
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, HttpError>;
}

/// The other side did not answer (an answer of any status is not an error).
#[derive(Debug, Clone)]
pub struct HttpError(pub String);

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http: {}", self.0)
    }
}

impl std::error::Error for HttpError {}
