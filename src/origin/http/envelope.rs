//! The legacy envelope: HTTP 200 and `{status,msg,data,…}` (WIRE §4.5).

use http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use super::{ParameterError, Response, response};
use crate::ports::DatabaseError;

/// A response in the envelope.
#[derive(Debug, Default, Serialize)]
pub struct Envelope {
    status: &'static str,
    msg: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    data: Value,
    data2: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    data3: Value,
    #[serde(skip)]
    http: StatusCode,
    #[serde(skip)]
    cause: Option<String>,
}

impl Envelope {
    /// Success.
    pub fn ok(data: impl Into<Value>) -> Self {
        Self { status: "ok", data: data.into(), ..Self::default() }
    }

    /// A refusal, in words for people.
    pub fn error(message: impl Into<String>) -> Self {
        Self { status: "error", msg: message.into(), ..Self::default() }
    }

    /// A code for programs.
    #[must_use]
    pub fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// The user that the response is about.
    #[must_use]
    pub fn about(self, subject: &str, name: &str) -> Self {
        Self { sub: Some(subject.to_owned()), name: Some(name.to_owned()), ..self }
    }

    /// `data2`.
    #[must_use]
    pub fn and(self, data: impl Into<Value>) -> Self {
        Self { data2: data.into(), ..self }
    }

    /// `data3`.
    #[must_use]
    pub fn further(self, data: impl Into<Value>) -> Self {
        Self { data3: data.into(), ..self }
    }

    /// A failure of ours, whose cause is for the log.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self {
            cause: Some(cause.to_string()),
            ..Self::error("the request could not be completed")
                .with_status(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }

    /// With a cause for the log, which the client does not learn.
    #[must_use]
    pub fn because(self, cause: impl Into<String>) -> Self {
        Self { cause: Some(cause.into()), ..self }
    }

    /// Another HTTP status than 200.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { http: status, ..self }
    }

    /// The response, never stored.
    pub fn into_response(self) -> Response {
        let answer = response::no_store(response::json(self.http, &self));
        if self.status != "error" {
            return answer;
        }
        let reason = match self.code {
            Some(code) => format!("{code}: {}", self.msg),
            None => self.msg,
        };
        response::with_cause(response::with_reason(answer, reason), self.cause)
    }
}

impl From<ParameterError> for Envelope {
    fn from(error: ParameterError) -> Self {
        Self::error(error.to_string()).with_status(StatusCode::BAD_REQUEST)
    }
}

impl From<DatabaseError> for Envelope {
    fn from(error: DatabaseError) -> Self {
        Self::internal(error)
    }
}
