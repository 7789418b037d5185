//! `PUT /v1/iam/scim/v2/Users/{id}`

use serde_json::{Map, Value};

use super::{
    change::{self, UserPath},
    read::Selected,
};
use crate::{
    core::{directory::OrgName, scim::USERS, token::Role},
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
                shapes::{ScimUser, ScimUserInput},
            },
        },
        http::Request,
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
    by_id
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
    by_name
}

async fn by_id(
    origin: &Origin,
    call: Call<'_, ReplaceScimUser>,
) -> Result<Scim<ScimUser>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    replace(&service, UserPath::Id(&call.path.0), &call.query, &call.body.0, call.request).await
}

async fn by_name(
    origin: &Origin,
    call: Call<'_, ReplaceScimUserByName>,
) -> Result<Scim<ScimUser>, ScimError> {
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    let service = Service::in_organization(origin, &call.caller, call.request, owner)?;
    replace(&service, UserPath::Name(name), &call.query, &call.body.0, call.request).await
}

async fn replace(
    service: &Service<'_>,
    path: UserPath<'_>,
    selected: &Selected,
    sent: &Map<String, Value>,
    request: &Request,
) -> Result<Scim<ScimUser>, ScimError> {
    let projection = selected.projection()?;
    let mut user = change::replace(service, path, &Conditions::of(request), sent).await?;
    projection.apply(&USERS, &mut user);
    Ok(user.into())
}
