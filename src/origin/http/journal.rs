//! The origin's log: a line for each refusal and each failure ([`crate::core::log`]).

use super::{
    Request, Response,
    response::{Cause, Reason},
};
use crate::{
    core::log::{Level, Line, scrubbed_encoded},
    origin::{Occasion, Origin, Trace},
};

/// The request as the log names it, read before a handler consumes the request.
#[derive(Debug)]
pub(in crate::origin) struct RequestLine {
    request_id: String,
    method: String,
    path: String,
    trace: Trace,
}

impl RequestLine {
    /// A request without a valid edge proof: the request id that it claims is not logged.
    pub(in crate::origin) fn unvouched(method: &str, path: &str) -> Self {
        Self {
            request_id: String::new(),
            method: method.to_owned(),
            path: path.to_owned(),
            trace: Trace::default(),
        }
    }
}

impl From<&Request> for RequestLine {
    fn from(request: &Request) -> Self {
        Self {
            request_id: request.request_id.clone(),
            method: request.method.to_string(),
            path: request.path.clone(),
            trace: request.trace.clone(),
        }
    }
}

impl Origin {
    /// Writes a line if `answer` is a refusal or a failure, also one with a successful HTTP status.
    pub(in crate::origin) fn record(&self, subject: RequestLine, answer: &Response) {
        let reason = answer.extensions().get::<Reason>().map(|reason| reason.0.clone());
        let cause = answer.extensions().get::<Cause>().map(|cause| cause.0.clone());
        let status = answer.status();
        if reason.is_none() && cause.is_none() && status.as_u16() < 400 {
            return;
        }
        let level = if status.is_server_error() { Level::Failure } else { Level::Refusal };
        self.write(Line {
            level,
            event: "request",
            request_id: subject.request_id,
            method: subject.method,
            path: subject.path,
            status: Some(status.as_u16()),
            reason: reason.unwrap_or_default(),
            cause,
            caller: subject.trace.caller(),
        });
    }
}

impl Request {
    /// The occasion of what this request changes by the operation of that id.
    pub(in crate::origin) fn occasion(&self, operation: &'static str) -> Occasion {
        Occasion {
            operation,
            method: self.method.to_string(),
            path: scrubbed_encoded(&self.path),
            request_id: self.request_id.clone(),
            address: self.client_ip.clone(),
            trace: self.trace.clone(),
            ..Occasion::default()
        }
    }
}
