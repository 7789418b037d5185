//! The origin's published snapshot, cached in memory: signing keys, audiences, routes.
//!
//! It is read from KV, or from the origin if KV has none. A fresh snapshot is used directly, a
//! stale one is used while it is renewed in the background, and it is kept if the renewal fails, so
//! that the edge survives an outage of the origin.

mod published;

use std::{cell::RefCell, rc::Rc};

pub(super) use published::{Published, Service};

use super::{
    config::Config,
    origin::{OriginClient, Renewal},
    ports::Ports,
};
use crate::core::{
    publication::{EDGE_SNAPSHOT, EdgeSnapshot},
    time::UnixTime,
    token::KeyId,
};

/// Seconds after which a snapshot is renewed behind a request.
const FRESH: i64 = 20;

/// Seconds in which unknown `kid`s cause no second request to the origin (ATTACKS A-23).
const COOL_DOWN: i64 = 5;

/// Seconds after which the origin is asked again after a failure.
const RETRY: i64 = 1;

/// How many calls of an isolate may wait for the end of the cool-down; more get 503 at once. A
/// made-up `kid` must not hold an unlimited number of calls.
const WAITING: usize = 256;

/// Seconds after which a call that waits for another call's renewal starts its own.
const TAKEN_OVER: i64 = 3;

/// How often a call waits for another call's renewal.
const TURNS: usize = 3;

/// Seconds after which a renewal counts as lost: see [`Renewal::begin`].
const LOST: i64 = 10;

/// The snapshot and its renewal.
#[derive(Debug)]
pub(super) struct SnapshotStore {
    config: Rc<Config>,
    ports: Rc<Ports>,
    origin: Rc<OriginClient>,
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The newest snapshot.
    published: Option<Rc<Published>>,
    /// When it was last confirmed.
    confirmed_at: UnixTime,
    renewal: Renewal,
    /// Until when the origin is not asked for a newer snapshot.
    cool_until: Option<UnixTime>,
    newer: Renewal,
    /// The last time at which the origin was asked for a newer snapshot and had one.
    newer_asked_at: Option<UnixTime>,
    /// How many calls have started to wait for the end of this cool-down.
    waiting: usize,
}

impl State {
    fn is_stale(&self, now: UnixTime) -> bool {
        now.since(self.confirmed_at) >= FRESH
    }
}

impl SnapshotStore {
    /// A store without a snapshot yet.
    pub(super) fn new(config: Rc<Config>, ports: Rc<Ports>, origin: Rc<OriginClient>) -> Self {
        Self { config, ports, origin, state: RefCell::default() }
    }

    /// The snapshot, however old.
    pub(super) fn published(&self) -> Option<Rc<Published>> {
        self.state.borrow().published.clone()
    }

    /// Whether it is time to renew the snapshot.
    pub(super) fn is_stale(&self) -> bool {
        self.state.borrow().is_stale(self.ports.clock.now())
    }

    /// Whether the caller should renew the snapshot behind its request; `true` for one caller only.
    pub(super) fn wants_renewal(&self) -> bool {
        let now = self.ports.clock.now();
        let mut state = self.state.borrow_mut();
        let is_due = state.published.is_some() && state.is_stale(now);
        is_due && state.renewal.begin(now, LOST)
    }

    /// Renews the snapshot from KV, or from the origin if KV has none.
    pub(super) async fn renew(&self) {
        let found = match self.read_kv().await {
            Some(snapshot) if !snapshot.keys.is_empty() => Some(snapshot),
            _ => self.read_origin().await,
        };
        self.state.borrow_mut().renewal.end();
        if let Some(snapshot) = found {
            self.hold(&snapshot);
        }
    }

    /// Whether the origin was asked for a newer snapshot in that second or later, and had one.
    pub(super) fn has_asked_for_newer_since(&self, time: UnixTime) -> bool {
        self.state.borrow().newer_asked_at.is_some_and(|asked_at| asked_at >= time)
    }

    /// Asks the origin for a newer snapshot, or waits for another call that is asking.
    pub(super) async fn renew_from_origin(&self) {
        let mut turns = TURNS;
        while !self.begin_newer() {
            let in_time = self.origin.wait_until(|| !self.is_asking_for_newer()).await;
            if turns == 0 || !in_time || !self.state.borrow().newer.has_begun() {
                return;
            }
            turns -= 1;
        }
        let now = self.ports.clock.now();
        let found = self.read_origin().await;
        self.end_newer(found.is_some().then_some(now));
        if let Some(snapshot) = found {
            self.hold(&snapshot);
        }
    }

    fn begin_newer(&self) -> bool {
        self.state.borrow_mut().newer.begin(self.ports.clock.now(), TAKEN_OVER)
    }

    fn is_asking_for_newer(&self) -> bool {
        self.state.borrow().newer.is_under_way(self.ports.clock.now(), TAKEN_OVER)
    }

    /// Notes that the origin returned a snapshot when asked at `asked_at`; `None`: it failed.
    fn end_newer(&self, asked_at: Option<UnixTime>) {
        let wait = if asked_at.is_some() { COOL_DOWN } else { RETRY };
        let mut state = self.state.borrow_mut();
        state.newer.end();
        state.waiting = 0;
        state.newer_asked_at = state.newer_asked_at.max(asked_at);
        state.cool_until = Some(self.ports.clock.now().plus(wait));
    }

    /// As [`Self::renew_from_origin`], for an unknown `kid`, which any client can make up: the
    /// origin is asked once, then not again during the cool-down. Later calls wait for its end.
    pub(super) async fn renew_for_signing_key(&self) {
        for _ in 0..=COOL_DOWN {
            let left = self.cools_for();
            if left == 0 {
                return self.renew_from_origin().await;
            }
            if self.state.borrow().waiting >= WAITING {
                return;
            }
            self.state.borrow_mut().waiting += 1;
            // One long pause, since many calls may wait.
            self.ports.clock.pause(1_000 * left).await;
        }
    }

    /// Seconds until the origin may be asked for an unknown `kid`.
    fn cools_for(&self) -> u32 {
        let until = self.state.borrow().cool_until;
        let left = until.map_or(0, |until| until.since(self.ports.clock.now()));
        // More than the cool-down is left if the clock was put back.
        if left > COOL_DOWN { 0 } else { u32::try_from(left).unwrap_or(0) }
    }

    /// Renews a snapshot that contains a revoked signing key: the origin signs with another one.
    pub(super) async fn renew_without_revoked(&self, is_revoked: impl Fn(&KeyId) -> bool) {
        let Some(published) = self.published() else { return };
        if published.keys.iter().any(|key| is_revoked(key.id())) {
            self.renew_from_origin().await;
        }
    }

    async fn read_kv(&self) -> Option<EdgeSnapshot> {
        let text = self.ports.snapshots.get(EDGE_SNAPSHOT).await.ok()??;
        serde_json::from_str(&text).ok()
    }

    async fn read_origin(&self) -> Option<EdgeSnapshot> {
        let response = self.origin.ask("GET", "/internal/edge", Vec::new()).await?;
        response.is_success().then(|| response.json()).flatten()
    }

    /// Holds `snapshot` unless it holds a newer one: KV may lag behind the origin by a minute.
    fn hold(&self, snapshot: &EdgeSnapshot) {
        let now = self.ports.clock.now();
        let held = self.published();
        let is_newer = held.as_ref().is_none_or(|held| held.written_at <= snapshot.published_at);
        let prepared =
            is_newer.then(|| Rc::new(Published::new(snapshot, &self.config, held.as_deref())));
        let mut state = self.state.borrow_mut();
        state.confirmed_at = now;
        if prepared.is_some() {
            state.published = prepared;
        }
    }
}
