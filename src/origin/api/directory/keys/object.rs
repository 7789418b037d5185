//! The published API key (`IamKey`): everything but the key.

use serde_json::{Map, Value, json};

use crate::{
    core::{
        apikey::{KeyScope, PUBLISH},
        directory::{Attributes, Invalid, Members, RESTRICTIONS},
        time::UnixTime,
    },
    origin::store::keys::{Key, KeyKind},
};

/// Members that no code reads.
pub const ATTRIBUTES: Attributes = Attributes {
    known: &[
        "id",
        "owner",
        "name",
        "displayName",
        "type",
        "organization",
        "application",
        "user",
        "accessKey",
        "accessSecret",
        "accessSecretDigest",
        "prefix",
        "lastFour",
        "scope",
        "state",
        "act",
        "platform",
        "rate",
        "budget",
        "spend",
        "creator",
        "expireTime",
        "revoker",
        "revokeTime",
        "usedTime",
        "exposedTime",
        "createdTime",
        "createdAt",
        "updatedTime",
        "updatedAt",
    ],
    ignored: &["deleted", RESTRICTIONS],
    maximum: 4 * 1024,
};

/// The class and the limits that a `scope` says; every limit must be one that we know.
pub fn scope(text: &str) -> Result<(KeyKind, KeyScope), Invalid> {
    let (publish, limits): (Vec<&str>, Vec<&str>) =
        text.split(',').map(str::trim).partition(|entry| *entry == PUBLISH);
    let kind = if publish.is_empty() { KeyKind::Secret } else { KeyKind::Publishable };
    let scope = limits.join(",").parse::<KeyScope>();
    Ok((kind, scope.map_err(|error| Invalid(format!("scope: {error}")))?))
}

/// `expireTime`: `None` if it is absent, `Some(None)` if it is blank.
pub fn expiry(sent: &Map<String, Value>) -> Result<Option<Option<UnixTime>>, Invalid> {
    match Members(sent).text("expireTime")? {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(text) => match text.parse() {
            Ok(time) => Ok(Some(Some(time))),
            Err(_) => Err(Invalid::member("expireTime", "must be an RFC 3339 time")),
        },
    }
}

/// The key as it is published at `now`.
pub fn published(key: &Key, now: UnixTime) -> Value {
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
    set("user", json!(key.holder.as_deref().unwrap_or_default()));
    set("prefix", json!(key.prefix));
    set("lastFour", json!(key.last_four));
    set("scope", json!(scope));
    set("state", json!(key.state.as_str()));
    set("act", json!(key.act));
    set("platform", json!(key.platform));
    if let Some(rate) = key.rate {
        set("rate", json!(rate));
    }
    let budget = key.limits().budget;
    if !budget.is_unlimited() {
        set("budget", json!(budget));
    }
    let spend = key.spend().at(now);
    set("spend", json!({"month": spend.month, "total": spend.total}));
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
