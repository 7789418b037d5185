//! `PATCH /v1/iam/scim/v2/Users/{id}`

use serde_json::{Map, Value};

use super::{
    change::{self, UserPath},
    read::Selected,
};
use crate::{
    core::{
        directory::OrgName,
        scim::{Patch, USERS},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            endpoint::{Call, Who, endpoint},
            scim::{
                body::ScimBody,
                caller::ScimCaller,
                conditions::Conditions,
                error::ScimError,
                reply::Scim,
                service::Service,
                shapes::{ScimPatch, ScimUser},
            },
        },
        http::Request,
    },
};

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
    by_id
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
    by_name
}

async fn by_id(
    origin: &Origin,
    call: Call<'_, PatchScimUser>,
) -> Result<Scim<ScimUser>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    patch(&service, UserPath::Id(&call.path.0), &call.query, &call.body.0, call.request).await
}

async fn by_name(
    origin: &Origin,
    call: Call<'_, PatchScimUserByName>,
) -> Result<Scim<ScimUser>, ScimError> {
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    let service = Service::in_organization(origin, &call.caller, call.request, owner)?;
    patch(&service, UserPath::Name(name), &call.query, &call.body.0, call.request).await
}

async fn patch(
    service: &Service<'_>,
    path: UserPath<'_>,
    selected: &Selected,
    sent: &Map<String, Value>,
    request: &Request,
) -> Result<Scim<ScimUser>, ScimError> {
    let projection = selected.projection()?;
    let operations = Patch::read(sent)?;
    let mut user = change::patch(service, path, &Conditions::of(request), &operations).await?;
    projection.apply(&USERS, &mut user);
    Ok(user.into())
}
