//! The scheduled tasks (the worker's cron trigger, every minute).

use super::{
    Origin,
    domain::{keyring, publication, revocation},
    http::RestError,
    store::{
        access_tokens, attempts, codes, device_codes, grants, refresh_tokens, revocations,
        sessions, usage,
    },
};
use crate::ports::DatabaseError;

/// How long what has expired is remembered, in seconds: a code or a refresh token that comes back
/// late is told from one that never was, and what it gave is revoked.
const REMEMBERED_FOR: i64 = 24 * 3600;

impl Origin {
    /// Does what is due. Each task is tried even if one before it failed; each failure
    /// is logged, the first returned, and the next run tries again.
    pub async fn scheduled(&self) -> Result<(), RestError> {
        // First: nothing is published of a database that is an old one.
        let watched = revocation::watch(self).await;
        let rotated = keyring::rotate(self).await.map_err(RestError::from);
        let settled = publication::settle_queue(self).await;
        let repaired = publication::repair(self).await;
        let purged = self.purge().await.map_err(RestError::from);
        let tended = revocation::tend(self).await;
        let tasks = [
            ("schedule.watch", watched),
            ("schedule.rotate", rotated),
            ("schedule.settle", settled),
            ("schedule.repair", repaired),
            ("schedule.purge", purged),
            ("schedule.tend", tended),
        ];
        let mut first = Ok(());
        for (task, done) in tasks {
            if let Err(error) = done {
                self.failed(task, &error);
                first = first.and(Err(error));
            }
        }
        first
    }

    /// Removes what expired long enough ago.
    async fn purge(&self) -> Result<(), DatabaseError> {
        let now = self.clock.now();
        let before = now.plus(-REMEMBERED_FOR);
        let statements = vec![
            access_tokens::purge(before),
            refresh_tokens::purge(before),
            codes::purge(before),
            device_codes::purge(before),
            // A grant outlives all that it gave; what is left of that goes with it.
            grants::purge(before),
            sessions::purge(now),
            attempts::purge(now),
            revocations::purge(now),
            usage::purge(before),
        ];
        self.database.batch(statements).await.map(drop)
    }
}
