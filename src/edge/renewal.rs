//! A renewal behind a request, begun by one of many.

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
        let free = self.since.is_none_or(|since| now.since(since) >= lost);
        if free {
            self.since = Some(now);
        }
        free
    }

    /// It has come back.
    pub(super) fn end(&mut self) {
        self.since = None;
    }
}
