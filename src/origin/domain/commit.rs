//! The commit point: the one place that runs a [`Change`].
//!
//! Rows, revocations and the queue of publications are one batch, which is one transaction: there is
//! neither a change without its revocation nor a revocation without its change. Afterwards the
//! revocations are copied to KV and the edges' records are published. A failure of either does not fail
//! the action: the schedule repeats it.

use super::{
    change::{Change, Committed},
    feed, publication,
};
use crate::{origin::Origin, ports::DatabaseError};

/// Runs `change` as one transaction, then copies its revocations and publishes what it queued.
pub async fn commit(origin: &Origin, change: Change) -> Result<Committed, DatabaseError> {
    let Change { statements, publishes } = change;
    if statements.is_empty() {
        return Ok(Committed(Vec::new()));
    }
    let rows = feed::append(origin, statements).await?;
    if publishes.keys {
        publication::settle(origin).await;
    }
    if publishes.snapshot {
        publication::edge(origin).await;
    }
    Ok(Committed(rows))
}
