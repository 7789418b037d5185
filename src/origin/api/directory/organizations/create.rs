//! How an organization comes to be.

use serde_json::{Map, Value};

use super::object;
use crate::{
    core::{directory::Invalid, encoding::uuid},
    origin::{
        Origin,
        api::directory::request::conflict,
        http::RestError,
        store::organizations::{self, Organization},
    },
};

/// Creates the organization of that name; whether the caller may is decided before.
pub async fn create(
    origin: &Origin,
    name: &str,
    sent: &Map<String, Value>,
) -> Result<Organization, RestError> {
    if !crate::core::directory::is_organization_name(name) {
        let why = "must be lower-case letters, digits and '-', at most 63";
        return Err(Invalid::member("name", why).into());
    }
    let now = origin.clock.now();
    let mut organization = Organization {
        id: uuid(origin.random.bytes()),
        name: name.to_owned(),
        display_name: String::new(),
        is_disabled: false,
        attributes: Map::new(),
        created_at: now,
        updated_at: now,
        version: 0,
    };
    object::apply(&mut organization, sent)?;
    let rows = origin.database.run(organizations::insert(&organization)).await?;
    if rows.is_empty() {
        let why = format!("an application of another organization has a client id with {name}-");
        return Err(conflict(&why));
    }
    Ok(organization)
}
