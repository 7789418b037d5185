//! `DELETE /v1/iam/organizations/admin/{name}`

use serde::Serialize;

use crate::{
    core::directory::{OrgName, is_reserved_organization},
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, errors::conflict},
            endpoint::{Call, View, Who, endpoint},
        },
        domain::organizations,
        http::RestError,
        store::{organizations as rows, query::load},
    },
};

endpoint! {
    /// Deletes an organization without users and applications.
    ///
    /// Its name is not given again until its tombstone is released.
    pub DeleteOrganization = DELETE "/v1/iam/organizations/admin/{name}" as "deleteOrganization",
    who: Who::Platform;
    caller: DirectoryCaller,
    path: (OrgName,),
    reply: View<OrganizationDeleted>,
    error: RestError;
    delete
}

/// What the deletion of an organization returns.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct OrganizationDeleted {
    /// Always true: a refusal is an error.
    affected: bool,
}

async fn delete(
    origin: &Origin,
    call: Call<'_, DeleteOrganization>,
) -> Result<View<OrganizationDeleted>, RestError> {
    let name = call.path.0.as_str();
    let queries = (rows::by_name(name), rows::population(name));
    let (organization, population) = load(&*origin.database, queries).await?;
    let organization = organization.ok_or_else(RestError::not_found)?;
    if is_reserved_organization(name) {
        return Err(conflict("the platform needs this organization"));
    }
    if population > 0 {
        return Err(conflict("the organization still has users or applications"));
    }
    organizations::delete(origin, &organization).await?;
    Ok(View(OrganizationDeleted { affected: true }))
}
