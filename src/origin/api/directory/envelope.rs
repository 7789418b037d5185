//! Replies in the legacy envelope (WIRE §4.5), for clients that expect it.

use serde::Serialize;
use serde_json::json;

#[cfg(not(target_arch = "wasm32"))]
use crate::origin::api::endpoint::Contents;
use crate::origin::{
    api::endpoint::{Described, Documented, Reply},
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

/// A reply in the envelope, including refusals, with the status of the error.
#[derive(Debug)]
pub struct InEnvelope<T>(Documented<Enveloped<T>>);

impl<T> From<Documented<Enveloped<T>>> for InEnvelope<T> {
    fn from(reply: Documented<Enveloped<T>>) -> Self {
        Self(reply)
    }
}

impl<T> Reply for InEnvelope<T>
where
    Enveloped<T>: Described,
{
    const REFUSALS: &'static [u16] = &[400, 401, 403, 404, 409, 415, 429, 500];

    fn into_response(self) -> Response {
        self.0.into_response()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<Enveloped<T>>())
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn refusals(generator: &mut schemars::SchemaGenerator) -> Contents {
        vec![("application/json", generator.subschema_for::<Enveloped<T>>())]
    }
}

/// Success with `data`.
pub fn enveloped<T: Serialize>(data: &T) -> Documented<Enveloped<T>> {
    Envelope::ok(json!(data)).into_response().into()
}

/// A failure reported with status 200.
pub fn failed<T>(message: &str, code: &'static str) -> Documented<Enveloped<T>> {
    let response: Response = Envelope::error(message).code(code).into_response();
    response.into()
}
