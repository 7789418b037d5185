//! Export and import of an organization as NDJSON (one JSON object per line).
//!
//! Both run batches of API calls with the caller's own credential: objects that the caller may not
//! read are not exported, and changes that it may not make are not imported, by the rules of each
//! endpoint. New here are only the lines and, for the platform, values that the API does not set:
//! ids, times and digests.

mod bounds;
mod credentials;
pub mod export;
pub mod import;
mod kinds;
mod restore;

use http::{Method, StatusCode, header};
use serde_json::Value;

use crate::{
    core::authority::Directory,
    origin::{
        Origin, Trace,
        api::directory::caller::{DirectoryCaller, forbidden},
        http::{Request, RestError},
    },
};

/// The format that the first line of an export names.
const FORMAT: &str = "hanzo-iam-organization";

/// The version of the format.
const VERSION: u64 = 1;

const NDJSON: &str = "application/x-ndjson";

/// Headers that apply only to the outer request.
const OUTER: [header::HeaderName; 7] = [
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::ACCEPT,
    header::RANGE,
    header::TRANSFER_ENCODING,
];

/// Refuses a limited credential: with the digests in a file, its holder could obtain an unlimited
/// one.
async fn may_hold_secrets(origin: &Origin, caller: &DirectoryCaller) -> Result<(), RestError> {
    caller.whole()?;
    if caller.principal.authority.directory() != Directory::Open {
        return Err(forbidden("a credential that reads obtains no secrets"));
    }
    let key = caller.key().fetch(&*origin.database).await?;
    caller.may_make_secrets(key.as_ref())
}

/// Calls the API with the credential of `request` and returns status and JSON. `target` is path and
/// query.
async fn call(
    origin: &Origin,
    request: &Request,
    method: Method,
    target: &str,
    body: Option<&Value>,
) -> (StatusCode, Value) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut inner = Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        trace: Trace::default(),
        ..request.clone()
    };
    for name in &OUTER {
        inner.headers.remove(name);
    }
    inner.headers.remove("idempotency-key");
    if body.is_some() {
        let json = header::HeaderValue::from_static("application/json");
        inner.headers.insert(header::CONTENT_TYPE, json);
    }
    let response = origin.handle(inner).await;
    let value = serde_json::from_slice(response.body()).unwrap_or_default();
    (response.status(), value)
}

/// The error of a call that failed: its status and text.
fn failure((status, value): (StatusCode, Value)) -> RestError {
    RestError::new(status, reason(&value))
}

fn reason(value: &Value) -> String {
    let text = value.get("error").or_else(|| value.get("msg")).and_then(Value::as_str);
    text.unwrap_or("the call failed").to_owned()
}
