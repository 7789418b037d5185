//! What happens when the database was restored from a backup: it has gone back in time, and what
//! was revoked since must not come back to life.
//!
//! The second place has come further than the database, or there another way; or an edge asks
//! after a number that was never given. Whoever finds that begins a new history: what only the
//! second place knows is appended again and carried out on the restored rows, and everything that
//! was issued so far is dead. People sign in again; API keys work on, unless one was revoked or
//! narrowed since.

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
            revocations::{self, Standing, restore::Healing},
        },
    },
};

/// Seconds between two looks at the second place by one instance.
const LOOK_EVERY: i64 = 60;

/// How many copies go into one statement: D1 takes texts up to 2 MB.
const COPIES_AT_ONCE: usize = 5_000;

/// How far the feed has come, as the second place has it and as the database does.
pub(super) async fn look(origin: &Origin) -> Result<(Head, Standing), FeedError> {
    // In this order: the feed may move on between the two, the head may not.
    let head = Head::read(origin).await?;
    let standing = revocations::standing(&*origin.database, head.seq).await?;
    origin.watch.note(origin.clock.now());
    Ok((head, standing))
}

/// Heals the database if it is an old one.
pub async fn watch(origin: &Origin) -> Result<(), FeedError> {
    let (head, standing) = look(origin).await?;
    if head.is_ahead_of(&standing) {
        heal(origin, head.epoch).await?;
    }
    Ok(())
}

/// As [`watch`], at the first call and then once a minute.
pub(super) async fn watch_now_and_then(origin: &Origin) -> Result<(), FeedError> {
    if origin.clock.now().since(origin.watch.last()) < LOOK_EVERY {
        return Ok(());
    }
    watch(origin).await
}

/// Begins a new history, after all that were told of until `epoch`. Of several who do so at the
/// same time, one succeeds.
pub(super) async fn heal(origin: &Origin, epoch: i64) -> Result<(), FeedError> {
    let (head, standing) = look(origin).await?;
    let names = origin.snapshots.names(PREFIX).await?;
    let copies: Vec<Copied<'_>> = names.iter().filter_map(|name| Copied::of_name(name)).collect();
    let newest = copies.iter().map(|copy| copy.epoch).max().unwrap_or_default();
    let healer = base64url(&origin.random.bytes::<16>());
    let healing = Healing {
        from: standing.epoch,
        seq: standing.seq,
        to: standing.epoch.max(head.epoch).max(newest).max(epoch).saturating_add(1),
        healer: &healer,
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
    let answers = origin.database.batch(statements).await?;
    if answers.first().is_none_or(Vec::is_empty) {
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
