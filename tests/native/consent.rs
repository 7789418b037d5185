//! Consent: a third-party client gets what the person allowed, and loses it when that is withdrawn.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    browser::{Browser, form_token, location, parameter},
    oauth::{VERIFIER, post, sql},
    world::{Answer, PASSWORD, World},
};

pub const CLIENT: &str = "vendor-app";
const VENDOR: &str = "https://vendor.example/callback";
const DIRECTORY: &str = "https://hanzo.id/v1/iam";

/// The demo with a client of `acme` that the platform shares with every organization. It is even
/// registered for the directory.
pub fn world() -> World {
    let world = World::demo();
    let client = json!({
        "owner": "acme", "organization": "acme", "name": CLIENT, "clientId": CLIENT, "public": true,
        "isShared": true, "redirectUris": [VENDOR], "scopes": ["iam", "vendor"],
        "resources": [DIRECTORY],
        "grantTypes": ["authorization_code", "refresh_token", "device_code"],
    });
    world.post("/v1/iam/applications").of("root").json(&client).send().ok();
    world
}

pub fn asking<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![("client_id", CLIENT), ("redirect_uri", VENDOR), ("scope", "openid email")];
    all.retain(|(name, _)| !more.iter().any(|(other, _)| name == other));
    all.extend_from_slice(more);
    all
}

/// Bob, signed in by `hanzo-app`, which need not ask.
pub fn bob(world: &World) -> Browser<'_> {
    let mut browser = Browser::new(world);
    let answer = browser.sign_in(&[], "bob", PASSWORD);
    assert!(parameter(&location(&answer), "code").is_some());
    browser
}

/// The page to which the request leads, and its address.
pub fn page(browser: &mut Browser<'_>, more: &[(&str, &str)]) -> (String, Answer) {
    let answer = browser.authorize(&asking(more));
    let address = answer.header("location").expect("a page").to_owned();
    assert!(address.starts_with("/login/oauth/authorize?"), "{address}");
    let page = browser.get(&address);
    (address, page)
}

pub fn decide(browser: &mut Browser<'_>, more: &[(&str, &str)], decision: &str) -> Answer {
    let (address, page) = page(browser, more);
    let token = form_token(&page.text());
    browser.post(&address, &[("form_token", &token), ("decision", decision)])
}

fn redeem(world: &World, answer: &Answer) -> Value {
    let code = parameter(&location(answer), "code").expect("a code");
    redeemed(world, &code).ok()
}

pub fn redeemed(world: &World, code: &str) -> Answer {
    post(
        world,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT),
            ("code", code),
            ("redirect_uri", VENDOR),
            ("code_verifier", VERIFIER),
        ],
    )
}

#[test]
fn a_third_party_client_gets_a_code_only_after_the_person_allowed_each_scope() {
    let world = world();
    let mut browser = bob(&world);
    let (_, shown) = page(&mut browser, &[]);
    assert!(shown.text().contains("Read your email address"), "{}", shown.text());
    redeem(&world, &decide(&mut browser, &[], "allow"));
    // what was allowed is remembered, less than that too
    for scope in ["openid email", "openid"] {
        let again = browser.authorize(&asking(&[("scope", scope)]));
        assert!(parameter(&location(&again), "code").is_some(), "{scope}");
    }
    let (_, shown) = page(&mut browser, &[("scope", "openid vendor")]);
    assert!(shown.text().contains("Use the permission vendor"));
    let (_, shown) = page(&mut browser, &[("resource", DIRECTORY)]);
    assert!(shown.text().contains(&format!("Call {DIRECTORY} in your name")));
}

/// OIDC Core §3.1.2.6; RFC 6749 §4.1.2.1.
#[test]
fn without_consent_a_silent_request_is_consent_required_and_a_denial_is_access_denied() {
    let world = world();
    let mut browser = bob(&world);
    let silent = browser.authorize(&asking(&[("prompt", "none")]));
    assert_eq!(parameter(&location(&silent), "error").as_deref(), Some("consent_required"));
    let denied = location(&decide(&mut browser, &[], "deny"));
    assert_eq!(parameter(&denied, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&denied, "state").as_deref(), Some("xyz"));
    assert!(sql(&world, "SELECT * FROM consents").is_empty());
}

/// Issue fault 19: OIDC Core §3.1.2.1.
#[test]
fn prompt_consent_asks_though_nothing_new_is_asked_for() {
    let world = world();
    let mut browser = bob(&world);
    decide(&mut browser, &[], "allow");
    let own = [("client_id", "hanzo-app"), ("redirect_uri", crate::browser::CALLBACK)];
    for more in [&own[..], &[]] {
        let mut more = more.to_vec();
        more.push(("prompt", "consent"));
        let answer = decide(&mut browser, &more, "allow");
        assert!(parameter(&location(&answer), "code").is_some());
    }
}

/// ATTACKS C-52.
#[test]
fn another_site_cannot_allow_anything() {
    let world = world();
    let mut browser = bob(&world);
    let (address, page) = page(&mut browser, &[]);
    let token = form_token(&page.text());
    let form = [("form_token", token.as_str()), ("decision", "allow")];
    for (name, value) in
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")]
    {
        let call = world.post(&address).header("cookie", &browser.cookie()).header(name, value);
        assert_eq!(call.form(&form).send().status(), StatusCode::FORBIDDEN, "{name}");
    }
    let forged = browser.post(&address, &[("form_token", "x"), ("decision", "allow")]);
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    assert!(sql(&world, "SELECT * FROM consents").is_empty());
}

/// ATTACKS D-60.
#[test]
fn what_a_client_was_given_ends_when_the_consent_is_withdrawn_or_narrowed() {
    for scopes in [json!([]), json!(["openid"])] {
        let world = world();
        let mut browser = bob(&world);
        let tokens = redeem(&world, &decide(&mut browser, &[], "allow"));
        let waiting = browser.authorize(&asking(&[]));
        let waiting = parameter(&location(&waiting), "code").unwrap();
        let userinfo = || {
            let token = tokens["access_token"].as_str().unwrap();
            world.get("/v1/iam/oauth/userinfo").bearer(token).send()
        };
        userinfo().ok();
        let list = browser.get("/v1/iam/consent").ok();
        assert_eq!(list["data"][0]["application"], CLIENT);
        assert_eq!(list["data"][0]["grantedScopes"], json!(["openid", "email"]));
        let put = |body: Value| {
            let call = world.put("/v1/iam/consent").header("cookie", &browser.cookie());
            call.header("origin", crate::world::ISSUER).json(&body).send()
        };
        let wider = json!({"application": CLIENT, "grantedScopes": ["openid", "email", "phone"]});
        put(wider).refused(400);
        put(json!({"application": "hanzo-app", "grantedScopes": []})).refused(404);
        put(json!({"application": CLIENT, "grantedScopes": scopes})).ok();
        userinfo().refused(401);
        redeemed(&world, &waiting).refused(400);
        let refresh = [
            ("grant_type", "refresh_token"),
            ("client_id", CLIENT),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ];
        assert_eq!(post(&world, &refresh).refused(400)["error"], "invalid_grant");
        let (_, shown) = page(&mut browser, &[]);
        assert!(shown.text().contains("decision"));
    }
}

#[test]
fn a_third_party_token_never_administers_whatever_was_allowed() {
    let world = world();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let asked = [("scope", "openid iam"), ("resource", DIRECTORY)];
    let tokens = redeem(&world, &decide(&mut browser, &asked, "allow"));
    let token = tokens["access_token"].as_str().unwrap();
    let claims = crate::oauth::read(token).1;
    assert_eq!(claims["orgs"], json!([{"org": "hanzo", "role": "member"}]));
    for path in ["/v1/iam/users", "/v1/iam/users/hanzo/alice", "/v1/iam/keys", "/v1/iam/account"] {
        world.get(path).bearer(token).send().refused(403);
    }
    world.post("/v1/iam/keys").bearer(token).json(&json!({"name": "x"})).send().refused(403);
    let info = world.get("/v1/iam/oauth/userinfo").bearer(token).send().ok();
    assert_eq!(info["isAdmin"], false);
}

#[test]
fn the_json_front_door_asks_for_consent_in_its_own_form() {
    let world = world();
    let browser = bob(&world);
    let body = json!({"type": "code", "clientId": CLIENT, "redirectUri": VENDOR, "scope": "openid",
        "code_challenge": crate::browser::CHALLENGE, "code_challenge_method": "S256"});
    let answer = world
        .post("/v1/iam/login")
        .header("cookie", &browser.cookie())
        .header("origin", crate::world::ISSUER)
        .json(&body)
        .send()
        .ok();
    assert_eq!((&answer["status"], &answer["code"]), (&json!("error"), &json!("consent_required")));
}

#[test]
fn a_device_of_a_third_party_client_shows_what_it_asks_for_and_is_then_remembered() {
    let world = world();
    let mut browser = bob(&world);
    let begin = || {
        let form = [("client_id", CLIENT), ("scope", "openid phone")];
        world.post("/v1/iam/oauth/device").form(&form).send().ok()
    };
    let device = begin();
    let address = format!("/login/oauth/device/{}", device["user_code"].as_str().unwrap());
    let approve = |cookie: &str, code: &Value| {
        world
            .post("/v1/iam/login")
            .header("cookie", cookie)
            .header("origin", crate::world::ISSUER)
            .json(&json!({"type": "device", "userCode": code}))
            .send()
            .ok()
    };
    assert_eq!(approve(&browser.cookie(), &device["user_code"])["code"], "consent_required");
    let shown = browser.get(&address).text();
    assert!(shown.contains("Read your phone number"), "{shown}");
    browser.post(&address, &[("form_token", &form_token(&shown)), ("decision", "allow")]);
    let poll = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", CLIENT),
        ("device_code", device["device_code"].as_str().unwrap()),
    ];
    assert_eq!(post(&world, &poll).ok()["scope"], "openid phone");
    assert_eq!(approve(&browser.cookie(), &begin()["user_code"])["status"], "ok");
}
