//! The rate of a consumer and its use of it.

use std::num::NonZeroU32;

use super::saved::{Reader, Writer};
use crate::core::time::UnixTime;

/// A number of calls within a number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    limit: NonZeroU32,
    window: NonZeroU32,
}

impl Rate {
    /// `None` for a limit of no calls, or within no time.
    pub const fn new(limit: u32, window: u32) -> Option<Self> {
        match (NonZeroU32::new(limit), NonZeroU32::new(window)) {
            (Some(limit), Some(window)) => Some(Self { limit, window }),
            _ => None,
        }
    }

    /// The rate in the record of a key; 0 calls a minute mean no limit.
    pub const fn per_minute(limit: u32) -> Option<Self> {
        Self::new(limit, 60)
    }

    /// Parses a setting: `<calls>/<seconds>`, as `300/28800`.
    pub fn parse(text: &str) -> Option<Self> {
        let (limit, window) = text.split_once('/')?;
        Self::new(limit.parse().ok()?, window.parse().ok()?)
    }

    /// How many calls.
    pub const fn limit(self) -> u32 {
        self.limit.get()
    }

    /// Within how many seconds.
    pub const fn window(self) -> u32 {
        self.window.get()
    }

    /// Seconds until the present window ends: from 1 to its length.
    pub fn ends_in(self, now: UnixTime) -> u32 {
        let length = i64::from(self.window());
        seconds(length - now.0.rem_euclid(length))
    }
}

/// Whether a call is allowed, and how many remain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// Whether it is.
    pub allowed: bool,
    /// How many more would be allowed now.
    pub remaining: u32,
    /// Seconds: until the window ends and more becomes available; for a call that is refused,
    /// until one is allowed again. From 1 to the length of the window.
    pub reset_in: u32,
}

/// A consumer's use: the calls allowed in the present window, and those in the previous window, which
/// count less the longer it is over.
///
/// Windows are stretches of time (`now / window`), and `e` seconds into one the calls of the one
/// before count `(window - e - 1) / window`, rounded down. With a limit `l` and a window `w`, any
/// `d ≤ w` seconds in a row hold at most `l + ⌈l × (d - 1) / w⌉` calls: about `l` in a burst, also
/// across the edge of a window, where a fixed window would allow `2 × l`; never more than that;
/// and `l` in each window in the long run.
///
/// A refused call is not counted, so that a refused consumer is allowed again after
/// [`Admission::reset_in`], at most `w` seconds, however often it calls until then. When the clock is
/// put back, calls counted so far count as made now: they are not given twice, and they expire within
/// `w` seconds. Any jump of the clock allows at most `l` calls more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    number: i64,
    current: u32,
    previous: u32,
}

impl Window {
    /// Counts a call if it is within the limit.
    pub fn admit(&mut self, rate: Rate, now: UnixTime) -> Admission {
        *self = self.at(rate, now);
        let used = self.used(rate, now);
        if used >= rate.limit() {
            return Admission { allowed: false, remaining: 0, reset_in: self.wait(rate, now) };
        }
        self.current += 1;
        Admission { allowed: true, remaining: rate.limit() - used - 1, reset_in: rate.ends_in(now) }
    }

    /// Takes back a call that was counted in the window of `now`.
    pub fn refund(&mut self, rate: Rate, now: UnixTime) {
        *self = self.at(rate, now);
        self.current = self.current.saturating_sub(1);
    }

    /// How much of a thousand of the limit is used at `now`.
    pub fn fullness(self, rate: Rate, now: UnixTime) -> u64 {
        u64::from(self.at(rate, now).used(rate, now)) * 1000 / u64::from(rate.limit())
    }

    /// See [`super::Meter::save`].
    pub(super) fn save(self, to: &mut Writer) {
        to.signed(self.number);
        to.number(self.current);
        to.number(self.previous);
    }

    pub(super) fn restore(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self { number: from.signed()?, current: from.number()?, previous: from.number()? })
    }

    /// The window of `now`. No count is above the limit, which may have become lower.
    fn at(self, rate: Rate, now: UnixTime) -> Self {
        let number = now.0.div_euclid(i64::from(rate.window()));
        let (current, previous) = match number.saturating_sub(self.number) {
            ..=0 => (self.current, self.previous),
            1 => (0, self.current),
            _ => (0, 0),
        };
        let limit = rate.limit();
        Self { number, current: current.min(limit), previous: previous.min(limit) }
    }

    /// The calls that count now.
    fn used(self, rate: Rate, now: UnixTime) -> u32 {
        let left = u64::from(rate.ends_in(now) - 1);
        let previous = u64::from(self.previous) * left / u64::from(rate.window());
        // not above `previous`, which is one
        self.current.saturating_add(u32::try_from(previous).unwrap_or(u32::MAX))
    }

    /// Seconds until a call is allowed again: when so little of this window is left that the one
    /// before counts little enough, else when this one ends.
    fn wait(self, rate: Rate, now: UnixTime) -> u32 {
        let ends_in = rate.ends_in(now);
        let free = u64::from(rate.limit() - self.current.min(rate.limit()));
        if free == 0 {
            return ends_in;
        }
        let left = (u64::from(rate.window()) * free - 1) / u64::from(self.previous.max(1));
        let left = u32::try_from(left).unwrap_or(u32::MAX).saturating_add(1);
        ends_in.saturating_sub(left).max(1)
    }
}

fn seconds(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The start of a window of any length that divides an hour.
    const START: i64 = 1_800_000_000;

    fn rate(limit: u32, window: u32) -> Rate {
        Rate::new(limit, window).unwrap()
    }

    fn allowed(window: &mut Window, rate: Rate, at: i64, calls: u32) -> u32 {
        let mut admit = |_: &u32| window.admit(rate, UnixTime(at)).allowed;
        (0..calls).filter(|call| admit(call)).count().try_into().unwrap()
    }

    #[test]
    fn a_rate_is_read_from_a_configuration_and_is_never_nothing() {
        assert_eq!(Rate::parse("300/28800"), Rate::new(300, 28_800));
        for text in ["", "300", "0/60", "1/0", "-1/60", "1/60/1", "1.5/60", "1/60s", "9999999999/1"]
        {
            assert_eq!(Rate::parse(text), None, "{text}");
        }
        assert_eq!((Rate::per_minute(0), Rate::per_minute(7)), (None, Rate::new(7, 60)));
    }

    #[test]
    fn the_limit_holds_within_a_window_and_the_rest_is_reported() {
        let (rate, mut window) = (rate(3, 60), Window::default());
        let admission = |remaining| Admission { allowed: true, remaining, reset_in: 50 };
        for remaining in [2, 1, 0] {
            assert_eq!(window.admit(rate, UnixTime(START + 10)), admission(remaining));
        }
        let refused = Admission { allowed: false, remaining: 0, reset_in: 50 };
        assert_eq!(window.admit(rate, UnixTime(START + 10)), refused);
    }

    /// ATTACKS F-93: a fixed window would allow 200 within two seconds.
    #[test]
    fn a_burst_on_both_sides_of_an_edge_gets_little_more_than_the_limit() {
        let (rate, mut window) = (rate(100, 60), Window::default());
        assert_eq!(allowed(&mut window, rate, START - 1, 500), 100);
        assert_eq!(allowed(&mut window, rate, START, 500), 2);
        assert_eq!(allowed(&mut window, rate, START + 29, 500), 48);
    }

    #[test]
    fn a_lower_limit_is_waited_for_at_most_a_window() {
        let mut window = Window::default();
        assert_eq!(allowed(&mut window, rate(1000, 60), START, 1000), 1000);
        let refused = window.admit(rate(1, 60), UnixTime(START + 1));
        assert_eq!((refused.allowed, refused.reset_in), (false, 59));
        assert!(window.admit(rate(1, 60), UnixTime(START + 60)).allowed);
    }

    /// ATTACKS H-119.
    #[test]
    fn no_time_overflows() {
        for at in [i64::MIN, -1, 0, 4_102_444_800, 253_402_300_799, i64::MAX] {
            for rate in [rate(1, 1), rate(u32::MAX, u32::MAX)] {
                let mut window = Window::default();
                assert!(window.admit(rate, UnixTime(at)).allowed, "{at}");
            }
        }
    }

    /// What happens to one subject: the clock moves on or is put somewhere else, then it calls.
    fn story() -> impl Strategy<Value = Vec<(i64, bool, u32)>> {
        let step = prop_oneof![
            8 => (0i64..20).prop_map(|by| (by, false)),
            2 => (0i64..150).prop_map(|by| (by, false)),
            1 => (-200i64..200).prop_map(|by| (by, true)),
            1 => (-100_000i64..100_000).prop_map(|by| (by, true)),
        ];
        prop::collection::vec((step, 0u32..30), 1..60)
            .prop_map(|steps| steps.into_iter().map(|((by, jump), n)| (by, jump, n)).collect())
    }

    proptest! {
        /// ATTACKS F-93, Rauthy #1416: for all steps of the clock, a refused consumer is allowed after the
        /// stated time, which is never longer than a window.
        #[test]
        fn a_refused_consumer_is_allowed_again(limit in 1u32..20, length in 1u32..90, story in story()) {
            let (rate, mut window, mut now) = (rate(limit, length), Window::default(), START);
            for (by, _, calls) in story {
                now += by;
                for _ in 0..calls {
                    let admission = window.admit(rate, UnixTime(now));
                    prop_assert!((1..=length).contains(&admission.reset_in));
                    if !admission.allowed {
                        for early in 0..admission.reset_in {
                            let mut other = window;
                            prop_assert!(!other.admit(rate, UnixTime(now + i64::from(early))).allowed);
                        }
                        let mut other = window;
                        let later = UnixTime(now + i64::from(admission.reset_in));
                        prop_assert!(other.admit(rate, later).allowed);
                    }
                }
            }
        }

        /// The bound that [`Window`] states, for every stretch of time; a jump of the clock adds
        /// the limit once.
        #[test]
        fn no_stretch_of_time_holds_more_than_the_bound(
            limit in 1u32..20, length in 1u32..90, story in story(),
        ) {
            let (rate, mut window, mut now) = (rate(limit, length), Window::default(), START);
            // (seconds that really passed, jumps so far, allowed)
            let (mut passed, mut jumps) = (0i64, 0u32);
            let mut log: Vec<(i64, u32, u32)> = Vec::new();
            for (by, jump, calls) in story {
                now += by;
                if jump { jumps += 1; } else { passed += by; }
                log.push((passed, jumps, allowed(&mut window, rate, now, calls)));
            }
            for (index, (from, jumped, _)) in log.iter().enumerate() {
                let mut sum = 0;
                for (at, jumps, allowed) in &log[index..] {
                    let steps = u32::try_from(at - from).unwrap();
                    if steps >= length { break; }
                    sum += allowed;
                    let jumps = jumps - jumped;
                    let bound = limit + (limit * steps).div_ceil(length);
                    // Each stretch between two jumps may round up once.
                    prop_assert!(sum <= bound + jumps * (limit + 1), "{} > {}", sum, bound);
                }
            }
        }

        /// In the long run: n windows hold at most n + 1 times the limit.
        #[test]
        fn a_subject_that_never_stops_gets_its_limit(limit in 1u32..20, length in 1u32..40) {
            let (rate, mut window) = (rate(limit, length), Window::default());
            let seconds = i64::from(length) * 10;
            let sum: u32 = (0..seconds).map(|s| allowed(&mut window, rate, START + s, limit + 1)).sum();
            prop_assert!(sum <= limit * 11);
            prop_assert!(sum >= limit * 5, "{sum} of {}", limit * 10);
        }
    }
}
