//! HTTP requests to send, and their responses.

use std::fmt;

use crate::core::secret::Secret;

/// Maximum response size in bytes, at which the caller stops reading.
pub const MAXIMUM_REPLY: usize = 256 * 1024;

/// A request's method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
}

impl Method {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request to send as it is, without following redirects.
#[derive(Clone)]
pub struct HttpCall {
    /// The method.
    pub method: Method,
    /// The URL. Some providers require secrets in the query, so it must not be logged in full.
    pub url: String,
    /// The headers, names in lower case.
    pub headers: Vec<(&'static str, Secret<String>)>,
    /// The body.
    pub body: Option<Secret<String>>,
}

impl HttpCall {
    /// A request that reads JSON.
    pub(super) fn get(url: String) -> Self {
        Self { method: Method::Get, url, headers: Vec::new(), body: None }
            .with_header("accept", "application/json")
            // GitHub refuses requests without one.
            .with_header("user-agent", "hanzo-iam")
    }

    /// A request with a body of that media type.
    pub(super) fn post(url: String, media_type: &str, body: String) -> Self {
        let call = Self { method: Method::Post, body: Some(Secret::new(body)), ..Self::get(url) };
        call.with_header("content-type", media_type)
    }

    /// Adds a header.
    #[must_use]
    pub(super) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, Secret::new(value.to_owned())));
        self
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.expose().as_str())
    }
}

impl fmt::Debug for HttpCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split('?').next().unwrap_or_default();
        write!(f, "HttpCall({} {url})", self.method.name())
    }
}

/// A response.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// The status code.
    pub status: u16,
    /// `Content-Type`, or empty.
    pub content_type: &'a str,
    /// The body, of at most [`MAXIMUM_REPLY`] bytes.
    pub body: &'a [u8],
}

impl<'a> Reply<'a> {
    /// Whether the status is a success.
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// Whether the body is of that media type (RFC 9110 §8.3.1).
    pub fn is(&self, media_type: &str) -> bool {
        let name = self.content_type.split(';').next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case(media_type)
    }

    /// The body as text; `None` if it is too long or not UTF-8.
    pub fn text(&self) -> Option<&'a str> {
        if self.body.len() > MAXIMUM_REPLY {
            return None;
        }
        std::str::from_utf8(self.body).ok()
    }
}
