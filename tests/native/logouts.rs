//! Applications learn of the end of a session: Back-Channel and Front-Channel Logout 1.0.

use hanzo_iam::{
    core::{encoding::from_base64url, token::KeyId},
    origin::domain::keyring,
    ports::{Clock, HttpRequest},
};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    browser::{Browser, location, parameter},
    oauth::{is_active, redeem, sql, subject, text},
    world::{Answer, ISSUER, PASSWORD, World},
};

const TOLD: &str = "https://app.example/backchannel";
const FRAME: &str = "http://localhost:3000/signed-out?a=b";
const LOGOUT: &str = "/v1/iam/oauth/logout";

/// A world whose `hanzo-app` is told of ended sessions.
fn world() -> World {
    let world = World::demo();
    configured(&world, &json!({"backchannelLogoutUri": TOLD}));
    world
}

fn configured(world: &World, members: &Value) -> Value {
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(members).send().ok()
}

/// Signs a person in, and has `hanzo-app` redeem the code.
fn sign_in<'a>(world: &'a World, name: &str) -> (Browser<'a>, Value) {
    let mut browser = Browser::new(world);
    let to = location(&browser.sign_in(&[], name, PASSWORD));
    let tokens = redeem(world, &parameter(&to, "code").unwrap()).ok();
    (browser, tokens)
}

fn schedule(world: &World) {
    pollster::block_on(world.origin.scheduled()).unwrap();
}

/// What applications got so far.
fn sent(world: &World) -> Vec<HttpRequest> {
    schedule(world);
    std::mem::take(&mut *world.outbound.requests.borrow_mut())
}

/// The one logout token that an application got.
fn one_token(world: &World) -> String {
    let sent = sent(world);
    assert_eq!(sent.len(), 1, "{sent:?}");
    let request = &sent[0];
    assert_eq!((request.method, request.url.as_str()), ("POST", TOLD));
    let form = ("content-type", "application/x-www-form-urlencoded".to_owned());
    assert!(request.headers.contains(&form));
    let body = std::str::from_utf8(&request.body).unwrap();
    body.strip_prefix("logout_token=").unwrap().to_owned()
}

fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).unwrap();
    serde_json::from_slice(&from_base64url(part).unwrap()).unwrap()
}

fn claim(tokens: &Value, name: &str) -> Value {
    part(text(tokens, "id_token"), 1)[name].clone()
}

fn post(browser: &mut Browser<'_>) -> Answer {
    browser.post(LOGOUT, &[])
}

#[test]
fn the_end_of_a_session_is_told_by_a_signed_logout_token() {
    let world = world();
    let (mut browser, tokens) = sign_in(&world, "bob");
    assert!(sent(&world).is_empty());
    post(&mut browser);
    let token = one_token(&world);
    let (header, claims) = (part(&token, 0), part(&token, 1));
    assert_eq!((&header["typ"], &header["alg"]), (&json!("logout+jwt"), &json!("RS256")));
    let now = world.clock.now().0;
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["aud"], "hanzo-app");
    assert_eq!(claims["sub"], subject(&world, "hanzo", "bob"));
    assert_eq!(claims["sid"], claim(&tokens, "sid"));
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now), &json!(now + 120)));
    let event = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    assert_eq!(claims["events"], event);
    assert!(claims["jti"].as_str().unwrap().len() >= 22);
    assert!(claims.get("nonce").is_none(), "Back-Channel Logout §2.4");
    assert!(is_genuine(&world, &token));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let other: String = signature.chars().rev().collect();
    assert_ne!(other, signature);
    assert!(!is_genuine(&world, &format!("{signed}.{other}")));
    assert!(sent(&world).is_empty(), "it is told once");
}

/// Whether a published key signed the token.
fn is_genuine(world: &World, token: &str) -> bool {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let kid = part(token, 0)["kid"].as_str().unwrap().to_owned();
    let keys = pollster::block_on(keyring::public_keys(&world.origin)).unwrap();
    let key = keys.iter().find(|key| *key.id() == KeyId(kid.clone())).unwrap();
    let signature = from_base64url(signature).unwrap_or_default();
    let verified = world.origin.crypto.verify(key, signed.as_bytes(), &signature);
    pollster::block_on(verified).unwrap_or(false)
}

#[test]
fn the_algorithm_is_the_one_that_the_application_pins() {
    let world = world();
    configured(&world, &json!({"tokenSigningMethod": "ES256"}));
    let (mut browser, _) = sign_in(&world, "bob");
    post(&mut browser);
    let token = one_token(&world);
    assert_eq!(part(&token, 0)["alg"], "ES256");
    assert!(is_genuine(&world, &token));
}

#[test]
fn every_way_in_which_a_session_ends_is_told() {
    type End = fn(&World, &mut Browser<'_>, &str);
    let ends: [(&str, End); 8] = [
        ("logout", |_, browser, _| drop(browser.post(LOGOUT, &[]))),
        ("sign out everywhere", |_, browser, _| drop(browser.post("/v1/iam/sso-logout", &[]))),
        ("sign out here", |_, browser, _| {
            drop(browser.post("/v1/iam/sso-logout?logoutAll=false", &[]));
        }),
        ("an administrator ends it", |world, _, sid| {
            let path = format!("/v1/iam/sessions/hanzo/bob/-?sessionId={sid}");
            world.delete(&path).of("alice").send().ok();
        }),
        ("an administrator ends all", |world, _, _| {
            world.delete("/v1/iam/sessions/hanzo/bob/-").of("alice").send().ok();
        }),
        ("the person leaves the application", |world, _, _| {
            world.delete("/v1/iam/sessions/hanzo/bob/hanzo-app").of("bob").send().ok();
        }),
        ("the user is disabled", |world, _, _| {
            let off = json!({"isForbidden": true});
            world.put("/v1/iam/users/hanzo/bob").of("alice").json(&off).send().ok();
        }),
        ("the user is deleted", |world, _, _| {
            world.delete("/v1/iam/users/hanzo/bob").of("alice").send().ok();
        }),
    ];
    let image = world().image();
    for (how, end) in ends {
        let world = World::from_image(&image);
        let (mut browser, tokens) = sign_in(&world, "bob");
        let sid = claim(&tokens, "sid");
        end(&world, &mut browser, sid.as_str().unwrap());
        assert!(!is_active(&world, &tokens), "{how}");
        assert_eq!(part(&one_token(&world), 1)["sid"], sid, "{how}");
    }
}

#[test]
fn a_new_password_is_told_to_the_applications_of_every_session() {
    let world = world();
    let (browser, tokens) = sign_in(&world, "bob");
    let (_, others) = sign_in(&world, "bob");
    let body = json!({"oldPassword": PASSWORD, "password": "another long password"});
    let call = world.put("/v1/iam/password").json(&body).header("origin", ISSUER);
    call.header("cookie", &browser.cookie()).send().ok();
    let of = |request: &HttpRequest| {
        let body = String::from_utf8(request.body.clone()).unwrap();
        part(body.strip_prefix("logout_token=").unwrap(), 1)["sid"].to_string()
    };
    let mut told: Vec<String> = sent(&world).iter().map(of).collect();
    told.sort_unstable();
    let mut expected = [claim(&tokens, "sid").to_string(), claim(&others, "sid").to_string()];
    expected.sort_unstable();
    assert_eq!(told, expected);
}

#[test]
fn only_applications_with_a_live_grant_in_the_session_are_told() {
    let world = world();
    // No grant at all.
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "bob", PASSWORD);
    post(&mut browser);
    assert!(sent(&world).is_empty());
    // A grant that the application gave back.
    let (mut browser, tokens) = sign_in(&world, "bob");
    let form = [("client_id", "hanzo-app"), ("token", text(&tokens, "refresh_token"))];
    world.post("/v1/iam/oauth/revoke").form(&form).send().ok();
    post(&mut browser);
    assert!(sent(&world).is_empty());
    // A grant of another session of the same person, which goes on.
    let (_, goes_on) = sign_in(&world, "bob");
    let (mut browser, _) = sign_in(&world, "bob");
    post(&mut browser);
    assert_ne!(part(&one_token(&world), 1)["sid"], claim(&goes_on, "sid"));
    assert!(is_active(&world, &goes_on));
    // A disabled application.
    configured(&world, &json!({"isDisabled": true}));
    world.delete("/v1/iam/sessions/hanzo/bob/-").of("bob").send().ok();
    assert!(sent(&world).is_empty());
}

#[test]
fn a_receiver_that_is_down_is_told_later_by_another_token() {
    let world = world();
    let (mut browser, _) = sign_in(&world, "bob");
    world.outbound.status.set(503);
    post(&mut browser);
    let first = one_token(&world);
    assert!(sent(&world).is_empty(), "not before it is due");
    world.clock.advance(60);
    world.outbound.status.set(200);
    let second = one_token(&world);
    assert_ne!(part(&first, 1)["jti"], part(&second, 1)["jti"]);
    assert_eq!(part(&second, 1)["iat"], world.clock.now().0);
    world.clock.advance(3 * 24 * 3600);
    assert!(sent(&world).is_empty());
}

#[test]
fn a_receiver_that_is_withdrawn_is_not_told() {
    let world = world();
    let (mut browser, _) = sign_in(&world, "bob");
    post(&mut browser);
    configured(&world, &json!({"backchannelLogoutUri": ""}));
    assert!(sent(&world).is_empty());
    let state = &sql(&world, "SELECT state FROM deliveries")[0]["state"];
    assert_eq!(state, "failed");
}

/// ATTACKS H-118.
#[test]
fn nothing_is_told_to_a_private_address() {
    let mut world = World::demo();
    for uri in ["http://app.example/", "https://127.0.0.1/", "https://db.internal/", "x"] {
        let sent = json!({"backchannelLogoutUri": uri});
        let call = world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&sent);
        call.send().refused(400);
    }
    world.config_mut().webhook_hosts = vec!["127.0.0.1:9".to_owned()];
    configured(&world, &json!({"backchannelLogoutUri": "http://127.0.0.1:9/out"}));
    let (mut browser, _) = sign_in(&world, "bob");
    post(&mut browser);
    world.config_mut().webhook_hosts.clear();
    assert!(sent(&world).is_empty(), "the operator withdrew the exemption");
}

/// ATTACKS A-21: neither kind of token passes for another.
#[test]
fn a_logout_token_is_neither_an_access_token_nor_a_hint() {
    let world = world();
    let (mut browser, _) = sign_in(&world, "bob");
    post(&mut browser);
    let token = one_token(&world);
    let answer = world.get("/v1/iam/oauth/userinfo").bearer(&token).send();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let (mut browser, tokens) = sign_in(&world, "bob");
    let answer = browser.get(&format!("{LOGOUT}?id_token_hint={token}"));
    assert!(answer.text().contains("Sign out?"), "{}", answer.text());
    assert!(is_active(&world, &tokens));
}

#[test]
fn a_frame_has_the_origin_of_a_redirect_address() {
    let world = World::demo();
    for uri in [
        "https://evil.example/out",
        "http://localhost:3001/out",
        "javascript:alert(1)",
        "http://localhost:3000/../out",
        "http://user@localhost:3000/out",
    ] {
        let sent = json!({"frontchannelLogoutUri": uri});
        let call = world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&sent);
        call.send().refused(400);
    }
    let stored = configured(&world, &json!({"frontchannelLogoutUri": FRAME}));
    assert_eq!(stored["frontchannelLogoutUri"], FRAME);
    let moved = json!({"redirectUris": ["https://elsewhere.example/cb"]});
    let call = world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&moved);
    call.send().refused(400);
}

#[test]
fn the_signed_out_page_tells_applications_in_frames_and_goes_on() {
    let world = World::demo();
    let bye = "https://app.example/bye";
    configured(&world, &json!({"frontchannelLogoutUri": FRAME, "postLogoutRedirectUris": [bye]}));
    let (mut browser, tokens) = sign_in(&world, "bob");
    let sid = claim(&tokens, "sid").as_str().unwrap().to_owned();
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("id_token_hint", text(&tokens, "id_token")),
            ("post_logout_redirect_uri", bye),
            ("state", "s"),
        ])
        .finish();
    let answer = browser.get(&format!("{LOGOUT}?{query}"));
    assert_eq!(answer.status(), StatusCode::OK);
    let policy = answer.header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.contains("; frame-src http://localhost:3000; "), "{policy}");
    let onward = format!("content=\"2;url={bye}?state=s\"");
    assert!(answer.text().contains(&onward), "after the frames: {}", answer.text());
    let page = answer.text();
    let address = format!("{FRAME}&amp;iss=https%3A%2F%2Fhanzo.id&amp;sid={sid}");
    assert!(page.contains(&format!("src=\"{address}\"")), "{page}");
    assert!(!browser.cookie().contains("hanzo_session"));
    assert!(!is_active(&world, &tokens));
    // The second logout has no session, and no frames.
    let again = browser.get(&format!("{LOGOUT}?{query}"));
    assert_eq!(again.status(), StatusCode::SEE_OTHER);
}

#[test]
fn a_program_gets_json_and_a_session_without_frames_a_redirect() {
    let world = World::demo();
    configured(&world, &json!({"frontchannelLogoutUri": FRAME}));
    let (browser, _) = sign_in(&world, "bob");
    let call = world.post(LOGOUT).json(&json!({})).header("origin", ISSUER);
    let answer = call.header("cookie", &browser.cookie()).send();
    assert_eq!(answer.ok(), json!({"status": "ok"}));
    let mut without = Browser::new(&world);
    without.sign_in(&[], "bob", PASSWORD);
    let answer = without.post(LOGOUT, &[]);
    assert!(!answer.text().contains("<iframe"), "{}", answer.text());
}

#[test]
fn signing_out_of_several_accounts_tells_the_applications_of_each() {
    let world = world();
    let (mut browser, first) = sign_in(&world, "alice");
    let to = location(&browser.sign_in(&[("prompt", "login")], "bob", PASSWORD));
    let second = redeem(&world, &parameter(&to, "code").unwrap()).ok();
    let chosen = post(&mut browser);
    assert!(chosen.status().is_success());
    assert_eq!(part(&one_token(&world), 1)["sid"], claim(&second, "sid"));
    assert!(is_active(&world, &first), "the other account stays signed in");
}
