//! JSON merge patch (RFC 7396).

use serde_json::{Map, Value};

/// The members that a merge patch gives an object: of those that `patch` names, each with the value that
/// it has afterwards. A member that it removes has the value of `blank`, which is an object without
/// anything set; if it has none there, it is `null`.
pub fn merged(
    current: &Map<String, Value>,
    patch: Map<String, Value>,
    blank: &Map<String, Value>,
) -> Map<String, Value> {
    let value = |name: &str, sent: Value| match sent {
        Value::Null => blank.get(name).cloned().unwrap_or_default(),
        sent => merge(current.get(name).cloned(), sent),
    };
    patch.into_iter().map(|(name, sent)| (name.clone(), value(&name, sent))).collect()
}

fn merge(target: Option<Value>, patch: Value) -> Value {
    let Value::Object(patch) = patch else { return patch };
    let mut members = match target {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(&name);
        } else {
            let value = merge(members.remove(&name), value);
            members.insert(name, value);
        }
    }
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 7396, appendix A, as the value of a member.
    #[test]
    fn the_examples_of_the_rfc_hold() {
        for (original, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            assert_eq!(merge(Some(original), patch), result);
        }
    }

    #[test]
    fn a_removed_member_is_as_on_a_new_object() {
        let object = |value: Value| value.as_object().unwrap().clone();
        let current = object(json!({"name": "a", "tags": ["x"], "note": "y", "kept": 1}));
        let blank = object(json!({"name": "", "tags": []}));
        let patch = object(json!({"tags": null, "note": null, "name": "b"}));
        let result = json!({"name": "b", "tags": [], "note": null});
        assert_eq!(Value::Object(merged(&current, patch, &blank)), result);
    }
}
