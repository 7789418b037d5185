//! Guessing passwords: limits by network and by account, and what a guess reveals
//! (ATTACKS G-98, faults 6 and 9).

use std::time::{Duration, Instant};

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    browser::{Browser, query, without_nonces},
    oauth::sql,
    watched::Watched,
    world::{Answer, CLOUD_SECRET, PASSWORD, World},
};

/// A sign-in from the network `ip`.
fn login_from(world: &World, ip: &str, username: &str, password: &str) -> Answer {
    let body = json!({
        "type": "login", "application": "hanzo-app", "username": username, "password": password,
    });
    let mut call = world.post("/v1/iam/login").json(&body);
    ip.clone_into(&mut call.request.client_ip);
    call.send()
}

fn login(world: &World, username: &str, password: &str) -> Value {
    login_from(world, "192.0.2.1", username, password).ok()
}

/// A password that is never looked at: nothing is hashed for it.
fn locked_out(world: &World, ip: &str) -> bool {
    login_from(world, ip, "alice", PASSWORD).status() == StatusCode::TOO_MANY_REQUESTS
}

fn rows(world: &World, kind: &str) -> i64 {
    let query = format!("SELECT count(*) AS count FROM attempts WHERE subject LIKE '{kind}:%'");
    sql(world, &query)[0]["count"].as_i64().unwrap()
}

/// Fault 6: spraying one password over many names is bounded by the network, IPv6 by /64; other
/// networks are not affected.
#[test]
fn passwords_are_limited_by_network_whatever_the_names() {
    let mut world = World::demo();
    world.config_mut().limits.signin_failures.attempts = 4;
    for round in 0..4 {
        let ip = format!("2001:db8:0:1::{round}");
        let answer = login_from(&world, &ip, &format!("name{round}"), "wrong password");
        assert_eq!(answer.ok()["code"], "invalid_credentials");
    }
    let refused = login_from(&world, "2001:db8:0:1:ffff::1", "alice", PASSWORD);
    assert_eq!(refused.refused(429)["code"], "too_many_attempts");
    assert!(!locked_out(&world, "2001:db8:0:2::1"));
    world.clock.advance(600);
    assert!(!locked_out(&world, "2001:db8:0:1::1"));
}

/// Right passwords are no failures, but each costs a hash: they have a bound of their own.
#[test]
fn right_passwords_count_as_work_and_not_as_failures() {
    let mut world = World::demo();
    world.config_mut().limits.signin_failures.attempts = 2;
    world.config_mut().limits.signin_attempts.attempts = 5;
    for _ in 0..4 {
        assert_eq!(login(&world, "alice", PASSWORD)["status"], "ok");
    }
    assert_eq!(login(&world, "alice", "wrong password")["code"], "invalid_credentials");
    assert!(locked_out(&world, "192.0.2.1"));
    assert!(!locked_out(&world, "192.0.2.2"));
}

/// The pages, the password grant, and changes of a password are counted with the sign-ins.
#[test]
fn every_way_to_try_a_password_is_counted() {
    let mut world = World::demo();
    let limits = &mut world.config_mut().limits;
    (limits.signin_failures.attempts, limits.signin_attempts.attempts) = (0, 0);
    let page = format!("/login/oauth/authorize?{}", query(&[]));
    let mut browser = Browser::new(&world);
    let token = crate::browser::form_token(&browser.get(&page).text());
    let form = [("form_token", &*token), ("username", "alice"), ("password", PASSWORD)];
    assert_eq!(browser.post(&page, &form).status(), StatusCode::TOO_MANY_REQUESTS);
    let grant = [("grant_type", "password"), ("username", "alice"), ("password", PASSWORD)];
    let token = world.post("/v1/iam/oauth/token").basic("hanzo-cloud", CLOUD_SECRET).form(&grant);
    assert_eq!(token.send().refused(503)["error"], "temporarily_unavailable");
    let change = json!({
        "userOwner": "hanzo", "userName": "bob", "oldPassword": PASSWORD,
        "newPassword": "a new password",
    });
    world.post("/v1/iam/set-password").of("bob").json(&change).send().refused(429);
}

/// A client that signs many people in is not one person: it has more attempts, and its own.
#[test]
fn a_confidential_client_is_counted_by_itself() {
    let mut world = World::demo();
    world.config_mut().limits.signin_failures.attempts = 1;
    let grant = [("grant_type", "password"), ("username", "nobody"), ("password", "wrong")];
    for _ in 0..3 {
        let token =
            world.post("/v1/iam/oauth/token").basic("hanzo-cloud", CLOUD_SECRET).form(&grant);
        assert_eq!(token.send().refused(400)["error"], "invalid_grant");
    }
    assert!(!locked_out(&world, "192.0.2.1"));
}

/// Fault 6: each unknown name wrote a row. Rows are of a fixed number; see `core::limit::Slot`.
#[test]
fn a_refused_network_writes_no_row_for_a_name() {
    let mut world = World::demo();
    world.config_mut().limits.signin_failures.attempts = 2;
    for round in 0..10 {
        login_from(&world, "192.0.2.1", &format!("name{round}"), "wrong password");
    }
    assert_eq!((rows(&world, "password"), rows(&world, "signin")), (2, 1));
    let kinds = sql(
        &world,
        "SELECT DISTINCT substr(subject, 1, instr(subject, ':')) AS kind, \
                     max(CAST(substr(subject, instr(subject, ':') + 1) AS INTEGER)) AS slot \
                     FROM attempts GROUP BY kind",
    );
    assert!(kinds.iter().all(|row| row["slot"].as_i64().unwrap() < i64::from(u16::MAX)));
}

/// Fault 9: `Alice` is `alice`, when she signs in and when she is counted.
#[test]
fn user_names_fold_case_everywhere() {
    let world = World::demo();
    for name in ["Alice", " ALICE ", "ALICE@Hanzo.Example", "Hanzo/Alice"] {
        assert_eq!(login(&world, name, PASSWORD)["data"], "hanzo/alice", "{name}");
    }
    world.get("/v1/iam/users/hanzo/Alice").of("alice").send().ok();
    world.get("/v1/iam/users/hanzo/Bob").of("bob").send().ok();
    let same = json!({"name": "Bob", "displayName": "Bob"});
    world.put("/v1/iam/users/hanzo/BOB").of("bob").json(&same).send().ok();
    let made = world.post("/v1/iam/users").of("alice").json(&json!({"name": "Zoe"})).send().ok();
    assert_eq!(made["name"], "zoe");
    world.post("/v1/iam/users").of("alice").json(&json!({"name": "zoe"})).send().refused(409);
    let key = json!({"name": "k", "user": "Bob"});
    assert_eq!(world.post("/v1/iam/keys").of("bob").json(&key).send().ok()["user"], "bob");
}

/// Fault 9, ATTACKS G-98: no order of guesses under any spelling reveals whether an account exists.
#[test]
fn lock_out_is_the_same_for_known_and_unknown_names_in_every_spelling() {
    let world = World::demo();
    let codes = |names: [&str; 7]| -> Vec<Value> {
        names.map(|name| login(&world, name, "wrong password")["code"].clone()).to_vec()
    };
    let known = codes(["Bob", "bob", "BOB", "hanzo/bob", "bob ", "bob", "boB"]);
    let unknown = codes(["Ned", "ned", "NED", "hanzo/ned", "ned ", "ned", "neD"]);
    assert_eq!(known, unknown);
    assert_eq!((&known[4], &known[5]), (&json!("invalid_credentials"), &json!("signin_locked")));
    // Guesses under the address reveal nothing about the account's name.
    let world = World::demo();
    for _ in 0..6 {
        login(&world, "bob@hanzo.example", "wrong password");
    }
    assert_eq!(login(&world, "bob", "wrong password")["code"], "invalid_credentials");
    // An administrator's new password unlocks every one of them.
    let set = json!({"password": "another password"});
    world.put("/v1/iam/users/hanzo/bob").of("alice").json(&set).send().ok();
    assert_eq!(login(&world, "bob@hanzo.example", "another password")["status"], "ok");
}

/// What is forgotten is what was wrong under the login that the person signed in with, and what was wrong
/// for the account; under another login the guesser is locked out as before.
#[test]
fn a_right_password_forgets_the_wrong_ones_of_its_login_and_its_account() {
    let world = World::demo();
    let wrong = |name: &str| login(&world, name, "wrong password")["code"].clone();
    for name in ["bob@hanzo.example", "bob", "bob@hanzo.example", "bob", "bob@hanzo.example"] {
        assert_eq!(wrong(name), "invalid_credentials");
    }
    world.clock.advance(900);
    assert_eq!(wrong("bob@hanzo.example"), "invalid_credentials");
    for _ in 0..6 {
        assert_eq!(login(&world, "bob", PASSWORD)["status"], "ok");
    }
    let codes: Vec<Value> = (0..6).map(|_| wrong("bob")).collect();
    assert!(codes[..5].iter().all(|code| code == "invalid_credentials"), "{codes:?}");
    assert_eq!(codes[5], "signin_locked");
    assert_eq!(wrong("bob@hanzo.example"), "invalid_credentials");
    assert_eq!(wrong("bob@hanzo.example"), "signin_locked");
}

/// One wrong password for `name`, by the given way; the name is taken out of the answer.
fn guess(world: &World, way: &str, name: &str) -> (StatusCode, String) {
    let page = format!("/login/oauth/authorize?{}", query(&[]));
    let answer = match way {
        "login" => login_from(world, "192.0.2.1", name, "wrong password"),
        "page" => {
            let mut browser = Browser::new(world);
            let token = crate::browser::form_token(&browser.get(&page).text());
            let form = [("form_token", &*token), ("username", name), ("password", "wrong")];
            let answer = browser.post(&page, &form);
            let text = without_nonces(&answer.text()).replace(name, "").replace(&token, "");
            return (answer.status(), text);
        }
        "grant" => world
            .post("/v1/iam/oauth/token")
            .basic("hanzo-cloud", CLOUD_SECRET)
            .form(&[("grant_type", "password"), ("username", name), ("password", "wrong")])
            .send(),
        _ => {
            let body = json!({"clientId": "hanzo-app", "identifier": name});
            world.post("/v1/iam/auth/identifier").json(&body).send()
        }
    };
    (answer.status(), answer.text().replace(name, ""))
}

/// ATTACKS G-98: same body, same status, same statements, and one hash in either case. Carol has no
/// password, which the response does not reveal either.
#[test]
#[expect(clippy::disallowed_methods, reason = "the work of a hash is seen in its time only")]
fn a_known_and_an_unknown_name_take_the_same_answer_and_work() {
    let names = ["bob", "carol", "ned", "bob@nowhere.example"];
    for way in ["login", "page", "grant", "identifier"] {
        let mut world = World::demo();
        let carol = json!({"owner": "hanzo", "name": "carol"});
        world.post("/v1/iam/users").of("root").json(&carol).send().ok();
        let watched = Watched::over(&mut world);
        let mut seen = Vec::new();
        for name in names {
            let mut quickest = Duration::MAX;
            for _ in 0..4 {
                watched.take();
                let began = Instant::now();
                let answer = guess(&world, way, name);
                quickest = quickest.min(began.elapsed());
                seen.push((answer, watched.take()));
            }
            // All else takes a fraction of one hash: an answer without one would be far quicker.
            let hash = Duration::from_millis(5);
            assert!(quickest > hash || way == "identifier", "{way} {name}: {quickest:?}");
        }
        assert!(seen.iter().all(|other| *other == seen[0]), "{way}: {seen:#?}");
    }
}

/// Fault 12: without an application that takes passwords, none is taken.
#[test]
fn no_type_of_login_takes_a_password_past_the_application() {
    let world = World::demo();
    sql(&world, "UPDATE applications SET enable_password = 0 WHERE name = 'hanzo-app'");
    for kind in ["login", "device", "code"] {
        for (member, name, code) in [
            ("application", "hanzo-app", "unsupported"),
            ("clientId", "hanzo-app", "unsupported"),
            ("application", "no-such-app", "invalid_client"),
            ("other", "", "invalid_client"),
        ] {
            let body = json!({
                "type": kind, member: name, "organization": "hanzo", "username": "alice",
                "password": PASSWORD, "redirectUri": "http://localhost:3000/callback",
                "code_challenge": crate::browser::CHALLENGE, "code_challenge_method": "S256",
            });
            let answer = world.post("/v1/iam/login").json(&body).send();
            assert_eq!(answer.ok()["code"], code, "{kind} {member}");
            assert_eq!(answer.header("set-cookie"), None);
        }
    }
}

/// Another tenant's application of the same name does not take the platform's away.
#[test]
fn a_tenant_cannot_shadow_the_name_of_a_platform_application() {
    let world = World::demo();
    let shadow = json!({"owner": "acme", "organization": "acme", "name": "hanzo-app"});
    world.post("/v1/iam/applications").of("dave").json(&shadow).send().ok();
    assert_eq!(login(&world, "alice", PASSWORD)["data"], "hanzo/alice");
}

/// The kind of fault 6: device codes are rows that any client of a public application makes.
#[test]
fn device_codes_are_limited_by_network() {
    let world = World::demo();
    let ask = |ip: &str| {
        let mut call = world.post("/v1/iam/oauth/device").form(&[("client_id", "hanzo-app")]);
        ip.clone_into(&mut call.request.client_ip);
        call.send()
    };
    let mut made = 0;
    while ask(&format!("2001:db8::{made:x}")).status() == StatusCode::OK {
        made += 1;
    }
    assert_eq!(made, 100);
    assert_eq!(ask("2001:db8::1").refused(503)["error"], "temporarily_unavailable");
    ask("2001:db8:1::1").ok();
}
