//! Operations on one group, for requests and bulk operations.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    core::{
        encoding::base64url,
        scim::{Edit, GROUPS, Refusal, Resource, ScimType, text},
    },
    origin::{
        api::scim::{
            attempt::{Attempt, settled},
            conditions::Conditions,
            error::ScimError,
            service::Service,
        },
        domain::{
            resource::{self, Resource as _},
            scim::{assign_team, member_ids, represent_team, team_name},
        },
        http::RestError,
        store::{
            keyset::Part,
            query::{Query, load},
            resource::{By, Member, Page, list},
            scim::{is_team_name_taken, members},
            teams::Team,
        },
    },
};

/// Maximum number of members of a group.
const MAXIMUM_MEMBERS: usize = 1000;

fn team(service: &Service<'_>, id: &str) -> Query<Option<Team>> {
    let page = Page {
        owner: Some(service.owner.to_owned()),
        filters: vec![(By::Column("id"), id.into())],
        part: Part { limit: 1, ..Part::default() },
        ..Page::default()
    };
    list(&page, service.origin.clock.now()).map(|teams: Vec<Team>| teams.into_iter().next())
}

/// The group.
pub async fn read(service: &Service<'_>, id: &str) -> Result<(Resource, i64), ScimError> {
    let found = team(service, id).fetch(&*service.origin.database).await?;
    let found = found.ok_or_else(RestError::not_found)?;
    Ok((represent_team(&found, &service.base), found.meta.version))
}

/// A new group.
pub async fn create(
    service: &Service<'_>,
    sent: &Map<String, Value>,
) -> Result<Resource, ScimError> {
    let Service { origin, caller, owner, base } = service;
    caller.writing(owner, true)?;
    let resource = GROUPS.read(sent)?;
    let name = team_name(text(&resource, "displayName"));
    let queries = (is_team_name_taken(owner, &name), members(owner, &member_ids(&resource)));
    let (is_taken, found) = load(&*origin.database, queries).await?;
    let name = if is_taken {
        let ending: [u8; 6] = origin.random.bytes();
        format!("{name}-{}", base64url(&ending).replace(['-', '_'], "0"))
    } else {
        name
    };
    let mut team = Team::blank(resource::meta(origin, owner, &name), &caller.acting(owner));
    assign(&resource, &mut team, found)?;
    resource::create(origin, &team).await?;
    Ok(represent_team(&team, base))
}

/// The group after the edit.
pub async fn update(
    service: &Service<'_>,
    id: &str,
    conditions: &Conditions,
    edit: &Edit,
) -> Result<Resource, ScimError> {
    service.caller.writing(service.owner, true)?;
    settled(conditions, async || attempt(service, id, conditions, edit).await).await
}

async fn attempt(
    service: &Service<'_>,
    id: &str,
    conditions: &Conditions,
    edit: &Edit,
) -> Result<Resource, Attempt> {
    let Service { origin, owner, base, .. } = service;
    let queries = (team(service, id), members(owner, &edit.ids()));
    let (before, found) = load(&*origin.database, queries).await?;
    let before = before.ok_or_else(RestError::not_found)?;
    conditions.check(before.meta.version)?;
    let current = represent_team(&before, base);
    let mut after = before.clone();
    assign(&edit.of(&GROUPS, &current)?, &mut after, found)?;
    if represent_team(&after, base) == current {
        return Ok(current);
    }
    Attempt::written(resource::update(origin, &before, &mut after).await)?;
    Ok(represent_team(&after, base))
}

/// Applies the resource to the team. Existing members keep their expiry; new ones come from
/// `found`.
fn assign(resource: &Resource, team: &mut Team, found: Vec<Member>) -> Result<(), Refusal> {
    assign_team(resource, team)?;
    let known = found.into_iter().chain(std::mem::take(&mut team.members));
    let known: BTreeMap<String, Member> = known.map(|member| (member.id.clone(), member)).collect();
    let ids = member_ids(resource);
    if ids.len() > MAXIMUM_MEMBERS {
        let why = "a group has at most 1000 members";
        return Err(Refusal::new(ScimType::InvalidValue, why));
    }
    for id in ids {
        let member = known.get(&id).ok_or_else(|| {
            let why = format!("members: {id:.100} is not a user of the organization");
            Refusal::new(ScimType::InvalidValue, why)
        })?;
        team.members.push(member.clone());
    }
    team.members.sort();
    team.members.dedup_by(|a, b| a.id == b.id);
    Ok(())
}

/// Deletes the group.
pub async fn delete(
    service: &Service<'_>,
    id: &str,
    conditions: &Conditions,
) -> Result<(), ScimError> {
    service.caller.writing(service.owner, true)?;
    let found = team(service, id).fetch(&*service.origin.database).await?;
    let found = found.ok_or_else(RestError::not_found)?;
    conditions.check(found.meta.version)?;
    resource::delete(service.origin, &found).await?;
    Ok(())
}
