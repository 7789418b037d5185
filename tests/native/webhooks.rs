//! Webhooks: what is delivered, how it is signed, what is tried again, and where nothing is sent.

use std::cell::{Cell, RefCell};

use async_trait::async_trait;
use base64ct::{Base64, Encoding};
use hanzo_iam::{
    core::{
        root_key::{RootKey, RootKeys},
        seal,
        time::UnixTime,
        webhook::SigningSecret,
    },
    ports::{Http, HttpError, HttpRequest, HttpResponse},
};
use serde_json::{Value, json};

use crate::{oauth::sql, world::World};

/// The services of others: each request, answered with one status.
#[derive(Debug)]
pub struct Receivers {
    pub status: Cell<u16>,
    pub body: RefCell<String>,
    pub requests: RefCell<Vec<HttpRequest>>,
}

impl Default for Receivers {
    fn default() -> Self {
        Self { status: Cell::new(204), body: RefCell::default(), requests: RefCell::default() }
    }
}

#[async_trait(?Send)]
impl Http for Receivers {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.requests.borrow_mut().push(request);
        match self.status.get() {
            0 => Err(HttpError("the connection was closed".to_owned())),
            status => Ok(HttpResponse {
                status,
                content_type: String::new(),
                body: self.body.borrow().clone().into_bytes(),
            }),
        }
    }
}

const URL: &str = "https://hooks.example.com/iam";

fn webhook(world: &World, further: &Value) -> Value {
    let mut sent = json!({"name": "audit", "url": URL});
    sent.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    world.post("/v1/iam/webhooks").of("alice").json(&sent).send().ok()
}

fn secret(world: &World) -> SigningSecret {
    let path = "/v1/iam/webhooks/hanzo/audit/secret";
    let answer = world.post(path).of("alice").send().ok();
    let text = answer["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap().to_owned();
    SigningSecret::of_bytes(Base64::decode_vec(&text).unwrap())
}

fn create(world: &World, name: &str) {
    let user = json!({"owner": "hanzo", "name": name});
    world.post("/v1/iam/users").of("alice").json(&user).send().ok();
}

fn schedule(world: &World) {
    pollster::block_on(world.origin.scheduled()).unwrap();
}

fn taken(world: &World) -> Vec<HttpRequest> {
    std::mem::take(&mut *world.outbound.requests.borrow_mut())
}

fn header(request: &HttpRequest, name: &str) -> String {
    let found = request.headers.iter().find(|(known, _)| *known == name);
    found.unwrap().1.clone()
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

fn deliveries(world: &World) -> Vec<Value> {
    let path = "/v1/iam/webhooks/hanzo/audit/deliveries";
    let answer = world.get(path).of("alice").send().ok();
    answer["deliveries"].as_array().unwrap().clone()
}

#[test]
fn an_entry_is_delivered_once_and_signed() {
    let world = World::demo();
    webhook(&world, &json!({"events": ["createUser"]}));
    let secret = secret(&world);
    create(&world, "zoe");
    assert!(taken(&world).is_empty(), "a request does not wait for a receiver");
    schedule(&world);
    schedule(&world);
    let sent = taken(&world);
    let [request] = &*sent else { panic!("{sent:?}") };
    assert_eq!((request.method, &*request.url), ("POST", URL));
    let (id, at) = (header(request, "webhook-id"), header(request, "webhook-timestamp"));
    let at = UnixTime(at.parse().unwrap());
    let signature = secret.sign(&id, at, std::str::from_utf8(&request.body).unwrap());
    assert!(header(request, "webhook-signature").split(' ').any(|it| it == signature));
    let body = body(request);
    assert_eq!(body["type"], "createUser");
    assert_eq!(body["data"]["object"], "zoe");
    assert_eq!(body["data"]["actor"]["name"], "hanzo/alice");
    assert_eq!(deliveries(&world)[0]["state"], "delivered");
}

#[test]
fn only_entries_of_the_organization_and_of_the_events_are_delivered() {
    let world = World::demo();
    webhook(&world, &json!({"events": ["user"]}));
    create(&world, "zoe");
    let acme = json!({"owner": "acme", "name": "yan"});
    world.post("/v1/iam/users").of("dave").json(&acme).send().ok();
    let key = json!({"name": "k"});
    world.post("/v1/iam/keys").of("alice").json(&key).send().ok();
    schedule(&world);
    let objects: Vec<Value> =
        taken(&world).iter().map(|sent| body(sent)["data"]["object"].clone()).collect();
    assert_eq!(objects, ["zoe"]);
}

#[test]
fn a_delivery_that_fails_is_tried_again_later_and_given_up_in_the_end() {
    let world = World::demo();
    webhook(&world, &json!({"events": ["createUser"]}));
    create(&world, "zoe");
    let mut attempts = 0;
    for status in [500, 0, 302, 404].into_iter().cycle() {
        world.outbound.status.set(status);
        schedule(&world);
        attempts += taken(&world).len();
        schedule(&world);
        assert_eq!(taken(&world).len(), 0, "not before it is due");
        let delivery = deliveries(&world)[0].clone();
        assert_eq!(delivery["attempts"], attempts);
        if delivery["state"] == "failed" {
            break;
        }
        assert_eq!(delivery["state"], "pending");
        world.clock.advance(20 * 3600);
    }
    assert_eq!(attempts, 9);
    world.outbound.status.set(200);
    let path = format!(
        "/v1/iam/webhooks/hanzo/audit/deliveries/{}/replay",
        deliveries(&world)[0]["number"]
    );
    world.post(&path).of("alice").send().ok();
    schedule(&world);
    assert_eq!(taken(&world).len(), 1);
    assert_eq!(deliveries(&world)[0]["state"], "delivered");
    world
        .post("/v1/iam/webhooks/hanzo/audit/deliveries/999999/replay")
        .of("alice")
        .send()
        .refused(404);
}

#[test]
fn the_deliveries_of_a_webhook_go_with_it() {
    let world = World::demo();
    webhook(&world, &json!({"events": ["createUser"]}));
    create(&world, "zoe");
    assert_eq!(sql(&world, "SELECT 1 FROM deliveries").len(), 1);
    world.delete("/v1/iam/webhooks/hanzo/audit").of("alice").send().ok();
    assert!(sql(&world, "SELECT 1 FROM deliveries").is_empty());
}

#[test]
fn after_a_rotation_both_secrets_sign_for_a_day() {
    let world = World::demo();
    webhook(&world, &json!({"events": ["createUser"]}));
    let old = secret(&world);
    let new = secret(&world);
    let signatures = |name: &str| {
        create(&world, name);
        schedule(&world);
        let sent = taken(&world).pop().unwrap();
        let (id, at) = (header(&sent, "webhook-id"), header(&sent, "webhook-timestamp"));
        let at = UnixTime(at.parse().unwrap());
        let text = String::from_utf8(sent.body.clone()).unwrap();
        let all = header(&sent, "webhook-signature");
        [&new, &old].map(|secret| all.split(' ').any(|it| it == secret.sign(&id, at, &text)))
    };
    assert_eq!(signatures("uma"), [true, true]);
    world.clock.advance(24 * 3600);
    assert_eq!(signatures("vic"), [true, false]);
}

/// ATTACKS H-116.
#[test]
fn nothing_is_sent_to_a_private_address() {
    let mut world = World::demo();
    for url in [
        "http://hooks.example.com/",
        "https://127.0.0.1/",
        "https://db.internal/",
        "https://[::1]/",
        "x",
    ] {
        let sent = json!({"name": "audit", "url": url});
        let answer = world.post("/v1/iam/webhooks").of("alice").json(&sent).send();
        answer.refused(400);
    }
    let local = "http://127.0.0.1:9/hook";
    world.config_mut().webhook_hosts = vec!["127.0.0.1:9".to_owned()];
    webhook(&world, &json!({"url": local, "events": ["createUser"]}));
    world.config_mut().webhook_hosts.clear();
    create(&world, "zoe");
    schedule(&world);
    assert!(taken(&world).is_empty(), "the exemption was withdrawn");
}

#[test]
fn no_reply_and_no_entry_shows_the_secret_again() {
    let world = World::demo();
    let made = webhook(&world, &json!({}));
    assert!(!made.to_string().contains("whsec_"));
    let answer = world.post("/v1/iam/webhooks/hanzo/audit/secret").of("alice").send().ok();
    let secret = answer["secret"].as_str().unwrap();
    for path in ["/v1/iam/webhooks", "/v1/iam/webhooks/hanzo/audit", "/v1/iam/audit-logs"] {
        let text = world.get(path).of("alice").send().text();
        assert!(!text.contains(secret) && !text.contains("sealed"), "{path}");
    }
}

#[test]
fn a_webhook_that_is_off_or_deleted_gets_nothing() {
    let world = World::demo();
    webhook(&world, &json!({"events": ["createUser"]}));
    let off = json!({"isEnabled": false});
    world.put("/v1/iam/webhooks/hanzo/audit").of("alice").json(&off).send().ok();
    create(&world, "zoe");
    let on = json!({"isEnabled": true});
    world.put("/v1/iam/webhooks/hanzo/audit").of("alice").json(&on).send().ok();
    create(&world, "yan");
    world.delete("/v1/iam/webhooks/hanzo/audit").of("alice").send().ok();
    schedule(&world);
    assert!(taken(&world).is_empty());
}

/// The secrets of webhooks and providers are sealed anew by the schedule: the old root key can go.
#[test]
fn secrets_outlive_a_rotation_of_the_root_key() {
    let mut world = World::demo();
    webhook(&world, &json!({"events": ["createUser"]}));
    let secret = secret(&world);
    let provider = json!({"name": "github", "clientSecret": "of the provider"});
    world.post("/v1/iam/providers").of("alice").json(&provider).send().ok();
    let old = world.origin.config.root_keys.current.clone();
    let new = RootKey::new([9; 32]);
    world.config_mut().root_keys = RootKeys { current: new.clone(), previous: Some(old.clone()) };
    schedule(&world);
    let head = seal::head(&old);
    for (table, column) in [("webhooks", "sealed_secret"), ("providers", "sealed_secrets")] {
        let rows = sql(&world, &format!("SELECT {column} AS sealed FROM {table}"));
        let sealed = rows[0]["sealed"].as_str().unwrap();
        assert!(!sealed.contains(&head) && sealed.contains(&seal::head(&new)), "{table}");
    }
    create(&world, "zoe");
    schedule(&world);
    let sent = taken(&world).pop().unwrap();
    let (id, at) = (header(&sent, "webhook-id"), header(&sent, "webhook-timestamp"));
    let text = std::str::from_utf8(&sent.body).unwrap();
    let signature = secret.sign(&id, UnixTime(at.parse().unwrap()), text);
    assert!(header(&sent, "webhook-signature").contains(&signature));
}
