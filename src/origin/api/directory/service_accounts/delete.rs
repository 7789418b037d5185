//! `DELETE /v1/iam/service-accounts/{name}`

use serde::Serialize;

use super::existing;
use crate::{
    core::token::Role,
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                envelope::{Enveloped, enveloped},
            },
            endpoint::{Call, Documented, Who, endpoint},
        },
        domain::users,
        http::RestError,
        store::{
            agents,
            query::load,
            users::{Named, target},
        },
    },
};

endpoint! {
    /// Deletes a service account with its keys, in the caller's organization.
    pub DeleteServiceAccount = DELETE "/v1/iam/service-accounts/{name}" as "deleteServiceAccount",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (String,),
    reply: Documented<Enveloped<ServiceAccountDeleted>>,
    error: RestError;
    delete
}

/// What became of a service account.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ServiceAccountDeleted {
    /// Always true: a refusal is an error.
    deleted: bool,
}

async fn delete(
    origin: &Origin,
    call: Call<'_, DeleteServiceAccount>,
) -> Result<Documented<Enveloped<ServiceAccountDeleted>>, RestError> {
    let (caller, name) = (&call.caller, call.path.0.as_str());
    let owner = caller.principal.owner.as_str();
    caller.administering(owner)?;
    let queries = (agents::named(owner, name), target(Named::Name { owner, name }));
    let (found, account) = load(&*origin.database, queries).await?;
    existing(found)?;
    let account = account.ok_or_else(RestError::not_found)?;
    caller.not_below(&account)?;
    users::delete(origin, &account.user).await?;
    Ok(enveloped(&ServiceAccountDeleted { deleted: true }))
}
