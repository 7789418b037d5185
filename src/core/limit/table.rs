//! The table of consumers' windows in an isolate.

use super::{
    Admission, Rate, Window,
    saved::{Reader, Writer},
};
use crate::core::{revocation::Fingerprint, time::UnixTime};

/// Rows of the table, and places in one: 4,096 consumers in 160 KB.
const ROWS: usize = 512;
const PLACES: usize = 8;

/// A consumer: its calls are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumer<'a> {
    /// An API key, by its id.
    Key(&'a str),
    /// A user or an application, by the stable subject: all its tokens together.
    User(&'a str),
    /// A client without a credential, by its [`crate::core::network::network`].
    Address(&'a str),
    /// Failed look-ups of keys, by the client's [`crate::core::network::network`].
    Lookup(&'a str),
}

impl<'a> Consumer<'a> {
    /// The name of its limit in the `RateLimit` fields.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::User(_) => "user",
            Self::Address(_) => "address",
            Self::Lookup(_) => "key-lookup",
        }
    }

    /// The identifier.
    pub const fn id(self) -> &'a str {
        match self {
            Self::Key(id) | Self::User(id) | Self::Address(id) | Self::Lookup(id) => id,
        }
    }

    /// Its name in the table. Different consumers cannot be made to share one.
    pub fn fingerprint(self) -> Fingerprint {
        Fingerprint::of(self.name(), self.id())
    }
}

/// The windows of recent consumers: a bounded table.
///
/// A consumer has eight possible places. When all of them are taken, a new consumer replaces the one
/// that has used the least of its limit (nothing, if its window is over). So evicting a window takes
/// eight other consumers in the same row that have used as much of theirs. Only the isolate knows the
/// row: an attacker has to fill the whole table, with thousands of addresses at their limits, to get
/// one limit more.
#[derive(Debug)]
pub struct LimitTable {
    seed: u64,
    places: Vec<Option<Place>>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    subject: Fingerprint,
    rate: Rate,
    window: Window,
    blocked_until: UnixTime,
}

impl LimitTable {
    /// An empty table; `seed` is random.
    pub fn new(seed: u64) -> Self {
        Self { seed, places: vec![None; ROWS * PLACES] }
    }

    /// See [`super::Meter::save`].
    pub(super) fn save(&self, to: &mut Writer) {
        to.number(self.seed);
        for place in &self.places {
            to.number(place.is_some());
            let Some(place) = place else { continue };
            to.number(place.subject.0);
            to.number(place.rate.limit());
            to.number(place.rate.window());
            place.window.save(to);
            to.time(place.blocked_until);
        }
    }

    pub(super) fn restore(from: &mut Reader<'_>) -> Option<Self> {
        let mut limits = Self::new(from.number()?);
        for place in &mut limits.places {
            if from.number::<u64>()? == 1 {
                *place = Some(Place {
                    subject: Fingerprint(from.number()?),
                    rate: Rate::new(from.number()?, from.number()?)?,
                    window: Window::restore(from)?,
                    blocked_until: from.time()?,
                });
            }
        }
        Some(limits)
    }

    /// Counts a call of `subject` if it is within the limit.
    pub fn admit(&mut self, subject: Fingerprint, rate: Rate, now: UnixTime) -> Admission {
        let Some(place) = self.place(subject, rate, now) else {
            // A row always has a place to use.
            return Admission { allowed: true, remaining: 0, reset_in: rate.ends_in(now) };
        };
        place.rate = rate;
        match place.blocked_for(now) {
            Some(reset_in) => Admission { allowed: false, remaining: 0, reset_in },
            None => place.window.admit(rate, now),
        }
    }

    /// Takes back a call of `subject` that was counted in the present window.
    pub fn refund(&mut self, subject: Fingerprint, rate: Rate, now: UnixTime) {
        if let Some(place) = self.place(subject, rate, now) {
            place.window.refund(rate, now);
        }
    }

    /// Refuses every call of `subject` until `until`, because the platform's rate limiter or the origin
    /// has counted too many; for at most one window, even if `until` is later.
    pub fn block(&mut self, subject: Fingerprint, rate: Rate, until: UnixTime, now: UnixTime) {
        if let Some(place) = self.place(subject, rate, now) {
            place.blocked_until = until;
        }
    }

    fn place(&mut self, subject: Fingerprint, rate: Rate, now: UnixTime) -> Option<&mut Place> {
        let mixed = (subject.0 ^ self.seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let row = usize::try_from(mixed).unwrap_or_default() % ROWS;
        let places = self.places.get_mut(row * PLACES..(row + 1) * PLACES)?;
        let standing = places.iter().position(|p| p.is_some_and(|p| p.subject == subject));
        if let Some(index) = standing {
            return places.get_mut(index)?.as_mut();
        }
        let place = places.iter_mut().min_by_key(|place| match place {
            Some(place) => 1 + place.fullness(now),
            None => 0,
        })?;
        let (window, blocked_until) = (Window::default(), UnixTime(i64::MIN));
        Some(place.insert(Place { subject, rate, window, blocked_until }))
    }
}

impl Place {
    /// Seconds for which it is still blocked. A time further away than a window comes from a clock that
    /// was put back since, and is ignored.
    fn blocked_for(&self, now: UnixTime) -> Option<u32> {
        let wait = u32::try_from(self.blocked_until.since(now)).ok()?;
        (1..=self.rate.window()).contains(&wait).then_some(wait)
    }

    fn fullness(&self, now: UnixTime) -> u64 {
        match self.blocked_for(now) {
            Some(_) => 1000,
            None => self.window.fullness(self.rate, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime(1_800_000_000);

    fn rate(limit: u32) -> Rate {
        Rate::per_minute(limit).unwrap()
    }

    fn key(id: &str) -> Fingerprint {
        Consumer::Key(id).fingerprint()
    }

    #[test]
    fn each_subject_has_its_own_limit() {
        let mut limits = LimitTable::new(1);
        let subjects =
            [Consumer::Key("a"), Consumer::Key("b"), Consumer::User("a"), Consumer::Address("a")];
        for subject in subjects {
            assert!(limits.admit(subject.fingerprint(), rate(1), NOW).allowed, "{subject:?}");
            assert!(!limits.admit(subject.fingerprint(), rate(1), NOW).allowed, "{subject:?}");
        }
    }

    #[test]
    fn what_is_taken_back_was_never_counted() {
        let mut limits = LimitTable::new(1);
        for _ in 0..10 {
            assert!(limits.admit(key("a"), rate(2), NOW).allowed);
            limits.refund(key("a"), rate(2), NOW);
        }
        limits.refund(key("a"), rate(2), NOW);
        let allowed = (0..5).filter(|_| limits.admit(key("a"), rate(2), NOW).allowed).count();
        assert_eq!(allowed, 2);
    }

    #[test]
    fn who_is_blocked_from_outside_is_refused_until_then_and_no_longer_than_a_window() {
        let mut limits = LimitTable::new(1);
        limits.block(key("a"), rate(100), NOW.plus(7), NOW);
        let refused = Admission { allowed: false, remaining: 0, reset_in: 7 };
        assert_eq!(limits.admit(key("a"), rate(100), NOW), refused);
        assert!(limits.admit(key("a"), rate(100), NOW.plus(7)).allowed);
        for until in [UnixTime(i64::MAX), NOW.plus(61), NOW, UnixTime(i64::MIN)] {
            limits.block(key("b"), rate(100), until, NOW);
            assert!(limits.admit(key("b"), rate(100), NOW).allowed, "{until:?}");
        }
        // the clock is put back
        limits.block(key("c"), rate(100), NOW.plus(7), NOW);
        assert!(limits.admit(key("c"), rate(100), NOW.plus(-3600)).allowed);
    }

    /// An exhausted subject is not forgotten for any number of strangers.
    #[test]
    fn a_count_is_not_evicted_by_calls_of_many_others() {
        let mut limits = LimitTable::new(7);
        for _ in 0..10 {
            limits.admit(key("mine"), rate(10), NOW);
        }
        for stranger in 0..100_000 {
            assert!(limits.admit(key(&format!("{stranger}")), rate(10), NOW).allowed);
        }
        assert!(!limits.admit(key("mine"), rate(10), NOW).allowed);
        assert_eq!(limits.places.len(), ROWS * PLACES);
    }

    #[test]
    fn a_window_that_is_over_makes_room_first() {
        let mut limits = LimitTable::new(7);
        for old in 0..100_000 {
            limits.admit(key(&format!("old {old}")), rate(1), NOW);
        }
        let later = NOW.plus(120);
        limits.admit(key("mine"), rate(10), later);
        for new in 0..1000 {
            limits.admit(key(&format!("new {new}")), rate(10), later);
        }
        assert_eq!(limits.admit(key("mine"), rate(10), later).remaining, 8);
    }
}
