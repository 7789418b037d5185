//! Attributes: the members of a published object that have no field of their own. They round-trip.

use serde_json::{Map, Value};

use super::Invalid;

const MAXIMUM_DEPTH: usize = 8;

/// Members that hold a secret under a name that does not end like one.
const SECRET_MEMBERS: [&str; 17] = [
    "accesskey",
    "accesstoken",
    "refreshtoken",
    "originaltoken",
    "originalrefreshtoken",
    "hash",
    "prehash",
    "accesssecrethash",
    "accesssecretdigest",
    "passwordhash",
    "mfaremembertoken",
    "mfarememberdigest",
    "recoverycodes",
    "verificationcode",
    "masterverificationcode",
    "invitationcode",
    "passwordobfuscatorkey",
];

const SECRET_ENDINGS: [&str; 6] =
    ["secret", "secret2", "password", "passwordsalt", "privatekey", "keytab"];

/// Whether a member of that name holds a secret. Such a member is neither kept nor shown, at any
/// depth: secrets that are needed have columns of their own, as a digest or sealed.
pub fn is_secret_member(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_MEMBERS.contains(&name.as_str())
        || SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Which members without a field of their own an object keeps.
#[derive(Debug, Clone, Copy)]
pub struct Attributes {
    /// Members that are not kept: this server sets them, or they belong to other resources.
    pub ignored: &'static [&'static str],
    /// The greatest length of all members together, in bytes of JSON.
    pub maximum: usize,
}

impl Attributes {
    /// `stored`, updated by `sent`: `null` removes a member, and a secret is not kept.
    pub fn merged(
        &self,
        stored: &Map<String, Value>,
        sent: &Map<String, Value>,
    ) -> Result<Map<String, Value>, Invalid> {
        let mut merged = stored.clone();
        for (name, value) in sent {
            if self.ignored.contains(&name.as_str()) {
                continue;
            }
            let kept = if holds_secret(name, value) { None } else { cleaned(value, 0)? };
            match kept {
                Some(value) => merged.insert(name.clone(), value),
                None => merged.remove(name),
            };
        }
        let length = serde_json::to_string(&merged).map_or(usize::MAX, |text| text.len());
        if length > self.maximum || merged.keys().any(|name| name.len() > 64) {
            return Err(Invalid::new("the object has too many or too long members".to_owned()));
        }
        Ok(merged)
    }
}

/// Flags such as `enablePassword` only sound like secrets.
fn holds_secret(name: &str, value: &Value) -> bool {
    is_secret_member(name) && !value.is_boolean()
}

/// The value without secrets inside; `None` for `null`.
fn cleaned(value: &Value, depth: usize) -> Result<Option<Value>, Invalid> {
    if depth > MAXIMUM_DEPTH {
        return Err(Invalid::new("the object is nested too deep".to_owned()));
    }
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::Array(list) => Value::Array(
            list.iter()
                .filter_map(|entry| cleaned(entry, depth + 1).transpose())
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(object) => {
            let mut members = Map::new();
            for (name, value) in object {
                if !holds_secret(name, value)
                    && let Some(value) = cleaned(value, depth + 1)?
                {
                    members.insert(name.clone(), value);
                }
            }
            Value::Object(members)
        }
        plain => plain.clone(),
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ATTRIBUTES: Attributes = Attributes { ignored: &["balance"], maximum: 1000 };

    fn merged(stored: &Value, sent: &Value) -> Result<Value, Invalid> {
        ATTRIBUTES.merged(stored.as_object().unwrap(), sent.as_object().unwrap()).map(Value::Object)
    }

    #[test]
    fn attributes_round_trip_and_absent_ones_stay() {
        let answer = merged(
            &json!({"bio": "a", "title": "b", "tag": "c"}),
            &json!({"bio": "x", "tag": null, "balance": 5, "list": [{"a": 1}]}),
        );
        assert_eq!(answer, Ok(json!({"bio": "x", "title": "b", "list": [{"a": 1}]})));
    }

    /// ATTACKS H-111: authentik CVE-2026-40166 (secrets in nested objects).
    #[test]
    fn a_secret_is_not_kept_at_any_depth() {
        let sent = json!({
            "totpSecret": "a", "recoveryCodes": ["b"], "passwordHash": "c", "passwordSalt": "d",
            "enablePassword": true, "passwordType": "argon2id", "tokenFormat": "JWT",
            "providers": [{"name": "github", "provider": {"clientId": "e", "clientSecret": "f"}}],
            "kerberosKeytab": "g", "masterPassword": "h", "accessToken": "i",
        });
        assert_eq!(
            merged(&json!({}), &sent),
            Ok(json!({
                "enablePassword": true, "passwordType": "argon2id", "tokenFormat": "JWT",
                "providers": [{"name": "github", "provider": {"clientId": "e"}}],
            }))
        );
    }

    #[test]
    fn what_is_carried_along_is_bounded_in_size_and_depth() {
        assert!(merged(&json!({}), &json!({"a": "x".repeat(1000)})).is_err());
        assert!(merged(&json!({}), &json!({"a".repeat(65): 1})).is_err());
        let deep = (0..20).fold(json!(1), |inner, _| json!([inner]));
        assert!(merged(&json!({}), &json!({ "a": deep })).is_err());
    }
}
