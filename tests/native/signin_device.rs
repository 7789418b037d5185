//! Approving a device, on the page and as the published portal does it.

use hanzo_iam::{
    core::{encoding::digest, time::UnixTime},
    origin::store::device_codes::{self, DeviceCode},
};
use http::StatusCode;
use serde_json::json;

use crate::{
    browser::{Browser, form_token, location},
    world::{PASSWORD, START, World},
};

const CODE: &str = "ABCDEFGH";
const PAGE: &str = "/login/oauth/device/ABCDEFGH";

fn world() -> World {
    let world = World::demo();
    waiting(&world, "hanzo-app", "openid", UnixTime(START.0 + 900));
    world
}

/// Stores the code of a device of that client, which waits for a decision at [`PAGE`].
pub fn waiting(world: &World, client_id: &str, scope: &str, expires_at: UnixTime) {
    let code = DeviceCode {
        digest: digest("device"),
        user_code: CODE.to_owned(),
        client_id: client_id.to_owned(),
        scope: scope.to_owned(),
        resource: None,
        state: "pending".to_owned(),
        is_public: true,
        user_id: None,
        session_id: None,
        auth_time: None,
        methods: Vec::new(),
        platform_asked: false,
        poll_interval: 5,
        polled_at: None,
        expires_at,
        created_at: world.origin.clock.now(),
    };
    pollster::block_on(device_codes::insert(&*world.origin.database, &code)).unwrap();
}

fn state(world: &World) -> String {
    let digest = digest("device");
    let found = device_codes::find(&digest).fetch(&*world.origin.database);
    pollster::block_on(found).unwrap().unwrap().state
}

fn sign_in(browser: &mut Browser<'_>, username: &str) {
    let token = form_token(&browser.get(PAGE).text());
    let form = [("form_token", &*token), ("username", username), ("password", PASSWORD)];
    assert_eq!(location(&browser.post(PAGE, &form)), PAGE);
}

#[test]
fn a_person_types_the_code_signs_in_and_allows() {
    let world = world();
    let mut browser = Browser::new(&world);
    assert!(browser.get("/login/oauth/device").text().contains("Enter the code"));
    assert_eq!(location(&browser.get("/login/oauth/device?code=abcd-efgh")), PAGE);
    sign_in(&mut browser, "alice");
    let page = browser.get(PAGE).text();
    assert!(page.contains(CODE) && page.contains("hanzo-app") && page.contains("hanzo/alice"));
    let token = form_token(&page);
    let done = browser.post(PAGE, &[("form_token", &token), ("decision", "allow")]);
    assert_eq!(done.status(), StatusCode::OK);
    assert_eq!(state(&world), "approved");
}

#[test]
fn a_person_denies() {
    let world = world();
    let mut browser = Browser::new(&world);
    sign_in(&mut browser, "alice");
    let token = form_token(&browser.get(PAGE).text());
    browser.post(PAGE, &[("form_token", &token), ("decision", "deny")]);
    assert_eq!(state(&world), "denied");
}

/// ATTACKS C-52.
#[test]
fn a_decision_from_elsewhere_or_a_second_one_counts_for_nothing() {
    let world = world();
    let mut browser = Browser::new(&world);
    sign_in(&mut browser, "alice");
    let token = form_token(&browser.get(PAGE).text());
    let form = [("form_token", token.as_str()), ("decision", "allow")];
    let forged = browser.post(PAGE, &[("form_token", "AAAA"), ("decision", "allow")]);
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    let elsewhere = world
        .post(PAGE)
        .header("cookie", &browser.cookie())
        .header("origin", "https://evil.example")
        .form(&form)
        .send();
    assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN);
    assert_eq!(state(&world), "pending");
    assert_eq!(browser.post(PAGE, &form).status(), StatusCode::OK);
    let again = browser.post(PAGE, &[("form_token", &token), ("decision", "deny")]);
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
    assert_eq!(state(&world), "approved");
}

/// WIRE §4.3: the approver's organization is the application's.
#[test]
fn a_person_of_another_organization_cannot_approve() {
    let world = world();
    let register = hanzo_iam::ports::Statement::new(
        "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE name = 'alice') \
         WHERE name = 'dave'",
    );
    pollster::block_on(world.origin.database.run(register)).unwrap();
    let mut browser = Browser::new(&world);
    let token = form_token(&browser.get(PAGE).text());
    let form = [("form_token", &*token), ("username", "acme/dave"), ("password", PASSWORD)];
    let refused = browser.post(PAGE, &form);
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(refused.text().contains("may not use this application"));
    let of_acme = [("client_id", "acme-app"), ("redirect_uri", "https://acme.example/callback")];
    browser.sign_in(&of_acme, "dave", PASSWORD);
    let page = browser.get(PAGE);
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
    assert!(!page.text().contains("form_token"));
    let body = json!({"type": "device", "userCode": CODE});
    let login = world.post("/v1/iam/login").header("cookie", &browser.cookie()).json(&body);
    assert_eq!(login.send().ok()["code"], "access_denied");
    assert_eq!(state(&world), "pending");
}

/// RFC 8628 §5.1: codes cannot be guessed.
#[test]
fn guessing_codes_ends_soon() {
    let world = world();
    let mut browser = Browser::new(&world);
    for _ in 0..40 {
        assert_eq!(browser.get("/login/oauth/device/ZZZZZZZZ").status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(browser.get(PAGE).status(), StatusCode::TOO_MANY_REQUESTS);
    world.clock.advance(600);
    assert_eq!(browser.get(PAGE).status(), StatusCode::OK);
}

#[test]
fn an_expired_code_is_unknown() {
    let world = world();
    let mut browser = Browser::new(&world);
    sign_in(&mut browser, "alice");
    world.clock.advance(900);
    assert_eq!(browser.get(PAGE).status(), StatusCode::NOT_FOUND);
}

/// As `hanzoai/id` calls it.
#[test]
fn the_portal_asks_and_approves() {
    let world = world();
    let info = |cookie: &str| {
        world
            .post("/v1/iam/oauth/device/info")
            .header("cookie", cookie)
            .json(&json!({"userCode": "abcd efgh"}))
            .send()
            .ok()
    };
    assert_eq!(info("a=b")["code"], "login_required");
    let mut browser = Browser::new(&world);
    sign_in(&mut browser, "bob");
    let cookie = browser.cookie();
    assert_eq!(info(&cookie)["data"], json!({"clientId": "hanzo-app", "displayName": "hanzo-app"}));
    let body = json!({"type": "device", "userCode": CODE, "application": "hanzo-app"});
    let approve = || world.post("/v1/iam/login").header("cookie", &cookie).json(&body).send().ok();
    assert_eq!(approve()["status"], "ok");
    assert_eq!(state(&world), "approved");
    assert_eq!(approve()["status"], "error");
}
