//! The log: one line for each refusal and each failure, with its reason, its cause and its caller, and
//! without any secret (ATTACKS H-117). [`Lines`] scans what every other test makes the origin write.

use std::{cell::RefCell, rc::Rc};

use async_trait::async_trait;
use hanzo_iam::{
    core::log::Level,
    ports::{Database, DatabaseError, Log, Row, Statement},
};
use http::Method;
use serde_json::{Value, json};

use crate::{
    browser::{Browser, query},
    world::{ACME_SECRET, CLOUD_SECRET, Call, PASSWORD, World},
};

/// The lines of a world, which are scanned for secrets when it ends.
#[derive(Default)]
pub struct Lines(RefCell<Vec<String>>);

impl Lines {
    /// The lines since the last call.
    pub fn take(&self) -> Vec<Value> {
        let lines = self.0.take();
        for line in &lines {
            scan(line);
        }
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Log for Lines {
    fn write(&self, level: Level, line: &str) {
        let written = if level == Level::Failure { "failure" } else { "refusal" };
        assert!(line.contains(&format!("\"level\":\"{written}\"")), "{line}");
        self.0.borrow_mut().push(line.to_owned());
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            for line in self.0.borrow().iter() {
                scan(line);
            }
        }
    }
}

/// Fails if the line holds a secret of the tests, or anything that looks like one.
fn scan(line: &str) {
    for secret in [PASSWORD, CLOUD_SECRET, ACME_SECRET, "argon2", "hanzo_session=", "Basic "] {
        assert!(!line.contains(secret), "{secret}: {line}");
    }
    for prefix in ["hk-", "sk-live-", "pk-live-", "hs-", "eyJ", "Bearer "] {
        for (at, _) in line.match_indices(prefix) {
            let rest = line[at + prefix.len()..].chars();
            let run = rest.take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).count();
            assert!(run < 8, "{prefix}: {line}");
        }
    }
}

/// The one line that a call leaves.
fn line_of(world: &World, call: Call<'_>) -> Value {
    world.log.take();
    let answer = call.send();
    let mut lines = world.log.take();
    assert_eq!(lines.len(), 1, "{} {} {lines:#?}", answer.status(), answer.text());
    let line = lines.remove(0);
    assert_eq!(line["status"], answer.status().as_u16());
    assert_eq!(line["requestId"], "test");
    assert_eq!(line["event"], "request");
    assert!(!line["reason"].as_str().unwrap_or_default().is_empty(), "{line}");
    line
}

#[test]
fn every_refusal_leaves_one_line_with_its_reason() {
    let world = World::demo();
    let page = format!("/login/oauth/authorize?{}", query(&[]));
    let wrong = json!({
        "type": "login", "application": "hanzo-app", "username": "bob", "password": "wrong",
    });
    let form: &[(&str, &str)] = &[("grant_type", "authorization_code"), ("code", "x")];
    for (call, status, reason) in [
        (world.get("/v1/iam/users"), 401, "authentication required"),
        (world.get("/v1/iam/users").bearer("x.y.z"), 401, "authentication required"),
        (world.get("/v1/iam/users?owner=acme").of("bob"), 403, "this credential is scoped"),
        (world.get("/v1/iam/nothing").of("bob"), 404, "not found"),
        (world.call(Method::DELETE, "/v1/iam/login"), 405, ""),
        (world.get("/v1/iam/users?limit=0").of("alice"), 400, "limit must be"),
        (world.post("/v1/iam/users").of("alice").json(&json!({"name": "bob"})), 409, "it exists"),
        (world.post("/v1/iam/login").json(&wrong), 200, "invalid_credentials: "),
        (world.get("/v1/iam/account"), 200, "login_required: "),
        (world.get("/v1/iam/auth/application?clientId=x"), 400, "invalid_client: "),
        (world.post("/v1/iam/oauth/token").form(form), 401, "invalid_client"),
        (world.post("/v1/iam/oauth/token").form(&[]), 400, "invalid_request"),
        (world.get("/v1/iam/oauth/userinfo"), 401, "authentication required"),
        (world.get("/v1/iam/oauth/authorize"), 400, "client_id is required"),
        (
            world.get(&format!("/v1/iam/oauth/authorize?{}", query(&[("prompt", "none")]))),
            303,
            "login_required",
        ),
        (world.post(&page).form(&[]), 403, "This page was open"),
        (world.get("/login/oauth/device/AAAA"), 404, "the code is unknown"),
        (
            world.get("/v1/iam/keys/principal?accessKey=hk-x").basic("hanzo-cloud", CLOUD_SECRET),
            200,
            "key_unknown: ",
        ),
        (world.get("/api/get-user?id=hanzo/nobody").of("alice"), 200, "not found"),
    ] {
        let what = format!("{} {}", call.request.method, call.request.path);
        let line = line_of(&world, call);
        assert_eq!(
            (&line["status"], &line["level"]),
            (&json!(status), &json!("refusal")),
            "{what}"
        );
        let told = line["reason"].as_str().unwrap();
        assert!(told.starts_with(reason), "{what}: {told}");
        assert!(line["path"].as_str().unwrap().starts_with('/') && line["method"].is_string());
    }
}

#[test]
fn what_is_granted_leaves_no_line() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    world.get("/v1/iam/users").of("alice").send().ok();
    world.get("/v1/iam/account").header("cookie", &browser.cookie()).send().ok();
    assert_eq!(world.log.take(), Vec::<Value>::new());
}

/// The line names the caller as soon as it is known, whichever check refuses later.
#[test]
fn a_line_names_the_caller_and_the_credential() {
    let world = World::demo();
    let alice = crate::oauth::subject(&world, "hanzo", "alice");
    let forbidden = "/v1/iam/users?owner=acme";
    let caller = |call: Call<'_>| line_of(&world, call)["caller"].clone();
    let key = caller(world.get(forbidden).of("alice"));
    assert_eq!((&key["subject"], &key["credential"]), (&json!(alice), &json!("key")));
    assert_eq!(key["organization"], "hanzo");
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let session = caller(world.get(forbidden).header("cookie", &browser.cookie()));
    assert_eq!((&session["subject"], &session["credential"]), (&json!(alice), &json!("session")));
    let client = caller(world.get(forbidden).basic("hanzo-cloud", CLOUD_SECRET));
    assert_eq!(client["credential"], "client");
    assert_eq!(client["client"], "hanzo-cloud");
    let grant = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let token = world.post("/v1/iam/oauth/token").basic("hanzo-cloud", CLOUD_SECRET).form(&grant);
    assert_eq!(caller(token)["client"], "hanzo-cloud");
    assert_eq!(caller(world.get(forbidden)), Value::Null);
}

/// A database that has gone.
struct Gone;

const GONE: &str = "the disk of the database is gone";

#[async_trait(?Send)]
impl Database for Gone {
    async fn run(&self, _: Statement) -> Result<Vec<Row>, DatabaseError> {
        Err(DatabaseError::Failed(GONE.to_owned()))
    }

    async fn batch(&self, _: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        Err(DatabaseError::Failed(GONE.to_owned()))
    }
}

/// Every family of routes: what failed is in the log, and only there.
#[test]
fn no_cause_of_a_failure_is_dropped_on_the_way() {
    let mut world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let (cookie, key) = (browser.cookie(), world.keys["alice"].clone());
    let page = format!("/login/oauth/authorize?{}", query(&[]));
    let token = crate::browser::form_token(&browser.get(&format!("{page}&prompt=login")).text());
    world.origin.database = Rc::new(Gone);
    let world = &world;
    let login = json!({
        "type": "login", "application": "hanzo-app", "username": "bob", "password": PASSWORD,
    });
    let new = json!({"oldPassword": PASSWORD, "password": "a new password"});
    let form = [("form_token", &*token), ("username", "alice"), ("password", PASSWORD)];
    let code = [("grant_type", "authorization_code"), ("code", "x"), ("client_id", "hanzo-app")];
    let own = |method: Method, path: &str| {
        let call = world.call(method, path);
        call.header("cookie", &cookie).header("origin", crate::world::ISSUER)
    };
    let mut calls = vec![
        world.get(&format!("/v1/iam/oauth/authorize?{}", query(&[]))),
        world.get(&page),
        own(Method::POST, &page).form(&form),
        world.post("/v1/iam/login").json(&login),
        own(Method::POST, "/v1/iam/login").json(&json!({"type": "login"})),
        world.get("/v1/iam/auth/application?clientId=hanzo-app"),
        world.get("/v1/iam/auth/methods?clientId=hanzo-app"),
        world.post("/v1/iam/auth/identifier").json(&json!({"clientId": "x", "identifier": "x"})),
        world.get("/v1/iam/account").header("cookie", &cookie),
        world.get("/v1/iam/account").bearer(&key),
        world.get("/v1/iam/whoami").header("cookie", &cookie),
        world.get("/v1/iam/accounts").header("cookie", &cookie),
        own(Method::PUT, "/v1/iam/account").json(&json!({"displayName": "x"})),
        own(Method::PUT, "/v1/iam/password").json(&new),
        world.get("/v1/iam/oauth/logout").header("cookie", &cookie),
        world.post("/v1/iam/oauth/logout").bearer(&key),
        world.get("/login").header("cookie", &cookie),
        world.get("/login/oauth/device/ABCDEFGH"),
        world.post("/login/oauth/device/ABCDEFGH").form(&form),
        world.post("/v1/iam/oauth/device/info").header("cookie", &cookie).json(&json!({})),
        world.post("/v1/iam/oauth/token").form(&code),
        world.post("/v1/iam/oauth/introspect").basic("hanzo-cloud", CLOUD_SECRET).form(&[]),
        world.post("/v1/iam/oauth/revoke").basic("hanzo-cloud", CLOUD_SECRET).form(&[]),
        world.get("/v1/iam/oauth/userinfo").bearer(&key),
        world.get("/internal/edge"),
        world.get("/internal/keys/x"),
        world.get("/internal/revocations?epoch=1&after=0"),
        world.post("/internal/bootstrap").json(&json!({"organizations": [{"name": "x"}]})),
        world.get("/api/get-users?owner=hanzo").of("alice"),
    ];
    for list in ["users", "organizations", "applications", "keys", "signing-keys"] {
        calls.push(world.get(&format!("/v1/iam/{list}")).of("alice"));
    }
    for call in calls {
        let what = format!("{} {}", call.request.method, call.request.path);
        world.log.take();
        let answer = call.send();
        let lines = world.log.take();
        assert!(answer.status().is_server_error(), "{what}: {} {}", answer.status(), answer.text());
        assert!(!answer.text().contains(GONE), "{what}");
        let causes: Vec<_> = lines.iter().filter(|line| line["event"] == "request").collect();
        assert_eq!(causes.len(), 1, "{what}: {lines:?}");
        assert_eq!(causes[0]["level"], "failure", "{what}");
        let cause = causes[0]["cause"].as_str().unwrap_or_default();
        assert!(cause.contains(GONE), "{what}: {}", causes[0]);
    }
}

/// Each task of the schedule that fails says so; none hides behind another.
#[test]
fn every_failing_task_of_the_schedule_leaves_a_line() {
    let mut world = World::demo();
    world.log.take();
    world.origin.database = Rc::new(Gone);
    pollster::block_on(world.origin.scheduled()).unwrap_err();
    let lines = world.log.take();
    for task in ["watch", "rotate", "repair", "purge", "tend"] {
        let event = format!("schedule.{task}");
        let line = lines.iter().find(|line| line["event"] == event.as_str());
        let line = line.unwrap_or_else(|| panic!("{event}: {lines:?}"));
        assert!(line["cause"].as_str().unwrap().contains(GONE), "{line}");
    }
}

/// ATTACKS H-117: secrets in every place of a request, good and bad ones; the lines have none.
#[test]
fn no_line_holds_a_secret_wherever_the_client_put_it() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let tokens = crate::oauth::tokens(&world);
    let mut secrets = vec![
        world.keys["root"].clone(),
        "hk-0123456789abcdef0123456789abcdef".to_owned(),
        "sk-live-0123456789abcdef".to_owned(),
    ];
    secrets.extend(browser.cookies.iter().map(|(_, value)| value.clone()));
    for name in ["access_token", "refresh_token", "id_token"] {
        secrets.extend(tokens[name].as_str().map(str::to_owned));
    }
    world.log.take();
    for secret in &secrets {
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let login = json!({
            "type": "login", "application": secret, "username": secret, "password": secret,
        });
        let calls = vec![
            world.get(&format!("/v1/iam/users/hanzo/{encoded}")).of("bob"),
            world.get(&format!("/v1/iam/keys/{encoded}/{encoded}")).of("bob"),
            world.get(&format!("/v1/iam/users?owner={encoded}")).of("bob"),
            world.get(&format!("/v1/iam/{encoded}?{encoded}")),
            world.get("/v1/iam/users").bearer(secret).header("x-authorization", secret),
            world.get("/v1/iam/users").header("cookie", &format!("hanzo_iam_token={secret}")),
            world.get("/v1/iam/users").basic(secret, secret),
            world.post("/v1/iam/login").json(&login),
            world.post("/v1/iam/oauth/token").basic("hanzo-cloud", secret).form(&[
                ("grant_type", "refresh_token"),
                ("refresh_token", secret),
                ("code", secret),
            ]),
            world.post("/v1/iam/oauth/token").form(&[(secret, secret), (secret, secret)]),
            world.post("/v1/iam/users").of("alice").json(&json!({"name": secret})),
            world.put("/v1/iam/users/hanzo/bob").of("alice").json(&json!({"email": secret})),
            world.post("/v1/iam/applications").of("alice").json(&json!({
                "name": "x", "grantTypes": [secret], "redirectUris": [secret], "scopes": [secret],
            })),
            world.get(&format!("/v1/iam/oauth/authorize?client_id={encoded}&state={encoded}")),
            world.get(&format!("/v1/iam/oauth/logout?id_token_hint={encoded}")),
        ];
        for call in calls {
            call.send();
        }
        for line in world.log.take() {
            assert!(!line.to_string().contains(secret.as_str()), "{line}");
        }
    }
    // What a person or client has chosen has no shape: it is in no line from where it belongs.
    for secret in [PASSWORD, CLOUD_SECRET] {
        let login = json!({
            "type": "login", "application": "hanzo-app", "username": "x", "password": secret,
        });
        let change = json!({"oldPassword": secret, "password": secret});
        for call in [
            world.post("/v1/iam/login").json(&login),
            world.put("/v1/iam/password").header("cookie", &browser.cookie()).json(&change),
            world.get("/v1/iam/users").basic("hanzo-app", secret),
            world
                .post("/v1/iam/oauth/token")
                .form(&[("client_id", "x"), ("client_secret", secret)]),
            world.get(&format!("/v1/iam/oauth/token?client_secret={CLOUD_SECRET}")),
            world.get(&format!("/v1/iam/users?clientId=hanzo-app&clientSecret={CLOUD_SECRET}")),
        ] {
            call.send();
        }
        assert!(!world.log.take().is_empty());
    }
}
