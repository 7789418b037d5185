//! The order in which the root key of two workers is rotated (OPERATIONS, "Rotations"): an edge and
//! its origin, each with the keys of that step, and what either makes for the other.

use std::{cell::RefCell, rc::Rc};

use async_trait::async_trait;
use hanzo_iam::{
    core::{
        request_head::RequestHead,
        root_key::{RootKey, RootKeys},
    },
    edge::{Config as EdgeConfig, Decision, Edge, Ports as EdgePorts},
    origin::{Config, Origin, http::Response},
    platform::native::{ManualClock, RustCrypto, SeededRandom},
    ports::{Http, HttpError, HttpRequest, HttpResponse},
};
use serde_json::{Value, json};

use crate::{
    edge_world::{self, SharedLocation, status_of},
    log::Lines,
    oauth::TOKEN,
    world::{CLOUD_SECRET, World},
};

const OLD: u8 = 7;
const NEW: u8 = 8;

fn roots(current: u8, previous: Option<u8>) -> RootKeys {
    let key = |byte| RootKey::new([byte; 32]);
    RootKeys { current: key(current), previous: previous.map(key) }
}

/// The origin as the edge reaches it: by its door, with the root keys of the moment.
struct Line(RefCell<Rc<Origin>>);

impl Line {
    async fn receive(&self, head: &str, body: Vec<u8>) -> Response {
        let origin = Rc::clone(&self.0.borrow());
        origin.receive(&RequestHead::parse(head).unwrap(), body).await
    }
}

#[async_trait(?Send)]
impl Http for Line {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut head = format!("{}\n{}\n", request.method, request.url);
        for (name, value) in &request.headers {
            head.extend(["\n", *name, "\n", value.as_str()]);
        }
        let response = self.receive(&head, request.body).await;
        Ok(HttpResponse {
            status: response.status().as_u16(),
            content_type: String::new(),
            body: response.into_body(),
        })
    }
}

/// The two workers.
struct Pair {
    world: World,
    line: Rc<Line>,
    edge: Edge,
    made: usize,
}

impl Pair {
    fn new() -> Self {
        let world = World::demo();
        let line = Rc::new(Line(RefCell::new(Rc::new(origin(&world, roots(OLD, None))))));
        let edge = edge(&world, &line, roots(OLD, None));
        Self { world, line, edge, made: 0 }
    }

    fn deploy_origin(&self, current: u8, previous: Option<u8>) {
        *self.line.0.borrow_mut() = Rc::new(origin(&self.world, roots(current, previous)));
    }

    fn deploy_edge(&mut self, current: u8, previous: Option<u8>) {
        self.edge = edge(&self.world, &self.line, roots(current, previous));
    }

    fn scheduled(&self) {
        let origin = Rc::clone(&self.line.0.borrow());
        pollster::block_on(origin.scheduled()).unwrap();
    }

    fn decision(&self, line: &str, headers: &[(&str, &str)]) -> Decision {
        pollster::block_on(self.edge.resolve(&RequestHead::parse(&head(line, headers)).unwrap()))
    }

    /// The status of a call to a service.
    fn call(&self, credential: &str) -> u16 {
        let authorization = format!("Bearer {credential}");
        let headers = [("authorization", authorization.as_str())];
        status_of(self.decision("GET https://api.hanzo.ai/v1/echo", &headers))
    }

    /// What the origin answers to a request that the edge forwards to it.
    fn ask(&self, line: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
        let Decision::Forward(forward) = self.decision(line, headers) else {
            return (0, Value::Null);
        };
        let mut forwarded = head(line, headers);
        for (name, value) in forward.set.iter().filter(|(_, value)| !value.is_empty()) {
            forwarded.extend(["\n", *name, "\n", value.as_str()]);
        }
        forwarded.extend(["\nx-request-id\n", forward.request_id.as_str()]);
        let body = body.as_bytes().to_vec();
        let response = pollster::block_on(self.line.receive(&forwarded, body));
        let status = response.status().as_u16();
        (status, serde_json::from_slice(response.body()).unwrap_or_default())
    }

    /// A new key, made through the edge: the status, and the key.
    fn make_key(&mut self) -> (u16, String) {
        self.made += 1;
        let authorization = format!("Bearer {}", self.world.keys["alice"]);
        let headers = [("authorization", &*authorization), ("content-type", "application/json")];
        let body = json!({"name": format!("made-{}", self.made)}).to_string();
        let (status, made) = self.ask("POST https://hanzo.id/v1/iam/keys", &headers, &body);
        (status, made["accessSecret"].as_str().unwrap_or_default().to_owned())
    }

    /// A new token, by the private half that the root key seals.
    fn make_token(&self) -> (u16, String) {
        let line = format!("POST https://hanzo.id{TOKEN}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!(
            "grant_type=client_credentials&client_id=hanzo-cloud&client_secret={CLOUD_SECRET}"
        );
        let (status, made) = self.ask(&line, &headers, &body);
        (status, made["access_token"].as_str().unwrap_or_default().to_owned())
    }

    /// Everything that the two workers do for each other works.
    #[track_caller]
    fn assert_works(&mut self, keys: &mut Vec<String>) {
        let (status, key) = self.make_key();
        assert_eq!(status, 200, "the origin believes the edge");
        keys.push(key);
        for key in keys.iter() {
            assert_eq!(self.call(key), 200, "the edge believes every key, the newest included");
        }
        let (status, token) = self.make_token();
        assert_eq!((status, self.call(&token)), (200, 200), "tokens are signed");
    }
}

fn head(line: &str, headers: &[(&str, &str)]) -> String {
    let (method, url) = line.split_once(' ').unwrap();
    let mut text = format!("{method}\n{url}\n192.0.2.7");
    for (name, value) in headers {
        text.extend(["\n", *name, "\n", *value]);
    }
    text
}

fn origin(world: &World, root_keys: RootKeys) -> Origin {
    let origin = &world.origin;
    let config = Config { root_keys, ..(*origin.config).clone() };
    Origin { config: Rc::new(config), watch: Rc::default(), ..origin.clone() }
}

fn edge(world: &World, line: &Rc<Line>, root_keys: RootKeys) -> Edge {
    let clock: Rc<ManualClock> = Rc::clone(&world.clock);
    let config = EdgeConfig { root_keys, ..edge_world::config() };
    let ports = EdgePorts {
        snapshots: Rc::clone(&world.origin.snapshots) as _,
        origin: Rc::clone(line) as _,
        location: Rc::new(SharedLocation::new(Rc::clone(&clock))),
        clock,
        random: Rc::new(SeededRandom::new(2)),
        crypto: Rc::new(RustCrypto),
        log: Rc::new(Lines::default()),
    };
    Edge::new(config, ports)
}

/// OPERATIONS, "Rotations": after each deployment of each step everything works, also what was made
/// in the steps before.
#[test]
fn a_root_key_that_is_rotated_in_the_documented_order_refuses_nothing_at_any_time() {
    let (mut pair, mut keys) = (Pair::new(), Vec::new());
    pair.assert_works(&mut keys);
    // 1. Both accept what the new key makes.
    pair.deploy_edge(OLD, Some(NEW));
    pair.assert_works(&mut keys);
    pair.deploy_origin(OLD, Some(NEW));
    pair.assert_works(&mut keys);
    // 2. The origin makes everything with the new key, and seals anew what is sealed.
    pair.deploy_origin(NEW, Some(OLD));
    pair.assert_works(&mut keys);
    pair.scheduled();
    pair.assert_works(&mut keys);
    // 3. So does the edge.
    pair.deploy_edge(NEW, Some(OLD));
    pair.assert_works(&mut keys);
    // Once the keys of before have been replaced, the old root key is needed by nothing.
    pair.deploy_origin(NEW, None);
    pair.deploy_edge(NEW, None);
    assert_eq!(pair.call(&keys[0]), 401, "a key of the old root key");
    let mut keys = keys.split_off(keys.len() - 1);
    let (status, _) = pair.make_key();
    assert_eq!(status, 401, "alice's key is one of those");
    assert_eq!(pair.call(&keys.remove(0)), 200);
    let (status, token) = pair.make_token();
    assert_eq!((status, pair.call(&token)), (200, 200));
}

/// The edge before the origin: the origin refuses every call through it, and nothing is lost.
#[test]
fn an_edge_with_a_root_key_that_the_origin_does_not_know_is_refused_and_nothing_is_lost() {
    let (mut pair, mut keys) = (Pair::new(), Vec::new());
    pair.assert_works(&mut keys);
    pair.deploy_edge(NEW, Some(OLD));
    assert_eq!(pair.make_key().0, 403);
    assert_eq!(pair.make_token().0, 403);
    assert_eq!(pair.call(&keys[0]), 503, "what is revoked is not known");
    pair.world.clock.advance(1);
    pair.deploy_origin(OLD, Some(NEW));
    pair.assert_works(&mut keys);
}

/// The origin before the edge accepts the new key: what it makes waits for the edge, and no more.
#[test]
fn a_key_that_the_edge_cannot_know_yet_is_refused_until_it_does() {
    let (mut pair, mut keys) = (Pair::new(), Vec::new());
    pair.assert_works(&mut keys);
    pair.deploy_origin(NEW, Some(OLD));
    let (status, key) = pair.make_key();
    assert_eq!((status, pair.call(&key)), (200, 401));
    assert_eq!(pair.call(&keys[0]), 200);
    pair.deploy_edge(OLD, Some(NEW));
    keys.push(key);
    pair.assert_works(&mut keys);
}

/// The old root key is gone before the schedule has sealed the signing keys anew: nothing is signed,
/// nothing is made up in its place, and putting it back is enough.
#[test]
fn without_the_root_key_that_seals_the_signing_keys_nothing_is_signed_and_none_is_lost() {
    let (mut pair, mut keys) = (Pair::new(), Vec::new());
    pair.assert_works(&mut keys);
    let (_, before) = pair.make_token();
    pair.deploy_edge(NEW, Some(OLD));
    pair.deploy_origin(NEW, None);
    assert_eq!(pair.make_token().0, 500);
    pair.deploy_origin(NEW, Some(OLD));
    pair.scheduled();
    pair.assert_works(&mut keys);
    assert_eq!(pair.call(&before), 200, "the same signing key");
    pair.deploy_origin(NEW, None);
    assert_eq!(pair.make_token().0, 200);
}
