//! Endpoint output: replies and errors.

use std::{fmt, marker::PhantomData};

use http::{StatusCode, header};
use serde::Serialize;

use super::input::Described;
use crate::origin::{
    Origin,
    http::{Conditions, EntityTag, OAuthError, Request, Response, RestError, response},
};

/// The successful reply of an endpoint.
pub trait Reply {
    /// Its status.
    const STATUS: StatusCode = StatusCode::OK;
    /// Its media type; empty if it has no content.
    const MEDIA_TYPE: &'static str = "application/json";
    /// The statuses of possible redirects.
    const REDIRECTS: &'static [u16] = &[];
    /// The statuses of refusals written by the handler itself, in its own format
    /// ([`refusals`](Self::refusals)). If there are any, the endpoint's error type covers only
    /// errors before the handler runs.
    const REFUSALS: &'static [u16] = &[];
    /// Whether the request may have preconditions (RFC 9110 §13) or, for a creation, an
    /// `Idempotency-Key`.
    const CONDITIONAL: bool = false;

    /// The reply as a response.
    fn into_response(self) -> Response;

    /// The schema of its content.
    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema>;

    /// The media types and schemas of its contents.
    #[cfg(not(target_arch = "wasm32"))]
    fn contents(generator: &mut schemars::SchemaGenerator) -> Contents {
        if Self::MEDIA_TYPE.is_empty() {
            return Contents::new();
        }
        vec![(Self::MEDIA_TYPE, Self::schema(generator).unwrap_or_default())]
    }

    /// The media types and schemas of its refusals.
    #[cfg(not(target_arch = "wasm32"))]
    fn refusals(_: &mut schemars::SchemaGenerator) -> Contents {
        Contents::new()
    }
}

/// Media types with their schemas.
#[cfg(not(target_arch = "wasm32"))]
pub type Contents = Vec<(&'static str, schemars::Schema)>;

/// 200 with a `T` as JSON, not cacheable.
#[derive(Debug)]
pub struct View<T>(pub T);

impl<T: Serialize + Described> Reply for View<T> {
    fn into_response(self) -> Response {
        response::no_store(response::json(Self::STATUS, &self.0))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }
}

/// 200 with a `T` as JSON and its entity tag, not cacheable; 304 if the client has the current
/// version.
#[derive(Debug)]
pub struct Entity<T> {
    /// The entity tag, if any.
    tag: Option<EntityTag>,
    /// The object; `None` for 304.
    view: Option<T>,
}

impl<T> Entity<T> {
    /// The object with its tag.
    pub const fn new(tag: EntityTag, view: T) -> Self {
        Self { tag: Some(tag), view: Some(view) }
    }

    /// A deleted object, without a tag.
    pub const fn gone(view: T) -> Self {
        Self { tag: None, view: Some(view) }
    }

    /// The object, or 304 if `request` has the current tag.
    pub fn unless_known(tag: EntityTag, view: T, request: &Request) -> Self {
        let view = (!Conditions::of(request).is_known(&tag)).then_some(view);
        Self { tag: Some(tag), view }
    }
}

impl<T: Serialize> Entity<T> {
    /// Makes the next commit, which creates the row `id` of `table`, store this reply, which must
    /// contain no secret.
    pub fn remember(&self, origin: &Origin, table: &'static str, id: &str) {
        let tag = self.tag.as_ref().map(EntityTag::to_string).unwrap_or_default();
        let reply = self.view.as_ref().and_then(|view| serde_json::to_string(view).ok());
        origin.creating(table, id, &tag, reply.unwrap_or_default());
    }

    /// The same reply with another view of the object, such as one with its secret.
    pub fn map<U>(self, view: impl FnOnce(T) -> U) -> Entity<U> {
        Entity { tag: self.tag, view: self.view.map(view) }
    }
}

impl<T: Serialize + Described> Reply for Entity<T> {
    const CONDITIONAL: bool = true;

    fn into_response(self) -> Response {
        let response = match &self.view {
            Some(view) => response::json(Self::STATUS, view),
            None => response::empty(StatusCode::NOT_MODIFIED),
        };
        let response = response::no_store(response);
        match self.tag {
            Some(tag) => response::with_header(response, header::ETAG, &tag.to_string()),
            None => response,
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }
}

/// What a deletion returns.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Deleted {
    /// Always true: a refusal is an error.
    deleted: bool,
}

impl Default for Deleted {
    fn default() -> Self {
        Self { deleted: true }
    }
}

/// 204.
#[derive(Debug, Clone, Copy)]
pub struct Empty;

impl Reply for Empty {
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    const MEDIA_TYPE: &'static str = "";

    fn into_response(self) -> Response {
        response::empty(Self::STATUS)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(_: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        None
    }
}

/// NDJSON: a `T` in each line.
#[derive(Debug)]
pub struct Lines<T> {
    /// The lines.
    pub lines: Vec<T>,
    /// Path and query of the next lines. The worker follows it, and streams all lines to the
    /// client.
    pub next: Option<String>,
}

impl<T: Serialize + Described> Reply for Lines<T> {
    const MEDIA_TYPE: &'static str = "application/x-ndjson";

    fn into_response(self) -> Response {
        let mut text = String::new();
        for line in &self.lines {
            text.push_str(&serde_json::to_string(line).unwrap_or_default());
            text.push('\n');
        }
        let response = response::text_of(Self::STATUS, Self::MEDIA_TYPE, &text);
        let response = response::no_store(response);
        match self.next {
            None => response,
            Some(next) => {
                let link = format!("<{next}>; rel=\"next\"");
                response::with_header(response, http::header::LINK, &link)
            }
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }
}

/// A response written by the handler, with JSON content of schema `T`.
pub struct Documented<T>(pub Response, PhantomData<T>);

impl<T> From<Response> for Documented<T> {
    fn from(response: Response) -> Self {
        Self(response, PhantomData)
    }
}

impl<T> fmt::Debug for Documented<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Documented").field(&self.0.status()).finish()
    }
}

impl<T: Described> Reply for Documented<T> {
    fn into_response(self) -> Response {
        self.0
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }
}

/// An internal response to the other worker.
#[derive(Debug)]
pub struct Internal(pub Response);

impl Reply for Internal {
    const MEDIA_TYPE: &'static str = "application/octet-stream";

    fn into_response(self) -> Response {
        self.0
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(_: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        None
    }
}

/// A page for a browser, or a redirection to one.
#[derive(Debug)]
pub struct Page(pub Response);

impl Reply for Page {
    const MEDIA_TYPE: &'static str = "text/html";
    // 303 redirects to the client or a page, 307 to the issuer's host.
    const REDIRECTS: &'static [u16] = &[303, 307];
    const REFUSALS: &'static [u16] = &[400, 401, 403, 404, 429, 500];

    fn into_response(self) -> Response {
        self.0
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(_: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        None
    }

    /// A page, or a plain sentence.
    #[cfg(not(target_arch = "wasm32"))]
    fn refusals(_: &mut schemars::SchemaGenerator) -> Contents {
        vec![
            ("text/html", schemars::Schema::default()),
            ("text/plain", schemars::Schema::default()),
        ]
    }
}

/// An endpoint's error, in the format of its protocol. Errors before the handler runs are converted
/// from a [`RestError`].
pub trait ErrorReply: From<RestError> {
    /// Its possible statuses.
    const STATUSES: &'static [u16];
    /// Its media type.
    const MEDIA_TYPE: &'static str = "application/json";

    /// The error as a response.
    fn into_response(self) -> Response;

    /// The schema of its content.
    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema;
}

/// An error.
#[cfg(not(target_arch = "wasm32"))]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Error")]
#[expect(dead_code, reason = "describes what RestError writes")]
struct RestErrorBody {
    /// The status of the response.
    status: u16,
    /// What to change.
    error: String,
    /// The kind of the error, for programs.
    code: String,
    /// The path of the member, or the name of the parameter, that is refused.
    #[schemars(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

impl ErrorReply for RestError {
    const STATUSES: &'static [u16] = &[400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 500];

    fn into_response(self) -> Response {
        Self::into_response(self)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<RestErrorBody>()
    }
}

/// An error of the OAuth protocol (RFC 6749 §5.2).
#[cfg(not(target_arch = "wasm32"))]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "OAuthError")]
#[expect(dead_code, reason = "describes what OAuthError writes")]
struct OAuthErrorBody {
    /// The error code of the RFC.
    error: String,
    /// What to change.
    error_description: String,
}

impl ErrorReply for OAuthError {
    const STATUSES: &'static [u16] = &[400, 401, 403, 413, 415, 429, 500, 503];

    fn into_response(self) -> Response {
        Self::into_response(self)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<OAuthErrorBody>()
    }
}
