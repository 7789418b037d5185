//! The time.

use crate::core::time::UnixTime;

/// Tells the time. On Workers it stands still while code runs; in tests it moves when told to.
pub trait Clock {
    /// The present second.
    fn now(&self) -> UnixTime;
}
