//! The time.

use async_trait::async_trait;

use crate::core::time::UnixTime;

/// Tells the time and lets it pass. On Workers it stands still while code runs; in tests it moves
/// when told to.
#[async_trait(?Send)]
pub trait Clock {
    /// The present second.
    fn now(&self) -> UnixTime;

    /// Lets others go first, for about so many milliseconds.
    async fn pause(&self, milliseconds: u32);
}
