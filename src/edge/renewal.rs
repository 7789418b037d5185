//! A renewal that one of many requests begins.

use crate::core::time::UnixTime;

/// Whether something is being renewed.
#[derive(Debug, Default)]
pub(super) struct Renewal {
    since: Option<UnixTime>,
}

impl Renewal {
    /// Begins, unless one is under way: the answer is for one caller. One that has not come back
    /// after `lost` seconds never will: its request was cancelled.
    pub(super) fn begin(&mut self, now: UnixTime, lost: i64) -> bool {
        let free = !self.is_under_way(now, lost);
        if free {
            self.since = Some(now);
        }
        free
    }

    /// Whether it was begun and has not come back, nor been lost.
    pub(super) fn is_under_way(&self, now: UnixTime, lost: i64) -> bool {
        self.since.is_some_and(|since| now.since(since) < lost)
    }

    /// Whether it was begun and has not come back, lost or not.
    pub(super) const fn has_begun(&self) -> bool {
        self.since.is_some()
    }

    /// It has come back.
    pub(super) fn end(&mut self) {
        self.since = None;
    }
}
