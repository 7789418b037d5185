//! What the directory's handlers read from a request: a typed body, pages; and shared refusals.

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    core::directory::{Invalid, read},
    origin::http::{Parameters, Request, RestError},
    ports::Row,
};

/// The most rows of one answer, and how many there are unless the client asks for fewer: earlier
/// clients know no pages.
const MAXIMUM_PAGE: i64 = 1000;

/// A part of a list.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// How many rows.
    pub limit: i64,
    /// How many before them.
    pub offset: i64,
}

impl Page {
    /// `limit` and `offset`, or `pageSize` and `p` as earlier clients count (ATTACKS H-112).
    pub fn of(query: &Parameters) -> Result<Self, Invalid> {
        let limit = number(query, &["limit", "pageSize"], 1..=MAXIMUM_PAGE)?;
        let limit = limit.unwrap_or(MAXIMUM_PAGE);
        let offset = match number(query, &["p"], 1..=1_000_000)? {
            Some(page) => (page - 1) * limit,
            None => number(query, &["offset"], 0..=1_000_000)?.unwrap_or(0),
        };
        Ok(Self { limit, offset })
    }
}

fn number(
    query: &Parameters,
    names: &[&str],
    range: std::ops::RangeInclusive<i64>,
) -> Result<Option<i64>, Invalid> {
    let Some((name, text)) = names.iter().find_map(|name| Some((name, query.get(name)?))) else {
        return Ok(None);
    };
    let value = text.parse().ok().filter(|value| range.contains(value));
    let bounds = || format!("must be a number from {} to {}", range.start(), range.end());
    value.map(Some).ok_or_else(|| Invalid::member(name, &bounds()))
}

/// The JSON object in the body, as a `T`.
pub fn body<T: DeserializeOwned>(request: &Request) -> Result<T, RestError> {
    Ok(read(object(request)?)?)
}

/// The JSON object in the body. Other media types are refused: a page of another site can send a
/// form, but not JSON, without a preflight.
pub fn object(request: &Request) -> Result<Map<String, Value>, RestError> {
    if request.media_type().as_deref() != Some("application/json") {
        let why = "the body must be application/json";
        return Err(RestError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    serde_json::from_slice(&request.body)
        .map_err(|_| RestError::new(StatusCode::BAD_REQUEST, "the body must be a JSON object"))
}

/// 409, if a guarded update, which answers `rows`, changed none.
pub fn unchanged_meanwhile(rows: Option<&Vec<Row>>) -> Result<(), RestError> {
    if rows.is_none_or(Vec::is_empty) {
        return Err(conflict("it has been changed meanwhile: please read it again"));
    }
    Ok(())
}

/// 409, for an organization that has as many objects of a kind as it may have.
pub fn over_quota(organization: &str, kind: &str) -> RestError {
    conflict(&format!(
        "the organization {organization} has as many {kind} as its quota allows: remove some, or \
         ask the platform to raise quotas.{kind}"
    ))
}

/// 409.
pub fn conflict(message: &str) -> RestError {
    RestError::new(StatusCode::CONFLICT, message)
}
