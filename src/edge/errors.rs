//! The refusals of the edge, in the shapes of WIRE §6. They say no more than the caller needs:
//! why a credential is not good, only the log may know.

use super::{Answer, limits::fields};
use crate::core::{
    cors::EXPOSED_HEADERS,
    gateway::CallDenied,
    limit::{Admission, Rate},
    request_id::RequestId,
};

/// Why the edge answers instead of forwarding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The request itself is at fault.
    BadRequest(&'static str),
    /// A credential is needed and none is there.
    Unauthenticated,
    /// The credential is not good; why, only the log is told.
    InvalidCredential(&'static str),
    /// The credential is good and does not reach that far.
    Forbidden(&'static str),
    /// Too many calls: this limit is reached.
    TooManyRequests {
        /// Whose limit: the name in the `RateLimit` fields.
        kind: &'static str,
        /// The limit.
        rate: Rate,
        /// When a call will be allowed again.
        admission: Admission,
    },
    /// Nothing is left of the key's budget.
    BudgetSpent {
        /// The key's holder, `owner/name`; of a publishable key its organization.
        user: String,
    },
    /// Nothing has that address; what is missing, only the log is told.
    NotFound(&'static str),
    /// Not with that method; these are allowed.
    Method(&'static str),
    /// The target is too long.
    TooLong,
    /// What is needed to verify cannot be had at the moment; what, only the log is told.
    Unavailable(&'static str),
}

/// Why a request that was sent on has no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undelivered {
    /// The connection failed, or what came is no HTTP response.
    Failed,
    /// The head of the response did not come before the deadline.
    Late,
}

impl Undelivered {
    /// What happened.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Failed => "did not answer",
            Self::Late => "did not answer in time",
        }
    }

    /// The response instead (RFC 9110 §15.6.3, §15.6.5), in the form of the protocol that `path`
    /// belongs to.
    pub fn answer(self, path: &str, request_id: RequestId) -> Answer {
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
        readable(Answer::json(status, body, request_id))
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
    /// The answer.
    pub fn answer(&self, realm: &str, request_id: RequestId) -> Answer {
        readable(self.refusal(realm, request_id))
    }

    /// What the client is told.
    pub(super) const fn reason(&self) -> &'static str {
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

    /// What it is not told, for the log.
    pub(super) fn cause(&self) -> Option<String> {
        match self {
            Self::InvalidCredential(cause) | Self::NotFound(cause) | Self::Unavailable(cause) => {
                Some((*cause).to_owned())
            }
            Self::TooManyRequests { kind, .. } => Some(["limit: ", kind].concat()),
            _ => None,
        }
    }

    fn refusal(&self, realm: &str, request_id: RequestId) -> Answer {
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
                let [policy, remaining] = fields(kind, *rate, *admission);
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
                Answer::json(402, body, request_id).with("cache-control", "no-store".to_owned())
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

/// The refusal as any page may read it (Fetch standard §3.2.3): without that, a page sees a network
/// error in place of the status. A browser does not combine `*` with cookies, so the page can only
/// read the refusal of a credential that it sent itself.
fn readable(refusal: Answer) -> Answer {
    refusal
        .with("access-control-allow-origin", "*".to_owned())
        .with("access-control-expose-headers", EXPOSED_HEADERS.to_owned())
}

/// RFC 6750 §3.
fn challenge(realm: &str, error: &str) -> String {
    ["Bearer realm=\"", realm, "\", error=\"", error, "\""].concat()
}

/// None of the parts needs escaping: all are ours.
fn gateway(status: u16, error: &str, message: &str, request_id: RequestId) -> Answer {
    let body = [r#"{"error":""#, error, r#"","message":""#, message, r#""}"#].concat();
    Answer::json(status, body, request_id).with("cache-control", "no-store".to_owned())
}

/// The same of what is no matter of the gateway.
fn status(status: u16, message: &str, request_id: RequestId) -> Answer {
    let number = status.to_string();
    let body = [r#"{"status":"#, &number, r#","error":""#, message, r#""}"#].concat();
    Answer::json(status, body, request_id)
}
