//! The world of the edge's tests: an edge over a KV and an origin that count what they are asked.

mod backend;

use std::{future::Future, rc::Rc};

use futures_util::future::{FutureExt, join_all};
use hanzo_iam::{
    core::{
        apikey::ApiKey,
        encoding::digest,
        gateway::GatewayHosts,
        limit::{Budget, Spend},
        principal::PrincipalKind,
        publication::{
            EDGE_SNAPSHOT, EdgeSnapshot, Jwk, KeyRecord, Requirement, Route, Upstream,
            key_record_name,
        },
        request_head::RequestHead,
        revocation::Sequence,
        root_key::{RootKey, RootKeys},
        time::UnixTime,
        token::{Algorithm, Claims, OrganizationRole, Role, mint},
    },
    edge::{
        Check, Config, DEFAULT_ANONYMOUS_RATE, DEFAULT_LOOKUP_RATE, DEFAULT_ORIGIN_DEADLINE,
        DEFAULT_SERVICE_DEADLINE, Decision, Edge, Forward, Ports, Response, Step,
    },
    platform::native::{ManualClock, RustCrypto, SeededRandom},
    ports::{Clock, Crypto, GeneratedKey, Signing},
};

pub use self::backend::{Backend, SharedLocation};
use crate::log::Lines;

/// Who calls, if nothing else is said.
const CLIENT: &str = "192.0.2.7";

pub const ISSUER: &str = "https://hanzo.id";
pub const START: UnixTime = UnixTime(1_795_464_000);

pub fn gateway_hosts(hosts: &[&str], shared: Option<&str>) -> GatewayHosts {
    let hosts = hosts.iter().map(|&host| host.to_owned()).collect();
    GatewayHosts::new(hosts, shared.map(str::to_owned), [ISSUER, "lux.id"]).unwrap()
}

pub fn root_keys() -> RootKeys {
    RootKeys { current: RootKey::new([7; 32]), previous: None }
}

/// An edge, its clock and its backend.
pub struct EdgeWorld {
    pub edge: Edge,
    pub clock: Rc<ManualClock>,
    pub backend: Rc<Backend>,
    pub location: Rc<SharedLocation>,
    pub key: Rc<GeneratedKey>,
    /// What it wrote, which is scanned for secrets when the world ends.
    pub log: Rc<Lines>,
}

/// What the operator has set for the edge.
pub fn config() -> Config {
    Config {
        issuer: ISSUER.to_owned(),
        issuers_by_host: vec![("lux.id".to_owned(), "https://lux.id".to_owned())],
        root_keys: root_keys(),
        environment: "test".to_owned(),
        gateway_hosts: gateway_hosts(&["api.hanzo.ai"], None),
        origin_deadline: DEFAULT_ORIGIN_DEADLINE,
        service_deadline: DEFAULT_SERVICE_DEADLINE,
        audiences: vec!["https://api.hanzo.ai".to_owned()],
        session_origins: vec!["https://console.hanzo.example".to_owned()],
        revocation_grace: 60,
        shows_revocation_age: false,
        user_rate: None,
        anonymous_rate: DEFAULT_ANONYMOUS_RATE,
        lookup_rate: DEFAULT_LOOKUP_RATE,
    }
}

/// What the service `guarded` requires.
fn requirements(service: &str) -> Vec<Requirement> {
    let requirement = |path: &str, methods: &[&str], action: &str| Requirement {
        path: path.to_owned(),
        methods: methods.iter().map(|&method| method.to_owned()).collect(),
        action: action.to_owned(),
    };
    match service {
        "guarded" => vec![
            requirement("/models/*", &["GET"], "models:read"),
            requirement("/models/*", &["POST", "PUT", "PATCH", "DELETE"], "models:write"),
            requirement("/public/secret", &[], "secret:read"),
        ],
        _ => Vec::new(),
    }
}

impl EdgeWorld {
    /// An edge whose KV holds one signing key, the audience `hanzo-app` and the service `echo`.
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same with another configuration.
    pub fn with(configure: impl FnOnce(&mut Config)) -> Self {
        let clock = Rc::new(ManualClock::at(START));
        let location = Rc::new(SharedLocation::new(Rc::clone(&clock)));
        let key = new_key();
        let world = Self::at(clock, Rc::new(Backend::default()), location, Rc::new(key), configure);
        world.publish(&[&world.key]);
        world
    }

    /// Another isolate of the same location.
    pub fn beside(&self) -> Self {
        let location = Rc::clone(&self.location);
        let backend = Rc::clone(&self.backend);
        Self::at(Rc::clone(&self.clock), backend, location, Rc::clone(&self.key), |_| {})
    }

    fn at(
        clock: Rc<ManualClock>,
        backend: Rc<Backend>,
        location: Rc<SharedLocation>,
        key: Rc<GeneratedKey>,
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = config();
        configure(&mut config);
        let log = Rc::new(Lines::default());
        let ports = Ports {
            snapshots: Rc::clone(&backend) as _,
            origin: Rc::clone(&backend) as _,
            location: Rc::clone(&location) as _,
            clock: Rc::clone(&clock) as _,
            random: Rc::new(SeededRandom::new(1)),
            crypto: Rc::new(RustCrypto),
            log: Rc::clone(&log) as _,
        };

        let edge = Edge::new(config, ports);
        Self { edge, clock, backend, location, key, log }
    }

    /// Puts a snapshot with these signing keys into KV.
    pub fn publish(&self, keys: &[&GeneratedKey]) {
        self.publish_snapshot(&self.edge_snapshot(keys));
    }

    pub fn publish_snapshot(&self, snapshot: &EdgeSnapshot) {
        let text = serde_json::to_string(snapshot).unwrap();
        self.backend.kv.borrow_mut().insert(EDGE_SNAPSHOT.to_owned(), text);
    }

    pub fn snapshot(&self, keys: &[&GeneratedKey]) -> String {
        serde_json::to_string(&self.edge_snapshot(keys)).unwrap()
    }

    pub fn edge_snapshot(&self, keys: &[&GeneratedKey]) -> EdgeSnapshot {
        let jwk = |key: &&GeneratedKey| Jwk::of(&key.public).unwrap();
        let route = |service: &str, upstream| Route {
            service: service.to_owned(),
            upstream,
            public: vec!["/public/*".to_owned()],
            identity: None,
            audiences: Vec::new(),
            requires: requirements(service),
            deadline: None,
        };
        EdgeSnapshot {
            databases: 1,
            published_at: self.clock.now(),
            keys: keys.iter().map(jwk).collect(),
            audiences: vec!["hanzo-app".to_owned()],
            routes: vec![
                route("echo", Upstream::Binding("ECHO".to_owned())),
                route("files", Upstream::Url("https://files.internal/".to_owned())),
                route("guarded", Upstream::Binding("GUARDED".to_owned())),
            ],
        }
    }

    /// The claims of alice, for an hour.
    pub fn claims(&self) -> Claims {
        let now = self.clock.now().0;
        serde_json::from_value(serde_json::json!({
            "iss": ISSUER, "sub": "u-alice", "aud": ["hanzo-app"], "jti": "j", "gid": "g",
            "iat": now, "nbf": now, "exp": now + 3600, "tokenType": "access-token",
            "seq": self.backend.sequence(),
            "owner": "hanzo", "name": "alice", "email": "alice@hanzo.example",
            "email_verified": true,
            "billing_account": "org:hanzo", "azp": "hanzo-app",
            "orgs": [{"org": "hanzo", "role": "admin"}, {"org": "acme", "role": "member"}],
        }))
        .unwrap()
    }

    pub fn token(&self) -> String {
        Self::signed(&self.key, &self.claims())
    }

    pub fn signed(key: &GeneratedKey, claims: &Claims) -> String {
        pollster::block_on(mint(&RustCrypto, &key.public, &key.private, claims)).unwrap()
    }

    /// A new key of bob's, known to nobody yet, and its record.
    pub fn mint_key(seed: u64) -> (String, KeyRecord) {
        let key = ApiKey::mint(&SeededRandom::new(seed), &root_keys(), "test");
        let record = KeyRecord {
            published_at: START,
            sequence: Sequence::default(),
            id: format!("k{seed}"),
            active: true,
            publishable: false,
            expires_at: None,
            scope: String::new(),
            subject: "u-bob".to_owned(),
            owner: "hanzo".to_owned(),
            name: "bob".to_owned(),
            email: String::new(),
            kind: PrincipalKind::Person,
            orgs: vec![OrganizationRole { org: "hanzo".to_owned(), role: Role::Member }],
            client_id: String::new(),
            billing_account: "org:hanzo".to_owned(),
            rate: None,
            budget: Budget::default(),
            spend: Spend::default(),
        };
        (key.text().expose().to_owned(), record)
    }

    pub fn publish_key(&self, key: &str, record: &KeyRecord) {
        let name = key_record_name(&digest(key));
        let text = serde_json::to_string(record).unwrap();
        self.backend.kv.borrow_mut().insert(name, text);
    }

    pub fn tell_origin(&self, key: &str, record: &KeyRecord) {
        let path = format!("/internal/keys/{}", digest(key));
        let text = serde_json::to_string(record).unwrap();
        self.backend.origin.borrow_mut().insert(path, text);
    }

    /// Has the origin answer with a snapshot of these signing keys.
    pub fn tell_origin_snapshot(&self, keys: &[&GeneratedKey]) {
        let text = self.snapshot(keys);
        self.backend.origin.borrow_mut().insert("/internal/edge".to_owned(), text);
    }

    /// Whether a call has to wait; it is left as it is at its first wait.
    pub fn begins(&self, line: &str, credential: &str) -> bool {
        let head = Self::head_of_call(line, credential);
        self.edge.resolve(&RequestHead::parse(&head).unwrap()).now_or_never().is_none()
    }

    /// The status of a call that has to wait; `meanwhile` happens once it does.
    pub fn while_it_waits(&self, line: &str, credential: &str, meanwhile: impl FnOnce()) -> u16 {
        let text = Self::head_of_call(line, credential);
        let head = RequestHead::parse(&text).unwrap();
        let mut call = std::pin::pin!(self.edge.resolve(&head));
        assert!(call.as_mut().now_or_never().is_none());
        meanwhile();
        status_of(pollster::block_on(call))
    }

    /// The statuses of calls that are made at the same time: see [`status_of`].
    pub fn together(&self, line: &str, credentials: &[&str]) -> Vec<u16> {
        let heads: Vec<String> =
            credentials.iter().map(|text| Self::head_of_call(line, text)).collect();
        let calls = heads
            .iter()
            .map(async |head| self.edge.resolve(&RequestHead::parse(head).unwrap()).await);
        pollster::block_on(join_all(calls)).into_iter().map(status_of).collect()
    }

    fn head_of_call(line: &str, credential: &str) -> String {
        Self::head(CLIENT, line, &[("authorization", &format!("Bearer {credential}"))])
    }

    /// The status of a call while `meanwhile` happens between the origin's making of its answers and
    /// their arrival.
    pub fn call_while(&self, line: &str, credential: &str, meanwhile: impl FnOnce()) -> u16 {
        self.backend.answers_late.replace(true);
        let head = Self::head_of_call(line, credential);
        let head = RequestHead::parse(&head).unwrap();
        let mut call = std::pin::pin!(self.edge.resolve(&head));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        // Once before the origin has the request, and once before its answer is here.
        for _ in 0..2 {
            assert!(call.as_mut().poll(&mut context).is_pending());
        }
        meanwhile();
        self.backend.answers_late.replace(false);
        status_of(pollster::block_on(call))
    }

    /// What the edge decides about a request.
    pub fn send(&self, line: &str, headers: &[(&str, &str)]) -> Decision {
        self.send_from(CLIENT, line, headers)
    }

    /// The same of a client at that address.
    pub fn send_from(&self, client: &str, line: &str, headers: &[(&str, &str)]) -> Decision {
        let text = Self::head(client, line, headers);
        let head = RequestHead::parse(&text).unwrap();
        match self.edge.decide(&head) {
            Step::Decided(decision) => decision,
            Step::Check(check) => self.checked(&head, check),
            Step::Ask => pollster::block_on(self.edge.resolve(&head)),
        }
    }

    /// What the platform does with a check.
    fn checked(&self, head: &RequestHead<'_>, check: Check) -> Decision {
        let key = check.key().unwrap();
        let genuine = RustCrypto.verify(key, check.message(), check.signature());
        let genuine = pollster::block_on(genuine).ok();
        match self.edge.decide_checked(head, check, genuine) {
            Step::Decided(decision) => decision,
            _ => pollster::block_on(self.edge.resolve(head)),
        }
    }

    /// What it decides at once, or after a signature has been checked; and what is then renewed
    /// behind the request.
    pub fn send_and_renew(&self, line: &str, headers: &[(&str, &str)]) -> Decision {
        let decision = self.send(line, headers);
        if self.edge.wants_renewal() {
            pollster::block_on(self.edge.renew());
        }
        decision
    }

    /// What it decides at once.
    pub fn at_once(&self, line: &str, headers: &[(&str, &str)]) -> Option<Decision> {
        match self.edge.decide(&RequestHead::parse(&Self::head(CLIENT, line, headers)).unwrap()) {
            Step::Decided(decision) => Some(decision),
            _ => None,
        }
    }

    fn head(client: &str, line: &str, headers: &[(&str, &str)]) -> String {
        let (method, target) = line.split_once(' ').unwrap();
        let url = if target.starts_with("http") {
            target.to_owned()
        } else {
            format!("https://api.hanzo.ai{target}")
        };
        let mut text = format!("{method}\n{url}\n{client}");
        for (name, value) in headers {
            text.extend(["\n", name, "\n", value]);
        }
        text
    }

    pub fn call(&self, line: &str, credential: &str) -> Decision {
        self.send(line, &[("authorization", &format!("Bearer {credential}"))])
    }

    /// KV reads and origin calls so far.
    pub fn asked(&self) -> (usize, usize) {
        (self.backend.kv_reads.borrow().len(), self.backend.origin_calls.borrow().len())
    }
}

/// A new signing key.
pub fn new_key() -> GeneratedKey {
    pollster::block_on(RustCrypto.generate(Algorithm::Es256)).unwrap()
}

/// The status of an answer; 200 for a call that is forwarded.
pub fn status_of(decision: Decision) -> u16 {
    match decision {
        Decision::Forward(_) => 200,
        Decision::Respond(answer) => answer.status,
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "a test may panic")]
pub fn forwarded(decision: Decision) -> Forward {
    match decision {
        Decision::Forward(forward) => forward,
        Decision::Respond(answer) => panic!("not forwarded: {answer:?}"),
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "a test may panic")]
pub fn answered(decision: Decision) -> Response {
    match decision {
        Decision::Respond(answer) => answer,
        Decision::Forward(forward) => panic!("forwarded: {forward:?}"),
    }
}

pub fn set<'a>(forward: &'a Forward, name: &str) -> Option<&'a str> {
    let identity = forward.identity.iter().flat_map(|identity| identity.headers());
    let mut all = identity.chain(&forward.set);
    all.find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
}
