//! Creates organizations.

use crate::origin::{
    Origin,
    api::directory::request::conflict,
    domain::organizations::OrganizationPatch,
    http::RestError,
    store::organizations::{self, Organization},
};

/// Creates an organization. The caller of this function has checked who may.
pub async fn create(origin: &Origin, sent: OrganizationPatch) -> Result<Organization, RestError> {
    let organization = sent.create(origin)?;
    let rows = origin.database.run(organizations::insert(&organization)).await?;
    if rows.is_empty() {
        let name = &organization.name;
        let why = format!("an application of another organization has a client id with {name}-");
        return Err(conflict(&why));
    }
    Ok(organization)
}
