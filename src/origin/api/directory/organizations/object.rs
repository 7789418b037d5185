//! The published organization (`IamOrganization`) and the stored one.

use serde_json::{Map, Value, json};

use crate::{
    core::{
        directory::{Attributes, Invalid, Members, avatar, text},
        principal::PLATFORM_ORGANIZATION,
    },
    origin::store::organizations::Organization,
};

const ATTRIBUTES: Attributes = Attributes {
    known: &[
        "id",
        "owner",
        "name",
        "displayName",
        "disableSignin",
        "isDisabled",
        "createdTime",
        "createdAt",
        "updatedTime",
        "updatedAt",
    ],
    ignored: &["balance", "balanceCredit", "deleted", "founder", "orgBalance", "userBalance"],
    maximum: 192 * 1024, // a picture of 96 KiB, and a logo
};

/// What only the platform decides about an organization.
const PLATFORMS: [&str; 5] =
    ["dcrPolicy", "hasPrivilegeConsent", "isPersonal", "platform", "quotas"];

/// Changes `organization` as `sent` says; answers whether that takes a platform administrator.
pub fn apply(organization: &mut Organization, sent: &Map<String, Value>) -> Result<bool, Invalid> {
    let before = organization.clone();
    let members = Members(sent);
    if let Some(value) = members.text("displayName")? {
        organization.display_name = text("displayName", value)?;
    }
    for picture in ["avatar", "logo", "logoDark", "favicon", "defaultAvatar"] {
        if let Some(value) = members.text(picture)? {
            avatar(picture, value)?;
        }
    }
    for name in ["disableSignin", "isDisabled"] {
        if let Some(value) = members.flag(name)?.filter(|value| *value != before.is_disabled) {
            organization.is_disabled = value;
        }
    }
    quotas(sent)?;
    organization.attributes = ATTRIBUTES.merged(&before.attributes, sent)?;
    let changed = |name: &&str| before.attributes.get(*name) != organization.attributes.get(*name);
    Ok(before.is_disabled != organization.is_disabled || PLATFORMS.iter().any(changed))
}

/// `quotas`: how many objects of which kind the organization may have, where that is not what the
/// deployment says.
fn quotas(sent: &Map<String, Value>) -> Result<(), Invalid> {
    const KINDS: [&str; 4] = ["applications", "users", "keys", "memberships"];
    let Some(quotas) = Members(sent).object("quotas")? else { return Ok(()) };
    for name in quotas.keys() {
        if !KINDS.contains(&name.as_str()) {
            return Err(Invalid(format!("quotas: {name} is not one of {}", KINDS.join(", "))));
        }
        let within = |error: Invalid| Invalid(format!("quotas: {error}"));
        Members(quotas).count(name, u32::MAX.into()).map_err(within)?;
    }
    Ok(())
}

/// The organization as it is published.
pub fn published(organization: &Organization) -> Value {
    let mut object = organization.attributes.clone();
    let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
    set("id", json!(organization.id));
    set("owner", json!(PLATFORM_ORGANIZATION));
    set("name", json!(organization.name));
    set("displayName", json!(organization.display_name));
    set("disableSignin", json!(organization.is_disabled));
    set("isDisabled", json!(organization.is_disabled));
    set("createdTime", json!(organization.created_at.to_string()));
    set("updatedTime", json!(organization.updated_at.to_string()));
    Value::Object(object)
}
