//! Conditional requests (RFC 9110 §13): entity tags, `If-Match`, `If-None-Match`.

use std::fmt;

use http::StatusCode;

use super::{Request, RestError};

/// The entity tag of an object: its id, its version, and how much of it is computed. Two objects of one
/// name, one after the other, have different tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag(String);

impl EntityTag {
    /// The tag of that version of the object with that id. `computed` counts what is shown with the
    /// object and changes without it.
    pub fn new(id: &str, version: i64, computed: usize) -> Self {
        let id: String = id.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
        if computed == 0 {
            return Self(format!("\"{id}.{version}\""));
        }
        Self(format!("\"{id}.{version}.{computed}\""))
    }

    /// Whether a list of tags has it (RFC 9110 §13.1.1). A weak tag matches only for a read.
    fn is_in(&self, list: &str, weakly: bool) -> bool {
        list.split(',').map(str::trim).any(|tag| {
            let tag = if weakly { tag.strip_prefix("W/").unwrap_or(tag) } else { tag };
            tag == "*" || tag == self.0
        })
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The conditions of a request.
#[derive(Debug, Clone, Copy)]
pub struct Conditions<'a> {
    request: &'a Request,
}

impl<'a> Conditions<'a> {
    /// Those of `request`.
    pub const fn of(request: &'a Request) -> Self {
        Self { request }
    }

    /// Whether the client has that version already, for a read.
    pub fn is_known(self, tag: &EntityTag) -> bool {
        let tags = self.request.header("if-none-match");
        tags.is_some_and(|tags| tag.is_in(tags, true))
    }

    /// Refuses a write of another version than the client names.
    pub fn check(self, tag: &EntityTag) -> Result<(), RestError> {
        let headers = &self.request.headers;
        if !headers.contains_key("if-match") {
            return Ok(());
        }
        match self.request.header("if-match") {
            Some(tags) if tag.is_in(tags, false) => Ok(()),
            _ => Err(failed()),
        }
    }

    /// The refusal of a write that lost to another one since it was checked.
    pub fn lost(self, refusal: RestError) -> RestError {
        let is_stale = refusal.code == Some("stale");
        if is_stale && self.request.headers.contains_key("if-match") { failed() } else { refusal }
    }
}

/// 412.
fn failed() -> RestError {
    let why = "it has been changed since the version in If-Match: please read it again";
    RestError::new(StatusCode::PRECONDITION_FAILED, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_the_object_and_its_version() {
        let id = "0b5c7a1e-9f3d-4c60-8a51-0d3b6f1f2a11";
        assert_eq!(EntityTag::new(id, 3, 0).to_string(), "\"0b5c7a1e9f3d.3\"");
        assert_ne!(EntityTag::new(id, 3, 0), EntityTag::new(id, 3, 1));
    }

    /// RFC 9110 §13.1.1, §13.1.2: strong comparison for `If-Match`, weak for `If-None-Match`.
    #[test]
    fn a_weak_tag_matches_a_read_only() {
        let tag = EntityTag::new("a", 1, 0);
        for (list, strongly, weakly) in [
            ("\"a.1\"", true, true),
            ("\"b.1\", \"a.1\"", true, true),
            ("*", true, true),
            ("W/\"a.1\"", false, true),
            ("\"a.2\"", false, false),
            ("a.1", false, false),
            ("", false, false),
        ] {
            assert_eq!(tag.is_in(list, false), strongly, "{list}");
            assert_eq!(tag.is_in(list, true), weakly, "{list}");
        }
    }
}
