//! The edge's log: a line for each refusal and each failure ([`crate::core::log`]). A call that is let
//! through writes none and prepares none.

use std::{fmt, rc::Rc};

use super::{Answer, Edge, Error, Undelivered, caller::Caller, router::Progress};
use crate::core::{
    credential::{Credentials, PresentedCredential},
    log::{self, Level, Line},
    request_head::RequestHead,
    request_id::RequestId,
};

impl Edge {
    /// Writes that a request was refused, or could not be decided, with that status.
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
            caller: progress.caller.take(),
            ..line(head, status)
        };
        self.write(line);
    }

    /// The response to a request that was sent on and has none, because of `cause`. Its number is
    /// `request_id`, which the answer leaves to the platform.
    pub fn undelivered(
        &self,
        head: &RequestHead<'_>,
        what: Undelivered,
        cause: Option<&str>,
        request_id: &str,
    ) -> Answer {
        let answer = what.answer(head.path, RequestId::new([0; 16]));
        let line = Line {
            request_id: request_id.to_owned(),
            reason: what.reason().to_owned(),
            cause: cause.map(str::to_owned),
            caller: self.remembered(head).as_deref().and_then(Caller::named),
            ..line(head, answer.status)
        };
        self.write(line);
        answer
    }

    /// Writes that the origin had no answer to a question of our own.
    pub(super) fn origin_failed(&self, method: &str, path: &str, cause: impl fmt::Display) {
        let path = path.split('?').next().unwrap_or_default().to_owned();
        let method = method.to_owned();
        self.write(Line { method, path, ..Line::failure("origin", cause) });
    }

    /// Who sent a request, as far as this isolate remembers: nothing is verified.
    fn remembered(&self, head: &RequestHead<'_>) -> Option<Rc<Caller>> {
        let mut credentials = Credentials::default();
        let presented = credentials.take(head).ok()??;
        let seen = self.callers.borrow();
        match presented {
            PresentedCredential::Header(text) => seen.find(text),
            PresentedCredential::Cookies(texts) => texts.iter().find_map(|text| seen.find(text)),
        }
    }

    fn write(&self, line: Line) {
        self.ports.log.write(line.level, &line.text());
    }
}

impl Caller {
    /// As the log names it.
    pub(super) fn named(&self) -> Option<log::Caller> {
        self.principal().map(|principal| log::Caller::from(&*principal))
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
