//! What an edge remembers of the feed.

use std::collections::{BTreeMap, btree_map::Entry};

use super::{Fingerprint, Page, Revocation, seconds};
use crate::core::time::UnixTime;

/// Seconds after which what may be forgotten is looked for.
const SWEEP: i64 = 300;

/// Every revocation that still concerns somebody. A B-tree, because it grows without ever holding
/// two copies of itself.
#[derive(Debug, Default)]
pub struct Feed {
    entries: BTreeMap<Fingerprint, Lapse>,
    epoch: u64,
    next: u64,
    version: u64,
    swept_at: UnixTime,
}

/// See [`seconds`].
#[derive(Debug, Clone, Copy)]
struct Lapse {
    through: u32,
    until: u32,
}

impl Feed {
    /// Where to go on reading: the epoch and the number to ask after.
    pub const fn position(&self) -> (u64, u64) {
        (self.epoch, self.next)
    }

    /// Grows whenever an entry comes in: what was judged good at this version still is.
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

    /// Takes a page in. Answers that come late or twice change nothing; those of an older history
    /// are passed over, and a newer history is read from its start while everything that is
    /// known already stays: a revocation is never taken back.
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
            self.entries.retain(|_, lapse| UnixTime(lapse.until.into()) > now);
        }
    }

    /// Whether what was issued to `subject` at `issued_at` is dead.
    pub fn is_revoked(&self, subject: Fingerprint, issued_at: UnixTime) -> bool {
        self.entries.get(&subject).is_some_and(|lapse| issued_at.0 <= i64::from(lapse.through))
    }

    fn insert(&mut self, entry: &Revocation, now: UnixTime) {
        if entry.until <= now {
            return;
        }
        let lapse = Lapse { through: seconds(entry.through), until: seconds(entry.until) };
        match self.entries.entry(entry.subject) {
            Entry::Vacant(vacant) => {
                vacant.insert(lapse);
            }
            Entry::Occupied(mut occupied) => {
                let known = occupied.get_mut();
                known.through = known.through.max(lapse.through);
                known.until = known.until.max(lapse.until);
            }
        }
        self.version += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::core::revocation::{FOREVER, Subject};

    const NOW: UnixTime = UnixTime(1_800_000_000);

    fn page(epoch: u64, next: u64, entries: &[(Subject<'_>, UnixTime, UnixTime)]) -> Page {
        let entry = |(subject, through, until): &(Subject<'_>, UnixTime, UnixTime)| Revocation {
            subject: subject.fingerprint(),
            through: *through,
            until: *until,
        };
        Page { epoch, next, more: false, entries: entries.iter().map(entry).collect() }
    }

    #[test]
    fn an_identifier_is_dead_for_good_and_a_subject_up_to_a_moment() {
        let (token, user) = (Subject::Token("t"), Subject::User("u"));
        let mut feed = Feed::default();
        let until = NOW.plus(100);
        feed.apply(&page(1, 2, &[(token, FOREVER, until), (user, NOW, until)]), NOW);
        assert!(feed.is_revoked(token.fingerprint(), NOW.plus(50)));
        assert!(feed.is_revoked(user.fingerprint(), NOW));
        assert!(!feed.is_revoked(user.fingerprint(), NOW.plus(1)));
        assert!(!feed.is_revoked(Subject::Token("u").fingerprint(), NOW));
    }

    #[test]
    fn what_can_concern_nobody_any_more_is_forgotten() {
        let mut feed = Feed::default();
        let entry = |until| (Subject::Token("t"), FOREVER, until);
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
        feed.apply(&page(3, 8, &[(Subject::Key("k"), FOREVER, NOW.plus(9))]), NOW);
        assert_eq!((feed.position(), feed.version()), ((3, 8), 1));
    }

    /// A backup was restored: the numbers begin anew, the dead stay dead.
    #[test]
    fn a_new_history_is_read_from_its_start_and_takes_nothing_back() {
        let mut feed = Feed::default();
        let token = Subject::Token("t");
        feed.apply(&page(1, 900, &[(token, FOREVER, NOW.plus(100))]), NOW);
        feed.apply(&page(2, 3, &[]), NOW);
        assert_eq!(feed.position(), (2, 3));
        assert!(feed.is_revoked(token.fingerprint(), NOW));
        feed.apply(&page(1, 901, &[]), NOW);
        assert_eq!(feed.position(), (2, 3));
    }

    proptest! {
        /// In whatever order and however often pages come, the dead are the union of what they say.
        #[test]
        fn pages_may_come_late_and_twice(
            pages in proptest::collection::vec((0u64..20, 0u64..8, 0i64..100), 1..30),
            picks in proptest::collection::vec(any::<proptest::sample::Index>(), 0..60),
        ) {
            let made: Vec<Page> = pages.iter().map(|(next, subject, through)| Page {
                epoch: 1, next: *next, more: false,
                entries: vec![Revocation {
                    subject: Fingerprint(*subject), through: NOW.plus(*through), until: NOW.plus(500),
                }],
            }).collect();
            let (mut once, mut shuffled) = (Feed::default(), Feed::default());
            for page in &made { once.apply(page, NOW); }
            for pick in picks { shuffled.apply(pick.get(&made), NOW); }
            for page in made.iter().rev() { shuffled.apply(page, NOW); }
            prop_assert_eq!(once.position(), shuffled.position());
            for subject in 0..8 {
                for second in 0..100 {
                    let asked = (Fingerprint(subject), NOW.plus(second));
                    prop_assert_eq!(
                        once.is_revoked(asked.0, asked.1), shuffled.is_revoked(asked.0, asked.1)
                    );
                }
            }
        }
    }
}
