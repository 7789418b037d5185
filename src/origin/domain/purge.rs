//! Removal of expired rows.

use crate::{
    core::time::UnixTime,
    origin::{
        Origin,
        store::{
            attempts, codes, device_codes, grants, refresh_tokens, revocations, sessions, usage,
        },
    },
    ports::DatabaseError,
};

/// How long expired rows are kept, in seconds: a code or refresh token that is presented late is
/// recognised as a used one, and its grant is revoked.
const KEPT_FOR: i64 = 24 * 3600;

/// Removes revocations that no credential needs and, in the first run of an hour, the rows that expired
/// long enough ago. The latter scans whole tables, and each row that is read is charged.
pub async fn purge(origin: &Origin) -> Result<(), DatabaseError> {
    let now = origin.clock.now();
    let before = now.plus(-KEPT_FOR);
    let mut statements = vec![revocations::purge(now)];
    if begins_hour(now) {
        statements.extend([
            refresh_tokens::purge(before),
            codes::purge(before),
            device_codes::purge(before),
            // A grant outlives its tokens; its remaining rows are removed with it.
            grants::purge(before),
            sessions::purge(now),
            attempts::purge(now),
            usage::purge(before),
        ]);
    }
    origin.database.batch(statements).await.map(drop)
}

/// Whether a run at `now` is the first of an hour, as the schedule runs every minute.
const fn begins_hour(now: UnixTime) -> bool {
    now.0.rem_euclid(3600) < 60
}
