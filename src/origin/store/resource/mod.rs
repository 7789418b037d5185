//! Resources: an organization's objects with the same leading columns, and generic statements for
//! them.
//!
//! [`Record`] defines a table's columns in addition to [`Meta`]; everything else is shared. Each
//! statement names the owner. Lists are paged by the index of UNIQUE (owner, name).

mod members;
mod page;
mod references;
mod write;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Map;

pub use self::{
    members::{Kind, Member, purge},
    page::{By, Filter, Page, count, list},
    references::{Resolved, Wanted, resolve},
    write::{Guard, Obstacle, delete, diagnose, insert, rewritten, sealed_under, update, why_kept},
};
use super::{query::Query, sql::Sql};
use crate::{
    core::time::UnixTime,
    ports::{Value, json},
};

/// The columns that every resource has.
#[derive(Debug, Clone, Deserialize)]
pub struct Meta {
    /// UUID, never used again.
    pub id: String,
    /// The organization.
    pub owner: String,
    /// Unique in the organization.
    pub name: String,
    /// The display name.
    pub display_name: String,
    /// Published members that no code reads.
    #[serde(deserialize_with = "json")]
    pub attributes: Map<String, serde_json::Value>,
    /// When it was created.
    pub created_at: UnixTime,
    /// When it was last changed.
    pub updated_at: UnixTime,
    /// How often it has been changed.
    pub version: i64,
}

/// The table of a resource.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name, which is also the kind in quotas.
    pub name: &'static str,
    /// The columns besides those of [`Meta`], in the order of [`Stored::values`].
    pub columns: &'static [&'static str],
    /// Selected besides the columns: `, (SELECT …) AS …`, or empty.
    pub computed: &'static str,
    /// Where its members are, if it has some.
    pub members: Option<Members>,
    /// What must not exist for a row to be deleted.
    pub kept_by: Option<KeptBy>,
    /// The parameters that a list may be filtered by.
    pub filters: &'static [Filter],
}

/// What keeps a row from being deleted.
#[derive(Debug, Clone, Copy)]
pub struct KeptBy {
    /// Selects it; `{id}` is the id of the row.
    pub select: &'static str,
    /// What the client is told.
    pub refusal: &'static str,
}

/// The table that holds the members of a resource.
#[derive(Debug, Clone, Copy)]
pub struct Members {
    /// Its name.
    pub table: &'static str,
    /// The column that names the resource's row.
    pub column: &'static str,
}

/// A resource as its table holds it: what a write needs of it.
pub trait Stored {
    /// Its table.
    fn table(&self) -> &'static Table;

    /// The common columns.
    fn meta(&self) -> &Meta;

    /// The values of the table's own columns.
    fn values(&self) -> Vec<Value>;

    /// The members.
    fn members(&self) -> &[Member] {
        &[]
    }

    /// What must hold, besides the version, for this state to be stored.
    fn guards(&self, _: &mut Sql) -> Vec<Guard> {
        Vec::new()
    }
}

/// A resource that is read and written by the statements of this module.
pub trait Record: Stored + DeserializeOwned + Clone + 'static {
    /// Its table.
    const TABLE: &'static Table;

    /// The common columns, to change.
    fn meta_mut(&mut self) -> &mut Meta;
}

/// The resource of that name, with the members that have not expired at `now`.
pub fn find<R: Record>(owner: &str, name: &str, now: UnixTime) -> Query<Option<R>> {
    Query::first(page::find(R::TABLE, owner, name, now))
}
