//! The differences between two states of an object, without secrets.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::core::directory::{MASK, is_secret_member};

/// The longest value of a member in an entry, in bytes of JSON: a picture is not repeated.
const MAXIMUM_VALUE: usize = 1024;

/// Members that every change changes, or none.
const OMITTED: [&str; 3] = ["updatedAt", "createdAt", "version"];

/// The members of an object in one state.
#[derive(Clone, Default)]
pub struct Members {
    open: Map<String, Value>,
    secret: Map<String, Value>,
}

impl Members {
    /// The members of `object`, those in its `attributes` beside its own. Those named in `secrets`
    /// are secrets, and every member whose name says that it is one.
    pub fn of(object: &impl Serialize, secrets: &[&str]) -> Self {
        let Ok(Value::Object(mut all)) = serde_json::to_value(object) else {
            return Self::default();
        };
        if let Some(Value::Object(attributes)) = all.remove("attributes") {
            for (name, value) in attributes {
                all.entry(name).or_insert(value);
            }
        }
        all.retain(|name, value| !OMITTED.contains(&name.as_str()) && !is_blank(value));
        let is_secret = |name: &str| secrets.contains(&name) || is_secret_member(name);
        let (secret, open) = all.into_iter().partition(|(name, _)| is_secret(name));
        Self { open, secret }
    }

    /// `member` as it is to be recorded: a secret is masked.
    fn recorded(&self, member: &str) -> Option<Value> {
        if self.secret.contains_key(member) {
            return Some(Value::from(MASK));
        }
        let value = self.open.get(member)?;
        let size = value.to_string().len();
        Some(if size > MAXIMUM_VALUE { format!("{size} bytes").into() } else { value.clone() })
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        self.open.keys().chain(self.secret.keys())
    }

    fn is_same(&self, other: &Self, member: &str) -> bool {
        self.open.get(member) == other.open.get(member)
            && self.secret.get(member) == other.secret.get(member)
    }
}

/// Names only: a debug output must not show a secret.
impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// The members that differ, as they are recorded: those before and those after.
pub fn difference(before: &Members, after: &Members) -> (Map<String, Value>, Map<String, Value>) {
    let names: BTreeSet<&String> = before.names().chain(after.names()).collect();
    let differing: Vec<&String> =
        names.into_iter().filter(|name| !before.is_same(after, name)).collect();
    let of = |state: &Members| {
        let recorded = |name: &&String| Some(((*name).clone(), state.recorded(name)?));
        differing.iter().filter_map(recorded).collect()
    };
    (of(before), of(after))
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::String(text) => text.is_empty(),
        Value::Array(entries) => entries.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn members(object: &Value) -> Members {
        Members::of(object, &["digest"])
    }

    #[test]
    fn only_what_differs_is_recorded() {
        let before = members(&json!({"name": "a", "title": "x", "attributes": {"bio": "old"}}));
        let after = members(&json!({"name": "a", "title": "y", "attributes": {"tag": "new"}}));
        let (before, after) = difference(&before, &after);
        assert_eq!(json!(before), json!({"title": "x", "bio": "old"}));
        assert_eq!(json!(after), json!({"title": "y", "tag": "new"}));
    }

    /// ATTACKS H-117.
    #[test]
    fn a_secret_shows_that_it_changed_and_not_what_it_is() {
        let before = json!({"digest": "one", "clientSecret": "two", "passwordHash": "three"});
        let after = json!({"digest": "four", "clientSecret": "two", "passwordHash": null});
        let (before, after) = (members(&before), members(&after));
        let text = format!("{before:?} {:?}", difference(&before, &after));
        for secret in ["one", "two", "three", "four"] {
            assert!(!text.contains(secret), "{text}");
        }
        let (before, after) = difference(&before, &after);
        assert_eq!(json!(before), json!({"digest": "***", "passwordHash": "***"}));
        assert_eq!(json!(after), json!({"digest": "***"}));
    }

    #[test]
    fn a_picture_is_recorded_by_its_size() {
        let after = members(&json!({"avatar": "x".repeat(5000)}));
        let (_, after) = difference(&Members::default(), &after);
        assert_eq!(json!(after), json!({"avatar": "5002 bytes"}));
    }
}
