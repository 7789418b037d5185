//! Single-flight renewal: only one of many concurrent requests starts it.

use crate::core::time::UnixTime;

/// Whether a renewal is under way.
#[derive(Debug, Default)]
pub(in crate::edge) struct Renewal {
    since: Option<UnixTime>,
}

impl Renewal {
    /// Starts a renewal and returns `true`, unless one is under way. A renewal older than `lost`
    /// seconds does not count: its request was cancelled.
    pub(in crate::edge) fn begin(&mut self, now: UnixTime, lost: i64) -> bool {
        let free = !self.is_under_way(now, lost);
        if free {
            self.since = Some(now);
        }
        free
    }

    /// Whether a renewal was started less than `lost` seconds ago and has not ended.
    pub(in crate::edge) fn is_under_way(&self, now: UnixTime, lost: i64) -> bool {
        self.since.is_some_and(|since| now.since(since) < lost)
    }

    /// Whether a renewal was started and has not ended, lost or not.
    pub(in crate::edge) const fn has_begun(&self) -> bool {
        self.since.is_some()
    }

    /// Ends the renewal.
    pub(in crate::edge) fn end(&mut self) {
        self.since = None;
    }
}
