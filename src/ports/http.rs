//! Requests to another service, with responses that fit into memory.

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

/// A request of our own. Nothing in it is a stranger's, so that nothing is parsed: the types of
/// the `http` crate would be, which the edge's module is too small for.
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
    /// Whether what was asked for has been done.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What the body says in JSON; `None` if it is no such JSON. It is read as a text, as all JSON
    /// of an edge is: of each type the edge's module then has one reader.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(std::str::from_utf8(&self.body).ok()?).ok()
    }

    /// Whether the other side will never do what was asked for.
    pub fn is_client_error(&self) -> bool {
        (400..500).contains(&self.status)
    }
}

/// The other side did not respond (a response of any status is not an error).
#[derive(Debug, Clone)]
pub struct HttpError(pub String);

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http: {}", self.0)
    }
}

impl std::error::Error for HttpError {}
