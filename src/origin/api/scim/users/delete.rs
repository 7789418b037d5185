//! `DELETE /v1/iam/scim/v2/Users/{id}`

use super::{change, path::UserSegments};
use crate::{
    core::{directory::OrgName, token::Role},
    origin::{
        Origin,
        api::{
            endpoint::{Call, Empty, Endpoint, Who, endpoint},
            scim::{caller::ScimCaller, conditions::Conditions, error::ScimError},
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
    delete
}

endpoint! {
    /// Deletes a user, by organization and name.
    pub DeleteScimUserByName = DELETE "/v1/iam/scim/v2/Users/{owner}/{name}" as "deleteScimUserByName",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    path: (OrgName, String),
    reply: Empty,
    error: ScimError;
    delete
}

async fn delete<E>(origin: &Origin, call: Call<'_, E>) -> Result<Empty, ScimError>
where
    E: Endpoint<Caller = ScimCaller, Path: UserSegments>,
{
    let (service, path) = call.path.of(origin, &call.caller, call.request)?;
    change::delete(&service, path, &Conditions::of(call.request)).await?;
    Ok(Empty)
}
