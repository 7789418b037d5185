//! State changes as data: subject, statements, revocations and publications of one action.

use super::audit::{Audited, Subject};
use crate::ports::{Row, Statement};

/// What one action changes. [`commit`](super::commit::commit) runs it as one batch.
///
/// A change names its subject, and its audit entry is part of the batch. A change without an entry
/// states the reason ([`Self::unrecorded`]).
#[derive(Debug)]
pub struct Change {
    pub(super) records: Vec<Entry>,
    pub(super) statements: Vec<Statement>,
    /// Statements that must change a row; otherwise the transaction fails.
    pub(super) required: Vec<Position>,
    pub(super) publishes: Publishes,
}

/// An audit entry, and the statement that must change a row for it to be appended.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) subject: Subject,
    pub(super) decided_by: Option<Position>,
}

/// Publications to the edges after the change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Publishes {
    /// Key records queued by the change.
    pub(super) keys: bool,
    /// The snapshot: signing keys, audiences, routes.
    pub(super) snapshot: bool,
    /// Organizations whose policy changes without a corresponding entry.
    pub(super) policies: Vec<String>,
}

/// The place of a statement in its change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position(pub(super) usize);

/// Why a change is not audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unrecorded {
    /// It counts attempts, calls or polls, not a caller's decision.
    Counting,
    /// It continues a recorded action, such as a refresh within a grant.
    Continuation,
    /// It is a step of an action that is recorded on success.
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

    /// An empty change without an audit entry.
    pub const fn unrecorded(_why: Unrecorded) -> Self {
        let publishes = Publishes { keys: false, snapshot: false, policies: Vec::new() };
        Self { records: Vec::new(), statements: Vec::new(), required: Vec::new(), publishes }
    }

    /// The same change with the statements of a revocation ([`super::revocation`]).
    #[must_use]
    pub fn revoking(mut self, statements: Vec<Statement>) -> Self {
        self.revoke(statements);
        self
    }

    /// Takes the change, leaving an empty one.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, Self::unrecorded(Unrecorded::Step))
    }

    /// Whether there is nothing to run.
    pub const fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// Adds an audit entry.
    pub fn record(&mut self, subject: Subject) {
        self.records.push(Entry { subject, decided_by: None });
    }

    /// Adds a statement, after those added before.
    pub fn write(&mut self, statement: Statement) -> Position {
        self.statements.push(statement);
        Position(self.statements.len() - 1)
    }

    /// Adds the decisive statement: if it changes no row, no audit entry is appended.
    pub fn decide(&mut self, statement: Statement) -> Position {
        let position = self.write(statement);
        for entry in &mut self.records {
            entry.decided_by = entry.decided_by.or(Some(position));
        }
        position
    }

    /// Makes the whole change conditional on this statement changing a row; otherwise no statement
    /// returns a row ([`Committed::took_effect`]).
    pub fn require(&mut self, position: Position) {
        self.required.push(position);
    }

    /// Adds statements, after those added before.
    pub fn write_all(&mut self, statements: impl IntoIterator<Item = Statement>) {
        self.statements.extend(statements);
    }

    /// Adds the statements of `further`, which has no audit entry.
    pub fn append(&mut self, further: Self) {
        let before = self.statements.len();
        let moved = further.required.iter().map(|position| Position(before + position.0));
        self.required.extend(moved);
        self.statements.extend(further.statements);
        self.publishes.keys |= further.publishes.keys;
    }

    /// Adds a revocation ([`super::revocation`]): feed entries and the rows that it ends.
    pub fn revoke(&mut self, revocation: Vec<Statement>) {
        self.statements.extend(revocation);
    }

    /// Adds a statement that queues key records ([`crate::origin::store::publications`]), which are
    /// published after the commit.
    pub fn publish_keys(&mut self, queue: Statement) {
        self.statements.push(queue);
        self.publishes.keys = true;
    }

    /// Revokes and republishes the organization's policy, for changes of roles, teams or
    /// permissions whose audit entries have another subject. Other such changes do this
    /// automatically.
    pub fn publish_policy(&mut self, organization: &str) {
        self.publishes.policies.push(organization.to_owned());
    }

    /// Publishes the edge snapshot after the commit.
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
