//! The time.

use async_trait::async_trait;

use crate::core::time::UnixTime;

/// The current time, and waiting. On Workers the clock stops while code runs; in tests the test moves
/// it.
#[async_trait(?Send)]
pub trait Clock {
    /// The present second.
    fn now(&self) -> UnixTime;

    /// Lets others go first, for about so many milliseconds.
    async fn pause(&self, milliseconds: u32);
}
