//! Organizations: the tenants.

use serde::Deserialize;

use crate::{
    core::time::UnixTime,
    world::{Database, DatabaseError, Statement, flag, json},
};

/// An organization.
#[derive(Debug, Clone, Deserialize)]
pub struct Organization {
    /// UUID; unlike the name it is never used again.
    pub id: String,
    /// The slug that every row of it carries as `owner`.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// Suspended: none of its users, applications or keys is accepted.
    #[serde(deserialize_with = "flag")]
    pub is_disabled: bool,
    /// Published members that no code reads.
    #[serde(deserialize_with = "json")]
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it was last changed.
    pub updated_at: UnixTime,
}

/// The organization of that name.
pub async fn find(
    database: &dyn Database,
    name: &str,
) -> Result<Option<Organization>, DatabaseError> {
    database.first(Statement::new("SELECT * FROM organizations WHERE name = ?1").bind(name)).await
}
