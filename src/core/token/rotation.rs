//! Rotation of signing keys: the schedule of one algorithm's keys, as a pure function of the time.
//!
//! ```text
//! published ──1 day or more──▶ signs ──30 days──▶ retired ──longest token──▶ removed
//! ```
//!
//! A key signs until its successor does. The successor is made two days before the thirty are over
//! and never signs before verifiers have had a day to fetch it. If the schedule stood still, the old
//! key signs a little longer, so that exactly one key signs at any time. The very first key, and one
//! that replaces a dropped key, sign immediately.

use super::{KeyId, LEEWAY};
use crate::core::time::UnixTime;

const DAY: i64 = 24 * 3600;

/// How long a key signs.
pub const SIGNS_FOR: i64 = 30 * DAY;

/// How long, at least, a key is published before it signs. Verifiers hold a JWKS for minutes.
pub const PUBLISHED_BEFORE: i64 = DAY;

/// How long before the end of a key's time its successor is made: with a margin, so that a
/// schedule that runs every hour changes keys on the day.
const SUCCEEDED_BEFORE: i64 = 2 * DAY;

/// The least time for which a retired key stays, even if tokens live for less.
const RETIRED_FOR: i64 = 7 * DAY;

/// How long the record of a removed key stays.
const REMEMBERED_FOR: i64 = 30 * DAY;

/// The times of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The key.
    pub id: KeyId,
    /// Its first second as the signing key.
    pub signs_from: UnixTime,
    /// The first second of its successor; `None`: it has none yet.
    pub signs_until: Option<UnixTime>,
    /// From here on it is not published; `None`: not yet known.
    pub removed_at: Option<UnixTime>,
    /// Whether its private half is still kept.
    pub has_private: bool,
}

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Published, does not sign yet.
    Announced,
    /// Signs.
    Signing,
    /// Published still, because tokens that it signed live.
    Retired,
    /// No longer published: no token that it signed can be valid.
    Removed,
}

impl Term {
    /// Where the key is at `now`.
    pub fn phase(&self, now: UnixTime) -> Phase {
        if self.removed_at.is_some_and(|end| end <= now) {
            Phase::Removed
        } else if self.signs_until.is_some_and(|end| end <= now) {
            Phase::Retired
        } else if self.signs_from <= now {
            Phase::Signing
        } else {
            Phase::Announced
        }
    }
}

/// A step of the rotation of one algorithm's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make a key.
    Generate {
        /// When it begins to sign.
        signs_from: UnixTime,
        /// The newest key that the decision is based on, if there was one. The step has no effect
        /// if a newer one has appeared.
        newest: Option<Newest>,
    },
    /// The announced key signs immediately, because no other does.
    Advance(KeyId),
    /// The retired key stays until then.
    KeepUntil(KeyId, UnixTime),
    /// The retired key never signs again: its private half is wiped.
    Wipe(KeyId),
    /// The removed key is forgotten.
    Forget(KeyId),
}

/// The newest key, as a [`Step::Generate`] saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// The key.
    pub id: KeyId,
    /// When it began to sign.
    pub signs_from: UnixTime,
    /// Whether it signs until the new one does (otherwise its time is over already).
    pub hands_over: bool,
}

/// The tokens that a key must outlive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outstanding {
    /// The longest lifetime that tokens are given at present, in seconds.
    pub longest: i64,
    /// When the last token expires that was signed under a longer lifetime than that.
    pub last_expiry: UnixTime,
}

/// The steps due at `now` for `keys`, all of one algorithm.
pub fn plan(keys: &[Term], now: UnixTime, outstanding: Outstanding) -> Vec<Step> {
    let mut steps: Vec<Step> = succession(keys, now).into_iter().collect();
    for key in keys {
        match (key.phase(now), key.signs_until, key.removed_at) {
            (Phase::Retired, Some(signs_until), removed_at) => {
                if removed_at.is_none() {
                    let longest = outstanding.longest.max(RETIRED_FOR);
                    let end = signs_until.plus(longest).max(outstanding.last_expiry);
                    steps.push(Step::KeepUntil(key.id.clone(), end.plus(LEEWAY)));
                }
                if key.has_private {
                    steps.push(Step::Wipe(key.id.clone()));
                }
            }
            (Phase::Removed, _, Some(gone)) if gone.plus(REMEMBERED_FOR) <= now => {
                steps.push(Step::Forget(key.id.clone()));
            }
            _ => {}
        }
    }
    steps
}

fn succession(keys: &[Term], now: UnixTime) -> Option<Step> {
    let Some(newest) = keys.iter().max_by_key(|key| key.signs_from) else {
        return Some(Step::Generate { signs_from: now, newest: None });
    };
    let generate = |signs_from, hands_over| {
        let newest = Newest { id: newest.id.clone(), signs_from: newest.signs_from, hands_over };
        Some(Step::Generate { signs_from, newest: Some(newest) })
    };
    match newest.phase(now) {
        // The signing key has been dropped, and earlier keys do not sign again.
        Phase::Retired | Phase::Removed => generate(now, false),
        Phase::Announced if keys.iter().any(|key| key.phase(now) == Phase::Signing) => None,
        Phase::Announced => Some(Step::Advance(newest.id.clone())),
        Phase::Signing => {
            let end = newest.signs_from.plus(SIGNS_FOR);
            // An end without a successor: the announced key has been dropped.
            let due = newest.signs_until.is_some() || end.plus(-SUCCEEDED_BEFORE) <= now;
            due.then(|| generate(end.max(now.plus(PUBLISHED_BEFORE)), true)).flatten()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: i64 = 3600;
    const YEAR: i64 = 365 * DAY;

    /// A key and what has become of it.
    #[derive(Debug, Clone)]
    struct Life {
        published: UnixTime,
        term: Term,
        /// The expiry of the last token that it signed.
        last_token: UnixTime,
    }

    /// The keys of one algorithm, with the plan carried out as the keyring does it.
    #[derive(Debug, Default)]
    struct Ring {
        lives: Vec<Life>,
        made: usize,
    }

    impl Ring {
        fn run(&mut self, now: UnixTime, longest: i64) {
            let terms: Vec<Term> = self.lives.iter().map(|life| life.term.clone()).collect();
            let last_expiry = self.lives.iter().map(|life| life.last_token).max();
            let outstanding = Outstanding { longest, last_expiry: last_expiry.unwrap_or_default() };
            for step in plan(&terms, now, outstanding) {
                match step {
                    Step::Generate { signs_from, newest } => {
                        if let Some(newest) = newest.filter(|newest| newest.hands_over) {
                            self.of(&newest.id).signs_until = Some(signs_from);
                        }
                        self.made += 1;
                        let term = Term {
                            id: KeyId(format!("k{}", self.made)),
                            signs_from,
                            signs_until: None,
                            removed_at: None,
                            has_private: true,
                        };
                        self.lives.push(Life { published: now, term, last_token: UnixTime(0) });
                    }
                    Step::Advance(id) => self.of(&id).signs_from = now,
                    Step::KeepUntil(id, end) => self.of(&id).removed_at = Some(end),
                    Step::Wipe(id) => self.of(&id).has_private = false,
                    Step::Forget(id) => self.lives.retain(|life| life.term.id != id),
                }
            }
        }

        fn of(&mut self, id: &KeyId) -> &mut Term {
            &mut self.lives.iter_mut().find(|life| life.term.id == *id).unwrap().term
        }

        fn in_phase(&mut self, phase: Phase, now: UnixTime) -> Vec<&mut Life> {
            self.lives.iter_mut().filter(|life| life.term.phase(now) == phase).collect()
        }

        /// The one key that signs, which signs a token that lives for `lifetime`.
        fn sign(&mut self, now: UnixTime, lifetime: i64) -> KeyId {
            let mut signing = self.in_phase(Phase::Signing, now);
            assert_eq!(signing.len(), 1, "exactly one key signs at {}", now.0);
            let life = &mut *signing[0];
            assert!(life.term.has_private, "the signing key can sign");
            life.last_token = life.last_token.max(now.plus(lifetime));
            life.term.id.clone()
        }

        /// Nothing that is still to be verified may have lost its key.
        fn check(&self, now: UnixTime) {
            for life in &self.lives {
                let removed = life.term.phase(now) == Phase::Removed;
                let token_lives = now < life.last_token.plus(LEEWAY);
                assert!(!(removed && token_lives), "{life:?} is removed too early at {}", now.0);
            }
        }
    }

    proptest! {
        /// The schedule runs now and then, sometimes not for weeks; lifetimes change between.
        #[test]
        fn through_a_year_exactly_one_key_signs_and_each_is_there_in_time_and_long_enough(
            pauses in prop::collection::vec((1..20 * 24_i64, 1..=30_i64), 20..120),
        ) {
            let mut ring = Ring::default();
            let (start, mut now, mut longest) = (UnixTime(1_800_000_000), UnixTime(1_800_000_000), DAY);
            ring.run(now, longest);
            for (hours, days) in pauses.into_iter().cycle() {
                for _ in 0..hours {
                    ring.sign(now, longest);
                    ring.check(now);
                    now = now.plus(HOUR);
                }
                longest = days * DAY;
                ring.run(now, longest);
                if now.since(start) > YEAR {
                    break;
                }
            }
            for life in ring.lives.iter().filter(|life| life.term.signs_from > start) {
                prop_assert!(life.term.signs_from.since(life.published) >= PUBLISHED_BEFORE);
            }
        }

        /// For each set of dropped keys, another signs immediately, and no retired one signs again.
        #[test]
        fn after_a_drop_another_key_signs_and_none_comes_back(
            events in prop::collection::vec((1..40 * 24_i64, any::<prop::sample::Index>()), 1..40),
        ) {
            let mut ring = Ring::default();
            let mut now = UnixTime(1_800_000_000);
            ring.run(now, DAY);
            let mut signed: Vec<KeyId> = Vec::new();
            for (hours, which) in events {
                for _ in 0..hours {
                    now = now.plus(HOUR);
                    ring.run(now, DAY);
                    let id = ring.sign(now, DAY);
                    if signed.last() != Some(&id) {
                        prop_assert!(!signed.contains(&id), "{id} signs again");
                        signed.push(id);
                    }
                    ring.check(now);
                }
                let dropped = which.index(ring.lives.len());
                ring.lives.remove(dropped);
                ring.run(now, DAY);
                ring.sign(now, DAY);
            }
        }
    }

    #[test]
    fn an_undisturbed_schedule_changes_keys_every_thirty_days() {
        let mut ring = Ring::default();
        let start = UnixTime(1_800_000_000);
        let mut changes = Vec::new();
        let mut last = None;
        for hour in 0..100 * 24 {
            let now = start.plus(hour * HOUR);
            ring.run(now, DAY);
            let id = ring.sign(now, DAY);
            if last.as_ref() != Some(&id) {
                changes.push(hour / 24);
                last = Some(id);
            }
        }
        assert_eq!(changes, [0, 30, 60, 90]);
    }
}
