//! Reading the members of a JSON object, each with its type.

use std::fmt;

use serde_json::{Map, Value};

/// A member that cannot be accepted. The text names it and is for the developer who sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(pub String);

impl Invalid {
    /// `<name> <why>`.
    pub fn member(name: &str, why: &str) -> Self {
        Self(format!("{name} {why}"))
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}

/// An object that a client sent. A member that is absent or `null` says nothing: what is stored
/// stays.
#[derive(Debug, Clone, Copy)]
pub struct Members<'a>(pub &'a Map<String, Value>);

impl<'a> Members<'a> {
    /// A text.
    pub fn text(&self, name: &str) -> Result<Option<&'a str>, Invalid> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Invalid::member(name, "must be a string")),
        }
    }

    /// `true` or `false`.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Invalid> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(Invalid::member(name, "must be true or false")),
        }
    }

    /// A whole number from 0 to `maximum`.
    pub fn count(&self, name: &str, maximum: u64) -> Result<Option<u64>, Invalid> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let count = value.as_u64().filter(|count| *count <= maximum);
        let bounds = || format!("must be a whole number from 0 to {maximum}");
        count.map(Some).ok_or_else(|| Invalid::member(name, &bounds()))
    }

    /// An object.
    pub fn object(&self, name: &str) -> Result<Option<&'a Map<String, Value>>, Invalid> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(Invalid::member(name, "must be an object")),
        }
    }

    /// A number of hours, as seconds; fractions of an hour are allowed.
    pub fn hours(&self, name: &str) -> Result<Option<i64>, Invalid> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => {
                let seconds = number.as_f64().unwrap_or(f64::NAN) * 3600.0;
                if !(0.0..=1e9).contains(&seconds) {
                    return Err(Invalid::member(name, "is out of range"));
                }
                #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
                Ok(Some(seconds.round() as i64))
            }
            Some(_) => Err(Invalid::member(name, "must be a number")),
        }
    }

    /// A list of texts, at most 100 of at most 2,048 bytes, none of them twice.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Invalid> {
        let list = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(Invalid::member(name, "must be a list of strings")),
        };
        if list.len() > 100 {
            return Err(Invalid::member(name, "has too many entries"));
        }
        let mut texts: Vec<String> = Vec::with_capacity(list.len());
        for entry in list {
            match entry.as_str() {
                Some(text) if text.is_empty() || text.len() > 2048 => {
                    return Err(Invalid::member(name, "has an entry that is empty or too long"));
                }
                Some(text) if texts.iter().any(|known| known == text) => {}
                Some(text) => texts.push(text.to_owned()),
                None => return Err(Invalid::member(name, "must be a list of strings")),
            }
        }
        Ok(Some(texts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_of_another_type_is_refused_and_an_absent_one_says_nothing() {
        let object = serde_json::json!({"a": 1, "b": "x", "c": ["x", "x", "y"], "d": null});
        let members = Members(object.as_object().unwrap());
        assert!(members.text("a").is_err() && members.flag("b").is_err());
        assert!(members.texts("a").is_err() && members.hours("b").is_err());
        assert_eq!(members.text("d"), Ok(None));
        assert_eq!(members.flag("e"), Ok(None));
        assert_eq!(members.texts("c"), Ok(Some(vec!["x".to_owned(), "y".to_owned()])));
    }

    #[test]
    fn a_count_is_a_whole_number_within_bounds() {
        let object = serde_json::json!({"a": 7, "b": 1.5, "c": -1, "d": 11, "e": "7", "f": {}});
        let members = Members(object.as_object().unwrap());
        assert_eq!(members.count("a", 10), Ok(Some(7)));
        assert_eq!(members.count("missing", 10), Ok(None));
        for name in ["b", "c", "d", "e", "f"] {
            assert!(members.count(name, 10).is_err(), "{name}");
        }
        assert!(members.object("a").is_err() && members.object("f").unwrap().is_some());
    }

    #[test]
    fn hours_are_read_as_seconds_within_bounds() {
        let object = serde_json::json!({"a": 168, "b": 0.5, "c": -1, "d": 1e300});
        let members = Members(object.as_object().unwrap());
        assert_eq!(members.hours("a"), Ok(Some(604_800)));
        assert_eq!(members.hours("b"), Ok(Some(1800)));
        assert!(members.hours("c").is_err() && members.hours("d").is_err());
    }
}
