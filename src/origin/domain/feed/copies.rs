//! Copies of the feed in KV, which are unaffected by restoring a database backup.
//!
//! Each entry is one key of KV, whose name holds all of it, so that one listing reads a thousand of
//! them: `revoked:<epoch>:<seq>:<until>:<cause>:<kind>:<id>`. [`HEAD`] holds the end of the feed. A
//! failure here fails no request: the schedule copies what was not copied. The names of another database than
//! number 0 begin with its number ([`Origin::name_in_snapshots`]).

use serde::{Deserialize, Serialize};

use super::{FeedError, restore};
use crate::{
    core::revocation::NEVER,
    origin::{
        Origin,
        domain::patience::within_patience,
        store::revocations::{self, Entry, FeedEnd},
    },
};

/// The name under which the end of the feed is kept.
pub const HEAD: &str = "revocation-head";

/// The prefix of the names of entries.
pub(super) const PREFIX: &str = "revoked:";

/// How long an entry is kept at least, in seconds: longer than any backup of the database (D1 keeps
/// thirty days). A backup that is older brings back what was revoked before.
const KEPT_FOR: i64 = 35 * 24 * 3600;

/// How many entries are copied in the request that appended them; a worker may make 1,000 requests.
const COPIED_AT_ONCE: usize = 20;

/// How many entries one run of the schedule copies.
const COPIED_BY_SCHEDULE: i64 = 100;

/// The end of the feed, as KV has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) epoch: i64,
    pub(super) seq: i64,
    /// [`Entry::mark`] of that number.
    pub(super) mark: String,
}

impl Head {
    pub(super) async fn read(origin: &Origin) -> Result<Self, FeedError> {
        let text = origin.snapshots.get(&origin.name_in_snapshots(HEAD)).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Whether the database is a restored backup: its feed, read at the number of this head, ends
    /// before it or holds another entry under that number.
    pub(super) fn is_ahead_of(&self, end: &FeedEnd) -> bool {
        self.epoch > end.epoch
            || (self.epoch == end.epoch
                && (self.seq > end.seq
                    || end.asked.as_ref().is_some_and(|known| *known != self.mark)))
    }
}

/// A copied entry.
pub(super) struct Copied<'a> {
    pub(super) epoch: i64,
    pub(super) seq: i64,
    pub(super) until: i64,
    pub(super) cause: &'a str,
    pub(super) kind: &'a str,
    pub(super) id: &'a str,
}

fn name(epoch: i64, entry: &Entry) -> String {
    let Entry { seq, kind, id, until, cause } = entry;
    format!("{PREFIX}{epoch}:{seq}:{}:{cause}:{kind}:{id}", until.0)
}

impl<'a> Copied<'a> {
    pub(super) fn of_name(name: &'a str) -> Option<Self> {
        let (_, copied) = name.split_once(PREFIX)?;
        let mut parts = copied.splitn(6, ':');
        let mut next = || parts.next();
        Some(Self {
            epoch: next()?.parse().ok()?,
            seq: next()?.parse().ok()?,
            until: next()?.parse().ok()?,
            cause: next()?,
            kind: next()?,
            id: next()?,
        })
    }
}

/// Copies the entries that a request has appended. The schedule repeats what fails.
pub(super) async fn copy(origin: &Origin, entries: &[Entry]) {
    if !entries.is_empty() {
        let first = entries.get(..COPIED_AT_ONCE).unwrap_or(entries);
        within_patience(origin, copied(origin, first)).await;
    }
}

async fn copied(origin: &Origin, entries: &[Entry]) -> Result<(), FeedError> {
    let (head, end) = restore::look(origin).await?;
    // Moving the head to the end of a restored backup would hide that it is one.
    if head.is_ahead_of(&end) {
        return restore::heal(origin, head.epoch).await;
    }
    put(origin, end.epoch, entries).await?;
    announce(origin, &head, end).await
}

/// Copies the entries that no request copied, and the end of the feed.
pub async fn tend(origin: &Origin) -> Result<(), FeedError> {
    let (head, end) = restore::look(origin).await?;
    let entries = revocations::not_copied(&*origin.database, COPIED_BY_SCHEDULE).await?;
    put(origin, end.epoch, &entries).await?;
    announce(origin, &head, end).await
}

async fn put(origin: &Origin, epoch: i64, entries: &[Entry]) -> Result<(), FeedError> {
    let now = origin.clock.now();
    let mut numbers = Vec::with_capacity(entries.len());
    for entry in entries {
        let ttl = if entry.until == NEVER {
            None
        } else {
            u64::try_from(entry.until.since(now).max(KEPT_FOR)).ok()
        };
        let name = origin.name_in_snapshots(&name(epoch, entry));
        origin.snapshots.put(&name, "1", ttl).await?;
        numbers.push(entry.seq);
    }
    if !numbers.is_empty() {
        origin.database.run(revocations::copied(&numbers)).await?;
    }
    Ok(())
}

/// Moves the head forward. KV takes one write a second of a name; the schedule repeats a lost one.
async fn announce(origin: &Origin, head: &Head, end: FeedEnd) -> Result<(), FeedError> {
    if (end.epoch, end.seq) <= (head.epoch, head.seq) {
        return Ok(());
    }
    let FeedEnd { epoch, seq, mark, .. } = end;
    let reached = Head { epoch, seq, mark: mark.unwrap_or_default() };
    let text = serde_json::to_string(&reached).unwrap_or_default();
    Ok(origin.snapshots.put(&origin.name_in_snapshots(HEAD), &text, None).await?)
}
