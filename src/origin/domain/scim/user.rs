//! A user as a resource, and a resource as changes of a user.

use serde_json::{Map, Value, json};

use super::{
    KEPT,
    lists::{EMAILS, Mirrored, PHONES, PHOTOS, is_url},
    names::UserName,
    refused, version,
};
use crate::{
    core::{
        directory::{Email, Line, NewPassword, Text},
        scim::{ENTERPRISE_USER, Refusal, Resource, USERS, text},
    },
    origin::{
        domain::users::ATTRIBUTES,
        store::{scim::TeamRef, users::User},
    },
};

/// Attributes that are members of the published user: their names in the resource and there.
const MEMBERS: [(&str, &str); 4] = [
    ("title", "title"),
    ("locale", "language"),
    ("timezone", "timezone"),
    ("profileUrl", "homepage"),
];

/// The parts of `name` that are members of the published user.
const NAMES: [(&str, &str); 2] = [("givenName", "firstName"), ("familyName", "lastName")];

/// Attributes that are kept as they are sent.
const PLAIN: [&str; 5] = ["nickName", "userType", "preferredLanguage", "ims", "addresses"];

fn kept(user: &User) -> Map<String, Value> {
    user.attributes.get(KEPT).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// The user as a resource of the service at `base`.
pub fn represent(user: &User, teams: &[TeamRef], base: &str) -> Resource {
    let kept = kept(user);
    let mut resource = Resource::new();
    let mut set = |name: &str, value: Value| {
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(values) => values.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        };
        if !is_empty {
            resource.insert(name.to_owned(), value);
        }
    };
    let member = |name: &str| user.attributes.get(name).filter(|value| value.is_string()).cloned();
    set("id", user.id.as_str().into());
    set("externalId", json!(user.external_id));
    let user_name = text(&kept, "userName");
    let user_name = if user_name.is_empty() { user.name.as_str() } else { user_name };
    set("userName", user_name.into());
    let mut name = kept.get("name").and_then(Value::as_object).cloned().unwrap_or_default();
    name.extend(
        NAMES.iter().filter_map(|(part, known)| Some(((*part).to_owned(), member(known)?))),
    );
    set("name", Value::Object(name));
    set("displayName", user.display_name.as_str().into());
    for (attribute, known) in MEMBERS {
        set(attribute, member(known).unwrap_or_default());
    }
    for name in PLAIN.iter().chain([&ENTERPRISE_USER.id]) {
        set(name, kept.get(*name).cloned().unwrap_or_default());
    }
    set("active", (!user.is_forbidden).into());
    set(EMAILS.name, EMAILS.shown(&kept, &user.email).into());
    set(PHONES.name, PHONES.shown(&kept, &user.phone).into());
    let picture = if is_url(&user.avatar) { user.avatar.as_str() } else { "" };
    set(PHOTOS.name, PHOTOS.shown(&kept, picture).into());
    let groups = teams.iter().map(|team| {
        json!({
            "value": team.id, "$ref": format!("{base}/Groups/{}", team.id),
            "display": team.display, "type": "direct",
        })
    });
    set("groups", groups.collect::<Vec<_>>().into());
    set(
        "meta",
        json!({
            "resourceType": USERS.name,
            "created": user.created_at.to_string(),
            "lastModified": user.updated_at.to_string(),
            "location": format!("{base}{}/{}", USERS.endpoint, user.id),
            "version": version(user.version),
        }),
    );
    if let Some(manager) = resource
        .get_mut(ENTERPRISE_USER.id)
        .and_then(|extension| extension.get_mut("manager"))
        .and_then(Value::as_object_mut)
    {
        let url = format!("{base}{}/{}", USERS.endpoint, text(manager, "value"));
        manager.insert("$ref".to_owned(), url.into());
    }
    let schemas = USERS.schemas_of(&resource);
    resource.insert("schemas".to_owned(), schemas);
    resource
}

/// Changes `user` to what `resource` says, all but its username and password, and returns the new
/// password. What is absent is removed, except `active`: a client that does not send it does not
/// enable an account.
pub fn assign(resource: &Resource, user: &mut User) -> Result<Option<NewPassword>, Refusal> {
    let line = |name: &str| -> Result<String, Refusal> {
        let value = text(resource, name);
        Line::read(value).map(String::from).map_err(|why| refused(name, &why))
    };
    let mut kept = Map::new();
    let user_name = UserName::read(text(resource, "userName"))?;
    if user_name.text != user.name {
        kept.insert("userName".to_owned(), user_name.text.into());
        kept.insert("key".to_owned(), user_name.key.into());
    }
    user.external_id = Some(line("externalId")?).filter(|id| !id.is_empty());
    user.display_name = line("displayName")?;
    if let Some(active) = resource.get("active").and_then(Value::as_bool) {
        user.is_forbidden = !active;
    }
    assign_members(resource, &mut kept, user);
    for value in values(resource, &EMAILS) {
        let address = value.as_object().map(|value| text(value, "value")).unwrap_or_default();
        Email::read(address).map_err(|why| refused("emails.value", &why))?;
    }
    let email = mirror(resource, &mut kept, &EMAILS);
    // A new address has to be proved again.
    user.email_verified &= user.email == email;
    user.email = email;
    user.phone = mirror(resource, &mut kept, &PHONES);
    let picture = mirror(resource, &mut kept, &PHOTOS);
    // A picture that stands in the account is no value of the list.
    if !picture.is_empty() || is_url(&user.avatar) {
        user.avatar = picture;
    }
    if kept.is_empty() {
        user.attributes.remove(KEPT);
    } else {
        user.attributes.insert(KEPT.to_owned(), Value::Object(kept));
    }
    user.attributes = ATTRIBUTES
        .merged(&user.attributes, &Map::new())
        .map_err(|why| refused("the resource:", &why))?;
    let password = match text(resource, "password") {
        text if NewPassword::is_blank(text) => None,
        text => Some(NewPassword::read(text).map_err(|why| refused("password", &why))?),
    };
    Ok(password)
}

fn assign_members(resource: &Resource, kept: &mut Map<String, Value>, user: &mut User) {
    let mut member = |known: &str, value: Option<Value>| match value {
        Some(value) => {
            user.attributes.insert(known.to_owned(), value);
        }
        // A member that is no text is another client's.
        None if user.attributes.get(known).is_some_and(Value::is_string) => {
            user.attributes.remove(known);
        }
        None => {}
    };
    let mut name = resource.get("name").and_then(Value::as_object).cloned().unwrap_or_default();
    for (part, known) in NAMES {
        member(known, name.remove(part));
    }
    if !name.is_empty() {
        kept.insert("name".to_owned(), Value::Object(name));
    }
    for (attribute, known) in MEMBERS {
        member(known, resource.get(attribute).cloned());
    }
    for name in PLAIN {
        kept.extend(resource.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    if let Some(Value::Object(extension)) = resource.get(ENTERPRISE_USER.id) {
        let mut extension = extension.clone();
        if let Some(manager) = extension.get_mut("manager").and_then(Value::as_object_mut) {
            manager.remove("$ref"); // it is derived
        }
        kept.insert(ENTERPRISE_USER.id.to_owned(), Value::Object(extension));
    }
}

fn values<'a>(resource: &'a Resource, list: &Mirrored) -> &'a [Value] {
    resource.get(list.name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Keeps a list, unless it has nothing but the value of the column; returns that value.
fn mirror(resource: &Resource, kept: &mut Map<String, Value>, list: &Mirrored) -> String {
    let values = values(resource, list);
    let column = list.column(values);
    // What follows from the column is not kept besides.
    if list.shown(&Map::new(), &column) != values {
        kept.insert(list.name.to_owned(), values.to_vec().into());
    }
    column
}
