//! Versioned objects: entity tags, conditional changes (RFC 9110 §13), and merge patches.
//!
//! A change with `If-Match` is checked twice: when the object has been read, and by a statement at
//! the start of the transaction that changes it, so that one of two concurrent changes of the same
//! version is refused.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    core::directory::{Invalid, is_secret_member, merged, read},
    origin::{
        Origin,
        api::endpoint::{Entity, Patched},
        domain::change_error::ChangeError,
        http::{Conditions, EntityTag, Request, RestError},
        store::query::Query,
    },
};

/// A row whose version counts its changes.
pub trait Versioned: Sized + 'static {
    /// Its table.
    const TABLE: &'static str;

    /// Its id and version.
    fn version(&self) -> (&str, i64);

    /// The entity tag of the published object.
    fn tag(&self) -> EntityTag {
        let (id, version) = self.version();
        EntityTag::new(id, version)
    }
}

/// An object that PUT and PATCH change.
pub trait Editable: Versioned {
    /// The published object.
    type View: Serialize;

    /// The published object, without secrets.
    fn shown(&self) -> Self::View;

    /// The same object with default values, which `null` in a merge patch restores.
    #[must_use]
    fn blank(&self) -> Self;

    /// Members that a blank object omits, in the form that removes them.
    fn unshown() -> Map<String, Value> {
        Map::new()
    }
}

/// Refuses a change if the version differs from the request's condition, and makes the next commit
/// check it again.
pub fn check<V: Versioned>(origin: &Origin, request: &Request, row: &V) -> Result<(), RestError> {
    let conditions = Conditions::of(request);
    conditions.check(&row.tag())?;
    if conditions.are_given() {
        let (id, version) = row.version();
        origin.expecting(V::TABLE, id, version);
    }
    Ok(())
}

/// The result of a change: 412 with the current tag if a conditional request was preceded by
/// another change. `present` rereads the object.
pub async fn settled<T, V: Versioned>(
    origin: &Origin,
    request: &Request,
    outcome: Result<T, impl Into<RestError>>,
    present: impl FnOnce() -> Query<Option<V>>,
) -> Result<T, RestError> {
    let refusal = match outcome {
        Ok(done) => return Ok(done),
        Err(refusal) => refusal.into(),
    };
    let conditions = Conditions::of(request);
    if refusal.code != Some(ChangeError::STALE) || !conditions.are_given() {
        return Err(refusal);
    }
    let present = present().fetch(&*origin.database).await?;
    Err(conditions.failed(present.map(|row| row.tag()).as_ref()))
}

/// The reply to a creation: `view`, which a repetition with the same `Idempotency-Key` gets again.
/// Secrets are omitted from the stored reply.
pub fn created<V: Versioned, T: Serialize>(origin: &Origin, row: &V, view: T) -> Entity<T> {
    let created = Entity::new(row.tag(), view);
    created.remember(origin, V::TABLE, row.version().0);
    created
}

/// The members that a PUT or PATCH sets in `before`.
pub fn patch<V: Editable, P: DeserializeOwned>(sent: Patched<P>, before: &V) -> Result<P, Invalid> {
    read(members(sent.members, sent.is_merge, before))
}

/// The members of a PUT unchanged; for a PATCH, the resulting members (RFC 7396).
pub fn members<V: Editable>(
    sent: Map<String, Value>,
    is_merge: bool,
    before: &V,
) -> Map<String, Value> {
    if !is_merge {
        return sent;
    }
    let mut blank = V::unshown();
    blank.extend(object(before.blank().shown()));
    // For secrets, whose value is not shown, `null` stays `null`.
    blank.retain(|name, _| !is_secret_member(name) && !FIXED.contains(&name.as_str()));
    merged(&object(before.shown()), sent, &blank)
}

fn object(view: impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(view) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// Immutable members.
const FIXED: [&str; 4] = ["id", "owner", "name", "organization"];
