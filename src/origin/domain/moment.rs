//! The moment of a decision: all earlier revocations have been seen.

use crate::{
    core::{revocation::Sequence, time::UnixTime},
    origin::{
        Origin,
        store::{query::Query, revocations},
    },
    ports::DatabaseError,
};

/// The clock and the feed's number, read before any check. A credential that is issued on rows read
/// afterwards carries the number: a revocation that these rows do not show yet has a greater one.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The time.
    pub now: UnixTime,
    /// The highest number in the feed.
    pub sequence: Sequence,
}

impl Moment {
    /// The present moment.
    pub async fn read(origin: &Origin) -> Result<Self, DatabaseError> {
        Self::query(origin.clock.now()).fetch(&*origin.database).await
    }

    /// The moment of a batch that reads the facts of a decision; `now` is the time before it.
    pub fn query(now: UnixTime) -> Query<Self> {
        revocations::newest().map(move |sequence| Self { now, sequence })
    }
}
