//! `PUT` and `PATCH /v1/iam/scim/v2/Users/{id}` and `/Me`

use super::{change, path::UserSegments, read::Selected};
use crate::{
    core::{directory::OrgName, scim::USERS, token::Role},
    origin::{
        Origin,
        api::{
            endpoint::{Call, Described, Endpoint, Who, endpoint},
            scim::{
                body::{ScimBody, Writes},
                caller::ScimCaller,
                conditions::Conditions,
                error::ScimError,
                reply::Scim,
                shapes::{ScimPatch, ScimUser, ScimUserInput},
            },
        },
    },
};

endpoint! {
    /// Replaces a user by a SCIM resource.
    ///
    /// Attributes that are not sent are removed, except `active`. `active: false`, like a new password,
    /// ends every session and token of the user.
    pub ReplaceScimUser = PUT "/v1/iam/scim/v2/Users/{id}" as "replaceScimUser",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    path: (String,),
    query: Selected,
    body: ScimBody<ScimUserInput>,
    reply: Scim<ScimUser>,
    error: ScimError;
    update
}

endpoint! {
    /// Replaces a user, by organization and name, by a SCIM resource.
    pub ReplaceScimUserByName = PUT "/v1/iam/scim/v2/Users/{owner}/{name}" as "replaceScimUserByName",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    path: (OrgName, String),
    query: Selected,
    body: ScimBody<ScimUserInput>,
    reply: Scim<ScimUser>,
    error: ScimError;
    update
}

endpoint! {
    /// Replaces the caller's own user by a SCIM resource (RFC 7644 §3.11).
    ///
    /// A user who administers nothing changes its profile only, as with `updateUser`.
    pub ReplaceScimMe = PUT "/v1/iam/scim/v2/Me" as "replaceScimMe",
    who: Who::Directory;
    caller: ScimCaller,
    query: Selected,
    body: ScimBody<ScimUserInput>,
    reply: Scim<ScimUser>,
    error: ScimError;
    update
}

endpoint! {
    /// Changes a user by the operations of a SCIM PATCH (RFC 7644 §3.5.2).
    ///
    /// All operations take effect, or none. `active: false`, like a new password, ends every session and
    /// token of the user.
    pub PatchScimUser = PATCH "/v1/iam/scim/v2/Users/{id}" as "patchScimUser",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    path: (String,),
    query: Selected,
    body: ScimBody<ScimPatch>,
    reply: Scim<ScimUser>,
    error: ScimError;
    update
}

endpoint! {
    /// Changes a user, by organization and name, by the operations of a SCIM PATCH.
    pub PatchScimUserByName = PATCH "/v1/iam/scim/v2/Users/{owner}/{name}" as "patchScimUserByName",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    path: (OrgName, String),
    query: Selected,
    body: ScimBody<ScimPatch>,
    reply: Scim<ScimUser>,
    error: ScimError;
    update
}

endpoint! {
    /// Changes the caller's own user by the operations of a SCIM PATCH (RFC 7644 §3.11).
    ///
    /// A user who administers nothing changes its profile only, as with `updateUser`.
    pub PatchScimMe = PATCH "/v1/iam/scim/v2/Me" as "patchScimMe",
    who: Who::Directory;
    caller: ScimCaller,
    query: Selected,
    body: ScimBody<ScimPatch>,
    reply: Scim<ScimUser>,
    error: ScimError;
    update
}

async fn update<E, T>(origin: &Origin, call: Call<'_, E>) -> Result<Scim<ScimUser>, ScimError>
where
    T: Writes + Described,
    E: Endpoint<Caller = ScimCaller, Path: UserSegments, Query = Selected, Body = ScimBody<T>>,
{
    let (service, path) = call.path.of(origin, &call.caller, call.request)?;
    let projection = call.query.projection(&USERS)?;
    let edit = call.body.edit(&USERS)?;
    let conditions = Conditions::of(call.request);
    let user = change::update(&service, path, &conditions, &edit).await?;
    Ok(Scim::projected(user, &projection, &USERS))
}
