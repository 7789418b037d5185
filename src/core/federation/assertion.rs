//! A verified assertion of an identity provider about a user.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::core::time::UnixTime;

/// Maximum number of values per attribute: a user may be in thousands of groups.
const MAXIMUM_VALUES: usize = 2000;

/// Maximum depth of nested claims.
const MAXIMUM_DEPTH: usize = 4;

/// A provider's claims about a user, after verification by its protocol.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Assertion {
    /// The subject: never reassigned by the provider, and compared exactly.
    pub subject: String,
    /// All attributes, by their protocol names.
    pub attributes: Attributes,
    /// The e-mail address; empty if absent.
    pub email: String,
    /// Whether the provider is known to verify addresses and marks this one as verified.
    pub email_verified: bool,
    /// The display name; empty if unknown.
    pub name: String,
    /// The username at the provider; empty if unknown.
    pub username: String,
    /// The `https` URL of a picture; empty if absent.
    pub picture: String,
    /// Authentication time at the provider, if known.
    pub authenticated_at: Option<UnixTime>,
    /// The provider's session, as named in a logout request: `sid`, or SAML `NameID` and
    /// `SessionIndex`.
    pub session: Map<String, Value>,
}

/// Attributes by name; each may have several values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(pub BTreeMap<String, Vec<String>>);

impl Attributes {
    /// The members of a JSON object; nested members are named `outer.inner`. Only strings, numbers,
    /// booleans and lists of these are kept.
    pub fn from_claims(claims: &Map<String, Value>) -> Self {
        let mut all = Self::default();
        all.add_claims("", claims, 0);
        all
    }

    fn add_claims(&mut self, prefix: &str, claims: &Map<String, Value>, depth: usize) {
        for (name, value) in claims {
            let name = format!("{prefix}{name}");
            match value {
                Value::Object(inner) if depth < MAXIMUM_DEPTH => {
                    self.add_claims(&format!("{name}."), inner, depth + 1);
                }
                Value::Array(values) => values.iter().filter_map(scalar).for_each(|value| {
                    self.add(&name, value);
                }),
                value => scalar(value).into_iter().for_each(|value| self.add(&name, value)),
            }
        }
    }

    /// Adds a value.
    pub fn add(&mut self, name: &str, value: String) {
        let values = self.0.entry(name.to_owned()).or_default();
        if values.len() < MAXIMUM_VALUES {
            values.push(value);
        }
    }

    /// The values of that name.
    pub fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// The first value of that name.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.all(name).first().map(String::as_str)
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_are_flattened_and_what_is_no_value_is_left_out() {
        let claims = json!({
            "sub": "7", "age": 8, "ok": true, "none": null, "groups": ["a", 2, {"x": 1}],
            "address": {"locality": "Bern", "deep": {"er": "x"}},
        });
        let attributes = Attributes::from_claims(claims.as_object().unwrap());
        let expected = json!({
            "sub": ["7"], "age": ["8"], "ok": ["true"], "groups": ["a", "2"],
            "address.locality": ["Bern"], "address.deep.er": ["x"],
        });
        assert_eq!(serde_json::to_value(&attributes).unwrap(), expected);
    }

    #[test]
    fn values_and_depth_are_bounded() {
        let many: Vec<u32> = (0..5000).collect();
        let mut nested = json!("x");
        for _ in 0..50 {
            nested = json!({"n": nested});
        }
        let claims = json!({"many": many, "nested": nested});
        let attributes = Attributes::from_claims(claims.as_object().unwrap());
        assert_eq!(attributes.all("many").len(), MAXIMUM_VALUES);
        assert_eq!(attributes.0.len(), 1);
    }
}
