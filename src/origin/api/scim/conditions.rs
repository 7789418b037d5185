//! Preconditions on the version of a resource (RFC 7644 §3.14).

use http::StatusCode;

use super::error::ScimError;
use crate::origin::{domain::scim::version, http::Request};

/// The preconditions of a request.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    if_match: Option<String>,
    if_none_match: Option<String>,
}

impl Conditions {
    /// Those of a request.
    pub fn of(request: &Request) -> Self {
        let header = |name| request.header(name).map(str::to_owned);
        Self { if_match: header("if-match"), if_none_match: header("if-none-match") }
    }

    /// The precondition of a bulk operation.
    pub fn of_version(version: Option<String>) -> Self {
        Self { if_match: version, if_none_match: None }
    }

    /// Whether a write depends on the version.
    pub const fn is_conditional(&self) -> bool {
        self.if_match.is_some()
    }

    /// Refuses a write of a resource that has another version.
    pub fn check(&self, current: i64) -> Result<(), ScimError> {
        match &self.if_match {
            Some(tags) if !names(tags, current) => Err(failed()),
            _ => Ok(()),
        }
    }

    /// Whether the client has the current version.
    pub fn is_unchanged(&self, current: i64) -> bool {
        self.if_none_match.as_deref().is_some_and(|tags| names(tags, current))
    }
}

/// 412.
pub fn failed() -> ScimError {
    ScimError::new(StatusCode::PRECONDITION_FAILED, "the resource has another version")
}

/// Whether a list of entity tags has the current one. The tags are weak: clients may leave out `W/`.
fn names(tags: &str, current: i64) -> bool {
    let current = version(current);
    let strong = current.trim_start_matches("W/");
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag == current || tag == strong)
}
