//! The platform's clock.

use crate::{core::time::UnixTime, world::Clock};

/// `Date.now()`: on Workers it stands still between two I/O events.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::cast_possible_truncation, reason = "seconds fit, and `as` saturates")]
    fn now(&self) -> UnixTime {
        UnixTime((js_sys::Date::now() / 1000.0) as i64)
    }
}
