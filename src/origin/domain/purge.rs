//! Removal of expired rows.

use crate::{
    core::time::UnixTime,
    origin::{
        Origin,
        store::{
            attempts, client_secrets, codes, deliveries, device_codes, factors, federation, flows,
            grants, idempotency, invitations, refresh_tokens, resource, revocations, saml,
            sent_codes, sessions, usage,
        },
    },
    ports::DatabaseError,
};

/// How long expired rows are kept, in seconds: a code or refresh token that is presented late is
/// recognised as a used one, and its grant is revoked.
const KEPT_FOR: i64 = 24 * 3600;

/// How long the outcome of a delivery can be read, in seconds.
const DELIVERIES_KEPT_FOR: i64 = 30 * 24 * 3600;

/// How long an invitation that has ended can be read, in seconds.
const INVITATIONS_KEPT_FOR: i64 = 30 * 24 * 3600;

/// The most rows of a table that one run removes, where an index finds those that ended.
const ROWS: i64 = 10_000;

/// Removes revocations that no credential needs, and the next part of the rows that expired long enough
/// ago. A walk through each table begins in the first run of an hour: each row that is read is charged.
pub async fn purge(origin: &Origin) -> Result<(), DatabaseError> {
    let now = origin.clock.now();
    let (before, begins) = (now.plus(-KEPT_FOR), begins_hour(now));
    let mut statements = vec![revocations::purge(now)];
    let parts = [
        // In every run: a holder changes a key often.
        revocations::purge_covered(true),
        refresh_tokens::purge(before, begins),
        codes::purge(before, begins),
        device_codes::purge(before, begins),
        // A grant outlives its tokens; its remaining rows are removed with it.
        grants::purge(before, begins),
        sessions::purge(now, begins),
    ];
    statements.extend(parts.into_iter().flatten());
    if begins {
        statements.extend([
            attempts::purge(now),
            usage::purge(before),
            deliveries::purge(now.plus(-DELIVERIES_KEPT_FOR), ROWS),
            invitations::purge(now.plus(-INVITATIONS_KEPT_FOR), ROWS),
            invitations::purge_proofs(now, ROWS),
            client_secrets::purge(before),
            flows::purge(now),
            factors::purge(now),
            sent_codes::purge(now),
        ]);
        statements.push(saml::purge(now));
        statements.push(idempotency::purge(now));
        statements.extend(federation::purge(now));
        statements.extend(resource::purge(now));
    }
    origin.database.batch(statements).await.map(drop)
}

/// Whether a run at `now` is the first of an hour, as the schedule runs every minute.
const fn begins_hour(now: UnixTime) -> bool {
    now.0.rem_euclid(3600) < 60
}
