//! A clock that stands until it is moved.

use std::cell::Cell;

use crate::{core::time::UnixTime, world::Clock};

/// A clock that a test sets and moves.
#[derive(Debug)]
pub struct ManualClock(Cell<UnixTime>);

impl ManualClock {
    /// A clock that stands at `now`.
    pub const fn at(now: UnixTime) -> Self {
        Self(Cell::new(now))
    }

    /// Moves the clock forward.
    pub fn advance(&self, seconds: i64) {
        self.0.set(self.0.get().plus(seconds));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixTime {
        self.0.get()
    }
}
