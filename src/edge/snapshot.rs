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

/// How often a request looks whether the answer that another one waits for has come, and the
/// milliseconds between: two seconds in all.
const LOOKS: usize = 40;
const APART: u32 = 50;

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
    /// When the origin was last asked for a newer snapshot.
    asked_for_newer_at: Option<UnixTime>,
    newer: Renewal,
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
        self.holding.borrow().is_stale(self.world.clock.now())
    }

    /// Whether the snapshot should be renewed behind a request. Says so to one caller.
    pub(super) fn snapshot_wants_renewal(&self) -> bool {
        let now = self.world.clock.now();
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

    /// Whether a newer snapshot may be had because a token names a key that this one does not:
    /// the origin is asked once, then not again for a while.
    pub(super) fn may_ask_for_newer(&self) -> bool {
        let now = self.world.clock.now();
        let holding = self.holding.borrow();
        let asked_at = holding.asked_for_newer_at;
        asked_at.is_none_or(|asked| now.since(asked) >= COOL_DOWN)
            || holding.newer.is_under_way(now, LOST)
    }

    /// Asks the origin for a newer snapshot, or waits until another request has its answer.
    pub(super) async fn renew_from_origin(&self) {
        let now = self.world.clock.now();
        if !self.holding.borrow_mut().newer.begin(now, LOST) {
            return self.wait_for_newer().await;
        }
        self.holding.borrow_mut().asked_for_newer_at = Some(now);
        let found = self.read_origin().await;
        self.holding.borrow_mut().newer.end();
        if let Some(snapshot) = found {
            self.hold(&snapshot);
        }
    }

    async fn wait_for_newer(&self) {
        for _ in 0..LOOKS {
            self.world.clock.pause(APART).await;
            if !self.holding.borrow().newer.is_under_way(self.world.clock.now(), LOST) {
                return;
            }
        }
    }

    /// Renews a snapshot that names a signing key which has been revoked: another signs already.
    pub(super) async fn renew_without_revoked_keys(&self) {
        let Some(published) = self.published() else { return };
        if published.keys.iter().any(|key| self.is_key_revoked(key.id())) {
            self.renew_from_origin().await;
        }
    }

    async fn read_snapshots(&self) -> Option<EdgeSnapshot> {
        let text = self.world.snapshots.get(EDGE_SNAPSHOT).await.ok()??;
        serde_json::from_str(&text).ok()
    }

    async fn read_origin(&self) -> Option<EdgeSnapshot> {
        let answer = self.ask_origin("GET", "/internal/edge", Vec::new()).await?;
        answer.is_success().then(|| answer.json()).flatten()
    }

    /// Holds `snapshot` unless a newer one is held: KV may lag behind the origin by a minute.
    fn hold(&self, snapshot: &EdgeSnapshot) {
        let now = self.world.clock.now();
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
