//! Replies in the envelope of the front door (WIRE §4.5), for clients that expect it.

use serde::Serialize;
use serde_json::json;

use crate::origin::{
    api::endpoint::Documented,
    http::{Envelope, Response},
};

/// The envelope, as the OpenAPI document describes it.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Envelope_{T}"))]
#[expect(dead_code, reason = "describes what Envelope writes")]
pub struct Enveloped<T> {
    /// `ok` or `error`.
    status: String,
    /// Why it failed; empty otherwise.
    msg: String,
    /// The result; `null` if it failed.
    data: Option<T>,
}

/// Success with `data`.
pub fn enveloped<T: Serialize>(data: &T) -> Documented<Enveloped<T>> {
    Envelope::ok(json!(data)).into_response().into()
}

/// A failure that the reply describes with status 200.
pub fn failed<T>(message: &str, code: &'static str) -> Documented<Enveloped<T>> {
    let response: Response = Envelope::error(message).code(code).into_response();
    response.into()
}
