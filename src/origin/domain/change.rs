//! A change of state as data: what it is about, the statements of one action, what it revokes and what
//! it publishes.

use super::audit::{Audited, Subject};
use crate::ports::{Row, Statement};

/// What one action changes. [`commit`](super::commit::commit) runs it as one batch.
///
/// A change names what it is about: its entry of the audit trail is part of the batch. One that leaves
/// no entry says why ([`Self::unrecorded`]).
#[derive(Debug)]
pub struct Change {
    pub(super) records: Vec<Entry>,
    pub(super) statements: Vec<Statement>,
    /// The statements that have to change a row: else the transaction fails.
    pub(super) required: Vec<Position>,
    pub(super) publishes: Publishes,
}

/// An entry of the audit trail, and the statement that has to change a row for it to be appended.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) subject: Subject,
    pub(super) decided_by: Option<Position>,
}

/// What is published to the edges after the change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Publishes {
    /// The key records that the change queues.
    pub(super) keys: bool,
    /// The snapshot: signing keys, audiences, routes.
    pub(super) snapshot: bool,
    /// The organizations whose policy changes without an entry that says so.
    pub(super) policies: Vec<String>,
}

/// The place of a statement in its change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position(pub(super) usize);

/// Why a change leaves no entry in the audit trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unrecorded {
    /// It counts attempts, calls or polls: no decision of a caller.
    Counting,
    /// It goes on with what an entry tells of already: a refresh within a recorded grant.
    Continuation,
    /// It is a step of a request that is recorded when it succeeds.
    Step,
}

impl Change {
    /// An empty change about `subject`.
    pub fn of(subject: Subject) -> Self {
        let mut change = Self::unrecorded(Unrecorded::Step);
        change.record(subject);
        change
    }

    /// An empty change that creates `object`.
    pub fn created<T: Audited>(object: &T) -> Self {
        Self::of(Subject::created(object))
    }

    /// An empty change of an object from `before` to `after`.
    pub fn updated<T: Audited>(before: &T, after: &T) -> Self {
        Self::of(Subject::updated(before, after))
    }

    /// An empty change that deletes `object`.
    pub fn deleted<T: Audited>(object: &T) -> Self {
        Self::of(Subject::deleted(object))
    }

    /// An empty change that leaves no entry in the audit trail.
    pub const fn unrecorded(_why: Unrecorded) -> Self {
        let publishes = Publishes { keys: false, snapshot: false, policies: Vec::new() };
        Self { records: Vec::new(), statements: Vec::new(), required: Vec::new(), publishes }
    }

    /// The same change, whose statements are `statements`, a revocation ([`super::revocation`]).
    #[must_use]
    pub fn revoking(mut self, statements: Vec<Statement>) -> Self {
        self.revoke(statements);
        self
    }

    /// The change so far; an empty one stays in its place.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, Self::unrecorded(Unrecorded::Step))
    }

    /// Whether there is nothing to run.
    pub const fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// Adds a further entry of the audit trail.
    pub fn record(&mut self, subject: Subject) {
        self.records.push(Entry { subject, decided_by: None });
    }

    /// Adds a statement, after those added before.
    pub fn write(&mut self, statement: Statement) -> Position {
        self.statements.push(statement);
        Position(self.statements.len() - 1)
    }

    /// Adds the statement that decides whether the change takes place: if it changes no row, no entry
    /// is appended to the audit trail.
    pub fn decide(&mut self, statement: Statement) -> Position {
        let position = self.write(statement);
        for entry in &mut self.records {
            entry.decided_by = entry.decided_by.or(Some(position));
        }
        position
    }

    /// Has nothing of the change take effect unless that statement changes a row. Then no statement returns a
    /// row ([`Committed::took_effect`]).
    pub fn require(&mut self, position: Position) {
        self.required.push(position);
    }

    /// Adds statements, after those added before.
    pub fn write_all(&mut self, statements: impl IntoIterator<Item = Statement>) {
        self.statements.extend(statements);
    }

    /// Adds what `further` changes, which leaves no entry.
    pub fn append(&mut self, further: Self) {
        let before = self.statements.len();
        let moved = further.required.iter().map(|position| Position(before + position.0));
        self.required.extend(moved);
        self.statements.extend(further.statements);
        self.publishes.keys |= further.publishes.keys;
    }

    /// Adds a revocation ([`super::revocation`]): its entries of the feed and the rows that it ends.
    pub fn revoke(&mut self, revocation: Vec<Statement>) {
        self.statements.extend(revocation);
    }

    /// Adds a statement that queues key records ([`crate::origin::store::publications`]), which are
    /// published after the commit.
    pub fn publish_keys(&mut self, queue: Statement) {
        self.statements.push(queue);
        self.publishes.keys = true;
    }

    /// Has the policy of the organization revoked and published again: for changes of roles, teams
    /// or permissions whose entries are about something else. Entries about these do it themselves.
    pub fn publish_policy(&mut self, organization: &str) {
        self.publishes.policies.push(organization.to_owned());
    }

    /// Has the snapshot of the edges published after the commit.
    pub const fn publish_snapshot(&mut self) {
        self.publishes.snapshot = true;
    }
}

/// The rows that the statements of a committed change returned.
#[derive(Debug)]
pub struct Committed(pub(super) Vec<Vec<Row>>);

impl Committed {
    /// The rows of a statement.
    pub fn rows(&self, position: Position) -> &[Row] {
        self.0.get(position.0).map_or(&[], Vec::as_slice)
    }

    /// Whether a conditional statement, which returns the rows that it changes, changed any.
    pub fn took_effect(&self, position: Position) -> bool {
        !self.rows(position).is_empty()
    }
}
