//! The edge's log: a line for each refusal and each failure ([`crate::core::log`]). Admitted calls
//! write none.

use std::rc::Rc;

use super::{Edge, Error, Response, Undelivered, cache::Caller, verify::Progress};
use crate::core::{
    credential::{Credentials, PresentedCredential},
    log::{Level, Line},
    request_head::RequestHead,
    request_id::RequestId,
};

impl Edge {
    /// Writes that a request was refused with that status.
    pub(super) fn record(
        &self,
        error: &Error,
        status: u16,
        head: &RequestHead<'_>,
        progress: &Progress,
    ) {
        let line = Line {
            request_id: progress.request_id.as_str().to_owned(),
            reason: error.reason().to_owned(),
            cause: error.cause(),
            caller: progress.refused.take(),
            ..line(head, status)
        };
        self.write(line);
    }

    /// The response to a request that was forwarded and has none because of `cause`. Its id is
    /// `request_id`; the platform sets it on the response.
    pub fn undelivered(
        &self,
        head: &RequestHead<'_>,
        what: Undelivered,
        cause: Option<&str>,
        request_id: &str,
    ) -> Response {
        let response = what.response(head.path, RequestId::new([0; 16]));
        let line = Line {
            request_id: request_id.to_owned(),
            reason: what.reason().to_owned(),
            cause: cause.map(str::to_owned),
            caller: self.cached_caller(head).as_deref().map(Caller::named),
            ..line(head, response.status)
        };
        self.write(line);
        response
    }

    /// The caller of a request if it is cached. Nothing is verified.
    fn cached_caller(&self, head: &RequestHead<'_>) -> Option<Rc<Caller>> {
        let mut credentials = Credentials::default();
        match credentials.take(head).ok()?? {
            PresentedCredential::Header(text) => self.verifier.cached(text),
            PresentedCredential::Cookies(texts) => {
                texts.iter().find_map(|text| self.verifier.cached(text))
            }
        }
    }

    fn write(&self, line: Line) {
        self.ports.log.write(line.level, &line.text());
    }
}

fn line(head: &RequestHead<'_>, status: u16) -> Line {
    Line {
        level: if status >= 500 { Level::Failure } else { Level::Refusal },
        event: "request",
        request_id: String::new(),
        method: head.method.to_owned(),
        path: head.path.to_owned(),
        status: Some(status),
        reason: String::new(),
        cause: None,
        caller: None,
    }
}
