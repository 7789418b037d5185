//! Restores ids, times and digests of objects created by a platform import.

use serde_json::{Map, Value, json};

use super::kinds::{Form, Kind, Restored};
use crate::{
    core::{
        directory::Restrictions,
        encoding::from_base64url,
        password::{Password, adopted},
        time::UnixTime,
    },
    origin::{
        Origin,
        domain::{audit::Subject, change::Change, commit::commit},
        http::RestError,
        store::{publications, transfer},
    },
    ports::{self, DatabaseError},
};

/// Columns and their values.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<(&'static str, ports::Value)>);

/// The column values of `kind` in a line, or why one is invalid.
pub(super) fn values(
    origin: &Origin,
    kind: &Kind,
    members: &Map<String, Value>,
    secrets: &Map<String, Value>,
) -> Result<Values, String> {
    let mut values = Vec::new();
    if kind.table.is_empty() {
        return Ok(Values(values));
    }
    // Hash plain-text passwords, which some systems export.
    let plain = secrets.get("password").and_then(Value::as_str);
    for (restored, members) in kind
        .restored
        .iter()
        .map(|it| (it, members))
        .chain(kind.secrets.iter().map(|it| (it, secrets)))
    {
        let Restored { member, column, form } = *restored;
        let read = match (members.get(member), plain) {
            (None | Some(Value::Null), Some(plain)) if form == Form::Password => {
                hashed(origin, plain)
            }
            // Set to none, to remove restrictions made by the import itself.
            (None, _) if form == Form::Restrictions => Ok("null".into()),
            (None | Some(Value::Null), _) => continue,
            (Some(Value::String(text)), _) if text.is_empty() => continue,
            (Some(value), _) => value_of(origin, form, value),
        };
        let value = read.map_err(|why| format!("{member}: {why}"))?;
        values.push((column, value));
    }
    Ok(Values(values))
}

fn value_of(origin: &Origin, form: Form, value: &Value) -> Result<ports::Value, String> {
    if let (Form::Count, Some(count)) = (form, value.as_i64().filter(|count| *count >= 0)) {
        return Ok(count.into());
    }
    if form == Form::Restrictions {
        let restrictions: Result<Restrictions, _> = serde_json::from_value(value.clone());
        let restrictions = restrictions.map_err(|_| "names no kind of administrator")?;
        return Ok(json!(restrictions).to_string().into());
    }
    let text = value.as_str().ok_or("must be a text")?;
    match form {
        Form::Time => {
            let time: Result<UnixTime, _> = text.parse();
            time.map(Into::into).map_err(|_| "must be an RFC 3339 time".to_owned())
        }
        Form::Id if is_id(text) => Ok(text.into()),
        Form::Id => Err("is not an id".to_owned()),
        Form::Text if text.len() <= 256 && !text.chars().any(char::is_control) => Ok(text.into()),
        Form::Text => Err("is too long".to_owned()),
        Form::Digest if from_base64url(text).is_some_and(|bytes| bytes.len() == 32) => {
            Ok(text.into())
        }
        Form::Digest => Err("is not the base64url of a SHA-256".to_owned()),
        Form::Password => {
            let stored = adopted(text, origin.random.bytes());
            stored.map(Into::into).map_err(|why| why.to_string())
        }
        Form::Count | Form::Restrictions => Err("must be a number".to_owned()),
    }
}

/// Whether `text` is a valid object id.
pub(super) fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.len() <= 64 && text.bytes().all(plain)
}

fn hashed(origin: &Origin, plain: &str) -> Result<ports::Value, String> {
    let password = Password::parse(plain).map_err(|why| why.to_string())?;
    let hash = password.hash(origin.random.bytes()).map_err(|why| why.to_string())?;
    Ok(hash.into())
}

/// Sets `values` of the object in the creation `reply`. The inner error is the reason if they
/// cannot be set: another object has the id or digest.
pub(super) async fn apply(
    origin: &Origin,
    organization: &str,
    kind: &Kind,
    reply: &Value,
    Values(values): Values,
) -> Result<Result<(), String>, RestError> {
    let Some(object) = object(reply).filter(|_| !values.is_empty()) else { return Ok(Ok(())) };
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    let (owner, id) = (text("owner"), text("id"));
    let columns: Vec<&str> = values.iter().map(|(column, _)| *column).collect();
    let subject =
        Subject::with(organization, kind.name, text("name"), &json!({"restored": columns}));
    let new_id = values.iter().find_map(|(column, value)| match value {
        ports::Value::Text(text) if *column == "id" => Some(text.clone()),
        _ => None,
    });
    let mut change = Change::of(subject);
    let restored = change.decide(transfer::restore(kind.table, owner, id, values));
    if kind.name == "key" {
        let id = new_id.as_deref().unwrap_or(id);
        change.publish_keys(publications::key(id, origin.clock.now()));
    }
    match commit(origin, change).await {
        Ok(committed) if committed.took_effect(restored) => Ok(Ok(())),
        Ok(_) => Ok(Err("its id was that of a person whose data were erased".to_owned())),
        Err(DatabaseError::Conflict) => {
            Ok(Err("another object has its id or digest: these were not restored".to_owned()))
        }
        Err(error) => Err(error.into()),
    }
}

/// The object in a reply, possibly nested.
fn object(reply: &Value) -> Option<&Map<String, Value>> {
    let reply = reply.as_object()?;
    if reply.contains_key("id") {
        return Some(reply);
    }
    reply.values().filter_map(Value::as_object).find(|object| object.contains_key("id"))
}
