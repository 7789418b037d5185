//! What only an edge or the operator may ask, over the service binding with an edge proof: what to
//! hold, what is revoked, whether a key exists, that one was exposed, what keys have been used for,
//! and the first accounts.

mod bootstrap;
mod usage;

use http::{Method, StatusCode};
use serde::Deserialize;

use crate::{
    core::revocation::Sequence,
    origin::{
        Origin,
        domain::{feed, publication},
        http::{Request, Response, RestError, response},
        store::keys,
    },
};

/// Answers the routes of this family; `None` if the path is not one of them.
pub async fn route(origin: &Origin, request: &Request, path: &[&str]) -> Option<Response> {
    let ["internal", rest @ ..] = path else { return None };
    let answer = match (&request.method, rest) {
        (&Method::GET, ["edge"]) => edge(origin).await,
        (&Method::GET, ["revocations"]) => revocations(origin, request).await,
        (&Method::GET, ["keys", digest]) => key(origin, digest).await,
        (&Method::POST, ["usage"]) => usage::report(origin, request).await,
        (&Method::POST, ["exposures"]) => exposure(origin, request).await,
        (&Method::POST, ["bootstrap"]) => bootstrap::bootstrap(origin, request).await,
        (_, ["edge" | "revocations"] | ["keys", _]) => Err(RestError::method("GET, HEAD")),
        (_, ["usage" | "exposures" | "bootstrap"]) => Err(RestError::method("POST")),
        _ => Err(RestError::not_found()),
    };
    Some(answer.unwrap_or_else(RestError::into_response))
}

async fn edge(origin: &Origin) -> Result<Response, RestError> {
    Ok(response::json(StatusCode::OK, &publication::edge_snapshot(origin).await?))
}

/// What was revoked after a number: `?epoch=…&after=…`, answered as [`crate::core::revocation::Page`].
async fn revocations(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    let query = request.query_parameters()?;
    let number = |name, limit| {
        let number = query.get(name).and_then(|text| text.parse::<u64>().ok());
        number.filter(|number| *number < limit).and_then(|number| i64::try_from(number).ok())
    };
    // The history after the last one cannot begin.
    let (Some(epoch), Some(after)) =
        (number("epoch", Sequence::EPOCHS - 1), number("after", Sequence::LIMIT))
    else {
        return Err(RestError::new(StatusCode::BAD_REQUEST, "epoch and after must be numbers"));
    };
    let page = feed::page(origin, epoch, after).await?;
    Ok(response::no_store(response::bytes(StatusCode::OK, page.to_bytes())))
}

/// The truth about a key, for an edge that found no record: KV remembers a miss (ATTACKS F-84).
async fn key(origin: &Origin, digest: &str) -> Result<Response, RestError> {
    let record = publication::record_of(origin, digest).await?;
    Ok(response::json(StatusCode::OK, &record.ok_or_else(RestError::not_found)?))
}

#[derive(Deserialize)]
struct Exposure {
    digest: String,
}

/// Notes that a key stood in a URL or a cookie (ATTACKS F-83). A key that does not exist is no
/// error: the edge does not ask first.
async fn exposure(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    let exposure: Exposure = serde_json::from_slice(&request.body)
        .map_err(|_| RestError::new(StatusCode::BAD_REQUEST, "not an exposure"))?;
    origin.database.run(keys::expose(&exposure.digest, origin.clock.now())).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}
