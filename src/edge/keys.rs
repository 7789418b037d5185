//! API keys at the edge: whose a key is, asked once and remembered, dead ones included.
//!
//! The first call with a key reads its record while the others wait; a key that does not work costs
//! its caller's address one of a bounded number of look-ups.

use std::{collections::BTreeMap, rc::Rc};

use super::{Edge, Error, PAUSE, caller::Caller, renewal::Renewal, router::Progress};
use crate::core::{
    apikey::ApiKey,
    encoding::digest,
    limit::{Consumer, LimitReached},
    network::network,
    publication::{KeyRecord, key_record_name},
    time::UnixTime,
};

/// How long a key that the origin did not know is refused without asking again, in seconds. A key
/// works the moment it is created, even if it was asked for before.
const MISSING: i64 = 1;

/// How long a key that does not work is refused from memory, in seconds. A change of the key itself
/// is in the feed and ends that immediately; its holder's re-enabling is in its record by then.
const DEAD: i64 = 60;

/// How often the origin is asked for a key that the feed names while the response is in flight.
const ASKED_AGAIN: usize = 3;

/// Seconds after which a look-up counts as lost ([`Renewal::begin`]): a call that waits for it takes
/// it over.
const LOST: i64 = 2;

/// How often a call waits for the look-up of another one.
const TURNS: usize = 4;

/// Seconds after which a lost look-up is forgotten.
const FORGOTTEN: i64 = 60;

/// Nothing is known of a key.
const UNCONFIRMED: Error = Error::Unavailable("the origin did not tell of the key");

const NO_KEY: &str = "there is no such key";
const DEAD_KEY: &str = "the key is revoked or has expired, or its holder is disabled";

/// The look-ups under way, by the digest of the key.
#[derive(Debug, Default)]
pub(super) struct Lookups(BTreeMap<String, Renewal>);

impl Lookups {
    /// Begins one, unless one is under way.
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

impl Edge {
    /// Whether a key may be a good one. Its form, checksum and MAC cost no I/O (ATTACKS F-82), nor
    /// does one that was found to be dead or missing.
    pub(super) fn may_exist(
        &self,
        text: &str,
        now: UnixTime,
        progress: &Progress,
    ) -> Result<(), Error> {
        let genuine = ApiKey::parse(text).is_ok_and(|key| key.verify_mac(&self.key_macs));
        if !genuine {
            return Err(Error::InvalidCredential("the key was not made here"));
        }
        if self.is_missing(text, now) {
            return Err(Error::InvalidCredential(NO_KEY));
        }
        if self.is_dead(text, now) {
            progress.note(self.dead.borrow().find(text).as_deref());
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
        dead.is_some_and(|dead| dead.was_read_within(DEAD, now) && self.is_clear(&dead))
    }

    /// Reads the record of a key that is not known here, for a client at that address.
    pub(super) async fn learn_key(&self, text: &str, client_ip: &str) -> Result<Rc<Caller>, Error> {
        let digest = digest(text);
        let begin = || self.lookups.borrow_mut().begin(&digest, self.ports.clock.now());
        let is_lost_or_over =
            || !self.lookups.borrow().is_under_way(&digest, self.ports.clock.now());
        let mut turns = TURNS;
        while !begin() {
            if turns == 0 || !self.wait_until(is_lost_or_over).await {
                return Err(Error::Unavailable("another look-up of the key takes too long"));
            }
            if self.lookups.borrow().has_ended(&digest) {
                return self.learned_beside(text);
            }
            turns -= 1;
        }
        let now = self.ports.clock.now();
        let learned = match self.charge_lookup(client_ip, now) {
            Ok(()) => self.look_up(text, &digest).await,
            Err(error) => Err(error),
        };
        self.lookups.borrow_mut().end(&digest);
        if matches!(learned, Ok(_) | Err(Error::Unavailable(_))) {
            self.refund_lookup(client_ip);
        }
        learned
    }

    /// What another call has just learned of the same key.
    fn learned_beside(&self, text: &str) -> Result<Rc<Caller>, Error> {
        let now = self.ports.clock.now();
        let found = self.callers.borrow().find(text);
        match found {
            _ if self.is_missing(text, now) => Err(Error::InvalidCredential(NO_KEY)),
            _ if self.is_dead(text, now) => Err(Error::InvalidCredential(DEAD_KEY)),
            Some(caller) if caller.is_live(now) && self.is_clear(&caller) => Ok(caller),
            _ => Err(Error::Unavailable("another look-up of the key told nothing")),
        }
    }

    async fn look_up(&self, text: &str, digest: &str) -> Result<Rc<Caller>, Error> {
        let caller = match self.published_key(digest).await {
            // What was published may be older than what has been revoked since: KV lags.
            Some(caller) if self.is_clear(&caller) => caller,
            _ => self.newest_key(text, digest).await?,
        };
        let caller = Rc::new(caller);
        if !caller.is_live(self.ports.clock.now()) {
            self.callers.borrow_mut().forget(text);
            self.dead.borrow_mut().remember(text, caller);
            return Err(Error::InvalidCredential(DEAD_KEY));
        }
        self.callers.borrow_mut().remember(text, Rc::clone(&caller));
        Ok(caller)
    }

    /// The holder of a key as KV knows it. It remembers misses, so that only the origin knows that
    /// there is no such key.
    async fn published_key(&self, digest: &str) -> Option<Caller> {
        let json = self.ports.snapshots.get(&key_record_name(digest)).await.ok()??;
        let record: KeyRecord = serde_json::from_str(&json).ok()?;
        let now = self.ports.clock.now();
        // The feed no longer holds what revoked an older record. A dead key stays dead until the
        // feed names it.
        (record.is_believed(now) || !record.active).then(|| Caller::of_key(record, now))
    }

    /// The holder of a key, as the origin knows it. A feed entry about the key that is newer than
    /// the response invalidates it; the origin is then asked again, a bounded number of times.
    async fn newest_key(&self, text: &str, digest: &str) -> Result<Caller, Error> {
        for _ in 0..ASKED_AGAIN {
            let record = self.key_from_origin(text, digest).await?;
            let caller = Caller::of_key(record, self.ports.clock.now());
            if self.is_clear(&caller) {
                return Ok(caller);
            }
        }
        Err(Error::Unavailable("the key changes faster than it is read"))
    }

    async fn key_from_origin(&self, text: &str, digest: &str) -> Result<KeyRecord, Error> {
        let path = ["/internal/keys/", digest].concat();
        let answer = self.ask_origin("GET", &path, Vec::new()).await.ok_or(UNCONFIRMED)?;
        match answer.status {
            200 => answer.json().ok_or(UNCONFIRMED),
            404 => {
                let now = Rc::new(self.ports.clock.now());
                self.missing.borrow_mut().remember(text, now);
                Err(Error::InvalidCredential(NO_KEY))
            }
            _ => Err(UNCONFIRMED),
        }
    }

    /// Counts a look-up for the address, unless too many of its look-ups have failed.
    fn charge_lookup(&self, client_ip: &str, now: UnixTime) -> Result<(), Error> {
        let Some(rate) = self.config.lookup_rate else { return Ok(()) };
        let subject = Consumer::Lookup(&network(client_ip)).fingerprint();
        let kind = Consumer::Lookup("").name();
        match self.meter.borrow_mut().subject(subject, rate, now) {
            Err(LimitReached::Rate(rate, admission)) => {
                Err(Error::TooManyRequests { kind, rate, admission })
            }
            _ => Ok(()),
        }
    }

    /// The look-up found a good key, or nothing could be found.
    fn refund_lookup(&self, client_ip: &str) {
        let Some(rate) = self.config.lookup_rate else { return };
        let subject = Consumer::Lookup(&network(client_ip)).fingerprint();
        self.meter.borrow_mut().refund(subject, rate, self.ports.clock.now());
    }

    /// Waits until `is_over`, for as long as a call may wait; `false` if it is not over then.
    pub(super) async fn wait_until(&self, is_over: impl Fn() -> bool) -> bool {
        for _ in 0..super::DEADLINE / PAUSE {
            if is_over() {
                return true;
            }
            self.ports.clock.pause(PAUSE).await;
        }
        is_over()
    }
}
