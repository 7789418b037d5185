//! A manual clock.

use std::{cell::Cell, future::poll_fn, task::Poll};

use async_trait::async_trait;

use crate::{core::time::UnixTime, ports::Clock};

/// A clock that a test sets and moves.
#[derive(Debug)]
pub struct ManualClock(Cell<UnixTime>);

impl ManualClock {
    /// A clock fixed at `now`.
    pub const fn at(now: UnixTime) -> Self {
        Self(Cell::new(now))
    }

    /// Moves the clock forward.
    pub fn advance(&self, seconds: i64) {
        self.0.set(self.0.get().plus(seconds));
    }
}

#[async_trait(?Send)]
impl Clock for ManualClock {
    fn now(&self) -> UnixTime {
        self.0.get()
    }

    /// Others go first, and the clock stands.
    async fn pause(&self, _: u32) {
        let mut paused = false;
        poll_fn(|context| {
            if std::mem::replace(&mut paused, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}
