//! A team as a resource (RFC 7643 §4.2).

use serde_json::{Map, Value, json};

use super::{KEPT, refused, version};
use crate::{
    core::{
        directory::{Line, Text},
        scim::{GROUPS, Refusal, Resource, USERS, text},
    },
    origin::store::teams::Team,
};

/// The team as a resource of the service at `base`.
pub fn represent_team(team: &Team, base: &str) -> Resource {
    let meta = &team.meta;
    let kept = meta.attributes.get(KEPT).and_then(Value::as_object);
    let external_id = kept.map(|kept| text(kept, "externalId")).unwrap_or_default();
    let display = if meta.display_name.is_empty() { &meta.name } else { &meta.display_name };
    let members: Vec<Value> = (team.members.iter())
        .map(|member| {
            json!({
                "value": member.id, "type": USERS.name, "display": member.name,
                "$ref": format!("{base}{}/{}", USERS.endpoint, member.id),
            })
        })
        .collect();
    let mut resource = Resource::new();
    let mut set = |name: &str, value: Value| resource.insert(name.to_owned(), value);
    set("schemas", json!([GROUPS.schema.id]));
    set("id", meta.id.as_str().into());
    set("displayName", display.as_str().into());
    if !external_id.is_empty() {
        set("externalId", external_id.into());
    }
    if !members.is_empty() {
        set("members", members.into());
    }
    set(
        "meta",
        json!({
            "resourceType": GROUPS.name,
            "created": meta.created_at.to_string(),
            "lastModified": meta.updated_at.to_string(),
            "location": format!("{base}{}/{}", GROUPS.endpoint, meta.id),
            "version": version(meta.version),
        }),
    );
    resource
}

/// Changes `team` to what `resource` says, all but its name and members.
pub fn assign_team(resource: &Resource, team: &mut Team) -> Result<(), Refusal> {
    let line = |name: &str| {
        let read = Line::read(text(resource, name)).map(String::from);
        read.map_err(|why| refused(name, &why))
    };
    let display = line("displayName")?;
    // A team without a display name is shown by its name.
    if display != team.meta.name || !team.meta.display_name.is_empty() {
        team.meta.display_name = display;
    }
    let external_id = line("externalId")?;
    if external_id.is_empty() {
        team.meta.attributes.remove(KEPT);
    } else {
        let kept = Map::from_iter([("externalId".to_owned(), external_id.into())]);
        team.meta.attributes.insert(KEPT.to_owned(), Value::Object(kept));
    }
    Ok(())
}

/// The ids of the members of a resource.
pub fn member_ids(resource: &Resource) -> Vec<String> {
    let members = resource.get("members").and_then(Value::as_array);
    let members = members.into_iter().flatten().filter_map(Value::as_object);
    members.map(|member| text(member, "value").to_owned()).collect()
}
