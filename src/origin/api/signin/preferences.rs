//! `POST /v1/iam/preferences`: the user's stored preferences.

use serde_json::{Map, Value};

use super::{
    account::{editor, malformed},
    schemas::{InEnvelope, Object, enveloped},
};
use crate::origin::{
    Origin,
    api::endpoint::{Call, Unread, Who, endpoint},
    domain::{audit::Subject, change::Change, commit::commit},
    http::{Envelope, Request, RestError},
    store::preferences,
};

/// Maximum size of a user's preferences, in bytes.
const MAXIMUM: usize = 8 * 1024;

endpoint! {
    /// Changes the preferences of the person who is signed in, and returns all of them.
    ///
    /// A JSON merge patch (RFC 7396): `null` removes a member, an empty object changes nothing.
    pub UpdatePreferences = POST "/v1/iam/preferences" as "updatePreferences",
    who: Who::Person;
    body: Unread<Object>,
    reply: InEnvelope<Object>,
    error: RestError;
    update
}

async fn update(
    origin: &Origin,
    call: Call<'_, UpdatePreferences>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(enveloped(changed(origin, call.request).await))
}

async fn changed(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let user = editor(origin, request).await?;
    let sent: Map<String, Value> = serde_json::from_slice(&request.body)
        .map_err(|_| malformed("the body must be an object"))?;
    let mut value = preferences::of_user(&user.id).fetch(&*origin.database).await?;
    if !sent.is_empty() {
        merge(&mut value, sent);
        let size = serde_json::to_string(&value).map_or(usize::MAX, |text| text.len());
        if size > MAXIMUM {
            return Err(malformed("the preferences take more than 8 KiB"));
        }
        let subject = Subject::new(&user.owner, "preferences", &user.name);
        let mut change = Change::of(subject);
        change.decide(preferences::put(&user.id, &value, origin.clock.now()));
        commit(origin, change).await?;
    }
    Ok(Envelope::ok(Value::Object(value)).about(&user.id, &user.name))
}

/// Merges a patch (RFC 7396 §2).
fn merge(target: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.remove(&name);
            }
            Value::Object(patch) => {
                let member = target.entry(name).or_insert(Value::Null);
                if !member.is_object() {
                    *member = Value::Object(Map::new());
                }
                if let Value::Object(member) = member {
                    merge(member, patch);
                }
            }
            value => {
                target.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 7396, appendix A, as far as both are objects.
    #[test]
    fn a_patch_merges_as_the_rfc_says() {
        for (target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            let mut value = target.as_object().unwrap().clone();
            merge(&mut value, patch.as_object().unwrap().clone());
            assert_eq!(Value::Object(value), result);
        }
    }
}
