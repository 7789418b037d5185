//! `Idempotency-Key`: a repeated creation returns the original reply.
//!
//! The key is stored in the transaction of the creation, so that two concurrent requests with the
//! same key create once: the other transaction fails, and its request returns the reply of the
//! first. Requests are identified by a MAC under the root key: the body may contain a password,
//! which a plain digest would expose to guessing by a reader of the database.

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

/// The idempotent creation of `request`, if it has a key.
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

/// The MAC that identifies `request`.
fn recognized(origin: &Origin, root: &RootKey, request: &Request) -> String {
    let mut mac = root.hmac(Purpose::Repetition, &origin.config.environment);
    for part in [request.method.as_str(), &request.path, &request.query] {
        mac.update(part.as_bytes());
        mac.update(b"\n");
    }
    mac.update(&request.body);
    base64url(&mac.finalize().into_bytes())
}

/// The stored reply to the same request, if `response` is a conflict.
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
