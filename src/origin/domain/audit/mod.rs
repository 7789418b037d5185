//! Subjects of changes in the audit trail, and sealing of the trail.

mod seal;
mod subjects;

use serde_json::{Map, Value, json};

pub use self::seal::{seal, seal_all};
use crate::{
    core::audit::{Actor, Entry, Members, Record, difference},
    origin::{Origin, store::audit::NewEntry},
    ports::Statement,
};

/// An object whose changes are recorded.
pub trait Audited {
    /// Its kind: `user`, `role`, ….
    const KIND: &'static str;

    /// The organization in whose trail it is recorded.
    fn organization(&self) -> &str;

    /// Its name in the organization.
    fn name(&self) -> &str;

    /// Its members; those that are secrets are masked when they are recorded.
    fn members(&self) -> Members;
}

/// An entry as webhooks receive it.
pub fn published(entry: &Entry) -> Value {
    let record = entry.content();
    json!({
        "type": entry.action,
        "timestamp": entry.recorded_at.to_string(),
        "data": {
            "organization": entry.owner,
            "number": entry.number,
            "kind": entry.kind,
            "object": entry.name,
            "actor": record.caller,
            "requestId": record.request_id,
            "before": record.before,
            "after": record.after,
        },
    })
}

/// The subject of an audit entry.
#[derive(Debug, Clone)]
pub struct Subject {
    owner: String,
    kind: &'static str,
    name: String,
    before: Map<String, Value>,
    after: Map<String, Value>,
}

impl Subject {
    /// An object by its name.
    pub fn new(owner: &str, kind: &'static str, name: &str) -> Self {
        let (before, after) = (Map::new(), Map::new());
        Self { owner: owner.to_owned(), kind, name: name.to_owned(), before, after }
    }

    /// An object by its name, with facts about it after the change.
    pub fn with(owner: &str, kind: &'static str, name: &str, facts: &Value) -> Self {
        let (_, after) = difference(&Members::default(), &Members::of(facts, &[]));
        Self { after, ..Self::new(owner, kind, name) }
    }

    /// An object that is created.
    pub fn created<T: Audited>(object: &T) -> Self {
        Self::between(object, &Members::default(), &object.members())
    }

    /// An object that changes from `before` to `after`.
    pub fn updated<T: Audited>(before: &T, after: &T) -> Self {
        Self::between(after, &before.members(), &after.members())
    }

    /// An object that is deleted.
    pub fn deleted<T: Audited>(object: &T) -> Self {
        Self::between(object, &object.members(), &Members::default())
    }

    fn between<T: Audited>(object: &T, before: &Members, after: &Members) -> Self {
        let (before, after) = difference(before, after);
        Self { before, after, ..Self::new(object.organization(), T::KIND, object.name()) }
    }

    /// The organization in whose trail it is recorded.
    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    /// The organization in whose database the object is stored. A membership is stored with the
    /// user; objects copied to every database have none.
    pub(super) fn lives_with(&self) -> Option<&str> {
        const KINDS: [&str; 10] = [
            "invitation",
            "key",
            "permission",
            "project",
            "provider",
            "role",
            "team",
            "user",
            "webhook",
            "workspace",
        ];
        KINDS.contains(&self.kind).then_some(&self.owner)
    }

    /// The organization whose policy is changed, if any.
    pub(super) fn policy_of(&self) -> Option<&str> {
        matches!(self.kind, "role" | "team" | "permission").then_some(&self.owner)
    }

    /// The statement that appends the entry, on the occasion of `origin`. With `if_changed`: only if
    /// the statement before it has changed a row.
    pub(super) fn appended(self, origin: &Origin, if_changed: bool) -> Statement {
        let occasion = &origin.occasion;
        let caller = occasion.trace.caller().map(Actor::from);
        let actor = caller.as_ref().map(|caller| caller.subject.clone()).unwrap_or_default();
        let record = Record {
            caller,
            method: occasion.method.clone(),
            path: occasion.path.clone(),
            request_id: occasion.request_id.clone(),
            address: occasion.address.clone(),
            before: self.before,
            after: self.after,
        };
        // Through a `Value`: its members are in the order of their names, as the hash demands.
        let record = serde_json::to_value(record).map(|value| value.to_string());
        let entry = NewEntry {
            owner: &self.owner,
            action: occasion.operation,
            kind: self.kind,
            name: &self.name,
            actor: &actor,
            record: &record.unwrap_or_else(|_| "{}".to_owned()),
            now: origin.clock.now(),
        };
        crate::origin::store::audit::append(&entry, if_changed)
    }
}
