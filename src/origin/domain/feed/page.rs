//! The feed as edges read it.

use super::{FeedError, restore};
use crate::{
    core::revocation::Page,
    origin::{Origin, domain::patience::within_patience, store::revocations},
};

/// What was revoked after the number `after` of the history `epoch`; from the start if that is not
/// the present one. A number that was never given is how an edge tells of a backup that has been
/// restored: it is healed first.
pub async fn page(origin: &Origin, epoch: i64, after: i64) -> Result<Page, FeedError> {
    // The feed goes on while the second place is out of reach.
    within_patience(origin, restore::watch_now_and_then(origin)).await;
    let database = &*origin.database;
    let now = origin.clock.now();
    let (mut standing, mut entries) = revocations::after(database, epoch, after, now).await?;
    let is_ahead = epoch > standing.epoch || (epoch == standing.epoch && after > standing.seq);
    if is_ahead {
        restore::heal(origin, epoch).await?;
        (standing, entries) = revocations::after(database, epoch, after, now).await?;
    }
    let more = entries.len() > Page::ENTRIES;
    entries.truncate(Page::ENTRIES);
    let next = match entries.last() {
        Some(last) if more => last.seq,
        // Whatever is newer has expired or has never been.
        _ => standing.seq,
    };
    let number = |number: i64| u64::try_from(number).unwrap_or_default();
    Ok(Page {
        epoch: number(standing.epoch),
        next: number(next),
        more,
        entries: entries.iter().filter_map(revocations::Entry::revocation).collect(),
    })
}
