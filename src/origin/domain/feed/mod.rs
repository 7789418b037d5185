//! The revocation feed: appending, pages for edges, copies in KV, and healing of a database
//! restored from a backup.

mod copies;
mod page;
mod restore;

use thiserror::Error;

pub use copies::{HEAD, tend};
pub use page::page;
pub use restore::watch;

use crate::{
    origin::{Origin, store::revocations::Entry},
    ports::{DatabaseError, Row, SnapshotsError, Statement},
};

/// Runs the statements as one transaction, copies the entries that they append to KV, and returns
/// the rows of each statement.
pub(super) async fn append(
    origin: &Origin,
    statements: Vec<Statement>,
) -> Result<Vec<Vec<Row>>, DatabaseError> {
    let results = origin.database.batch(statements).await?;
    let entries: Vec<Entry> = results.iter().flatten().cloned().filter_map(Entry::of_row).collect();
    copies::copy(origin, &entries).await;
    Ok(results)
}

/// Why the feed could not be read, copied or healed.
#[derive(Debug, Error)]
pub enum FeedError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// KV failed.
    #[error(transparent)]
    Snapshots(#[from] SnapshotsError),
}
