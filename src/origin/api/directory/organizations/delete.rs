//! `DELETE /v1/iam/organizations/admin/{name}`

use serde::Serialize;

use crate::{
    core::{
        directory::{OrgName, is_reserved_organization},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{
                acting::{own_sign_in, signed_in_recently},
                caller::{DirectoryCaller, forbidden},
                errors::conflict,
                versioned::{check, settled},
            },
            endpoint::{Call, Entity, Who, endpoint},
        },
        domain::organizations,
        http::RestError,
        store::{organizations as rows, query::load},
    },
};

endpoint! {
    /// Deletes an organization without users and applications.
    ///
    /// An owner does so with a sign-in of the last ten minutes through the platform's own pages or
    /// clients, and no key. The name is not given again until the platform releases its tombstone.
    pub DeleteOrganization = DELETE "/v1/iam/organizations/admin/{name}" as "deleteOrganization",
    who: Who::Organization(Role::Owner);
    caller: DirectoryCaller,
    path: (OrgName,),
    reply: Entity<OrganizationDeleted>,
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
) -> Result<Entity<OrganizationDeleted>, RestError> {
    let (caller, name) = (&call.caller, call.path.0.as_str());
    let needs_sign_in = !caller.is_platform();
    if needs_sign_in {
        owning(caller, name)?;
    }
    let queries = (rows::by_name(name), rows::population(name));
    let (organization, population) = load(&*origin.database, queries).await?;
    let organization = organization.ok_or_else(RestError::not_found)?;
    if needs_sign_in {
        signed_in_recently(origin, caller).await?;
    }
    check(origin, call.request, &organization)?;
    if is_reserved_organization(name) {
        return Err(conflict("the platform needs this organization"));
    }
    if population > 0 {
        return Err(conflict("the organization still has users or applications"));
    }
    let deleted = organizations::delete(origin, &organization).await;
    settled(origin, call.request, deleted, || rows::by_name(name)).await?;
    Ok(Entity::gone(OrganizationDeleted { affected: true }))
}

/// Requires a signed-in owner of the organization.
fn owning(caller: &DirectoryCaller, name: &str) -> Result<(), RestError> {
    caller.administering(name)?;
    if caller.principal.role_in(name) != Some(Role::Owner) {
        return Err(forbidden("only an owner deletes the organization"));
    }
    own_sign_in(caller)
}
