//! What happens by the clock and not by a request (the worker's cron trigger, every few minutes).

use super::{
    Origin,
    http::RestError,
    keyring, publish,
    store::{attempts, sessions},
};

impl Origin {
    /// Does what is due. Each task is tried even if one before it failed; the first failure is
    /// told, and the next run tries again.
    pub async fn scheduled(&self) -> Result<(), RestError> {
        let rotated = keyring::rotate(self).await.map_err(RestError::from);
        let repaired = publish::repair(self).await;
        let now = self.clock.now();
        let ended = vec![sessions::purge(now), attempts::purge(now)];
        let purged = self.database.batch(ended).await.map(drop).map_err(RestError::from);
        rotated.and(repaired).and(purged)
    }
}
