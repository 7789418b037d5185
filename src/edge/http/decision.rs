//! The edge's decision about a request, and its flat text for the platform.

use std::rc::Rc;

use super::{
    IdentityHeaders, Response,
    response::{count, lines, number, pairs},
};
use crate::core::{limit::Inquiry, request_id::RequestId};

/// The decision about a request.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Send this response.
    Respond(Response),
    /// Forward it, body and all.
    Forward(Forward),
}

/// The destination of a request, and its changes.
#[derive(Debug, Clone)]
pub struct Forward {
    /// The destination.
    pub target: Target,
    /// The request's id, sent along and returned to the client.
    pub request_id: RequestId,
    /// Headers to set on the response, or to remove if they are empty; `x-request-id` is set anyway.
    pub response_headers: Vec<(&'static str, String)>,
    /// The inquiry to the platform's rate limiter, made after the response.
    pub inquiry: Option<Inquiry>,
    /// Timeout for the response headers in seconds, after the request was sent.
    pub deadline: u32,
    /// Headers of the client that are not forwarded.
    pub remove: Vec<String>,
    /// The identity headers, for a service.
    pub identity: Option<Rc<IdentityHeaders>>,
    /// Other headers to set, or to remove if they are empty.
    pub set: Vec<(&'static str, String)>,
}

/// The destination of a request. Path and query stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The origin.
    Origin,
    /// A service binding, by name.
    Binding(String),
    /// The whole address at another server.
    Url(String),
}

impl Decision {
    /// Appends the decision in the lines that `edge.js` reads:
    ///
    /// - `A`, request id, then [`Response::write`].
    /// - `F`, request id, the [`Inquiry`] or an empty line, the deadline in seconds, `origin`,
    ///   `binding` or `url`, the binding's name or the whole address; the number of response headers
    ///   to set, name and value of each; the number of request headers to set, name and value of
    ///   each; and unless it is the origin, the number of request headers to remove, each, and
    ///   [`IdentityHeaders::number`].
    pub fn write(&self, text: &mut String) {
        match self {
            Self::Respond(response) => {
                lines(text, ["A", response.request_id.as_str()]);
                response.write(text);
            }
            Self::Forward(forward) => {
                let (kind, place) = match &forward.target {
                    Target::Origin => ("origin", "ORIGIN"),
                    Target::Binding(name) => ("binding", name.as_str()),
                    Target::Url(url) => ("url", url.as_str()),
                };
                let inquiry = forward.inquiry.map(|inquiry| inquiry.to_string());
                lines(text, ["F", forward.request_id.as_str(), inquiry.as_deref().unwrap_or("")]);
                number(text, forward.deadline.into());
                lines(text, [kind, place]);
                pairs(text, &forward.response_headers);
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

    /// The identity headers of a forwarded request. Many calls share them, so they are not part of
    /// [`Self::write`].
    pub fn identity_headers(&self) -> Option<&Rc<IdentityHeaders>> {
        match self {
            Self::Forward(forward) => forward.identity.as_ref(),
            Self::Respond(_) => None,
        }
    }
}
