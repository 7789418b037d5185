//! Limits on guessing attempts (passwords, user codes).

use super::Rate;

/// The limit of one subject's attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptLimit {
    /// Attempts within the window.
    pub attempts: i64,
    /// Seconds from the first attempt, after which the count starts again.
    pub window: i64,
    /// Seconds from the last allowed attempt for which every further one is refused; `None`: until
    /// the window ends.
    pub freeze: Option<i64>,
}

impl AttemptLimit {
    /// So many attempts within so many seconds.
    pub const fn within(attempts: i64, window: i64) -> Self {
        Self { attempts, window, freeze: None }
    }

    /// This limit `factor` times, for a caller that acts for many subjects.
    #[must_use]
    pub const fn times(self, factor: i64) -> Self {
        Self { attempts: self.attempts.saturating_mul(factor), ..self }
    }
}

/// A limit that locks for no longer than its longest delay: beyond the free attempts each one has to wait
/// longer than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slowing {
    /// Attempts within the window that need not wait.
    pub free: i64,
    /// Seconds from the first attempt, after which the count starts again.
    pub window: i64,
    /// Seconds until the attempt after the first one that is not free. They double with each.
    pub first: i64,
    /// The most seconds.
    pub longest: i64,
}

impl From<Rate> for AttemptLimit {
    /// The calls of `rate`, counted for each window separately.
    fn from(rate: Rate) -> Self {
        Self::within(rate.limit().into(), rate.window().into())
    }
}
