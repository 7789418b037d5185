//! What the edge decides about a request, and the flat text in which the platform learns it.

use std::rc::Rc;

use super::{Inquiry, Introduction};

/// What is to be done with a request.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Answer it.
    Answer(Answer),
    /// Send it on, body and all.
    Forward(Forward),
}

/// An answer of the edge itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, `x-request-id` not among them.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// The request's id.
    pub request_id: String,
}

/// Where a request goes, and what changes on the way.
#[derive(Debug, Clone)]
pub struct Forward {
    /// Where.
    pub target: Target,
    /// The request's id, sent along and answered.
    pub request_id: String,
    /// Headers for the answer of a service: our id is among them anyway.
    pub answer_headers: Vec<(&'static str, String)>,
    /// What the platform's limiter is asked behind the response.
    pub inquiry: Option<Inquiry>,
    /// Headers of the client that do not go along.
    pub remove: Vec<String>,
    /// Whom a service is told to deal with.
    pub identity: Option<Rc<Introduction>>,
    /// Other headers that are ours; one that is empty is removed.
    pub set: Vec<(&'static str, String)>,
}

/// Where a request goes. Path and query stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The origin.
    Origin,
    /// A service binding, by name.
    Binding(String),
    /// Another base: the whole address.
    Url(String),
}

impl Answer {
    /// A JSON answer.
    pub fn json(status: u16, body: impl Into<String>, request_id: String) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: body.into(), request_id }
    }

    /// The answer with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl Decision {
    /// The decision as `entry.js` reads it: lines.
    ///
    /// - `A`, status, request id, number of headers, name and value of each, then the body.
    /// - `F`, `binding` or `fetch`, binding's name or whole address, request id, a name for calls
    ///   that have most of their headers in common (or nothing), the [`Inquiry`] (or nothing),
    ///   number of headers for the answer, name and value of each, number of headers to remove,
    ///   each, then name and value of each header to set (removed if it is empty).
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(1024);
        match self {
            Self::Answer(answer) => {
                let count = answer.headers.len().to_string();
                let status = answer.status.to_string();
                lines(&mut text, ["A", &status, &answer.request_id, &count]);
                for (name, value) in &answer.headers {
                    lines(&mut text, [name, value.as_str()]);
                }
                text.push_str(&answer.body);
            }
            Self::Forward(forward) => {
                let (kind, place) = match &forward.target {
                    Target::Origin => ("binding", "ORIGIN"),
                    Target::Binding(name) => ("binding", name.as_str()),
                    Target::Url(url) => ("fetch", url.as_str()),
                };
                let draft = forward.identity.as_deref().and_then(Introduction::draft);
                let draft = draft.unwrap_or_default();
                let inquiry = forward.inquiry.map(|it| it.to_string()).unwrap_or_default();
                let count = forward.answer_headers.len().to_string();
                lines(&mut text, ["F", kind, place, &forward.request_id, draft, &inquiry, &count]);
                for (name, value) in &forward.answer_headers {
                    lines(&mut text, [name, value.as_str()]);
                }
                lines(&mut text, [forward.remove.len().to_string().as_str()]);
                for name in &forward.remove {
                    lines(&mut text, [name.as_str()]);
                }
                if let Some(identity) = &forward.identity {
                    text.push_str(identity.lines());
                }
                for (name, value) in &forward.set {
                    lines(&mut text, [name, value.as_str()]);
                }
            }
        }
        text
    }
}

fn lines<const N: usize>(text: &mut String, parts: [&str; N]) {
    for part in parts {
        text.push_str(part);
        text.push('\n');
    }
}
