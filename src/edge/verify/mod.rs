//! Verification: a request's credential leads to a [`Caller`], an error, or a need for data.
//!
//! A known credential is found in the cache, and one that cannot be valid is refused at once. A new
//! token needs one signature verification ([`Check`]) by the platform; a new key needs its record
//! ([`keys`]).

mod credential;
mod keys;
mod stop;
mod token;

use std::{cell::RefCell, rc::Rc};

pub(super) use credential::{ServiceCall, check_address};
pub(super) use stop::{Need, Progress, Question, Stop};

pub use token::Check;

use self::keys::Lookups;
use super::{
    cache::{BoundedCache, Caller, Capacity, CredentialCache, Validity},
    config::Config,
    limits::RateLimits,
    origin::OriginClient,
    ports::Ports,
    revocation::Revocations,
    snapshot::{Published, SnapshotStore},
};
use crate::core::{apikey::MacKeys, time::UnixTime};

/// The capacity for verified credentials.
const CALLERS: Capacity = Capacity { entries: 16 * 1024, bytes: 24 * 1024 * 1024 };

/// The capacity for each kind of refused credential. They have caches of their own, so that junk
/// evicts only junk.
const REFUSED: Capacity = Capacity { entries: 1024, bytes: 2 * 1024 * 1024 };

/// The verifier and its caches.
#[derive(Debug)]
pub(super) struct Verifier {
    config: Rc<Config>,
    ports: Rc<Ports>,
    origin: Rc<OriginClient>,
    snapshot: Rc<SnapshotStore>,
    revocations: Rc<Revocations>,
    limits: Rc<RateLimits>,
    issuers: Vec<String>,
    key_macs: MacKeys,
    callers: RefCell<CredentialCache>,
    /// Tokens whose signature was wrong.
    forged: RefCell<BoundedCache<()>>,
    /// Keys that the origin did not know, and when.
    missing: RefCell<BoundedCache<UnixTime>>,
    /// Invalid keys, with their records.
    dead: RefCell<CredentialCache>,
    lookups: RefCell<Lookups>,
    /// Digests of keys whose exposure was recorded, and when.
    exposed: RefCell<BoundedCache<UnixTime>>,
}

impl Verifier {
    /// A verifier with empty caches.
    pub(super) fn new(
        config: Rc<Config>,
        ports: Rc<Ports>,
        origin: Rc<OriginClient>,
        snapshot: Rc<SnapshotStore>,
        revocations: Rc<Revocations>,
        limits: Rc<RateLimits>,
    ) -> Self {
        Self {
            issuers: config.issuers(),
            key_macs: MacKeys::derive(&config.root_keys, &config.environment),
            config,
            ports,
            origin,
            snapshot,
            revocations,
            limits,
            callers: RefCell::new(CredentialCache::new(CALLERS)),
            forged: RefCell::new(BoundedCache::new(REFUSED)),
            missing: RefCell::new(BoundedCache::new(REFUSED)),
            dead: RefCell::new(CredentialCache::new(REFUSED)),
            lookups: RefCell::default(),
            exposed: RefCell::new(BoundedCache::new(REFUSED)),
        }
    }

    /// The caller of a credential in the cache, without revalidation: for the log.
    pub(super) fn cached(&self, text: &str) -> Option<Rc<Caller>> {
        self.callers.borrow().find(text)
    }

    /// The caller of an invalid key, for the log.
    pub(super) fn dead_key(&self, text: &str) -> Option<Rc<Caller>> {
        self.dead.borrow().find(text)
    }

    /// Revalidates a cached caller.
    fn validity(&self, caller: &Caller, published: &Published) -> Validity {
        match caller.validity(published, self.ports.clock.now()) {
            Validity::Valid if !self.revocations.is_clear(caller) => caller.when_revoked(),
            validity => validity,
        }
    }

    /// Reports the exposure of a key to the origin, at most once a minute per key.
    pub(super) async fn record_exposure(&self, digest: &str, place: &str) {
        let now = self.ports.clock.now();
        let lately = self.exposed.borrow().find(digest);
        if lately.is_some_and(|since| now.since(*since) < 60) {
            return;
        }
        self.exposed.borrow_mut().insert(digest, Rc::new(now));
        let body = [r#"{"digest":""#, digest, r#"","where":""#, place, r#""}"#].concat();
        let _ = self.origin.ask("POST", "/internal/exposures", body.into_bytes()).await;
    }
}
