//! Scheduled jobs (the worker's cron trigger, every minute).

use thiserror::Error;

use super::{
    Occasion, Origin,
    domain::{
        audit,
        commit::commit,
        deliveries::deliver,
        federation::sync,
        feed::{self, FeedError},
        keyring::{self, KeyringError},
        publication::{self, PublicationError},
        purge::purge,
        relay,
        resealing::seal_again,
        saml::{self, keys::KeyError},
    },
};
use crate::ports::DatabaseError;

impl Origin {
    /// Runs every job that is due. A failure is logged and keeps no other job from running; returns
    /// the first one.
    pub async fn scheduled(&self) -> Result<(), JobError> {
        // First: nothing may be published from a database that is a restored backup.
        let watched = self.each(async |origin| feed::watch(origin).await).await;
        let relayed = relay::tend(self).await.map_err(JobError::from);
        let rotated = self.during(Occasion::job("schedule.rotate")).rotate().await;
        let settled = self.each(async |origin| publication::settle_queue(origin).await).await;
        let repaired = publication::repair_snapshot(self).await.map_err(JobError::from);
        let published = self.each(async |origin| publication::repair_keys(origin).await).await;
        let purged = self.each(async |origin| purge(origin).await).await;
        let tended = self.each(async |origin| feed::tend(origin).await).await;
        let resealed = self.each(async |origin| seal_again(origin).await).await;
        let keyed = saml::keys::seal_again(self).await.map_err(JobError::from);
        let delivering = self.during(Occasion::job("schedule.deliver"));
        let delivered = delivering.each(async |origin| deliver(origin).await).await;
        let synchronizing = self.during(Occasion::job("schedule.synchronize"));
        let synchronized = synchronizing.each(async |origin| sync::tend(origin).await).await;
        let sealed = self.each(async |origin| audit::seal_all(origin).await).await;
        let jobs = [
            ("schedule.watch", watched),
            ("schedule.relay", relayed),
            ("schedule.rotate", rotated),
            ("schedule.settle", settled),
            ("schedule.repair", repaired.and(published)),
            ("schedule.purge", purged),
            ("schedule.tend", tended),
            ("schedule.reseal", resealed.and(keyed)),
            ("schedule.deliver", delivered),
            ("schedule.synchronize", synchronized),
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

    /// Runs a job for each database; returns the first failure.
    async fn each<E>(&self, job: impl AsyncFn(&Self) -> Result<(), E>) -> Result<(), JobError>
    where
        JobError: From<E>,
    {
        let mut first = Ok(());
        for origin in self.everywhere() {
            first = first.and(job(&origin).await.map_err(JobError::from));
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
    /// The keys of SAML could not be sealed again.
    #[error(transparent)]
    Saml(#[from] KeyError),
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
