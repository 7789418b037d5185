//! Revocation: credentials that are invalid although their signature and times are valid.
//!
//! The origin numbers all revocations and never changes one; an edge polls for new entries
//! ([`Page`]) and keeps the relevant ones ([`Feed`]). A credential carries the number that the feed
//! had reached *before* its [`Subject`]s were checked ([`Sequence`]). An entry revokes credentials
//! with a smaller number than its own: those that were checked before the entry, and no others. No
//! clock is involved.

mod feed;
mod feeds;
mod page;
mod subject;

use serde::{Deserialize, Serialize};

pub use feed::Feed;
pub use feeds::Feeds;
pub use page::{Page, PageError};
pub use subject::{Fingerprint, Subject};

use super::time::UnixTime;

/// The end of an entry that stays for good: 9999-12-31T23:59:59Z.
pub const NEVER: UnixTime = UnixTime(253_402_300_799);

/// The end of the feed: the number of its newest entry, 0 before the first. A credential
/// that carries none counts as older than every entry.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Sequence(pub u64);

impl Sequence {
    /// Bits of the numbers of one history. Those of the next one begin above them, so that a
    /// number never comes back when a backup of the database is restored.
    const BITS: u32 = 40;

    /// Histories that there can be: JavaScript holds integers below 2⁵³.
    pub const EPOCHS: u64 = 1 << 12;

    /// Numbers that the database can hold.
    pub const LIMIT: u64 = Self::EPOCHS << Self::BITS;

    /// Bits of the numbers of one database in a history: 17 billion.
    pub const BITS_OF_DATABASE: u32 = 34;

    /// How many databases there can be.
    pub const DATABASES: usize = 1 << (Self::BITS - Self::BITS_OF_DATABASE);

    /// The first number of a database in the history `epoch`.
    pub const fn first_of(epoch: u64, database: usize) -> Self {
        Self(epoch << Self::BITS | (database as u64) << Self::BITS_OF_DATABASE)
    }

    /// The database whose feed it is a number of.
    pub const fn database(self) -> usize {
        ((self.0 >> Self::BITS_OF_DATABASE) % Self::DATABASES as u64) as usize
    }

    /// Whether there is none: for serde.
    pub const fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

/// One revocation. It takes 20 bytes, on the wire and in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// The subject.
    pub subject: Fingerprint,
    /// Credentials with a smaller number are revoked.
    pub sequence: Sequence,
    /// When everything affected has expired and the entry may be dropped.
    pub until: UnixTime,
}

/// 32 bits of minutes, rounded up: they reach the year 10136.
fn minutes(time: UnixTime) -> u32 {
    u32::try_from(time.0.max(0).saturating_add(59) / 60).unwrap_or(u32::MAX)
}

fn of_minutes(minutes: u32) -> UnixTime {
    UnixTime(i64::from(minutes) * 60)
}
