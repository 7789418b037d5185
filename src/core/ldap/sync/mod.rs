//! Synchronization of all users, in ranges that each fit into one connection and one schedule tick.
//!
//! Most servers bind a paged-results cookie to its connection (RFC 2696 §3), so a run cannot be
//! resumed with it. Instead, the run is divided by an immutable key (`entryUUID`, `whenCreated`):
//! each range is read as a whole over one connection, in pages. A range with more users than the
//! limit is split at the median of the keys seen, without applying any of it. The [`Cursor`] lists
//! the remaining ranges: after a failed tick, its range is repeated, and applying a range is
//! idempotent.

mod cursor;
mod plan;
mod pull;
mod report;
pub(super) mod time;

pub use cursor::{Cursor, CursorError, Range, SyncScope};
pub use plan::{Change, Known, Safeguard, SafeguardError, changes, disables};
pub use pull::{Batch, Outcome, Pull, RefusedEntry};
pub use report::Report;
