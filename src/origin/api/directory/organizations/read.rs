//! `GET /v1/iam/organizations/admin/{name}`

use super::view::OrganizationView;
use crate::{
    core::{directory::OrgName, token::Role},
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, versioned::Versioned},
            endpoint::{Call, Entity, Who, endpoint},
        },
        http::RestError,
        store::organizations,
    },
};

endpoint! {
    /// Returns an organization.
    pub GetOrganization = GET "/v1/iam/organizations/admin/{name}" as "getOrganization",
    who: Who::Organization(Role::Member);
    caller: DirectoryCaller,
    path: (OrgName,),
    reply: Entity<OrganizationView>,
    error: RestError;
    read
}

async fn read(
    origin: &Origin,
    call: Call<'_, GetOrganization>,
) -> Result<Entity<OrganizationView>, RestError> {
    let (name,) = &call.path;
    call.caller.scoped_to(name.as_str())?;
    let organization = organizations::by_name(name.as_str()).fetch(&*origin.database).await?;
    let organization = organization.ok_or_else(RestError::not_found)?;
    let tag = organization.tag();
    Ok(Entity::unless_known(tag, OrganizationView::from(organization), call.request))
}
