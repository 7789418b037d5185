//! Replies of the operator upserts (`IamReply`, WIRE §4.5), including refusals.

use http::header::WWW_AUTHENTICATE;
use serde::Serialize;

use crate::origin::{
    api::endpoint::ErrorReply,
    http::{Response, RestError, response},
};

/// What an upsert did.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Reply_{T}"))]
pub struct Replied<T> {
    /// `ok` or `error`.
    status: &'static str,
    /// `created`, `updated` or `unchanged`; empty if it failed.
    action: &'static str,
    /// Why it failed; empty otherwise.
    msg: String,
    /// The object; `null` if it failed.
    data: Option<T>,
}

impl<T> Replied<T> {
    /// Success: `data` after `action`.
    pub const fn new(action: &'static str, data: T) -> Self {
        Self { status: "ok", action, msg: String::new(), data: Some(data) }
    }
}

/// A refusal in the reply format.
#[derive(Debug)]
pub struct ReplyError(RestError);

impl<E: Into<RestError>> From<E> for ReplyError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl ErrorReply for ReplyError {
    const STATUSES: &'static [u16] = RestError::STATUSES;

    fn into_response(self) -> Response {
        let Self(RestError { status, message, cause, .. }) = self;
        let body = Replied::<()> { status: "error", action: "", msg: message.clone(), data: None };
        let answer = response::no_store(response::json(status, &body));
        let answer = response::with_cause(response::with_reason(answer, message), cause);
        if status == http::StatusCode::UNAUTHORIZED {
            return response::with_header(answer, WWW_AUTHENTICATE, "Bearer");
        }
        answer
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<Replied<()>>()
    }
}
