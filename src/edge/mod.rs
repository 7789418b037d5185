//! The edge: the service in every location. It verifies callers and forwards their requests with a
//! signed identity; it has no database.
//!
//! [`Edge::decide`] decides requests that need no I/O, which is nearly every request. A new token
//! needs one signature verification by the platform, after which [`Edge::decide_checked`]
//! continues. [`Edge::resolve`] decides the rest. All three return what to do with a request; the
//! platform does it and streams the bodies.
//!
//! The modules, each using only those above it: `http` (decisions, errors, documents), `origin`
//! (requests to the origin), `snapshot`, `cache`, `revocation`, `limits`, `policy`, `verify`,
//! `gateway`.

mod cache;
mod config;
mod gateway;
mod http;
mod journal;
mod limits;
mod origin;
mod policy;
mod ports;
mod revocation;
mod router;
mod snapshot;
mod verify;

use std::rc::Rc;

pub use config::{
    Config, DEFAULT_ANONYMOUS_RATE, DEFAULT_GRACE, DEFAULT_LOOKUP_RATE, DEFAULT_ORIGIN_DEADLINE,
    DEFAULT_SERVICE_DEADLINE, MAXIMUM_GRACE,
};
pub use http::{Decision, Error, Forward, IdentityHeaders, Response, Target, Undelivered};
pub use ports::Ports;
pub use router::Step;
pub use verify::Check;

use self::{
    gateway::Gateway, limits::RateLimits, origin::OriginClient, policy::Policies,
    revocation::Revocations, snapshot::SnapshotStore, verify::Verifier,
};
use crate::core::{gateway::without_sessions, request_head::RequestHead, request_id::RequestId};

/// The edge and its state.
#[derive(Debug)]
pub struct Edge {
    config: Rc<Config>,
    ports: Rc<Ports>,
    origin: Rc<OriginClient>,
    snapshot: Rc<SnapshotStore>,
    revocations: Rc<Revocations>,
    limits: Rc<RateLimits>,
    policies: Rc<Policies>,
    verifier: Rc<Verifier>,
    gateway: Gateway,
}

impl Edge {
    /// An edge with empty caches.
    pub fn new(config: Config, ports: Ports) -> Self {
        let (config, ports) = (&Rc::new(config), &Rc::new(ports));
        let origin = &Rc::new(OriginClient::new(config.clone(), ports.clone()));
        let snapshot = &Rc::new(SnapshotStore::new(config.clone(), ports.clone(), origin.clone()));
        let revocations = &Rc::new(Revocations::new(
            config.clone(),
            ports.clone(),
            origin.clone(),
            snapshot.clone(),
        ));
        let limits = &Rc::new(RateLimits::new(config.clone(), ports.clone(), origin.clone()));
        let policies = &Rc::new(Policies::new(ports.clone(), origin.clone(), revocations.clone()));
        let verifier = &Rc::new(Verifier::new(
            config.clone(),
            ports.clone(),
            origin.clone(),
            snapshot.clone(),
            revocations.clone(),
            limits.clone(),
        ));
        Self {
            config: config.clone(),
            ports: ports.clone(),
            origin: origin.clone(),
            snapshot: snapshot.clone(),
            revocations: revocations.clone(),
            limits: limits.clone(),
            policies: policies.clone(),
            verifier: verifier.clone(),
            gateway: Gateway::new(
                config.clone(),
                ports.clone(),
                snapshot.clone(),
                revocations.clone(),
                limits.clone(),
                policies.clone(),
                verifier.clone(),
            ),
        }
    }

    /// Whether the caller should call [`Self::renew`] in the background; `true` for one caller
    /// only.
    pub fn wants_renewal(&self) -> bool {
        // Feed and snapshot are both asked: each notes that its renewal is under way.
        self.revocations.wants_renewal() | self.snapshot.wants_renewal() | self.limits.has_report()
    }

    /// Renews the snapshot and the feed if they are stale, and reports the calls of keys.
    pub async fn renew(&self) {
        let report = self.limits.take_report(); // at once, so that no other request takes it too
        if self.snapshot.is_stale() {
            self.snapshot.renew().await;
        }
        if self.revocations.is_stale() {
            self.revocations.renew().await;
        }
        if let Some(report) = report {
            self.limits.send_report(report).await;
        }
    }

    /// Refuses, until the window ends, the consumer of an [`Inquiry`](crate::core::limit::Inquiry) to
    /// which the platform's rate limiter said no.
    pub fn rate_limited(&self, inquiry: &str) {
        self.limits.rate_limited(inquiry);
    }

    /// The limits' counters, to be [restored](Self::restore_counters) in another instance of this
    /// isolate when this one is lost.
    pub fn counters(&self) -> Option<Vec<u8>> {
        self.limits.save()
    }

    /// Restores the counters of an instance that was lost.
    pub fn restore_counters(&self, saved: &[u8]) {
        self.limits.restore(saved);
    }

    /// Forwards a request to the origin, which verifies everything itself. On a gateway host,
    /// session cookies are removed in both directions.
    fn to_origin(&self, head: &RequestHead<'_>, request_id: RequestId) -> Forward {
        let mut set = self.origin.headers(head, request_id);
        let mut response_headers = Vec::new();
        if !self.config.gateway_hosts.allows_sign_in(head.host()) {
            if let Some(cookies) = head.header("cookie") {
                set.push(("cookie", without_sessions(cookies)));
            }
            response_headers.push(("set-cookie", String::new()));
        }
        Forward {
            target: Target::Origin,
            request_id,
            response_headers,
            inquiry: None,
            deadline: self.config.origin_deadline,
            remove: Vec::new(),
            identity: None,
            set,
        }
    }
}
