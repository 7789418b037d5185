//! `PUT` and `PATCH /v1/iam/organizations/admin/{name}`, `POST /v1/iam/organizations/avatar` and
//! `…/profile`

use serde_json::{Map, Value};

use super::view::OrganizationView;
use crate::{
    core::{
        directory::{Invalid, OrgName, read},
        principal::PLATFORM_ORGANIZATION,
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                versioned::{self, Versioned, check, settled},
            },
            endpoint::{Call, Entity, Object, Patched, Verb, Who, endpoint},
        },
        domain::organizations::{self, OrganizationPatch},
        http::{Request, RestError},
        store::organizations as rows,
    },
};

endpoint! {
    /// Changes the sent members of an organization.
    pub UpdateOrganization = PUT "/v1/iam/organizations/admin/{name}" as "updateOrganization",
    who: Who::Organization(Role::Admin), also: &[Verb::Patch];
    caller: DirectoryCaller,
    path: (OrgName,),
    body: Patched<OrganizationPatch>,
    reply: Entity<OrganizationView>,
    error: RestError;
    update
}

endpoint! {
    /// Changes `avatar` and `emoji` of the organization `name`.
    ///
    /// Other members are ignored.
    pub SetAvatar = POST "/v1/iam/organizations/avatar" as "setOrganizationAvatar",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    body: Object<OrganizationPatch>,
    reply: Entity<OrganizationView>,
    error: RestError;
    set_avatar
}

endpoint! {
    /// Changes `displayName`, `favicon` and `websiteUrl` of the organization `name`.
    ///
    /// Other members are ignored.
    pub SetProfile = POST "/v1/iam/organizations/profile" as "setOrganizationProfile",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    body: Object<OrganizationPatch>,
    reply: Entity<OrganizationView>,
    error: RestError;
    set_profile
}

async fn update(
    origin: &Origin,
    call: Call<'_, UpdateOrganization>,
) -> Result<Entity<OrganizationView>, RestError> {
    let (name,) = &call.path;
    let Patched { members, is_merge, .. } = call.body;
    change(origin, &call.caller, call.request, name.as_str(), (members, is_merge)).await
}

async fn set_avatar(
    origin: &Origin,
    call: Call<'_, SetAvatar>,
) -> Result<Entity<OrganizationView>, RestError> {
    part(origin, &call.caller, call.request, call.body, &["name", "avatar", "emoji"]).await
}

async fn set_profile(
    origin: &Origin,
    call: Call<'_, SetProfile>,
) -> Result<Entity<OrganizationView>, RestError> {
    let members = ["name", "displayName", "favicon", "websiteUrl"];
    part(origin, &call.caller, call.request, call.body, &members).await
}

/// Changes those members only.
async fn part(
    origin: &Origin,
    caller: &DirectoryCaller,
    request: &Request,
    Object(mut sent, _): Object<OrganizationPatch>,
    members: &[&str],
) -> Result<Entity<OrganizationView>, RestError> {
    sent.retain(|member, _| members.contains(&member.as_str()));
    let name = read::<OrganizationPatch>(sent.clone())?.name.given();
    let name = name.ok_or_else(|| Invalid::member("name", "is required"))?;
    change(origin, caller, request, name.as_str(), (sent, false)).await
}

async fn change(
    origin: &Origin,
    caller: &DirectoryCaller,
    request: &Request,
    name: &str,
    (members, is_merge): (Map<String, Value>, bool),
) -> Result<Entity<OrganizationView>, RestError> {
    caller.administering(name)?;
    let before = rows::by_name(name).fetch(&*origin.database).await?;
    let before = before.ok_or_else(RestError::not_found)?;
    check(origin, request, &before)?;
    let sent: OrganizationPatch = read(versioned::members(members, is_merge, &before))?;
    sent.owner.unchanged("owner", PLATFORM_ORGANIZATION)?;
    sent.name.unchanged("name", name)?;
    let mut organization = before.clone();
    if sent.apply(&mut organization)? {
        caller.platform()?;
    }
    let updated = organizations::update(origin, &before, &mut organization).await;
    settled(origin, request, updated, || rows::by_name(name)).await?;
    Ok(Entity::new(organization.tag(), OrganizationView::from(organization)))
}
