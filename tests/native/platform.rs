//! Platform authority: never silent, only through marked clients and keys, and only for a while.

use hanzo_iam::{
    core::encoding::digest,
    origin::store::sessions::{self, Session},
};
use serde_json::{Value, json};

use crate::{
    browser::{Browser, CALLBACK, form_token, location, parameter},
    oauth::{VERIFIER, payload, post, session_cookie, sql, subject},
    world::{Answer, World},
};

const CONSOLE: &str = "console";
const HOURS: i64 = 3600;

/// The demo with the platform's console, which may carry platform authority.
fn world() -> World {
    let world = World::demo();
    let client = json!({
        "owner": "admin", "organization": "admin", "name": CONSOLE, "clientId": CONSOLE,
        "public": true, "isFirstParty": true, "platformAccess": true, "scopes": ["iam"],
        "redirectUris": [CALLBACK], "expireInHours": 24, "refreshExpireInHours": 720,
        "grantTypes": ["authorization_code", "refresh_token"],
    });
    world.post("/v1/iam/applications").of("root").json(&client).send().ok();
    world
}

/// Root's browser, signed in now.
fn root(world: &World) -> Browser<'_> {
    let now = world.origin.clock.now();
    let user_id = subject(world, "admin", "root");
    let value = session_cookie(&user_id, "root-session");
    let session = Session {
        id: "root-session".to_owned(),
        digest: digest(&value),
        user_id,
        authenticated_at: now,
        methods: vec!["pwd".to_owned()],
        expires_at: now.plus(14 * 24 * HOURS),
        idle_ends_at: now.plus(14 * 24 * HOURS),
        created_at: now,
        used_at: now,
        ..Session::default()
    };
    pollster::block_on(world.origin.database.run(sessions::insert(&session, None))).unwrap();
    let mut browser = Browser::new(world);
    browser.cookies.push(("hanzo_session".to_owned(), value));
    browser
}

fn approve(browser: &mut Browser<'_>) -> Answer {
    let answer = browser.authorize(&[("client_id", CONSOLE)]);
    let address = answer.header("location").expect("a page").to_owned();
    assert!(address.starts_with("/login/oauth/authorize?"), "{address}");
    let page = browser.get(&address).text();
    assert!(page.contains("administer the whole platform"), "{page}");
    browser.post(&address, &[("form_token", &form_token(&page)), ("decision", "allow")])
}

fn redeem(world: &World, client: &str, answer: &Answer) -> Value {
    let code = parameter(&location(answer), "code").expect("a code");
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    post(world, &form).ok()
}

fn administers(world: &World, tokens: &Value) -> bool {
    let token = tokens["access_token"].as_str().unwrap();
    let made = json!({"name": "fresh"});
    let answer = world.post("/v1/iam/organizations").bearer(token).json(&made).send();
    answer.status().is_success()
}

#[test]
fn platform_authority_takes_an_approval_in_the_browser_and_is_recorded() {
    let world = world();
    let mut browser = root(&world);
    let silent = browser.authorize(&[("client_id", CONSOLE), ("prompt", "none")]);
    assert_eq!(parameter(&location(&silent), "error").as_deref(), Some("interaction_required"));
    let tokens = redeem(&world, CONSOLE, &approve(&mut browser));
    assert!(administers(&world, &tokens));
    let recorded = sql(&world, "SELECT client_id, user_id FROM platform_grants");
    assert_eq!(recorded.len(), 1);
    assert_eq!(recorded[0]["client_id"], CONSOLE);
    // each code takes its own approval
    approve(&mut browser);
}

#[test]
fn a_client_that_is_not_marked_carries_no_platform_authority() {
    let world = world();
    let mut browser = root(&world);
    let tokens = redeem(&world, "hanzo-app", &browser.authorize(&[]));
    assert!(!administers(&world, &tokens));
    let claims = payload(tokens["access_token"].as_str().unwrap());
    assert_eq!(claims["orgs"], json!([{"org": "admin", "role": "member"}]));
    assert!(sql(&world, "SELECT * FROM platform_grants").is_empty());
    // neither does a marked client for people who administer no platform: nothing to approve
    let mut alice = Browser::new(&world);
    alice.sign_in(&[], "alice", crate::world::PASSWORD);
    let refused = alice.authorize(&[("client_id", CONSOLE)]);
    assert!(parameter(&location(&refused), "code").is_none());
}

#[test]
fn platform_authority_ends_twelve_hours_after_the_sign_in() {
    let world = world();
    let mut browser = root(&world);
    world.clock.advance(11 * HOURS);
    let tokens = redeem(&world, CONSOLE, &approve(&mut browser));
    assert_eq!(tokens["expires_in"], HOURS, "the token ends when the sign-in is too old");
    assert!(administers(&world, &tokens));
    world.clock.advance(HOURS);
    assert!(!administers(&world, &tokens));
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let form =
        [("grant_type", "refresh_token"), ("client_id", CONSOLE), ("refresh_token", refresh)];
    let refreshed = post(&world, &form).ok();
    assert!(!administers(&world, &refreshed), "a refresh does not prolong it");
    // the same sign-in grants no more of it
    let answer = browser.authorize(&[("client_id", CONSOLE)]);
    let page = browser.get(answer.header("location").unwrap()).text();
    assert!(page.contains("name=\"password\""), "{page}");
    let made = json!({"name": "by-session"});
    let call = world.post("/v1/iam/organizations").header("cookie", &browser.cookie());
    call.header("origin", crate::world::ISSUER).json(&made).send().refused(403);
}

/// RFC 8628 §5.4: the page says what is connected, and the portal, which does not, may not.
#[test]
fn a_device_that_would_administer_the_platform_is_approved_on_the_page_only() {
    let world = world();
    let change = json!({"grantTypes": ["urn:ietf:params:oauth:grant-type:device_code"]});
    world.put("/v1/iam/applications/admin/console").of("root").json(&change).send().ok();
    let begin = || world.post("/v1/iam/oauth/device").form(&[("client_id", CONSOLE)]).send().ok();
    let (mut browser, device) = (root(&world), begin());
    let approve = json!({"type": "device", "userCode": device["user_code"]});
    let call = world.post("/v1/iam/login").header("cookie", &browser.cookie());
    let answer = call.header("origin", crate::world::ISSUER).json(&approve).send().ok();
    assert_eq!(answer["code"], "interaction_required");
    let address = format!("/login/oauth/device/{}", device["user_code"].as_str().unwrap());
    let page = browser.get(&address).text();
    assert!(page.contains("administer the whole platform"), "{page}");
    browser.post(&address, &[("form_token", &form_token(&page)), ("decision", "allow")]);
    let poll = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", CONSOLE),
        ("device_code", device["device_code"].as_str().unwrap()),
    ];
    let tokens = post(&world, &poll).ok();
    assert!(administers(&world, &tokens));
    assert_eq!(sql(&world, "SELECT * FROM platform_grants").len(), 1);
}

/// A code that was given silently, before the client could carry the platform.
#[test]
fn a_silent_code_carries_no_platform_authority_whatever_changes_before_it_is_redeemed() {
    let world = world();
    let path = "/v1/iam/applications/admin/console";
    world.put(path).of("root").json(&json!({"platformAccess": false})).send().ok();
    let mut browser = root(&world);
    let silent = browser.authorize(&[("client_id", CONSOLE)]);
    world.put(path).of("root").json(&json!({"platformAccess": true})).send().ok();
    let tokens = redeem(&world, CONSOLE, &silent);
    assert!(!administers(&world, &tokens));
    assert!(sql(&world, "SELECT * FROM platform_grants").is_empty());
}

#[test]
fn a_key_carries_platform_authority_only_if_it_was_made_for_that() {
    let world = world();
    let make = |who: &str, body: Value| world.post("/v1/iam/keys").of(who).json(&body).send();
    let organization = |key: &Value, name: &str| {
        let text = key["accessSecret"].as_str().unwrap();
        world.post("/v1/iam/organizations").bearer(text).json(&json!({"name": name})).send()
    };
    let plain = make("root", json!({"name": "plain"})).ok();
    organization(&plain, "one").refused(403);
    make("alice", json!({"name": "p", "platform": true, "expireTime": "2027-01-01T00:00:00Z"}))
        .refused(403);
    make("root", json!({"name": "p", "platform": true})).refused(400);
    let late = world.origin.clock.now().plus(91 * 24 * HOURS).to_string();
    make("root", json!({"name": "p", "platform": true, "expireTime": late})).refused(400);
    let end = world.origin.clock.now().plus(80 * 24 * HOURS).to_string();
    let key = make("root", json!({"name": "p", "platform": true, "expireTime": end})).ok();
    organization(&key, "two").ok();
    // an update does not make one
    let path = "/v1/iam/keys/admin/plain";
    world.put(path).of("root").json(&json!({"platform": true})).send();
    assert_eq!(world.get(path).of("root").send().ok()["platform"], false);
}

/// Issue part 1: a client of the platform with `directory` has its organization, not the platform.
#[test]
fn a_client_never_carries_platform_authority_by_itself() {
    let world = world();
    let secret = "a-secret-of-twenty-four-characters";
    let client = json!({
        "owner": "admin", "organization": "admin", "name": "robot", "clientId": "robot",
        "clientSecret": secret, "isFirstParty": true, "platformAccess": true,
        "capabilities": ["directory"], "grantTypes": ["client_credentials"], "scopes": ["iam"],
    });
    world.post("/v1/iam/applications").of("root").json(&client).send().ok();
    let made = json!({"name": "by-robot"});
    let call = world.post("/v1/iam/organizations").basic("robot", secret);
    call.json(&made).send().refused(403);
    let users = world.get("/v1/iam/users?owner=acme").basic("robot", secret).send();
    users.refused(403);
}
