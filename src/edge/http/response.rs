//! A response of the edge itself, and its flat text for the platform.

use crate::core::request_id::RequestId;

/// A response of the edge itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers without `x-request-id`, which the platform sets.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// The request's id.
    pub request_id: RequestId,
}

impl Response {
    /// A response without a body.
    pub fn empty(status: u16, request_id: RequestId) -> Self {
        Self { status, headers: Vec::new(), body: String::new(), request_id }
    }

    /// A JSON response.
    pub fn json(status: u16, body: impl Into<String>, request_id: RequestId) -> Self {
        let body = body.into();
        Self { body, ..Self::empty(status, request_id) }
            .with("content-type", "application/json".to_owned())
    }

    /// The response with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Appends the status, the number of headers, name and value of each, a line each, and the body.
    pub fn write(&self, text: &mut String) {
        number(text, self.status.into());
        pairs(text, &self.headers);
        text.push_str(&self.body);
    }
}

/// Appends the number of headers, then name and value of each, a line each.
pub(super) fn pairs(text: &mut String, headers: &[(&'static str, String)]) {
    count(text, headers.len());
    for (name, value) in headers {
        lines(text, [name, value.as_str()]);
    }
}

pub(super) fn count(text: &mut String, count: usize) {
    number(text, count as u64);
}

pub(super) fn number(text: &mut String, number: u64) {
    lines(text, [itoa::Buffer::new().format(number)]);
}

pub(super) fn lines<const N: usize>(text: &mut String, parts: [&str; N]) {
    for part in parts {
        text.push_str(part);
        text.push('\n');
    }
}
