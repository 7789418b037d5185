//! Templates of request bodies: JSON in which strings of the form `$name` are replaced by values.

use serde_json::Value;

/// `template` with its values. A member whose value is missing is left out, and of a list the whole
/// element that needs it.
pub(super) fn filled(template: &Value, value: &impl Fn(&str) -> Option<String>) -> Value {
    match template {
        Value::String(text) => known(text, value).map_or(Value::Null, Value::String),
        Value::Array(elements) => {
            let whole = elements.iter().filter(|element| is_whole(element, value));
            Value::Array(whole.map(|element| filled(element, value)).collect())
        }
        Value::Object(members) => {
            let present = members.iter().filter(|(_, member)| match member {
                Value::String(text) => known(text, value).is_some(),
                _ => true,
            });
            Value::Object(
                present.map(|(name, member)| (name.clone(), filled(member, value))).collect(),
            )
        }
        other => other.clone(),
    }
}

fn is_whole(template: &Value, value: &impl Fn(&str) -> Option<String>) -> bool {
    match template {
        Value::String(text) => known(text, value).is_some(),
        Value::Object(members) => members.values().all(|member| is_whole(member, value)),
        _ => true,
    }
}

/// What a text of a template stands for.
pub(super) fn known(text: &str, value: &impl Fn(&str) -> Option<String>) -> Option<String> {
    match text.strip_prefix('$') {
        Some(name) => value(name),
        None => Some(text.to_owned()),
    }
}
