//! Signing keys under `/v1/iam/signing-keys`, for administrators of the platform: to see which are
//! there, and to drop one whose private half may have leaked.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::access::Access;
use crate::{
    core::{
        time::UnixTime,
        token::{KeyId, rotation::Phase},
    },
    origin::{
        Origin,
        domain::{commit::commit, keyring},
        http::{Request, Response, RestError, response},
        store::signing_keys::{self, SigningKey},
    },
};

/// Answers `/v1/iam/signing-keys…`; `None` if the path is not one of them.
pub async fn route(
    origin: &Origin,
    request: &Request,
    path: &[&str],
) -> Option<Result<Response, RestError>> {
    Some(match (&request.method, path) {
        (&Method::GET, ["signing-keys"]) => list(origin, request).await,
        (&Method::DELETE, ["signing-keys", kid]) => drop_key(origin, request, kid).await,
        (_, ["signing-keys"]) => Err(RestError::method("GET, HEAD")),
        (_, ["signing-keys", _]) => Err(RestError::method("DELETE")),
        _ => return None,
    })
}

async fn list(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    Access::of(origin, request).await?.platform()?;
    let now = origin.clock.now();
    let keys = signing_keys::all(&*origin.database).await?;
    let keys: Vec<Value> = keys.iter().map(|key| published(key, now)).collect();
    Ok(answer(&json!({ "signingKeys": keys })))
}

/// Emergency: the key and every token that it signed are dead; another key signs at once.
async fn drop_key(origin: &Origin, request: &Request, kid: &str) -> Result<Response, RestError> {
    Access::of(origin, request).await?.platform()?;
    let change = keyring::discarding(origin, &KeyId(kid.to_owned())).await?;
    commit(origin, change.ok_or_else(RestError::not_found)?).await?;
    Ok(answer(&json!({"deleted": true})))
}

fn published(key: &SigningKey, now: UnixTime) -> Value {
    let state = match key.term().phase(now) {
        Phase::Announced => "announced",
        Phase::Signing => "signing",
        Phase::Retired => "retired",
        Phase::Removed => "removed",
    };
    let mut object = json!({
        "kid": key.kid.0,
        "algorithm": key.algorithm.name(),
        "state": state,
        "createdTime": key.created_at.to_string(),
        "signsFrom": key.signs_from.to_string(),
    });
    if let Some(members) = object.as_object_mut() {
        let times = [("signsUntil", key.signs_until), ("removedTime", key.removed_at)];
        for (name, time) in times {
            if let Some(time) = time {
                members.insert(name.to_owned(), json!(time.to_string()));
            }
        }
    }
    object
}

fn answer(value: &Value) -> Response {
    response::no_store(response::json(StatusCode::OK, value))
}
