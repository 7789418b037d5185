//! The edge: the service in every location. It verifies whoever calls and forwards the call with
//! a trustworthy identity; it has no database.
//!
//! [`Edge::decide`] answers at once whatever needs no I/O, which is nearly every request. A token
//! that is new needs one signature checked: the platform checks it, and [`Edge::decide_checked`]
//! goes on. [`Edge::resolve`] answers the rest. All say what to do with a request, never do it: the
//! platform streams it.

mod cache;
mod caller;
mod credential;
mod decision;
mod documents;
mod errors;
mod gateway;
mod identity_headers;
mod journal;
mod keys;
mod limits;
mod renewal;
mod revocation;
mod router;
mod snapshot;
mod verify;

use std::{
    cell::{Cell, RefCell},
    fmt,
    rc::Rc,
};

pub use decision::{Answer, Decision, Forward, Target};
pub use errors::{Error, Undelivered};
pub use identity_headers::IdentityHeaders;
pub use limits::Inquiry;
pub use router::Step;
pub use verify::Check;

use futures_util::future::{Either, select};

use crate::{
    core::{
        apikey::MacKeys,
        edge_proof::{
            BASE_HEADER, CLIENT_IP_HEADER, EDGE_PROOF_HEADER, EdgeProof, EdgeProofKeys,
            REQUEST_ID_HEADER,
        },
        gateway::{GatewayHosts, without_sessions},
        limit::{Meter, Rate},
        request_head::RequestHead,
        request_id::RequestId,
        root_key::RootKeys,
        time::UnixTime,
        token::LastHeader,
    },
    edge::{
        cache::{Capacity, CredentialCache},
        caller::Caller,
        keys::Lookups,
        revocation::Revocations,
        snapshot::Holding,
    },
    ports::{
        Clock, Crypto, Http, HttpRequest, HttpResponse, LocationCache, Log, Random, Snapshots,
    },
};

/// The grace for safe requests unless the operator sets another, in seconds.
pub const DEFAULT_GRACE: i64 = 60;

/// No setting makes it longer: an edge that has not heard of revocations for that long does not
/// know who may call.
pub const MAXIMUM_GRACE: i64 = 300;

/// How often a client without a credential may call unless the operator sets another rate: ten
/// times a second for a minute, which is above what people do on public pages, also some of them
/// behind one address.
pub const DEFAULT_ANONYMOUS_RATE: Option<Rate> = Rate::new(600, 60);

/// Seconds for the head of a response that is forwarded from the origin, unless the operator sets
/// others: as long as a statement of its database may take.
pub const DEFAULT_ORIGIN_DEADLINE: u32 = 30;

/// The same of a service: as long as the platform waits for a server of its customers.
pub const DEFAULT_SERVICE_DEADLINE: u32 = 100;

/// How many look-ups of keys that do not work an address may cause unless the operator sets another
/// rate. Those that find a working key are not counted, so that many customers behind one address
/// reach it only while as many look-ups are under way.
pub const DEFAULT_LOOKUP_RATE: Option<Rate> = Rate::new(300, 60);

/// Milliseconds that a call waits for what it can't be decided without: a key, a signing key, the
/// feed when there is no grace left. A slow origin makes it late and not wrong.
const DEADLINE: u32 = 8_000;

/// Milliseconds that a call waits for a newer feed while the one that is held may serve.
const PATIENCE: u32 = 3_000;

/// How often a call looks whether what it waits for has come, in milliseconds.
const PAUSE: u32 = 50;

/// How many verified credentials are remembered.
const CALLERS: Capacity = Capacity { entries: 16 * 1024, bytes: 24 * 1024 * 1024 };

/// How much is remembered of what was refused: apart, so that junk pushes out nothing but junk.
const REFUSED: Capacity = Capacity { entries: 1024, bytes: 2 * 1024 * 1024 };

/// How many identities are remembered: of callers with many tokens, each of which is new.
const IDENTITIES: Capacity = Capacity { entries: 4 * 1024, bytes: 4 * 1024 * 1024 };

/// What the operator sets for the edge. Nothing in it can relax a verification.
#[derive(Debug, Clone)]
pub struct Config {
    /// The issuer of hosts that are not in the map.
    pub issuer: String,
    /// Other hosts and their issuers (`IAM_ISSUER_MAP`).
    pub issuers_by_host: Vec<(String, String)>,
    /// From which every MAC is derived.
    pub root_keys: RootKeys,
    /// Names the deployment (`production`, `development`).
    pub environment: String,
    /// Where services are reached (`GATEWAY_HOSTS`), and the one host that is an issuer's as well
    /// (`DANGER_GATEWAY_ON_ISSUER_HOST`).
    pub gateway_hosts: GatewayHosts,
    /// Seconds for the head of a response from the origin (`ORIGIN_DEADLINE`).
    pub origin_deadline: u32,
    /// Seconds for the head of a response from a service (`SERVICE_DEADLINE`), unless its route names
    /// others.
    pub service_deadline: u32,
    /// Audiences accepted besides the published ones (`GATEWAY_ALLOWED_AUDIENCES`).
    pub audiences: Vec<String>,
    /// Origins whose pages may act with a cookie as ours may (`IAM_SESSION_ORIGINS`).
    pub session_origins: Vec<String>,
    /// How old the revocation feed may be, in seconds, for safe requests while the origin can't be
    /// reached (`REVOCATION_GRACE`); at most [`MAXIMUM_GRACE`].
    pub revocation_grace: i64,
    /// Whether answers tell the feed's age, in seconds, in `x-revocation-age`
    /// (`REVOCATION_AGE_HEADER`).
    pub shows_revocation_age: bool,
    /// How often a user or an application may call with tokens, all of them together
    /// (`LIMIT_USER`, `<calls>/<seconds>`); `None`, the default: as often as it likes, and nothing
    /// is counted. The rate of a key is in its record.
    pub user_rate: Option<Rate>,
    /// How often a client without a credential may call what is public, by its
    /// [`network`](crate::core::network::network) (`LIMIT_ANONYMOUS`, `<calls>/<seconds>` or
    /// `none`); [`DEFAULT_ANONYMOUS_RATE`] unless set.
    pub anonymous_rate: Option<Rate>,
    /// How many look-ups of keys may fail for a client, by its network
    /// (`LIMIT_KEY_LOOKUPS`, `<look-ups>/<seconds>` or `none`); [`DEFAULT_LOOKUP_RATE`] unless set.
    pub lookup_rate: Option<Rate>,
}

/// The ports of the edge.
pub struct Ports {
    /// What the origin published.
    pub snapshots: Rc<dyn Snapshots>,
    /// The origin.
    pub origin: Rc<dyn Http>,
    /// What the isolates of this location share.
    pub location: Rc<dyn LocationCache>,
    /// The time.
    pub clock: Rc<dyn Clock>,
    /// Chance.
    pub random: Rc<dyn Random>,
    /// Signatures.
    pub crypto: Rc<dyn Crypto>,
    /// Refusals and failures.
    pub log: Rc<dyn Log>,
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ports(…)")
    }
}

/// The edge and what it remembers.
#[derive(Debug)]
pub struct Edge {
    config: Config,
    ports: Ports,
    proof_keys: EdgeProofKeys,
    key_macs: MacKeys,
    issuers: Vec<String>,
    holding: RefCell<Holding>,
    revocations: RefCell<Revocations>,
    callers: RefCell<CredentialCache<Caller>>,
    last_header: RefCell<LastHeader>,
    /// Tokens whose signature was wrong.
    forged: RefCell<CredentialCache<()>>,
    /// Keys that the origin did not know, and when.
    missing: RefCell<CredentialCache<UnixTime>>,
    /// Keys that do not work, with their records.
    dead: RefCell<CredentialCache<Caller>>,
    lookups: RefCell<Lookups>,
    /// Digests of keys that were recorded as exposed lately.
    exposed: RefCell<CredentialCache<UnixTime>>,
    identities: RefCell<CredentialCache<IdentityHeaders>>,
    /// How many identities were made.
    introduced: Cell<u64>,
    /// What callers may still do, and what is to be reported of keys.
    meter: RefCell<Meter>,
}

impl Config {
    /// The issuer of a host: configuration chooses it, a host never makes one.
    pub fn issuer_for(&self, host: &str) -> &str {
        let mapped = self.issuers_by_host.iter().find(|(known, _)| known == host);
        mapped.map_or(&self.issuer, |(_, issuer)| issuer)
    }

    fn issuers(&self) -> Vec<String> {
        let mapped = self.issuers_by_host.iter().map(|(_, issuer)| issuer.clone());
        std::iter::once(self.issuer.clone()).chain(mapped).collect()
    }
}

impl Edge {
    /// An edge that remembers nothing yet; `None` never happens (see [`EdgeProofKeys::derive`]).
    pub fn new(config: Config, ports: Ports) -> Option<Self> {
        Some(Self {
            proof_keys: EdgeProofKeys::derive(&config.root_keys, &config.environment)?,
            key_macs: MacKeys::derive(&config.root_keys, &config.environment),
            issuers: config.issuers(),
            meter: RefCell::new(Meter::new(ports.random.bytes(), ports.random.bytes())),
            config,
            ports,
            holding: RefCell::default(),
            revocations: RefCell::default(),
            callers: RefCell::new(CredentialCache::bounded(CALLERS)),
            last_header: RefCell::default(),
            forged: RefCell::new(CredentialCache::bounded(REFUSED)),
            missing: RefCell::new(CredentialCache::bounded(REFUSED)),
            dead: RefCell::new(CredentialCache::bounded(REFUSED)),
            lookups: RefCell::default(),
            exposed: RefCell::new(CredentialCache::bounded(REFUSED)),
            identities: RefCell::new(CredentialCache::bounded(IDENTITIES)),
            introduced: Cell::default(),
        })
    }

    /// Whether the caller should call [`Self::renew`] behind its request. Says so to one caller.
    pub fn wants_renewal(&self) -> bool {
        // Feed and snapshot are both asked: each notes that its renewal is under way.
        self.feed_wants_renewal() | self.snapshot_wants_renewal() | self.has_report()
    }

    /// Renews what has become stale of what the origin told, and tells it what keys have spent.
    pub async fn renew(&self) {
        let report = self.take_report(); // at once: it is due for nobody else from here on
        if self.snapshot_is_stale() {
            self.renew_snapshot().await;
        }
        if self.feed_is_stale() {
            self.renew_feed().await;
        }
        if let Some(report) = report {
            self.send_report(report).await;
        }
    }

    /// Asks the origin something of our own, for as long as a call may wait. `None` if it does not
    /// answer, or not in time.
    async fn ask_origin(
        &self,
        method: &'static str,
        path: &str,
        body: Vec<u8>,
    ) -> Option<HttpResponse> {
        let request_id = RequestId::new(self.ports.random.bytes());
        let base = self.config.issuer.as_str();
        let proof = EdgeProof {
            method,
            target: path,
            base,
            client_ip: "",
            request_id: request_id.as_str(),
        };
        let signature = self.proof_keys.sign(&proof, self.ports.clock.now());
        let url = [base, path].concat();
        let headers = vec![
            (BASE_HEADER, base.to_owned()),
            (REQUEST_ID_HEADER, request_id.as_str().to_owned()),
            (EDGE_PROOF_HEADER, signature),
            ("content-type", "application/json".to_owned()),
        ];
        let request = HttpRequest { method, url, headers, body };
        let patience = self.ports.clock.pause(DEADLINE);
        match select(self.ports.origin.send(request), patience).await {
            Either::Left((Ok(answer), _)) => return Some(answer),
            Either::Left((Err(error), _)) => self.origin_failed(method, path, error),
            Either::Right(_) => self.origin_failed(method, path, "no answer in time"),
        }
        None
    }

    /// Has the origin note that a key was exposed; each at most once a minute.
    async fn record_exposure(&self, digest: &str, place: &str) {
        let now = self.ports.clock.now();
        let lately = self.exposed.borrow().find(digest);
        if lately.is_some_and(|since| now.since(*since) < 60) {
            return;
        }
        self.exposed.borrow_mut().remember(digest, Rc::new(now));
        let body = [r#"{"digest":""#, digest, r#"","where":""#, place, r#""}"#].concat();
        let _ = self.ask_origin("POST", "/internal/exposures", body.into_bytes()).await;
    }

    /// The limits' counters, to be [restored](Self::restore_counters) in another instance of
    /// this isolate when this one is lost.
    pub fn counters(&self) -> Option<Vec<u8>> {
        Some(self.meter.try_borrow().ok()?.save())
    }

    /// Restores the counters of an instance that was lost.
    pub fn restore_counters(&self, saved: &[u8]) {
        if let Some(meter) = Meter::restore(saved) {
            self.meter.replace(meter);
        }
    }

    /// Sends the request on to the origin, which verifies everything itself. On a host of the gateway
    /// it gets no session and sets none.
    fn to_origin(&self, head: &RequestHead<'_>, request_id: RequestId) -> Forward {
        let proof = EdgeProof {
            method: head.method,
            target: head.target,
            base: head.base,
            client_ip: head.client_ip,
            request_id: request_id.as_str(),
        };
        let signature = self.proof_keys.sign(&proof, self.ports.clock.now());
        let mut set = vec![
            (BASE_HEADER, head.base.to_owned()),
            (CLIENT_IP_HEADER, head.client_ip.to_owned()),
            (EDGE_PROOF_HEADER, signature),
        ];
        let mut answer_headers = Vec::new();
        if !self.config.gateway_hosts.allows_sign_in(head.host()) {
            if let Some(cookies) = head.header("cookie") {
                set.push(("cookie", without_sessions(cookies)));
            }
            answer_headers.push(("set-cookie", String::new()));
        }
        Forward {
            target: Target::Origin,
            request_id,
            answer_headers,
            inquiry: None,
            deadline: self.config.origin_deadline,
            remove: Vec::new(),
            identity: None,
            set,
        }
    }
}
