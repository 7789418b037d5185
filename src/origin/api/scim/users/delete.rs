//! `DELETE /v1/iam/scim/v2/Users/{id}`

use super::change::{self, UserPath};
use crate::{
    core::{directory::OrgName, token::Role},
    origin::{
        Origin,
        api::{
            endpoint::{Call, Empty, Who, endpoint},
            scim::{
                caller::ScimCaller, conditions::Conditions, error::ScimError, service::Service,
            },
        },
    },
};

endpoint! {
    /// Deletes a user with all that belongs to it, as `deleteUser` does.
    pub DeleteScimUser = DELETE "/v1/iam/scim/v2/Users/{id}" as "deleteScimUser",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    path: (String,),
    reply: Empty,
    error: ScimError;
    by_id
}

endpoint! {
    /// Deletes a user, by organization and name.
    pub DeleteScimUserByName = DELETE "/v1/iam/scim/v2/Users/{owner}/{name}" as "deleteScimUserByName",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    path: (OrgName, String),
    reply: Empty,
    error: ScimError;
    by_name
}

async fn by_id(origin: &Origin, call: Call<'_, DeleteScimUser>) -> Result<Empty, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    let conditions = Conditions::of(call.request);
    change::delete(&service, UserPath::Id(&call.path.0), &conditions).await?;
    Ok(Empty)
}

async fn by_name(
    origin: &Origin,
    call: Call<'_, DeleteScimUserByName>,
) -> Result<Empty, ScimError> {
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    let service = Service::in_organization(origin, &call.caller, call.request, owner)?;
    let conditions = Conditions::of(call.request);
    change::delete(&service, UserPath::Name(name), &conditions).await?;
    Ok(Empty)
}
