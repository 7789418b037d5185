//! `Idempotency-Key`: a creation that is repeated returns what it returned before.
//!
//! The key is noted in the transaction of the creation, so that two concurrent requests with one key
//! create once: the transaction of the other fails, and it returns the reply of the first.
//!
//! The request is recognized by a MAC under the root key: its body may hold a password, which a plain
//! digest would let a reader of the database guess.

use hmac::Mac;
use http::{HeaderName, Method, StatusCode, header};

use crate::{
    core::{
        encoding::base64url,
        root_key::{Purpose, RootKey},
    },
    origin::{
        Once, Origin,
        http::{Request, Response, RestError, response},
        store::idempotency::{self, Caller},
    },
};

const HEADER: &str = "idempotency-key";

/// The creation that `request` may repeat, if it has a key.
pub(super) fn read(origin: &Origin, request: &Request) -> Result<Option<Once>, RestError> {
    if request.method != Method::POST || !request.headers.contains_key(HEADER) {
        return Ok(None);
    }
    let is_sound = |key: &&str| {
        !key.is_empty() && key.len() <= 255 && key.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    };
    let key = request.header(HEADER).filter(is_sound).ok_or_else(|| RestError {
        field: Some("Idempotency-Key".to_owned()),
        ..RestError::new(
            StatusCode::BAD_REQUEST,
            "Idempotency-Key must be one text of at most 255 ASCII characters",
        )
    })?;
    Ok(Some(Once::new(key, recognized(origin, &origin.config.root_keys.current, request))))
}

/// What `request` is recognized by.
fn recognized(origin: &Origin, root: &RootKey, request: &Request) -> String {
    let mut mac = root.hmac(Purpose::Repetition, &origin.config.environment);
    for part in [request.method.as_str(), &request.path, &request.query] {
        mac.update(part.as_bytes());
        mac.update(b"\n");
    }
    mac.update(&request.body);
    base64url(&mac.finalize().into_bytes())
}

/// The reply to the same request before, if `response` refuses to create the same again.
pub(super) async fn repeated(
    origin: &Origin,
    request: &Request,
    once: &Once,
    response: Response,
) -> Response {
    let is_refused =
        matches!(response.status(), StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS);
    let Some(caller) = origin.occasion.trace.caller().filter(|_| is_refused) else {
        return response;
    };
    let caller = Caller { subject: &caller.subject, owner: &caller.organization };
    let found = idempotency::find(caller, &once.key, origin.clock.now());
    let done = match found.fetch(&*origin.database).await {
        Ok(Some(done)) => done,
        Ok(None) => return response,
        Err(error) => return RestError::from(error).into_response(),
    };
    let mut roots = origin.config.root_keys.iter();
    if !roots.any(|root| done.digest == recognized(origin, root, request)) {
        let why = "the Idempotency-Key was used for another request: make up a new one";
        return RestError::new(StatusCode::UNPROCESSABLE_ENTITY, why)
            .coded("idempotency_key_reused")
            .into_response();
    }
    let reply = response::text_of(StatusCode::OK, "application/json", &done.reply);
    let reply = response::with_header(response::no_store(reply), header::ETAG, &done.tag);
    response::with_header(reply, HeaderName::from_static("idempotent-replayed"), "true")
}
