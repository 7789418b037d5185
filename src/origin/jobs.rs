//! Scheduled jobs (the worker's cron trigger, every minute).

use thiserror::Error;

use super::{
    Occasion, Origin,
    domain::{
        audit,
        commit::commit,
        deliveries::deliver,
        feed::{self, FeedError},
        keyring::{self, KeyringError},
        publication::{self, PublicationError},
        purge::purge,
        resealing::seal_again,
    },
};
use crate::ports::DatabaseError;

impl Origin {
    /// Runs every job that is due. A failure is logged and keeps no other job from running; returns
    /// the first one.
    pub async fn scheduled(&self) -> Result<(), JobError> {
        // First: nothing may be published from a database that is a restored backup.
        let watched = feed::watch(self).await.map_err(JobError::from);
        let rotated = self.during(Occasion::job("schedule.rotate")).rotate().await;
        let settled = publication::settle_queue(self).await.map_err(JobError::from);
        let repaired = publication::repair(self).await.map_err(JobError::from);
        let purged = purge(self).await.map_err(JobError::from);
        let tended = feed::tend(self).await.map_err(JobError::from);
        let resealed = seal_again(self).await.map_err(JobError::from);
        let delivered = deliver(&self.during(Occasion::job("schedule.deliver"))).await;
        let delivered = delivered.map_err(JobError::from);
        let sealed = audit::seal_all(self).await.map_err(JobError::from);
        let jobs = [
            ("schedule.watch", watched),
            ("schedule.rotate", rotated),
            ("schedule.settle", settled),
            ("schedule.repair", repaired),
            ("schedule.purge", purged),
            ("schedule.tend", tended),
            ("schedule.reseal", resealed),
            ("schedule.deliver", delivered),
            ("schedule.seal", sealed),
        ];
        let mut first = Ok(());
        for (job, done) in jobs {
            if let Err(error) = done {
                self.failed(job, &error);
                first = first.and(Err(error));
            }
        }
        first
    }

    /// Rotates the signing keys.
    async fn rotate(&self) -> Result<(), JobError> {
        commit(self, keyring::rotation(self).await?).await?;
        Ok(())
    }
}

/// Why a job failed.
#[derive(Debug, Error)]
pub enum JobError {
    /// The signing keys could not be rotated.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// Something could not be published.
    #[error(transparent)]
    Publication(#[from] PublicationError),
    /// The revocation feed could not be copied or healed.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
