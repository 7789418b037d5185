//! Conditional requests (RFC 9110 §13): entity tags, `If-Match`, `If-None-Match`.

use std::fmt;

use http::StatusCode;

use super::{Request, RestError};

/// The entity tag of an object: its id and its version, and what else is shown of it. Two objects of one
/// name, one after the other, have different tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag {
    /// What a change has to agree with.
    version: String,
    /// What is shown besides and counts on by itself.
    count: Option<i64>,
}

impl EntityTag {
    /// The tag of that version of the object with that id.
    pub fn new(id: &str, version: i64) -> Self {
        let id: String = id.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
        Self { version: format!("{id}.{version}"), count: None }
    }

    /// The tag of an object of which `computed` parts are computed, and change without it.
    #[must_use]
    pub fn computed(self, computed: usize) -> Self {
        if computed == 0 {
            return self;
        }
        Self { version: format!("{}.{computed}", self.version), ..self }
    }

    /// The tag of an object that is shown with a number which changes by use, and not by a request:
    /// a read tells two of them apart, and a change of the object does not.
    #[must_use]
    pub fn counting(self, count: i64) -> Self {
        Self { count: Some(count).filter(|count| *count != 0), ..self }
    }

    /// Whether a list of tags has it, for a read (RFC 9110 §13.1.2).
    fn is_known(&self, list: &str) -> bool {
        let this = self.to_string();
        let mut tags = list.split(',').map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == this)
    }

    /// Whether a list of tags has its version, for a change: a weak tag does not match (RFC 9110
    /// §13.1.1).
    fn is_changed_by(&self, list: &str) -> bool {
        list.split(',').map(str::trim).any(|tag| {
            let text = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            let version =
                text.map(|text| text.split_once(';').map_or(text, |(version, _)| version));
            tag == "*" || version == Some(self.version.as_str())
        })
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            None => write!(f, "\"{}\"", self.version),
            Some(count) => write!(f, "\"{};{count}\"", self.version),
        }
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
        tags.is_some_and(|tags| tag.is_known(tags))
    }

    /// Whether the request names the version that it changes.
    pub fn are_given(self) -> bool {
        self.request.headers.contains_key("if-match")
    }

    /// Refuses a change of another version than the client names.
    pub fn check(self, tag: &EntityTag) -> Result<(), RestError> {
        if !self.are_given() {
            return Ok(());
        }
        match self.request.header("if-match") {
            Some(tags) if tag.is_changed_by(tags) => Ok(()),
            _ => Err(self.failed(Some(tag))),
        }
    }

    /// 412, with the present tag; `None`: the object is gone.
    pub fn failed(self, present: Option<&EntityTag>) -> RestError {
        let why = "it has been changed since the version in If-Match: please read it again";
        let header = present.map(|tag| tag.to_string().into());
        RestError { header, ..RestError::new(StatusCode::PRECONDITION_FAILED, why) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_the_object_and_its_version() {
        let id = "0b5c7a1e-9f3d-4c60-8a51-0d3b6f1f2a11";
        let tag = EntityTag::new(id, 3);
        assert_eq!(tag.to_string(), "\"0b5c7a1e9f3d.3\"");
        assert_ne!(tag, tag.clone().computed(1));
    }

    /// RFC 9110 §13.1.1, §13.1.2: strong comparison for `If-Match`, weak for `If-None-Match`.
    #[test]
    fn a_weak_tag_matches_a_read_only() {
        let tag = EntityTag::new("a", 1);
        for (list, changes, reads) in [
            ("\"a.1\"", true, true),
            ("\"b.1\", \"a.1\"", true, true),
            ("*", true, true),
            ("W/\"a.1\"", false, true),
            ("\"a.2\"", false, false),
            ("a.1", false, false),
            ("", false, false),
        ] {
            assert_eq!(tag.is_changed_by(list), changes, "{list}");
            assert_eq!(tag.is_known(list), reads, "{list}");
        }
    }

    #[test]
    fn a_number_that_counts_on_matters_to_a_read_only() {
        let (then, now) = (EntityTag::new("a", 1).counting(5), EntityTag::new("a", 1).counting(6));
        assert!(now.is_changed_by(&then.to_string()) && !now.is_known(&then.to_string()));
        assert!(now.is_known(&now.to_string()));
        assert!(!EntityTag::new("a", 2).is_changed_by(&then.to_string()));
    }
}
