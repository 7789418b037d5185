//! HTTP requests to other services, with in-memory responses.

use std::fmt;

use async_trait::async_trait;
use serde::de::DeserializeOwned;

/// Sends requests (on Workers: over a service binding, or `fetch`).
#[async_trait(?Send)]
pub trait Http {
    /// Sends `request` and reads the whole response.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError>;

    /// [`Self::send`], for a caller that reads the response to any method.
    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.send(request).await
    }
}

/// An outgoing request. Its parts are trusted and not parsed: parsing with the types of the `http`
/// crate would make the edge module too large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// The headers, with names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body; none if it is empty.
    pub body: Vec<u8>,
}

/// Its response, without the headers that no caller needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// `Content-Type`; empty if there is none, or it is of a service of ours.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// Whether the request succeeded.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body parsed as JSON; `None` if it does not match. It is parsed from a string, as
    /// everywhere in the edge, so that the module has one JSON reader per type.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(std::str::from_utf8(&self.body).ok()?).ok()
    }

    /// Whether the failure is permanent (4xx).
    pub fn is_client_error(&self) -> bool {
        (400..500).contains(&self.status)
    }
}

/// No response was received (a response with any status is not an error).
#[derive(Debug, Clone)]
pub struct HttpError(pub String);

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http: {}", self.0)
    }
}

impl std::error::Error for HttpError {}
