//! The in-memory feed of an edge.

use std::collections::{BTreeMap, btree_map::Entry};

use super::{Fingerprint, Page, Revocation, Sequence, Subject, minutes, of_minutes};
use crate::core::time::UnixTime;

/// Seconds between two searches for entries that may be dropped.
const SWEEP: i64 = 300;

/// All revocations that may affect a live credential. A B-tree, because it grows without
/// reallocating a copy of itself.
#[derive(Debug, Default)]
pub struct Feed {
    entries: BTreeMap<Fingerprint, Lapse>,
    epoch: u64,
    next: u64,
    version: u64,
    swept_at: UnixTime,
}

/// The newest number of a subject, in two halves (an integer of 64 bits would be padded), and
/// [`minutes`] of its end.
#[derive(Debug, Clone, Copy)]
struct Lapse {
    high: u32,
    low: u32,
    until: u32,
}

impl Lapse {
    #[expect(clippy::cast_possible_truncation, reason = "each half is 32 bits")]
    fn new(entry: &Revocation) -> Self {
        let Sequence(number) = entry.sequence;
        Self { high: (number >> 32) as u32, low: number as u32, until: minutes(entry.until) }
    }

    fn sequence(self) -> Sequence {
        Sequence(u64::from(self.high) << 32 | u64::from(self.low))
    }
}

impl Feed {
    /// The read position: epoch and last number.
    pub const fn position(&self) -> (u64, u64) {
        (self.epoch, self.next)
    }

    /// Increases with each new entry: credentials valid at this version still are.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is revoked.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Applies a page. Late and duplicate pages change nothing; those of an older history are
    /// ignored. A newer history is read from its start, and all existing entries are kept: a
    /// revocation is never reverted.
    pub fn apply(&mut self, page: &Page, now: UnixTime) {
        if page.epoch < self.epoch {
            return;
        }
        if page.epoch > self.epoch {
            self.epoch = page.epoch;
            self.next = 0;
        }
        self.next = self.next.max(page.next);
        for entry in &page.entries {
            self.insert(entry, now);
        }
        if now.since(self.swept_at) >= SWEEP {
            self.swept_at = now;
            self.entries.retain(|_, lapse| of_minutes(lapse.until) > now);
        }
    }

    /// Whether a credential of `subject` with the number `issued` is revoked.
    pub fn is_revoked(&self, subject: Subject<'_>, issued: Sequence) -> bool {
        let lapse = self.entries.get(&subject.fingerprint());
        lapse.is_some_and(|lapse| subject.is_final() || issued < lapse.sequence())
    }

    fn insert(&mut self, entry: &Revocation, now: UnixTime) {
        if entry.until <= now {
            return;
        }
        let lapse = Lapse::new(entry);
        match self.entries.entry(entry.subject) {
            Entry::Vacant(vacant) => {
                vacant.insert(lapse);
            }
            Entry::Occupied(mut occupied) => {
                let known = occupied.get_mut();
                let newer = if lapse.sequence() > known.sequence() { lapse } else { *known };
                *known = Lapse { until: known.until.max(lapse.until), ..newer };
            }
        }
        self.version += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixTime = UnixTime(1_800_000_000);

    fn page(epoch: u64, next: u64, entries: &[(Subject<'_>, u64, UnixTime)]) -> Page {
        let entry = |(subject, sequence, until): &(Subject<'_>, u64, UnixTime)| Revocation {
            subject: subject.fingerprint(),
            sequence: Sequence(*sequence),
            until: *until,
        };
        Page { epoch, next, more: false, entries: entries.iter().map(entry).collect() }
    }

    /// Fault 7: a credential checked before the entry is revoked, one checked after it is not, even
    /// within the same second.
    #[test]
    fn an_entry_kills_what_carries_a_smaller_number_than_its_own() {
        let user = Subject::User("u");
        let mut feed = Feed::default();
        feed.apply(&page(1, 7, &[(user, 7, NOW.plus(100))]), NOW);
        assert!(feed.is_revoked(user, Sequence(0)));
        assert!(feed.is_revoked(user, Sequence(6)));
        assert!(!feed.is_revoked(user, Sequence(7)));
        assert!(!feed.is_revoked(Subject::Token("u"), Sequence(0)));
    }

    /// An attacker with a leaked signing key chooses the number.
    #[test]
    fn an_identifier_that_never_returns_is_dead_whatever_number_is_carried() {
        let mut feed = Feed::default();
        let finals = [
            Subject::Token("t"),
            Subject::Session("s"),
            Subject::Grant("g"),
            Subject::SigningKey("k"),
        ];
        for subject in finals {
            feed.apply(&page(1, 2, &[(subject, 2, NOW.plus(100))]), NOW);
            assert!(feed.is_revoked(subject, Sequence(u64::MAX)), "{subject:?}");
        }
    }

    #[test]
    fn a_number_of_64_bits_is_kept_whole() {
        let mut feed = Feed::default();
        let first = Sequence::first_of(Sequence::EPOCHS - 1, 0);
        feed.apply(&page(1, 2, &[(Subject::Everything, first.0, NOW.plus(9))]), NOW);
        assert!(feed.is_revoked(Subject::Everything, Sequence(first.0 - 1)));
        assert!(!feed.is_revoked(Subject::Everything, first));
    }

    #[test]
    fn entries_about_expired_credentials_are_dropped() {
        let mut feed = Feed::default();
        let entry = |until| (Subject::Token("t"), 1, until);
        feed.apply(&page(1, 1, &[entry(NOW)]), NOW);
        assert!(feed.is_empty());
        feed.apply(&page(1, 2, &[entry(NOW.plus(10))]), NOW);
        assert_eq!(feed.len(), 1);
        feed.apply(&page(1, 2, &[]), NOW.plus(SWEEP));
        assert!(feed.is_empty());
    }

    #[test]
    fn the_position_and_the_version_tell_what_is_new() {
        let mut feed = Feed::default();
        assert_eq!(feed.position(), (0, 0));
        feed.apply(&page(3, 7, &[]), NOW);
        assert_eq!((feed.position(), feed.version()), ((3, 7), 0));
        feed.apply(&page(3, 8, &[(Subject::Key("k"), 8, NOW.plus(9))]), NOW);
        assert_eq!((feed.position(), feed.version()), ((3, 8), 1));
    }

    /// A backup was restored: the numbers begin anew, and revocations stay.
    #[test]
    fn a_new_history_is_read_from_its_start_and_takes_nothing_back() {
        let mut feed = Feed::default();
        let token = Subject::Token("t");
        feed.apply(&page(1, 900, &[(token, 900, NOW.plus(100))]), NOW);
        feed.apply(&page(2, 3, &[]), NOW);
        assert_eq!(feed.position(), (2, 3));
        assert!(feed.is_revoked(token, Sequence(0)));
        feed.apply(&page(1, 901, &[]), NOW);
        assert_eq!(feed.position(), (2, 3));
    }

    proptest! {
        /// In any order of pages, each any number of times, the revoked are the union of their entries.
        #[test]
        fn pages_may_come_late_and_twice(
            pages in proptest::collection::vec((0u64..20, 0usize..8, 0u64..100), 1..30),
            picks in proptest::collection::vec(any::<proptest::sample::Index>(), 0..60),
        ) {
            let ids = ["0", "1", "2", "3", "4", "5", "6", "7"];
            let made: Vec<Page> = pages.iter().map(|(next, subject, sequence)| {
                page(1, *next, &[(Subject::User(ids[*subject]), *sequence, NOW.plus(500))])
            }).collect();
            let (mut once, mut shuffled) = (Feed::default(), Feed::default());
            for page in &made { once.apply(page, NOW); }
            for pick in picks { shuffled.apply(pick.get(&made), NOW); }
            for page in made.iter().rev() { shuffled.apply(page, NOW); }
            prop_assert_eq!(once.position(), shuffled.position());
            for id in ids {
                for number in 0..100 {
                    let asked = (Subject::User(id), Sequence(number));
                    prop_assert_eq!(
                        once.is_revoked(asked.0, asked.1), shuffled.is_revoked(asked.0, asked.1)
                    );
                }
            }
        }
    }
}
