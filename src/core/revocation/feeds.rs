//! The in-memory feeds of several databases. Each database numbers its own revocations, and a
//! [`Sequence`] identifies its database. A credential is compared with the feed of its own
//! database; entries that concern several databases are in the feed of each.

use super::{Feed, Page, Sequence, Subject};
use crate::core::time::UnixTime;

/// One feed for each database, in the order of their numbers.
#[derive(Debug)]
pub struct Feeds(Vec<Feed>);

impl Default for Feeds {
    fn default() -> Self {
        Self(vec![Feed::default()])
    }
}

impl Feeds {
    /// Adds feeds up to the number of `databases`. A feed is never dropped.
    pub fn extend(&mut self, databases: usize) {
        while self.0.len() < databases {
            self.0.push(Feed::default());
        }
    }

    /// How many feeds there are.
    pub fn databases(&self) -> usize {
        self.0.len()
    }

    /// The read position of a database's feed: epoch and last number.
    pub fn position(&self, database: usize) -> (u64, u64) {
        self.0.get(database).map(Feed::position).unwrap_or_default()
    }

    /// Increases with each new entry and feed: credentials valid at this version still are.
    pub fn version(&self) -> u64 {
        self.0.iter().map(|feed| feed.version() + 1).sum()
    }

    /// Applies a page of the feed of a database: [`Feed::apply`].
    pub fn apply(&mut self, database: usize, page: &Page, now: UnixTime) {
        if let Some(feed) = self.0.get_mut(database) {
            feed.apply(page, now);
        }
    }

    /// Whether the feed that numbers such credentials is held.
    pub fn knows(&self, issued: Sequence) -> bool {
        issued.database() < self.0.len()
    }

    /// Whether the organization has since been moved out of the database that issued the number.
    pub fn has_departed(&self, organization: &str, issued: Sequence) -> bool {
        let feed = self.0.get(issued.database());
        feed.is_some_and(|feed| feed.is_revoked(Subject::Departure(organization), issued))
    }

    /// Whether a credential of `subject` with the number `issued` is revoked. If its organization
    /// `has_departed` from the database of the number, every entry of another database revokes it: it was
    /// issued before.
    pub fn is_revoked(&self, subject: Subject<'_>, issued: Sequence, has_departed: bool) -> bool {
        self.0.iter().enumerate().any(|(database, feed)| {
            if database == issued.database() {
                feed.is_revoked(subject, issued)
            } else {
                (has_departed || subject.is_final())
                    && feed.is_revoked(subject, Sequence::default())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::revocation::Revocation;

    const NOW: UnixTime = UnixTime(1_800_000_000);
    const USER: Subject<'_> = Subject::User("u");

    fn number(database: usize, number: u64) -> Sequence {
        Sequence(Sequence::first_of(0, database).0 + number)
    }

    /// Two feeds; `entries` are of the databases before them.
    fn feeds(entries: &[(usize, Subject<'_>, u64)]) -> Feeds {
        let mut feeds = Feeds::default();
        feeds.extend(2);
        for (database, subject, at) in entries {
            let sequence = number(*database, *at);
            let (subject, until) = (subject.fingerprint(), NOW.plus(100));
            let entries = vec![Revocation { subject, sequence, until }];
            let page = Page { epoch: 1, next: sequence.0, more: false, entries };
            feeds.apply(*database, &page, NOW);
        }
        feeds
    }

    #[test]
    fn a_credential_is_compared_with_the_feed_of_its_own_database() {
        let feeds = feeds(&[(0, USER, 7), (1, Subject::Application("a"), 7)]);
        assert!(feeds.is_revoked(USER, number(0, 6), false));
        assert!(!feeds.is_revoked(USER, number(0, 7), false));
        assert!(!feeds.is_revoked(USER, number(1, 6), false));
        assert!(feeds.is_revoked(Subject::Application("a"), number(1, 6), false));
        assert!(!feeds.is_revoked(Subject::Application("a"), number(0, 6), false));
    }

    /// An attacker with a stolen signing key chooses the number, and with it the database.
    #[test]
    fn what_never_returns_is_dead_whatever_database_a_credential_names() {
        let feeds = feeds(&[(0, Subject::Grant("g"), 7)]);
        assert!(feeds.is_revoked(Subject::Grant("g"), number(1, 9), false));
    }

    #[test]
    fn what_was_issued_before_a_move_is_revoked_in_the_new_database() {
        let feeds = feeds(&[(0, Subject::Departure("hanzo"), 5), (1, USER, 3)]);
        assert!(feeds.has_departed("hanzo", number(0, 4)));
        assert!(feeds.is_revoked(USER, number(0, 4), true));
        // Issued after the organization had come back.
        assert!(!feeds.has_departed("hanzo", number(0, 5)));
        assert!(!feeds.has_departed("acme", number(0, 4)));
    }

    #[test]
    fn a_database_that_is_not_known_yet_is_not_taken_for_another() {
        let mut feeds = Feeds::default();
        let before = feeds.version();
        assert!(feeds.knows(number(0, 1)) && !feeds.knows(number(1, 1)));
        feeds.extend(2);
        assert!(feeds.knows(number(1, 1)));
        assert_ne!(feeds.version(), before);
    }
}
