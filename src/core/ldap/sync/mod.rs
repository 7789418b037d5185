//! Synchronization of all people, in ranges that each fit into one connection and one schedule tick.
//!
//! A cookie of paged results is bound to its connection by most servers (RFC 2696 §3), so that no run can
//! resume by it. Instead the run is cut by a key that never changes (`entryUUID`, `whenCreated`): each range
//! is read whole over one connection, in pages. A range with more people than the limit is split at the
//! median of the keys that were seen, and nothing of it is applied. The [`Cursor`] lists the ranges that are
//! left: a tick that dies repeats its range, and applying a range twice changes nothing.

mod cursor;
mod plan;
mod pull;
mod report;
pub(super) mod time;

pub use cursor::{Cursor, CursorError, Range, SyncScope};
pub use plan::{Change, Known, Safeguard, SafeguardError, changes, disables};
pub use pull::{Batch, Outcome, Pull, RefusedEntry};
pub use report::Report;
