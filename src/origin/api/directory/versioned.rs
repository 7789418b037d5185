//! Objects with a version: entity tags, conditional changes (RFC 9110 §13), and merge patches.
//!
//! A change under `If-Match` is decided twice: when the object has been read, and by a statement at the
//! beginning of the transaction that changes it, so that of two concurrent changes of one version one is
//! refused.

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

    /// The tag of the object as it is published.
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

    /// The same object without all that a request may set: what `null` in a merge patch restores.
    #[must_use]
    fn blank(&self) -> Self;

    /// Members that a blank object does not show, as a request removes them.
    fn unshown() -> Map<String, Value> {
        Map::new()
    }
}

/// Refuses a change of another version than the request names, and has the next commit refuse it too if
/// the object has been changed by then.
pub fn check<V: Versioned>(origin: &Origin, request: &Request, row: &V) -> Result<(), RestError> {
    let conditions = Conditions::of(request);
    conditions.check(&row.tag())?;
    if conditions.are_given() {
        let (id, version) = row.version();
        origin.expecting(V::TABLE, id, version);
    }
    Ok(())
}

/// The outcome of a change: 412 with the present tag if another one came before it and the request has
/// a condition. `present` reads the object again.
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

/// The reply to the creation of a row: `view`, which a repetition under the same `Idempotency-Key` gets
/// again. What shows a secret is remembered without it.
pub fn created<V: Versioned, T: Serialize>(origin: &Origin, row: &V, view: T) -> Entity<T> {
    let created = Entity::new(row.tag(), view);
    created.remember(origin, V::TABLE, row.version().0);
    created
}

/// What a PUT or PATCH sets of `before`.
pub fn patch<V: Editable, P: DeserializeOwned>(sent: Patched<P>, before: &V) -> Result<P, Invalid> {
    read(members(sent.members, sent.is_merge, before))
}

/// The members of a PUT as they are; of a PATCH those that the object gets by them (RFC 7396).
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
    // Of a secret, whose value is not shown, `null` stays `null`.
    blank.retain(|name, _| !is_secret_member(name) && !FIXED.contains(&name.as_str()));
    merged(&object(before.shown()), sent, &blank)
}

fn object(view: impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(view) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// Members that no request changes.
const FIXED: [&str; 4] = ["id", "owner", "name", "organization"];
