//! `PUT` and `PATCH /v1/iam/organizations/admin/{name}`, `POST /v1/iam/organizations/avatar` and
//! `…/profile`

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
            directory::caller::DirectoryCaller,
            endpoint::{Call, Json, Object, Verb, View, Who, endpoint},
        },
        domain::organizations::{self, OrganizationPatch},
        http::RestError,
        store::organizations as rows,
    },
};

endpoint! {
    /// Changes the sent members of an organization.
    pub UpdateOrganization = PUT "/v1/iam/organizations/admin/{name}" as "updateOrganization",
    who: Who::Organization(Role::Admin), also: &[Verb::Patch];
    caller: DirectoryCaller,
    path: (OrgName,),
    body: Json<OrganizationPatch>,
    reply: View<OrganizationView>,
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
    reply: View<OrganizationView>,
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
    reply: View<OrganizationView>,
    error: RestError;
    set_profile
}

async fn update(
    origin: &Origin,
    call: Call<'_, UpdateOrganization>,
) -> Result<View<OrganizationView>, RestError> {
    let (name,) = &call.path;
    change(origin, &call.caller, name.as_str(), call.body.0).await
}

async fn set_avatar(
    origin: &Origin,
    call: Call<'_, SetAvatar>,
) -> Result<View<OrganizationView>, RestError> {
    part(origin, &call.caller, call.body, &["name", "avatar", "emoji"]).await
}

async fn set_profile(
    origin: &Origin,
    call: Call<'_, SetProfile>,
) -> Result<View<OrganizationView>, RestError> {
    let members = ["name", "displayName", "favicon", "websiteUrl"];
    part(origin, &call.caller, call.body, &members).await
}

/// Changes those members only.
async fn part(
    origin: &Origin,
    caller: &DirectoryCaller,
    Object(mut sent, _): Object<OrganizationPatch>,
    members: &[&str],
) -> Result<View<OrganizationView>, RestError> {
    sent.retain(|member, _| members.contains(&member.as_str()));
    let sent: OrganizationPatch = read(sent)?;
    let name = sent.name.as_given().cloned();
    let name = name.ok_or_else(|| Invalid::member("name", "is required"))?;
    change(origin, caller, name.as_str(), sent).await
}

async fn change(
    origin: &Origin,
    caller: &DirectoryCaller,
    name: &str,
    sent: OrganizationPatch,
) -> Result<View<OrganizationView>, RestError> {
    caller.administering(name)?;
    let before = rows::by_name(name).fetch(&*origin.database).await?;
    let before = before.ok_or_else(RestError::not_found)?;
    sent.owner.unchanged("owner", PLATFORM_ORGANIZATION)?;
    sent.name.unchanged("name", name)?;
    let mut organization = before.clone();
    if sent.apply(&mut organization)? {
        caller.platform()?;
    }
    organizations::update(origin, &before, &mut organization).await?;
    Ok(View(OrganizationView::from(organization)))
}
