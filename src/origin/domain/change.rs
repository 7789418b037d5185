//! A change of state as data: the statements of one action, what it revokes and what it publishes.

use crate::ports::{Row, Statement};

/// What one action changes. [`commit`](super::commit::commit) runs it as one batch.
#[derive(Debug, Default)]
pub struct Change {
    pub(super) statements: Vec<Statement>,
    pub(super) publishes: Publishes,
}

/// What is published to the edges after the change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Publishes {
    /// The key records that the change queues.
    pub(super) keys: bool,
    /// The snapshot: signing keys, audiences, routes.
    pub(super) snapshot: bool,
}

/// The place of a statement in its change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position(usize);

impl Change {
    /// An empty change.
    pub fn new() -> Self {
        Self::default()
    }

    /// A change that is a revocation ([`super::revocation`]) and nothing else.
    pub fn revocation(statements: Vec<Statement>) -> Self {
        Self { statements, ..Self::default() }
    }

    /// Whether there is nothing to run.
    pub const fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// Adds a statement, after those added before.
    pub fn write(&mut self, statement: Statement) -> Position {
        self.statements.push(statement);
        Position(self.statements.len() - 1)
    }

    /// Adds statements, after those added before.
    pub fn write_all(&mut self, statements: impl IntoIterator<Item = Statement>) {
        self.statements.extend(statements);
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
