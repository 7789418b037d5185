//! The published API key (`IamKey`): everything but the key.

use serde_json::{Value, json};

use crate::origin::store::keys::{Key, KeyKind};

/// The entry of a scope that makes a key publishable (WIRE §3.2).
pub const PUBLISH: &str = "publish";

/// The key as it is published; `holder` is the name of its user.
pub fn published(key: &Key, holder: Option<&str>) -> Value {
    let mut object = key.attributes.clone();
    let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
    let kind = if key.user_id.is_some() {
        "User"
    } else if key.application.is_some() {
        "Application"
    } else {
        "Organization"
    };
    let scope = match key.kind {
        KeyKind::Secret => key.scope.clone(),
        KeyKind::Publishable if key.scope.is_empty() => PUBLISH.to_owned(),
        KeyKind::Publishable => format!("{PUBLISH},{}", key.scope),
    };
    set("id", json!(key.id));
    set("owner", json!(key.owner));
    set("name", json!(key.name));
    set("displayName", json!(key.display_name));
    set("type", json!(kind));
    set("organization", json!(key.owner));
    set("application", json!(key.application.as_deref().unwrap_or_default()));
    set("user", json!(holder.unwrap_or_default()));
    set("prefix", json!(key.prefix));
    set("lastFour", json!(key.last_four));
    set("scope", json!(scope));
    set("state", json!(key.state.as_str()));
    set("act", json!(key.act));
    set("creator", json!(key.creator));
    set("createdTime", json!(key.created_at.to_string()));
    set("updatedTime", json!(key.updated_at.to_string()));
    let times = [
        ("expireTime", key.expires_at),
        ("revokeTime", key.revoked_at),
        ("usedTime", key.used_at),
        ("exposedTime", key.exposed_at),
    ];
    for (name, time) in times {
        if let Some(time) = time {
            set(name, json!(time.to_string()));
        }
    }
    if let Some(revoker) = &key.revoker {
        set("revoker", json!(revoker));
    }
    Value::Object(object)
}
