//! What the edge decides about a request, and the flat text in which the platform learns it.

use std::rc::Rc;

use super::{IdentityHeaders, Inquiry};
use crate::core::request_id::RequestId;

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
    pub request_id: RequestId,
}

/// Where a request goes, and what changes on the way.
#[derive(Debug, Clone)]
pub struct Forward {
    /// Where.
    pub target: Target,
    /// The request's id, sent along and answered.
    pub request_id: RequestId,
    /// Headers for the response, removed if they are empty: our id is among them anyway.
    pub answer_headers: Vec<(&'static str, String)>,
    /// What the platform's limiter is asked behind the response.
    pub inquiry: Option<Inquiry>,
    /// Seconds for the head of the response, from when the request has been sent.
    pub deadline: u32,
    /// Headers of the client that do not go along.
    pub remove: Vec<String>,
    /// Whom a service is told to deal with.
    pub identity: Option<Rc<IdentityHeaders>>,
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
    pub fn json(status: u16, body: impl Into<String>, request_id: RequestId) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: body.into(), request_id }
    }

    /// Writes status, headers and body, which both kinds of response share.
    pub fn write(&self, text: &mut String) {
        number(text, self.status.into());
        pairs(text, &self.headers);
        text.push_str(&self.body);
    }

    /// The answer with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl Decision {
    /// Writes the decision as `edge.js` reads it: lines.
    ///
    /// - `A`, request id, status, number of headers, name and value of each, then the body.
    /// - `F`, request id, the [`Inquiry`] (or nothing), the deadline in seconds, `origin`, `binding`
    ///   or `url`, binding's name or whole address, number of headers for the answer, name and value of each, number of
    ///   headers to set, name and value of each (removed if it is empty), and unless it is the
    ///   origin number of headers to remove, each, and the number of the [`IdentityHeaders`], whose
    ///   own lines [`Self::introduction`] has.
    pub fn write(&self, text: &mut String) {
        match self {
            Self::Answer(answer) => {
                lines(text, ["A", answer.request_id.as_str()]);
                answer.write(text);
            }
            Self::Forward(forward) => {
                let (kind, place) = match &forward.target {
                    Target::Origin => ("origin", "ORIGIN"),
                    Target::Binding(name) => ("binding", name.as_str()),
                    Target::Url(url) => ("url", url.as_str()),
                };
                let inquiry = forward.inquiry.map(|it| it.to_string()).unwrap_or_default();
                lines(text, ["F", forward.request_id.as_str(), &inquiry]);
                number(text, forward.deadline.into());
                lines(text, [kind, place]);
                pairs(text, &forward.answer_headers);
                pairs(text, &forward.set);
                if let Some(identity) = &forward.identity {
                    count(text, forward.remove.len());
                    for name in &forward.remove {
                        lines(text, [name.as_str()]);
                    }
                    number(text, identity.number());
                }
            }
        }
    }

    /// Whom a service is told to deal with: number of headers, name and value of each. It is the
    /// same for many calls, and told by itself.
    pub fn introduction(&self) -> Option<&Rc<IdentityHeaders>> {
        match self {
            Self::Forward(forward) => forward.identity.as_ref(),
            Self::Answer(_) => None,
        }
    }
}

/// Their number, then name and value of each, a line each.
pub(super) fn pairs(text: &mut String, headers: &[(&'static str, String)]) {
    count(text, headers.len());
    for (name, value) in headers {
        lines(text, [name, value.as_str()]);
    }
}

fn count(text: &mut String, count: usize) {
    number(text, count as u64);
}

fn number(text: &mut String, number: u64) {
    lines(text, [itoa::Buffer::new().format(number)]);
}

fn lines<const N: usize>(text: &mut String, parts: [&str; N]) {
    for part in parts {
        text.push_str(part);
        text.push('\n');
    }
}
