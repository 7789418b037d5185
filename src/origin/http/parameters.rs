//! The parameters of a query or body, without duplicates.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Parameters by name. A name occurs once (RFC 6749 §3.1, §3.2), unless they were
/// [collected](Parameters::collected); an empty value counts as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    values: BTreeMap<String, String>,
    /// Names that occur more than once. They have no value.
    repeated: BTreeSet<String>,
}

/// Parameters that may have several values (RFC 8707 §2, RFC 8693 §2.1), so that JSON may write
/// them as a list.
const LISTS: [&str; 2] = ["resource", "audience"];

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn from_urlencoded(bytes: &[u8]) -> Result<Self, ParameterError> {
        Self::collected(bytes)?.once()
    }

    /// Reads `application/x-www-form-urlencoded` for an endpoint that reports a
    /// [repeated](Self::repeated) parameter itself.
    pub fn collected(bytes: &[u8]) -> Result<Self, ParameterError> {
        let mut parameters = Self::default();
        for (name, value) in form_urlencoded::parse(bytes) {
            if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
                return Err(ParameterError::Malformed);
            }
            parameters.add(name.into_owned(), value.into_owned());
        }
        Ok(parameters)
    }

    /// Reads a flat JSON object of strings, numbers and booleans; other members are left out,
    /// except that a list of several resources or audiences counts as a repeated parameter.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ParameterError> {
        let members: UniqueMembers =
            serde_json::from_slice(bytes).map_err(|error| match error.to_string() {
                text if text.starts_with(REPEATED) => ParameterError::Repeated(
                    text.trim_start_matches(REPEATED)
                        .split(" at line")
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                ),
                _ => ParameterError::Malformed,
            })?;
        Ok(Self { values: members.0, repeated: BTreeSet::new() })
    }

    /// The names that occur more than once, in order.
    pub fn repeated(&self) -> impl Iterator<Item = &str> {
        self.repeated.iter().map(String::as_str)
    }

    /// These parameters, if each occurs once.
    fn once(self) -> Result<Self, ParameterError> {
        match self.repeated.first() {
            Some(name) => Err(ParameterError::Repeated(name.clone())),
            None => Ok(self),
        }
    }

    fn add(&mut self, name: String, value: String) {
        if self.repeated.contains(&name) {
            return;
        }
        if self.values.remove(&name).is_some() {
            self.repeated.insert(name);
        } else {
            self.values.insert(name, value);
        }
    }

    /// The value of `name`, if there is one that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The first of several spellings that has a value.
    pub fn any(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The value of `name`, which must be there.
    pub fn require(&self, name: &str) -> Result<&str, ParameterError> {
        self.get(name).ok_or_else(|| ParameterError::Missing(name.to_owned()))
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Drops the parameters whose name does not satisfy `keep`.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.values.retain(|name, _| keep(name));
    }

    /// These parameters together with others; a name in both is an error.
    pub fn merged(self, others: Self) -> Result<Self, ParameterError> {
        self.joined(others).once()
    }

    /// These parameters together with others; a name in both is a [repeated](Self::repeated) one.
    #[must_use]
    pub fn joined(mut self, others: Self) -> Self {
        for name in others.repeated {
            self.values.remove(&name);
            self.repeated.insert(name);
        }
        for (name, value) in others.values {
            self.add(name, value);
        }
        self
    }
}

/// Why parameters cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterError {
    /// Not of a media type that we read.
    MediaType,
    /// Not well-formed, or not UTF-8.
    Malformed,
    /// The name occurs twice.
    Repeated(String),
    /// The name is required.
    Missing(String),
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MediaType => f.write_str(
                "the body must be application/x-www-form-urlencoded or application/json",
            ),
            Self::Malformed => f.write_str("the parameters are malformed"),
            Self::Repeated(name) => write!(f, "the parameter {name} occurs more than once"),
            Self::Missing(name) => write!(f, "the parameter {name} is required"),
        }
    }
}

impl std::error::Error for ParameterError {}

const REPEATED: &str = "repeated member ";

struct UniqueMembers(BTreeMap<String, String>);

impl<'de> serde::Deserialize<'de> for UniqueMembers {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> serde::de::Visitor<'de> for MembersVisitor {
    type Value = UniqueMembers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(
        self,
        mut map: A,
    ) -> Result<UniqueMembers, A::Error> {
        let mut seen = std::collections::BTreeSet::new();
        let mut members = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
            if !seen.insert(name.clone()) {
                return Err(serde::de::Error::custom(format_args!("{REPEATED}{name}")));
            }
            let text = match value {
                serde_json::Value::String(text) => text,
                serde_json::Value::Number(number) => number.to_string(),
                serde_json::Value::Bool(flag) => flag.to_string(),
                serde_json::Value::Array(list) if LISTS.contains(&name.as_str()) => {
                    match list.as_slice() {
                        [] => continue,
                        [serde_json::Value::String(text)] => text.clone(),
                        _ => {
                            return Err(serde::de::Error::custom(format_args!("{REPEATED}{name}")));
                        }
                    }
                }
                _ => continue,
            };
            members.insert(name, text);
        }
        Ok(UniqueMembers(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_occurs_twice_is_refused_in_form_and_json() {
        let repeated = Err(ParameterError::Repeated("a".to_owned()));
        assert_eq!(Parameters::from_urlencoded(b"a=1&b=2&a=1"), repeated);
        assert_eq!(Parameters::from_json(br#"{"a":"1","a":"2"}"#), repeated);
    }

    #[test]
    fn a_collected_parameter_that_occurs_twice_has_no_value() {
        let query = Parameters::collected(b"a=1&b=2&a=1&a=3&d=4").unwrap();
        assert_eq!((query.get("a"), query.get("b")), (None, Some("2")));
        assert_eq!(query.repeated().collect::<Vec<_>>(), ["a"]);
        let body = Parameters::collected(b"a=1&b=2&c=3&d=").unwrap();
        let joined = query.clone().joined(body.clone());
        assert_eq!(joined.repeated().collect::<Vec<_>>(), ["a", "b", "d"]);
        assert_eq!(joined, body.joined(query));
        assert_eq!(joined.iter().collect::<Vec<_>>(), [("c", "3")]);
    }

    /// RFC 8707 §2, RFC 8693 §2.1.
    #[test]
    fn a_json_list_of_one_resource_is_that_resource_and_a_longer_one_is_a_repetition() {
        let one = Parameters::from_json(br#"{"resource":["r"],"audience":[],"other":["x"]}"#);
        assert_eq!(one.unwrap().iter().collect::<Vec<_>>(), [("resource", "r")]);
        for json in [r#"{"audience":["a","b"]}"#, r#"{"audience":[1]}"#] {
            let repeated = Err(ParameterError::Repeated("audience".to_owned()));
            assert_eq!(Parameters::from_json(json.as_bytes()), repeated);
        }
    }

    #[test]
    fn an_empty_parameter_counts_as_absent() {
        let parameters = Parameters::from_urlencoded(b"a=&b=2").unwrap();
        assert_eq!((parameters.get("a"), parameters.get("b")), (None, Some("2")));
    }

    #[test]
    fn malformed_parameters_are_refused() {
        assert_eq!(Parameters::from_urlencoded(b"a=%ff"), Err(ParameterError::Malformed));
        for json in ["", "[]", "1", "{", r#"{"a":1}x"#] {
            assert_eq!(Parameters::from_json(json.as_bytes()), Err(ParameterError::Malformed));
        }
    }

    #[test]
    fn json_numbers_and_booleans_are_read_as_text() {
        let parameters = Parameters::from_json(br#"{"a":1,"b":true,"c":[1],"d":null}"#).unwrap();
        assert_eq!(parameters.iter().collect::<Vec<_>>(), [("a", "1"), ("b", "true")]);
    }
}
