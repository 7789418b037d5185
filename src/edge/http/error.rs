//! The errors of the edge and their responses (WIRE §6). The reason for refusing a credential is
//! only logged.

use super::Response;
use crate::core::{
    cors::EXPOSED_HEADERS,
    gateway::CallDenied,
    limit::{Admission, Rate, rate_limit_headers},
    request_id::RequestId,
};

/// Why the edge does not forward a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The request is malformed or not allowed in this form.
    BadRequest(&'static str),
    /// The request needs a credential and has none.
    Unauthenticated,
    /// The credential is not valid; the text is for the log.
    InvalidCredential(&'static str),
    /// The credential is valid and does not allow the request.
    Forbidden(&'static str),
    /// A rate limit is reached.
    TooManyRequests {
        /// The name of the limit in the `RateLimit` fields.
        kind: &'static str,
        /// The limit.
        rate: Rate,
        /// What is left, and when a call will be allowed again.
        admission: Admission,
    },
    /// The key's budget is spent.
    BudgetSpent {
        /// The key's holder, `owner/name`; of a publishable key its organization.
        user: String,
    },
    /// There is nothing at that address; the text is for the log.
    NotFound(&'static str),
    /// The method is not allowed; these are.
    Method(&'static str),
    /// The target is too long.
    TooLong,
    /// Something needed to verify the credential is unavailable; the text is for the log.
    Unavailable(&'static str),
}

/// Why a forwarded request has no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undelivered {
    /// The connection failed, or the response is not valid HTTP.
    Failed,
    /// The head of the response did not arrive before the deadline.
    Late,
}

impl Undelivered {
    /// The reason, for the response and the log.
    pub(in crate::edge) const fn reason(self) -> &'static str {
        match self {
            Self::Failed => "did not answer",
            Self::Late => "did not answer in time",
        }
    }

    /// The response to send instead (RFC 9110 §15.6.3, §15.6.5), in the format of the protocol that
    /// `path` belongs to.
    pub fn response(self, path: &str, request_id: RequestId) -> Response {
        let problem = self.reason();
        let (status, number, code) = match self {
            Self::Failed => (502, "502", "bad_gateway"),
            Self::Late => (504, "504", "gateway_timeout"),
        };
        let mut segments = path.split('/').skip(1);
        let body = match [segments.next(), segments.next(), segments.next()] {
            [Some("v1"), Some("iam"), Some("oauth")] | [Some("oauth"), ..] => [
                // Of the codes of RFC 6749, the one of §4.1.2.1 comes closest.
                r#"{"error":"temporarily_unavailable","error_description":"the server "#,
                problem,
                "\"}",
            ]
            .concat(),
            [Some("v1"), Some("iam"), _] | [Some("login" | "api"), ..] => {
                [r#"{"status":"#, number, r#","error":"the server "#, problem, "\"}"].concat()
            }
            _ => [r#"{"error":""#, code, r#"","message":"The service "#, problem, "\"}"].concat(),
        };
        readable(Response::json(status, body, request_id))
            .with("cache-control", "no-store".to_owned())
    }
}

impl From<CallDenied> for Error {
    fn from(refusal: CallDenied) -> Self {
        Self::Forbidden(match refusal {
            CallDenied::Publishable => "a publishable key may call only what is public",
            CallDenied::Scope => "the key's scope does not allow this call",
        })
    }
}

impl Error {
    /// The response; `realm` is the issuer of the host.
    pub fn response(&self, realm: &str, request_id: RequestId) -> Response {
        readable(self.unreadable(realm, request_id))
    }

    /// The message in the response.
    pub(in crate::edge) const fn reason(&self) -> &'static str {
        match self {
            Self::BadRequest(message) | Self::Forbidden(message) => message,
            Self::Unauthenticated => "Authentication required",
            Self::InvalidCredential(_) => "Invalid token",
            Self::TooManyRequests { .. } => "Too many requests",
            Self::BudgetSpent { .. } => "Nothing is left of the key's budget",
            Self::NotFound(_) => "not found",
            Self::Method(_) => "method not allowed",
            Self::TooLong => "the address is too long",
            Self::Unavailable(_) => "The credential cannot be verified at the moment",
        }
    }

    /// The cause, for the log only.
    pub(in crate::edge) fn cause(&self) -> Option<String> {
        match self {
            Self::InvalidCredential(cause) | Self::NotFound(cause) | Self::Unavailable(cause) => {
                Some((*cause).to_owned())
            }
            Self::TooManyRequests { kind, .. } => Some(["limit: ", kind].concat()),
            _ => None,
        }
    }

    fn unreadable(&self, realm: &str, request_id: RequestId) -> Response {
        let message = self.reason();
        match self {
            Self::BadRequest(_) => gateway(400, "invalid_request", message, request_id),
            Self::Unauthenticated => gateway(401, "unauthorized", message, request_id)
                .with("www-authenticate", ["Bearer realm=\"", realm, "\""].concat()),
            Self::InvalidCredential(_) => gateway(401, "unauthorized", message, request_id)
                .with("www-authenticate", challenge(realm, "invalid_token")),
            Self::Forbidden(_) => gateway(403, "forbidden", message, request_id)
                .with("www-authenticate", challenge(realm, "insufficient_scope")),
            Self::TooManyRequests { kind, rate, admission } => {
                let [policy, remaining] = rate_limit_headers(kind, *rate, *admission);
                gateway(429, "too_many_requests", message, request_id)
                    .with("retry-after", admission.reset_in.to_string())
                    .with(policy.0, policy.1)
                    .with(remaining.0, remaining.1)
            }
            Self::BudgetSpent { user } => {
                let user = serde_json::to_string(user).unwrap_or_default();
                let body = [
                    r#"{"error":"insufficient_balance","#,
                    r#""message":""#,
                    message,
                    r#"","user":"#,
                    &user,
                    "}",
                ]
                .concat();
                Response::json(402, body, request_id).with("cache-control", "no-store".to_owned())
            }
            Self::NotFound(_) => status(404, message, request_id),
            Self::Method(allowed) => {
                status(405, message, request_id).with("allow", (*allowed).to_owned())
            }
            Self::TooLong => status(414, message, request_id),
            Self::Unavailable(_) => {
                gateway(503, "unavailable", message, request_id).with("retry-after", "2".to_owned())
            }
        }
    }
}

/// The response with CORS headers, so that any page can read it (Fetch standard §3.2.3): without
/// them a page sees a network error instead of the status. A browser does not combine `*` with
/// cookies, so a page can only read the refusal of a credential that it sent itself.
fn readable(response: Response) -> Response {
    response
        .with("access-control-allow-origin", "*".to_owned())
        .with("access-control-expose-headers", EXPOSED_HEADERS.to_owned())
}

/// A `WWW-Authenticate` challenge (RFC 6750 §3).
fn challenge(realm: &str, error: &str) -> String {
    ["Bearer realm=\"", realm, "\", error=\"", error, "\""].concat()
}

/// A JSON error of the gateway. Its parts are constants that need no escaping.
fn gateway(status: u16, error: &str, message: &str, request_id: RequestId) -> Response {
    let body = [r#"{"error":""#, error, r#"","message":""#, message, r#""}"#].concat();
    Response::json(status, body, request_id).with("cache-control", "no-store".to_owned())
}

/// A JSON error outside the gateway.
fn status(status: u16, message: &str, request_id: RequestId) -> Response {
    let number = status.to_string();
    let body = [r#"{"status":"#, &number, r#","error":""#, message, r#""}"#].concat();
    Response::json(status, body, request_id)
}
