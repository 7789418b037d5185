//! Operations on one user, for requests and bulk operations.

use serde_json::{Map, Value};

use super::path::UserPath;
use crate::{
    core::{
        directory::{Patch as Member, Text, Username},
        encoding::base64url,
        scim::{Edit, Resource, USERS, text},
    },
    origin::{
        api::{
            directory::{
                caller::forbidden,
                users::{delete::remove, update::permitted},
            },
            scim::{
                attempt::{Attempt, settled},
                conditions::Conditions,
                error::ScimError,
                service::Service,
            },
        },
        domain::{
            scim::{UserName, assign, new_name, represent},
            users::{self, Reach, UserPatch},
        },
        http::RestError,
        store::{
            keys::Key,
            memberships::owned_alone,
            organizations::by_name,
            query::load,
            scim::{TeamRef, is_name_taken, teams_of},
            users::{Target, target},
        },
    },
};

/// The user, if it belongs to `owner` and is not deleted.
fn found(owner: &str, target: Option<Target>) -> Result<Target, RestError> {
    let is_ours = |it: &Target| it.user.owner == owner && it.user.deleted_at.is_none();
    target.filter(is_ours).ok_or_else(RestError::not_found)
}

struct Found {
    target: Target,
    teams: Vec<TeamRef>,
    key: Option<Key>,
}

async fn find(service: &Service<'_>, path: UserPath<'_>) -> Result<Found, ScimError> {
    let (name, id) = match path {
        UserPath::Id(id) => (None, id),
        UserPath::Name(name) => (Some(name), name),
    };
    let now = service.origin.clock.now();
    let teams = teams_of(service.owner, name, id, now);
    let queries = (target(path.named(service.owner)), teams, service.caller.key());
    let (target, teams, key) = load(&*service.origin.database, queries).await?;
    Ok(Found { target: found(service.owner, target)?, teams, key })
}

/// The user.
pub async fn read(service: &Service<'_>, path: UserPath<'_>) -> Result<(Resource, i64), ScimError> {
    let Found { target, teams, .. } = find(service, path).await?;
    Ok((represent(&target.user, &teams, &service.base), target.user.version))
}

/// A new user.
pub async fn create(
    service: &Service<'_>,
    sent: &Map<String, Value>,
) -> Result<Resource, ScimError> {
    let Service { origin, caller, owner, base } = service;
    let resource = USERS.read(sent)?;
    let user_name = UserName::read(text(&resource, "userName"))?;
    let queries = (is_name_taken(owner, &user_name.candidate()), caller.key());
    let (is_taken, key) = load(&*origin.database, queries).await?;
    let name = new_name(&user_name, &ending(origin.random.bytes()), is_taken);
    let name = Username::read(&name).map_err(RestError::from)?;
    let patch = UserPatch { name: Member::Value(name), ..UserPatch::default() };
    let mut user = users::new(origin, owner, patch, None).await?;
    let password = assign(&resource, &mut user)?;
    if user.display_name.is_empty() {
        user.display_name = full_name(&resource);
    }
    if let Some(password) = &password {
        caller.may_make_secrets(key.as_ref())?;
        users::set_password(origin, &mut user, password).await.map_err(RestError::from)?;
    }
    users::create(origin, &user).await?;
    Ok(represent(&user, &[], base))
}

fn ending(random: [u8; 6]) -> String {
    base64url(&random).to_lowercase().replace(['-', '_'], "0")
}

/// The default `displayName` of a user created without one.
fn full_name(resource: &Resource) -> String {
    let Some(name) = resource.get("name").and_then(Value::as_object) else { return String::new() };
    let formatted = text(name, "formatted");
    let full = match formatted {
        "" => format!("{} {}", text(name, "givenName"), text(name, "familyName")),
        formatted => formatted.to_owned(),
    };
    full.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect()
}

/// The user after the edit.
pub async fn update(
    service: &Service<'_>,
    path: UserPath<'_>,
    conditions: &Conditions,
    edit: &Edit,
) -> Result<Resource, ScimError> {
    settled(conditions, async || attempt(service, path, conditions, edit).await).await
}

async fn attempt(
    service: &Service<'_>,
    path: UserPath<'_>,
    conditions: &Conditions,
    edit: &Edit,
) -> Result<Resource, Attempt> {
    let Service { origin, caller, base, .. } = service;
    let Found { target, teams, key } = find(service, path).await?;
    let before = &target.user;
    conditions.check(before.version)?;
    let current = represent(before, &teams, base);
    let mut user = before.clone();
    let password = assign(&edit.of(&USERS, &current)?, &mut user)?;
    if password.is_none() && represent(&user, &teams, base) == current {
        return Ok(current);
    }
    let mut reach = users::reach(before, &user);
    if let Some(password) = &password {
        if caller.is_self(&user.id) {
            return Err(forbidden("your own password is changed with the old one").into());
        }
        caller.may_impersonate(&target)?;
        caller.may_make_secrets(key.as_ref())?;
        users::set_password(origin, &mut user, password).await.map_err(RestError::from)?;
        reach = Reach::Standing;
    }
    permitted(caller, &target, &mut user, reach)?;
    caller.may_readdress(&target, &user, key.as_ref())?;
    Attempt::written(users::update(origin, before, &mut user).await)?;
    Ok(represent(&user, &teams, base))
}

/// Deletes the user.
pub async fn delete(
    service: &Service<'_>,
    path: UserPath<'_>,
    conditions: &Conditions,
) -> Result<(), ScimError> {
    let Service { origin, caller, owner, .. } = service;
    let named = path.named(owner);
    let queries = (target(named), owned_alone(named), by_name(owner));
    let (target, alone, organization) = load(&*origin.database, queries).await?;
    let target = found(owner, target)?;
    conditions.check(target.user.version)?;
    remove(origin, caller, &target, &alone, organization.as_ref()).await?;
    Ok(())
}
