//! API keys: cached look-ups of their records, including those of invalid keys.
//!
//! The first call with a key reads its record while other calls with it wait. Look-ups of invalid
//! keys are limited per client network.

use std::{collections::BTreeMap, rc::Rc};

use super::{Progress, Verifier};
use crate::{
    core::{
        apikey::ApiKey,
        encoding::digest,
        publication::{KeyRecord, key_record_name},
        time::UnixTime,
    },
    edge::{cache::Caller, http::Error, origin::Renewal},
};

/// Seconds for which a key that the origin did not know is refused without asking again: few, because
/// a key must work the moment it is created, even if it was asked for before.
const MISSING: i64 = 1;

/// Seconds for which an invalid key is refused from the cache. The feed ends that sooner: it names a key that
/// changes, and a holder, organization or client that is accepted again.
const DEAD: i64 = 60;

/// How often the origin is asked for a key that is in the feed again before the response arrives.
const ASKED_AGAIN: usize = 3;

/// Seconds after which a look-up counts as lost ([`Renewal::begin`]), and a waiting call repeats it.
const LOST: i64 = 2;

/// How often a call waits for the look-up of another call.
const TURNS: usize = 4;

/// Seconds after which a lost look-up is forgotten.
const FORGOTTEN: i64 = 60;

/// The look-up of a key failed.
const UNCONFIRMED: Error = Error::Unavailable("the origin did not return the key");

const NO_KEY: &str = "there is no such key";
const DEAD_KEY: &str = "the key is revoked or has expired, or its holder is disabled";

/// The look-ups under way, by the digest of the key.
#[derive(Debug, Default)]
pub(super) struct Lookups(BTreeMap<String, Renewal>);

impl Lookups {
    /// Starts a look-up and returns `true`, unless one is under way.
    fn begin(&mut self, digest: &str, now: UnixTime) -> bool {
        self.0.retain(|_, lookup| lookup.is_under_way(now, FORGOTTEN));
        self.0.entry(digest.to_owned()).or_default().begin(now, LOST)
    }

    fn is_under_way(&self, digest: &str, now: UnixTime) -> bool {
        self.0.get(digest).is_some_and(|lookup| lookup.is_under_way(now, LOST))
    }

    /// Whether it has ended, successfully or not.
    fn has_ended(&self, digest: &str) -> bool {
        !self.0.contains_key(digest)
    }

    fn end(&mut self, digest: &str) {
        self.0.remove(digest);
    }
}

impl Verifier {
    /// Refuses a key that cannot be valid: by its form, checksum and MAC, or because it was found
    /// missing or invalid. None of it costs I/O (ATTACKS F-82).
    pub(super) fn check_key(&self, text: &str, progress: &Progress) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let genuine = ApiKey::parse(text).is_ok_and(|key| key.verify_mac(&self.key_macs));
        if !genuine {
            return Err(Error::InvalidCredential("the key was not made here"));
        }
        if self.is_missing(text, now) {
            return Err(Error::InvalidCredential(NO_KEY));
        }
        if self.is_dead(text, now) {
            progress.note(self.dead_key(text).as_deref());
            return Err(Error::InvalidCredential(DEAD_KEY));
        }
        Ok(())
    }

    fn is_missing(&self, text: &str, now: UnixTime) -> bool {
        let since = self.missing.borrow().find(text);
        since.is_some_and(|since| (0..MISSING).contains(&now.since(*since)))
    }

    fn is_dead(&self, text: &str, now: UnixTime) -> bool {
        let dead = self.dead.borrow().find(text);
        dead.is_some_and(|dead| dead.was_read_within(DEAD, now) && self.revocations.is_clear(&dead))
    }

    /// Looks a key up for a client at that address, and caches the result.
    pub(in crate::edge) async fn learn_key(
        &self,
        text: &str,
        client_ip: &str,
    ) -> Result<Rc<Caller>, Error> {
        let digest = digest(text);
        let begin = || self.lookups.borrow_mut().begin(&digest, self.ports.clock.now());
        let is_lost_or_over =
            || !self.lookups.borrow().is_under_way(&digest, self.ports.clock.now());
        let mut turns = TURNS;
        while !begin() {
            if turns == 0 || !self.origin.wait_until(is_lost_or_over).await {
                return Err(Error::Unavailable("another look-up of the key takes too long"));
            }
            if self.lookups.borrow().has_ended(&digest) {
                return self.learned_beside(text);
            }
            turns -= 1;
        }
        let learned = match self.limits.charge_lookup(client_ip) {
            Ok(()) => self.look_up(text, &digest).await,
            Err(error) => Err(error),
        };
        self.lookups.borrow_mut().end(&digest);
        if matches!(learned, Ok(_) | Err(Error::Unavailable(_))) {
            self.limits.refund_lookup(client_ip);
        }
        learned
    }

    /// The result of another call's look-up of the same key.
    fn learned_beside(&self, text: &str) -> Result<Rc<Caller>, Error> {
        let now = self.ports.clock.now();
        let found = self.callers.borrow().find(text);
        match found {
            _ if self.is_missing(text, now) => Err(Error::InvalidCredential(NO_KEY)),
            _ if self.is_dead(text, now) => Err(Error::InvalidCredential(DEAD_KEY)),
            Some(caller) if caller.is_live(now) && self.revocations.is_clear(&caller) => Ok(caller),
            _ => Err(Error::Unavailable("another look-up of the key failed")),
        }
    }

    async fn look_up(&self, text: &str, digest: &str) -> Result<Rc<Caller>, Error> {
        let caller = match self.published_key(digest).await {
            // KV lags: the record may be older than a revocation.
            Some(caller) if self.revocations.is_clear(&caller) => caller,
            _ => self.newest_key(text, digest).await?,
        };
        let caller = Rc::new(caller);
        if !caller.is_live(self.ports.clock.now()) {
            self.callers.borrow_mut().remove(text);
            self.dead.borrow_mut().insert(text, caller);
            return Err(Error::InvalidCredential(DEAD_KEY));
        }
        self.callers.borrow_mut().insert(text, Rc::clone(&caller));
        Ok(caller)
    }

    /// The holder of a key according to KV. KV caches misses, so a miss proves nothing.
    async fn published_key(&self, digest: &str) -> Option<Caller> {
        let json = self.ports.snapshots.get(&key_record_name(digest)).await.ok()??;
        let record: KeyRecord = serde_json::from_str(&json).ok()?;
        let now = self.ports.clock.now();
        // An older record may have been revoked by an entry that the feed no longer holds. A dead key
        // stays dead until it is in the feed.
        (record.is_believed(now) || !record.active).then(|| Caller::of_key(record, now))
    }

    /// The holder of a key according to the origin. A feed entry about the key that is newer than the
    /// response invalidates it; the origin is then asked again, a limited number of times.
    async fn newest_key(&self, text: &str, digest: &str) -> Result<Caller, Error> {
        for _ in 0..ASKED_AGAIN {
            let record = self.key_from_origin(text, digest).await?;
            let caller = Caller::of_key(record, self.ports.clock.now());
            if self.revocations.is_clear(&caller) {
                return Ok(caller);
            }
        }
        Err(Error::Unavailable("the key changes faster than it is read"))
    }

    async fn key_from_origin(&self, text: &str, digest: &str) -> Result<KeyRecord, Error> {
        let path = ["/internal/keys/", digest].concat();
        let response = self.origin.ask("GET", &path, Vec::new()).await.ok_or(UNCONFIRMED)?;
        match response.status {
            200 => response.json().ok_or(UNCONFIRMED),
            404 => {
                let now = Rc::new(self.ports.clock.now());
                self.missing.borrow_mut().insert(text, now);
                Err(Error::InvalidCredential(NO_KEY))
            }
            _ => Err(UNCONFIRMED),
        }
    }
}
