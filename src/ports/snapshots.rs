//! Published snapshots, which the origin writes and the edges read (Workers KV).

use std::fmt;

use async_trait::async_trait;

/// A store of named texts that is read everywhere within milliseconds and becomes consistent
/// within a minute. A miss may be remembered for 30 seconds: confirm it with the origin.
#[async_trait(?Send)]
pub trait Snapshots {
    /// The text named `name`.
    async fn get(&self, name: &str) -> Result<Option<String>, SnapshotsError>;
}

/// The same store with write access, for the origin only. A separate trait keeps write code out of
/// the edge module.
#[async_trait(?Send)]
pub trait Publishing: Snapshots {
    /// Publishes `text` as `name`; forgotten after `ttl` seconds (at least 60) if given.
    async fn put(&self, name: &str, text: &str, ttl: Option<u64>) -> Result<(), SnapshotsError>;

    /// Withdraws `name`.
    async fn delete(&self, name: &str) -> Result<(), SnapshotsError>;

    /// The names that begin with `prefix`.
    async fn names(&self, prefix: &str) -> Result<Vec<String>, SnapshotsError>;
}

/// The store failed.
#[derive(Debug, Clone)]
pub struct SnapshotsError(pub String);

impl fmt::Display for SnapshotsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "snapshots: {}", self.0)
    }
}

impl std::error::Error for SnapshotsError {}
