//! Revocation: what is dead although its signature is good and its time is not over.
//!
//! The origin numbers everything that is revoked and never changes what it has written; an edge
//! asks for what is new ([`Page`]) and keeps what is still of use ([`Feed`]). There is one kind of
//! entry: *whatever was issued to that [`Subject`] at or before that time is dead*. For an
//! identifier that is dead for good, the time is [`FOREVER`]; for a user, an application or an
//! organization, which may come back, it is the moment of the revocation.

mod feed;
mod page;
mod subject;

pub use feed::Feed;
pub use page::{Page, PageError};
pub use subject::{Fingerprint, Subject};

use super::time::UnixTime;

/// The time of an identifier that is dead whenever it was issued.
pub const FOREVER: UnixTime = UnixTime(u32::MAX as i64);

/// 32 bits of seconds, half the room; a time that they can't hold becomes the nearest they can.
fn seconds(time: UnixTime) -> u32 {
    u32::try_from(time.0.max(0)).unwrap_or(u32::MAX)
}

/// One revocation. It takes 16 bytes, on the wire and in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Of what.
    pub subject: Fingerprint,
    /// What was issued to it at this second or before is dead.
    pub through: UnixTime,
    /// From this second on nothing that it concerns can be alive anyway: it may be forgotten.
    pub until: UnixTime,
}
