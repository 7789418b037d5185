//! What the origin published, held in memory: signing keys, audiences, routes.
//!
//! It is read from KV, and from the origin when KV has none; while it is fresh nothing is asked,
//! while it is stale it still serves and is renewed behind a request. A failure keeps what is
//! there: the edge outlives the origin.

use std::rc::Rc;

use super::{Edge, renewal::Renewal};
use crate::core::{
    encoding::{hex, sha256},
    gateway::IdentityKeys,
    publication::{EDGE_SNAPSHOT, EdgeSnapshot, Route},
    time::UnixTime,
    token::{KeySet, PublicKey},
};

/// Seconds after which a snapshot is renewed behind a request.
const FRESH: i64 = 20;

/// Seconds in which unknown `kid`s cause no second request to the origin (ATTACKS A-23).
const COOL_DOWN: i64 = 5;

/// Seconds after which the origin is asked again when it had no answer.
const RETRY: i64 = 1;

/// How many calls of an isolate wait for the end of the cool-down. More get 503 at once: a made-up
/// `kid` must not hold any number of them.
const WAITING: usize = 256;

/// Seconds after which a call that waits for another call's renewal starts its own.
const TAKEN_OVER: i64 = 3;

/// How often a call waits for another one's answer.
const TURNS: usize = 3;

/// Seconds after which a renewal counts as lost: see [`Renewal::begin`].
const LOST: i64 = 10;

/// A snapshot, prepared for use.
#[derive(Debug)]
pub(super) struct Published {
    /// When the origin wrote it.
    pub(super) written_at: UnixTime,
    /// The signing keys.
    pub(super) keys: KeySet,
    /// The JWKS document (RFC 7517 §5).
    pub(super) jwks: String,
    /// Its strong `ETag`, quotes included.
    pub(super) etag: String,
    /// Audiences accepted at every service.
    pub(super) audiences: Vec<String>,
    /// These and those that some service names.
    pub(super) known_audiences: Vec<String>,
    /// The services.
    pub(super) services: Vec<Rc<Service>>,
    /// Tells these keys and audiences from those before them; never 0.
    pub(super) version: u64,
}

/// A service behind the gateway.
#[derive(Debug)]
pub(super) struct Service {
    /// Where it is.
    pub(super) route: Route,
    /// What attests identities to it.
    pub(super) keys: IdentityKeys,
}

/// What the edge holds, and when it asked.
#[derive(Debug, Default)]
pub(super) struct Holding {
    /// The newest snapshot.
    pub(super) published: Option<Rc<Published>>,
    /// When it was last confirmed.
    pub(super) confirmed_at: UnixTime,
    renewal: Renewal,
    /// Until when the origin is not asked for a newer snapshot.
    cool_until: Option<UnixTime>,
    newer: Renewal,
    /// When the origin was last asked for a newer snapshot and had one.
    newer_asked_at: Option<UnixTime>,
    /// How many calls have begun to wait for the end of this cool-down.
    waiting: usize,
}

impl Holding {
    fn is_stale(&self, now: UnixTime) -> bool {
        now.since(self.confirmed_at) >= FRESH
    }
}

impl Edge {
    /// The snapshot, however old.
    pub(super) fn published(&self) -> Option<Rc<Published>> {
        self.holding.borrow().published.clone()
    }

    /// Whether it is time to renew the snapshot.
    pub(super) fn snapshot_is_stale(&self) -> bool {
        self.holding.borrow().is_stale(self.ports.clock.now())
    }

    /// Whether the snapshot should be renewed behind a request. Says so to one caller.
    pub(super) fn snapshot_wants_renewal(&self) -> bool {
        let now = self.ports.clock.now();
        let mut holding = self.holding.borrow_mut();
        let stale = holding.published.is_some() && holding.is_stale(now);
        stale && holding.renewal.begin(now, LOST)
    }

    /// Renews the snapshot: from KV, otherwise from the origin.
    pub(super) async fn renew_snapshot(&self) {
        let found = match self.read_snapshots().await {
            Some(snapshot) if !snapshot.keys.is_empty() => Some(snapshot),
            _ => self.read_origin().await,
        };
        self.holding.borrow_mut().renewal.end();
        if let Some(snapshot) = found {
            self.hold(&snapshot);
        }
    }

    /// Whether the origin was asked for a newer snapshot in that second or later, and had one.
    pub(super) fn has_asked_for_newer_since(&self, time: UnixTime) -> bool {
        self.holding.borrow().newer_asked_at.is_some_and(|asked_at| asked_at >= time)
    }

    /// Asks the origin for a newer snapshot, or waits until another call has its answer.
    pub(super) async fn renew_from_origin(&self) {
        let mut turns = TURNS;
        while !self.begin_newer() {
            let in_time = self.wait_until(|| !self.is_asking_for_newer()).await;
            if turns == 0 || !in_time || !self.holding.borrow().newer.has_begun() {
                return;
            }
            turns -= 1;
        }
        let now = self.ports.clock.now();
        let found = self.read_origin().await;
        self.newer_has_come(found.is_some().then_some(now));
        if let Some(snapshot) = found {
            self.hold(&snapshot);
        }
    }

    fn begin_newer(&self) -> bool {
        self.holding.borrow_mut().newer.begin(self.ports.clock.now(), TAKEN_OVER)
    }

    fn is_asking_for_newer(&self) -> bool {
        self.holding.borrow().newer.is_under_way(self.ports.clock.now(), TAKEN_OVER)
    }

    /// The origin, asked at `asked_at`, has told a snapshot; `None`: it has not.
    fn newer_has_come(&self, asked_at: Option<UnixTime>) {
        let wait = if asked_at.is_some() { COOL_DOWN } else { RETRY };
        let mut holding = self.holding.borrow_mut();
        holding.newer.end();
        holding.waiting = 0;
        holding.newer_asked_at = holding.newer_asked_at.max(asked_at);
        holding.cool_until = Some(self.ports.clock.now().plus(wait));
    }

    /// As [`Self::renew_from_origin`], for an unknown `kid`, which any client can make up: the
    /// origin is asked once, then not again during the cool-down. Later calls wait for its end.
    pub(super) async fn renew_for_signing_key(&self) {
        for _ in 0..=COOL_DOWN {
            let left = self.cools_for();
            if left == 0 {
                return self.renew_from_origin().await;
            }
            if self.holding.borrow().waiting >= WAITING {
                return;
            }
            self.holding.borrow_mut().waiting += 1;
            // In one piece, since many may wait.
            self.ports.clock.pause(1_000 * left).await;
        }
    }

    /// Seconds until the origin may be asked for an unknown `kid`.
    fn cools_for(&self) -> u32 {
        let until = self.holding.borrow().cool_until;
        let left = until.map_or(0, |until| until.since(self.ports.clock.now()));
        // More is left of a clock that was put back.
        if left > COOL_DOWN { 0 } else { u32::try_from(left).unwrap_or(0) }
    }

    /// Renews a snapshot that names a signing key which has been revoked: another signs already.
    pub(super) async fn renew_without_revoked_keys(&self) {
        let Some(published) = self.published() else { return };
        if published.keys.iter().any(|key| self.is_key_revoked(key.id())) {
            self.renew_from_origin().await;
        }
    }

    async fn read_snapshots(&self) -> Option<EdgeSnapshot> {
        let text = self.ports.snapshots.get(EDGE_SNAPSHOT).await.ok()??;
        serde_json::from_str(&text).ok()
    }

    async fn read_origin(&self) -> Option<EdgeSnapshot> {
        let answer = self.ask_origin("GET", "/internal/edge", Vec::new()).await?;
        answer.is_success().then(|| answer.json()).flatten()
    }

    /// Holds `snapshot` unless a newer one is held: KV may lag behind the origin by a minute.
    fn hold(&self, snapshot: &EdgeSnapshot) {
        let now = self.ports.clock.now();
        let held = self.published();
        let newer = held.is_none_or(|held| held.written_at <= snapshot.published_at);
        let prepared = newer.then(|| Rc::new(self.prepare(snapshot)));
        let mut holding = self.holding.borrow_mut();
        holding.confirmed_at = now;
        if prepared.is_some() {
            holding.published = prepared;
        }
    }

    /// Prepares a snapshot. What it says as the one before it did stays what it was, and what is
    /// remembered of callers by it stays good.
    fn prepare(&self, snapshot: &EdgeSnapshot) -> Published {
        let held = self.published();
        let keys: KeySet =
            snapshot.keys.iter().filter_map(|jwk| PublicKey::from_jwk(jwk.as_str())).collect();
        let jwks: Vec<String> = keys.iter().map(PublicKey::to_jwk).collect();
        let jwks = [r#"{"keys":["#, &jwks.join(","), "]}"].concat();
        let digest = hex(&sha256(jwks.as_bytes()));
        let tag = digest.get(..32).unwrap_or_default();
        let mut audiences = self.config.audiences.clone();
        audiences.extend(snapshot.audiences.iter().cloned());
        let mut known_audiences = audiences.clone();
        known_audiences.extend(snapshot.routes.iter().flat_map(|route| route.audiences.clone()));
        let version = match &held {
            Some(held)
                if held.jwks == jwks
                    && held.audiences == audiences
                    && held.known_audiences == known_audiences =>
            {
                held.version
            }
            _ => held.as_ref().map_or(0, |held| held.version) + 1,
        };
        let services = held.iter().flat_map(|held| &held.services);
        let service = |route: &Route| {
            let same = services.clone().find(|service| service.route == *route);
            same.map_or_else(|| Rc::new(self.service(route)), Rc::clone)
        };
        Published {
            written_at: snapshot.published_at,
            keys,
            etag: ["\"", tag, "\""].concat(),
            jwks,
            audiences,
            known_audiences,
            services: snapshot.routes.iter().map(service).collect(),
            version,
        }
    }

    fn service(&self, route: &Route) -> Service {
        let keys = IdentityKeys::derive(&self.config.root_keys, &route.service);
        Service { route: route.clone(), keys }
    }
}
