//! Resources of an organization: generic creation, change and deletion, one change each.
//!
//! [`Resource`] defines the differences: the members that a request may set, how they are applied,
//! and how the object is published.

pub mod kerberos;
mod members;
pub mod permissions;
pub mod projects;
pub mod providers;
pub mod roles;
pub mod teams;
pub mod webauthn_credentials;
pub mod webhooks;
pub mod workspaces;

use serde::{Serialize, de::DeserializeOwned};

pub use self::members::{Actor, Expirations, ExpirationsView, References, Scene};
use super::{audit::Audited, change::Change, change_error::ChangeError, commit::commit};
use crate::{
    core::{audit::Members, encoding::uuid},
    origin::{
        Origin,
        store::resource::{self, Meta, Obstacle, Record, Stored, Wanted},
    },
    ports::{DatabaseError, Statement},
};

/// Members of a published object that this server sets, or that say the same as others.
pub const IGNORED: &[&str] =
    &["id", "createdTime", "createdAt", "updatedTime", "updatedAt", "deleted", "organization"];

/// A kind of resource.
pub trait Resource: Record {
    /// Its kind in the audit trail: `role`.
    const KIND: &'static str;
    /// How many an organization may have, unless its own record says otherwise.
    const QUOTA: u32;
    /// The members that a request may set.
    type Patch: DeserializeOwned;
    /// The published object.
    type View: Serialize;

    /// The organization and the name that a request gives.
    fn named(patch: &Self::Patch) -> (Option<&str>, Option<&str>);

    /// The objects that a request names, of the organization `owner`.
    fn wanted(patch: &Self::Patch, owner: &str) -> Wanted;

    /// A new one, as it is before a request's members are applied.
    fn blank(meta: Meta, by: &Actor) -> Self;

    /// Applies what a request sets.
    fn apply(&mut self, patch: Self::Patch, scene: &Scene<'_>) -> Result<(), ChangeError>;

    /// The published object, without secrets.
    fn view(&self) -> Self::View;

    /// The members as the audit trail compares them.
    fn recorded(&self) -> Members {
        Members::of(&self.view(), &[])
    }

    /// Whether it matters to a deletion that the organization has an owner.
    const OWNERS_DECIDE: bool = false;

    /// Refuses a deletion that another administrator has to decide about.
    fn may_go(&self, _: &Scene<'_>) -> Result<(), ChangeError> {
        Ok(())
    }

    /// Additional statements of the same transaction.
    fn besides(&self) -> Vec<Statement> {
        Vec::new()
    }
}

impl<R: Resource> Audited for R {
    const KIND: &'static str = R::KIND;

    fn organization(&self) -> &str {
        &self.meta().owner
    }

    fn name(&self) -> &str {
        &self.meta().name
    }

    fn members(&self) -> Members {
        self.recorded()
    }
}

/// The common columns of a resource that is not stored yet.
pub fn meta(origin: &Origin, owner: &str, name: &str) -> Meta {
    let now = origin.clock.now();
    Meta {
        id: uuid(origin.random.bytes()),
        owner: owner.to_owned(),
        name: name.to_owned(),
        display_name: String::new(),
        attributes: serde_json::Map::new(),
        created_at: now,
        updated_at: now,
        version: 0,
    }
}

/// Stores a new resource. `change` ends with what has to be written with it.
pub async fn create<R: Resource>(origin: &Origin, record: &R) -> Result<(), ChangeError> {
    let mut change = Change::created(record);
    let mut statements = resource::insert(record, R::QUOTA).into_iter();
    let inserted = statements.next().map(|inserted| change.decide(inserted));
    change.write_all(statements);
    change.write_all(record.besides());
    let committed = commit(origin, change).await.map_err(|error| taken(error, R::KIND))?;
    if inserted.is_some_and(|inserted| committed.took_effect(inserted)) {
        return Ok(());
    }
    Err(refused(origin, record, Some(R::QUOTA)).await?)
}

/// Stores a changed resource, unless it has been changed since `before` was read.
pub async fn update<R: Resource>(
    origin: &Origin,
    before: &R,
    record: &mut R,
) -> Result<(), ChangeError> {
    record.meta_mut().updated_at = origin.clock.now();
    let with_members = Stored::members(before) != Stored::members(record);
    let mut change = Change::updated(before, &*record);
    let mut statements = resource::update(record, with_members);
    let last = statements.pop();
    change.write_all(statements);
    let updated = last.map(|updated| change.decide(updated));
    change.write_all(record.besides());
    let committed = commit(origin, change).await?;
    if updated.is_some_and(|updated| committed.took_effect(updated)) {
        record.meta_mut().version += 1;
        return Ok(());
    }
    Err(refused(origin, record, None).await?)
}

/// Deletes a resource, unless it has been changed since it was read, or others need it.
pub async fn delete<R: Resource>(origin: &Origin, record: &R) -> Result<(), ChangeError> {
    let mut change = Change::deleted(record);
    let mut statements = resource::delete(record).into_iter();
    let deleted = statements.next().map(|deleted| change.decide(deleted));
    change.write_all(statements);
    let committed = commit(origin, change).await?;
    if deleted.is_some_and(|deleted| committed.took_effect(deleted)) {
        return Ok(());
    }
    match resource::why_kept(record).fetch(&*origin.database).await? {
        Obstacle::Guard(why) => Err(ChangeError::Conflict(why.to_owned())),
        Obstacle::Stale | Obstacle::Quota => Err(ChangeError::Stale),
    }
}

/// Why a write changed nothing.
async fn refused<R: Resource>(
    origin: &Origin,
    record: &R,
    quota: Option<u32>,
) -> Result<ChangeError, DatabaseError> {
    let obstacle = resource::diagnose(record, quota).fetch(&*origin.database).await?;
    Ok(match obstacle {
        Obstacle::Stale => ChangeError::Stale,
        Obstacle::Guard(why) => ChangeError::Conflict(why.to_owned()),
        Obstacle::Quota => {
            ChangeError::Quota { organization: record.meta().owner.clone(), kind: R::TABLE.name }
        }
    })
}

fn taken(error: DatabaseError, kind: &'static str) -> ChangeError {
    match error {
        DatabaseError::Conflict => ChangeError::Taken(kind),
        other => other.into(),
    }
}
