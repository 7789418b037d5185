//! What guesses, remembered browsers and letters reach at a sign-in.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    account_pages::{code, enrol, post},
    browser::{Browser, form_token, location, query},
    codes::{page, with_codes},
    interleaved::{Seen, Task, interleaved},
    oauth::{password_hash, sql},
    world::{ISSUER, PASSWORD, World},
};

const PAGE: &str = "/login/oauth/authorize?";

/// A client of one organization at which people of another one sign in.
fn shared() -> World {
    let world = World::demo();
    sql(&world, "UPDATE applications SET is_shared = 1 WHERE client_id = 'hanzo-app'");
    let hash = password_hash(&world, "hanzo", "alice");
    sql(&world, &format!("UPDATE users SET password_hash = '{hash}' WHERE owner = 'acme'"));
    world
}

fn demand(world: &World, organization: &str, demand: &Value) {
    let path = format!("/v1/iam/organizations/admin/{organization}");
    world.put(&path).of("root").json(demand).send().ok();
}

/// The browser of `acme/dave` after a sign-in at his account in which he let it remember his app, without its
/// session unless `keeps_session`.
fn remembered(world: &World, keeps_session: bool) -> Browser<'_> {
    let login = [("username", "acme/dave"), ("password", PASSWORD)];
    let mut browser = Browser::new(world);
    post(&mut browser, "/login", &login);
    let (totp, _) = enrol(world, &mut browser);
    let mut browser = Browser::new(world);
    let asks = post(&mut browser, "/login", &login).text();
    let (token, code) = (form_token(&asks), code(world, &totp));
    let form = [
        ("form_token", &*token),
        ("step", "second"),
        ("method", "app"),
        ("code", &code),
        ("remember", "1"),
    ];
    assert_eq!(location(&browser.post("/login", &form)), "/account");
    browser.cookies.retain(|(name, _)| keeps_session || name.contains("hanzo_browser"));
    browser
}

/// What the client asks after the password in that browser.
fn by_password(browser: &mut Browser<'_>) -> String {
    let page = format!("{PAGE}{}", query(&[]));
    let answer = post(browser, &page, &[("username", "acme/dave"), ("password", PASSWORD)]);
    match answer.status() {
        StatusCode::SEE_OTHER => location(&answer),
        _ => answer.text(),
    }
}

#[test]
fn a_remembered_browser_stands_only_for_a_factor_that_the_client_counts() {
    let world = shared();
    let mut browser = remembered(&world, false);
    let mut other = Browser::new(&world);
    other.cookies.clone_from(&browser.cookies);
    demand(&world, "hanzo", &json!({"requireMfa": true, "mfaItems": [{"name": "app"}]}));
    assert!(by_password(&mut browser).contains("code="));
    demand(&world, "hanzo", &json!({"mfaItems": [{"name": "webauthn", "rule": "Required"}]}));
    assert!(by_password(&mut other).contains("Confirm that it is you"));
    // Nor does the session of the first sign-in stand for it.
    let address = location(&browser.authorize(&[]));
    assert!(address.starts_with("/login/"), "{address}");
}

#[test]
fn a_remembered_browser_stands_no_longer_than_the_client_lets_it() {
    let world = shared();
    let mut browser = remembered(&world, false);
    let mut other = Browser::new(&world);
    other.cookies.clone_from(&browser.cookies);
    demand(&world, "hanzo", &json!({"requireMfa": true, "mfaRememberInHours": 2}));
    world.clock.advance(3600);
    assert!(by_password(&mut browser).contains("code="));
    assert!(location(&browser.authorize(&[])).contains("code="));
    // The session's age is that of the proof.
    world.clock.advance(3600);
    let address = location(&browser.authorize(&[]));
    assert!(address.starts_with("/login/"), "{address}");
    assert!(by_password(&mut other).contains("Confirm that it is you"));
}

#[test]
fn a_browser_stands_for_no_factor_after_the_password_has_changed() {
    let world = shared();
    let mut browser = remembered(&world, true);
    let form = [("old", PASSWORD), ("new", "a wholly new password 7")];
    let changed = post(&mut browser, "/account/password", &form);
    assert_eq!(changed.status(), StatusCode::OK, "{}", changed.text());
    assert!(sql(&world, "SELECT * FROM remembered_browsers").is_empty());
}

/// The code of a login as `alice` by that browser; `ok` if it is right.
fn login(browser: &mut Browser<'_>, world: &World, password: &str) -> String {
    let body = json!({
        "type": "login", "application": "hanzo-app", "username": "alice", "password": password,
    });
    let mut call = world.post("/v1/iam/login").header("cookie", &browser.cookie()).json(&body);
    browser.ip.clone_into(&mut call.request.client_ip);
    let answer = browser.keep(call.send()).body();
    let name = if answer["status"] == "ok" { "status" } else { "code" };
    answer[name].as_str().unwrap().to_owned()
}

fn at(world: &World, network: usize) -> Browser<'_> {
    Browser::at(world, &format!("2001:db8:{network:x}::1"))
}

/// A browser in that network in which alice has signed in, without her session.
fn known(world: &World, network: usize) -> Browser<'_> {
    let mut browser = at(world, network);
    assert_eq!(login(&mut browser, world, PASSWORD), "ok");
    browser.cookies.retain(|(name, _)| name.contains("hanzo_known"));
    browser
}

#[test]
fn all_known_browsers_of_a_login_are_slowed_together_and_apart_from_strangers() {
    let world = World::demo();
    let mut farmed: Vec<_> = (1..=13).map(|network| known(&world, network)).collect();
    for browser in &mut farmed[..12] {
        for _ in 0..4 {
            assert_eq!(login(browser, &world, "wrong password"), "invalid_credentials");
        }
    }
    for browser in &mut farmed[..2] {
        assert_eq!(login(browser, &world, "wrong password"), "invalid_credentials");
    }
    assert_eq!(login(&mut farmed[12], &world, PASSWORD), "signin_locked");
    assert_eq!(login(&mut at(&world, 100), &world, PASSWORD), "ok");
    world.clock.advance(15 * 60);
    assert_eq!(login(&mut farmed[12], &world, PASSWORD), "ok");
}

#[test]
fn a_known_browser_is_known_for_three_months_after_its_last_sign_in() {
    let world = World::demo();
    let day = 24 * 3600;
    let mut browser = known(&world, 1);
    let is_known = |browser: &Browser<'_>| {
        for network in 1000..1060 {
            login(&mut at(&world, network), &world, "wrong password");
        }
        let mut again = at(&world, 2);
        again.cookies.clone_from(&browser.cookies);
        login(&mut again, &world, PASSWORD) == "ok"
    };
    world.clock.advance(60 * day);
    assert_eq!(login(&mut browser, &world, PASSWORD), "ok");
    world.clock.advance(60 * day);
    assert!(is_known(&browser), "the sign-in has renewed it");
    world.clock.advance(31 * day);
    assert!(!is_known(&browser));
}

#[test]
fn one_stranger_who_guesses_without_end_keeps_no_other_network_out() {
    let world = World::demo();
    for _ in 0..80 {
        login(&mut at(&world, 1), &world, "wrong password");
        world.clock.advance(15 * 60);
    }
    for _ in 0..60 {
        login(&mut at(&world, 1), &world, "wrong password");
        world.clock.advance(60);
    }
    assert_eq!(login(&mut at(&world, 2), &world, PASSWORD), "ok");
    // The first guess of a network only.
    assert_eq!(login(&mut at(&world, 3), &world, "wrong password"), "invalid_credentials");
    assert_eq!(login(&mut at(&world, 3), &world, PASSWORD), "signin_locked");
}

#[test]
fn a_code_that_loses_a_race_reveals_nothing_and_has_cost_a_try() {
    let seen = (Seen::default(), Seen::default());
    for steps in 0.. {
        let (mut world, mailbox) = with_codes();
        let (right, wrong) = {
            let mut browser = Browser::new(&world);
            let token = form_token(&browser.get(&page()).text());
            let form = [("form_token", &*token), ("step", "code"), ("username", "bob")];
            assert_eq!(browser.post(&page(), &form).status(), StatusCode::OK);
            let request = |code: &str| {
                let form = [("form_token", &*token), ("step", "code-verify"), ("code", code)];
                let call = world.post(&page()).header("cookie", &browser.cookie()).form(&form);
                let mut request = call.header("origin", ISSUER).request;
                browser.ip.clone_into(&mut request.client_ip);
                Task::Request(Box::new(request))
            };
            (request(&mailbox.last_code()), request("x"))
        };
        let (answer, suspended) = interleaved(&mut world, right, wrong, steps);
        let status = answer.map(|answer| answer.status());
        let flows = sql(&world, "SELECT state FROM flows");
        if flows.is_empty() {
            assert!(status.is_some_and(|it| !it.is_client_error() && !it.is_server_error()));
            seen.0.one();
        } else {
            let state: Value = serde_json::from_str(flows[0]["state"].as_str().unwrap()).unwrap();
            let failures = state["challenge"]["failures"].as_i64();
            assert!(failures >= Some(1), "before step {steps}: {status:?}");
            let counted = "SELECT count FROM attempts WHERE subject LIKE 'code-wrong:%'";
            assert_eq!(sql(&world, counted)[0]["count"], 2, "before step {steps}: {status:?}");
            seen.1.one();
        }
        if !suspended {
            break;
        }
    }
}

#[test]
fn codes_for_new_numbers_of_one_account_are_bounded_whatever_the_numbers() {
    let (world, mailbox) = with_codes();
    let browser = crate::account_pages::signed_in(&world, "bob");
    for number in 0..30 {
        let dest = format!("+1555000{number:04}");
        let body = json!({"purpose": "verify", "type": "phone", "dest": dest,
            "applicationId": "admin/hanzo-app"});
        let call = world.post("/v1/iam/verification-codes").header("cookie", &browser.cookie());
        call.header("origin", ISSUER).header("sec-fetch-site", "same-origin").json(&body).send();
        world.clock.advance(61);
    }
    assert!((10..=15).contains(&mailbox.count()), "{}", mailbox.count());
}
