//! Pages of the feed for edges.

use super::{FeedError, restore};
use crate::{
    core::revocation::Page,
    origin::{Origin, domain::patience::within_patience, store::revocations},
};

/// Returns what was revoked after the number `after` of the history `epoch`; from the start if that
/// is not the present one. A number that was never given shows that the database is a restored
/// backup, which is healed first.
pub async fn page(origin: &Origin, epoch: i64, after: i64) -> Result<Page, FeedError> {
    // Edges get the feed while KV is out of reach.
    within_patience(origin, restore::watch_now_and_then(origin)).await;
    let database = &*origin.database;
    let now = origin.clock.now();
    let (mut end, mut entries) = revocations::after(database, epoch, after, now).await?;
    let is_ahead = epoch > end.epoch || (epoch == end.epoch && after > end.seq);
    if is_ahead {
        restore::heal(origin, epoch).await?;
        (end, entries) = revocations::after(database, epoch, after, now).await?;
    }
    let more = entries.len() > Page::ENTRIES;
    entries.truncate(Page::ENTRIES);
    let next = match entries.last() {
        Some(last) if more => last.seq,
        // All newer numbers have expired.
        _ => end.seq,
    };
    let number = |number: i64| u64::try_from(number).unwrap_or_default();
    Ok(Page {
        epoch: number(end.epoch),
        next: number(next),
        more,
        entries: entries.iter().filter_map(revocations::Entry::revocation).collect(),
    })
}
