//! Healing of a database that was restored from a backup: revocations since the backup must stay in
//! force.
//!
//! A restored backup shows in KV, whose copies of the feed end later or differ, or in an edge that
//! asks for a number that was never given. The instance that detects it starts a new history: it
//! appends the entries that only KV has, applies them to the restored rows, and revokes everything
//! issued so far. Users must sign in again; API keys stay valid unless they were revoked or
//! narrowed since the backup.

use serde_json::json;

use super::{
    FeedError,
    copies::{self, Copied, Head, PREFIX},
};
use crate::{
    core::encoding::base64url,
    origin::{
        Origin,
        domain::publication,
        store::{
            publications,
            revocations::{self, FeedEnd, restore::Healing},
        },
    },
};

/// Seconds between two comparisons by one instance.
const LOOK_EVERY: i64 = 60;

/// How many copies go into one statement: D1 takes texts up to 2 MB.
const COPIES_AT_ONCE: usize = 5_000;

/// Returns the end of the feed, as KV has it and as the database does.
pub(super) async fn look(origin: &Origin) -> Result<(Head, FeedEnd), FeedError> {
    // In this order: a feed that moves on between the two reads must not look like a backup.
    let head = Head::read(origin).await?;
    let end = revocations::end(&*origin.database, head.seq).await?;
    origin.watch.note(origin.clock.now());
    Ok((head, end))
}

/// Heals the database if it is a restored backup.
pub async fn watch(origin: &Origin) -> Result<(), FeedError> {
    let (head, end) = look(origin).await?;
    if head.is_ahead_of(&end) {
        heal(origin, head.epoch).await?;
    }
    Ok(())
}

/// [`watch`], at the first call and then once a minute.
pub(super) async fn watch_now_and_then(origin: &Origin) -> Result<(), FeedError> {
    if origin.clock.now().since(origin.watch.last()) < LOOK_EVERY {
        return Ok(());
    }
    watch(origin).await
}

/// Begins a new history, after all that are known until `epoch`. Of concurrent healers one succeeds.
pub(super) async fn heal(origin: &Origin, epoch: i64) -> Result<(), FeedError> {
    let (head, end) = look(origin).await?;
    let names = origin.snapshots.names(&origin.name_in_snapshots(PREFIX)).await?;
    let copies: Vec<Copied<'_>> = names.iter().filter_map(|name| Copied::of_name(name)).collect();
    let newest = copies.iter().map(|copy| copy.epoch).max().unwrap_or_default();
    let healer = base64url(&origin.random.bytes::<16>());
    let healing = Healing {
        from: end.epoch,
        seq: end.seq,
        to: end.epoch.max(head.epoch).max(newest).max(epoch).saturating_add(1),
        healer: &healer,
        database: origin.place.number,
        now: origin.clock.now(),
    };
    let mut statements = vec![healing.begin()];
    // First, so that the numbers of this history begin above all others.
    statements.push(healing.end_everything());
    statements.extend(copies.chunks(COPIES_AT_ONCE).map(|copies| healing.append(&listed(copies))));
    statements.extend(healing.apply());
    let keys: Vec<&str> =
        copies.iter().filter(|copy| copy.kind == "key").map(|copy| copy.id).collect();
    statements
        .extend(keys.chunks(COPIES_AT_ONCE).map(|keys| publications::keys(keys, healing.now)));
    let results = origin.database.batch(statements).await?;
    if results.first().is_none_or(Vec::is_empty) {
        return Ok(());
    }
    publication::edge(origin).await;
    publication::settle(origin).await;
    copies::tend(origin).await
}

fn listed(copies: &[Copied<'_>]) -> String {
    let list = copies
        .iter()
        .map(|copy| json!([copy.epoch, copy.seq, copy.until, copy.cause, copy.kind, copy.id]));
    serde_json::Value::Array(list.collect()).to_string()
}
