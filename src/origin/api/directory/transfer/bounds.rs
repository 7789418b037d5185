//! Restrictions of an import on existing objects. The file comes from the organization but the
//! platform imports it with its own authority, so it must not exceed the organization's
//! administrators.

use serde_json::{Map, Value};

use super::kinds::Kind;
use crate::{
    core::{directory::is_secret_member, principal::PLATFORM_ORGANIZATION},
    origin::{
        Origin,
        http::RestError,
        store::users::{Named, Target, target},
    },
};

/// Members of an organization that the platform sets.
const OF_ORGANIZATIONS: [&str; 7] = [
    "dcrPolicy",
    "disableSignin",
    "hasPrivilegeConsent",
    "isDisabled",
    "isPersonal",
    "quotas",
    "founder",
];

const ELSEWHERE: &str = "user: belongs to other organizations too, which the file is not of";

/// Removes from `members` credentials and platform settings, which a file may not change in an
/// existing object. The inner error is the reason for not changing the object.
pub(super) async fn of_change(
    origin: &Origin,
    organization: &str,
    kind: &Kind,
    members: &mut Map<String, Value>,
) -> Result<Result<(), String>, RestError> {
    let owner = members.get("owner").and_then(Value::as_str);
    match kind.name {
        "application" if owner == Some(PLATFORM_ORGANIZATION) => {
            return Ok(Err("is the platform's, which changes it by itself".to_owned()));
        }
        "organization" => members.retain(|name, _| !OF_ORGANIZATIONS.contains(&name.as_str())),
        "user" | "key" => {
            let person = if kind.name == "user" { "name" } else { "user" };
            if let Err(why) = of_credential(origin, organization, members.get(person)).await? {
                return Ok(Err(why));
            }
        }
        _ => {}
    }
    members.retain(|name, value| value.is_boolean() || !is_secret_member(name));
    Ok(Ok(()))
}

/// Refuses a credential of `person` (a name with or without organization) who has a role in another
/// organization, which the file would also grant. A nonexistent user is allowed.
pub(super) async fn of_credential(
    origin: &Origin,
    organization: &str,
    person: Option<&Value>,
) -> Result<Result<(), String>, RestError> {
    let Some(name) = person.and_then(Value::as_str).filter(|name| !name.is_empty()) else {
        return Ok(Ok(()));
    };
    let name = name.rsplit('/').next().unwrap_or_default();
    let found = target(Named::Path { owner: organization, name }).fetch(&*origin.database).await?;
    if found.is_some_and(|it| is_elsewhere(&it, organization)) {
        return Ok(Err(ELSEWHERE.to_owned()));
    }
    Ok(Ok(()))
}

fn is_elsewhere(target: &Target, organization: &str) -> bool {
    target.roles().iter().any(|role| role.org != organization)
}
