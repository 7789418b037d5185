//! Removal of expired rows.

use crate::{
    origin::{
        Origin,
        store::{
            attempts, codes, device_codes, grants, refresh_tokens, revocations, sessions, usage,
        },
    },
    ports::DatabaseError,
};

/// How long expired rows are kept, in seconds: a code or refresh token that is presented late is
/// recognised as one that was used, and what it gave is revoked.
const KEPT_FOR: i64 = 24 * 3600;

/// Removes the rows that expired long enough ago.
pub async fn purge(origin: &Origin) -> Result<(), DatabaseError> {
    let now = origin.clock.now();
    let before = now.plus(-KEPT_FOR);
    let statements = vec![
        refresh_tokens::purge(before),
        codes::purge(before),
        device_codes::purge(before),
        // A grant outlives all that it gave; its remaining rows are removed with it.
        grants::purge(before),
        sessions::purge(now),
        attempts::purge(now),
        revocations::purge(now),
        usage::purge(before),
    ];
    origin.database.batch(statements).await.map(drop)
}
