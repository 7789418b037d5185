//! The device authorization grant (ATTACKS D-66).

use hanzo_iam::{
    core::time::UnixTime,
    origin::store::device_codes::{self, Approver},
    ports::Clock,
};
use serde_json::{Value, json};

use crate::{
    oauth::{
        TOKEN, access_claims, as_cloud, assert_refused, begin_session, is_active, post, refresh,
        sql, subject, text,
    },
    world::{Answer, ISSUER, World},
};

const DEVICE: &str = "/v1/iam/oauth/device";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn begin(world: &World) -> Value {
    world.post(DEVICE).form(&[("client_id", "hanzo-app"), ("scope", "openid email")]).send().ok()
}

fn decide(world: &World, device: &Value, allow: bool) -> bool {
    let approver = Approver {
        user_id: subject(world, "hanzo", "bob"),
        session_id: Some("s".to_owned()),
        auth_time: UnixTime(world.clock.now().0 - 5),
        methods: vec!["pwd".to_owned()],
        platform_asked: false,
    };
    let now = world.clock.now();
    begin_session(world, "s", &approver.user_id);
    let database = &*world.origin.database;
    let code = text(device, "user_code");
    let decision = device_codes::decision(code, &approver, allow, now);
    !pollster::block_on(database.run(decision)).unwrap().is_empty()
}

fn poll(world: &World, device: &Value) -> Answer {
    let code = text(device, "device_code");
    post(world, &[("grant_type", GRANT), ("client_id", "hanzo-app"), ("device_code", code)])
}

/// WIRE §4.3: in the query with an empty body (the CLI), as JSON, as a form.
#[test]
fn a_device_may_ask_in_the_query_in_json_or_in_a_form() {
    let world = World::demo();
    let query = format!("{DEVICE}?client_id=hanzo-app&scope=openid&response_type=device_code");
    let json = json!({"client_id": "hanzo-app", "scope": "openid"});
    for call in [
        world.post(&query),
        world.post(DEVICE).json(&json),
        world.post(DEVICE).form(&[("client_id", "hanzo-app")]),
    ] {
        let answer = call.send();
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let device = answer.ok();
        assert_eq!((&device["expires_in"], &device["interval"]), (&json!(900), &json!(5)));
        let code = text(&device, "user_code");
        assert_eq!(code.len(), 8);
        assert!(!code.contains(['I', 'O', '0', '1']), "{code}");
        let uri = format!("{ISSUER}/login/oauth/device");
        assert_eq!(device["verification_uri"], uri);
        assert_eq!(device["verification_uri_complete"], format!("{uri}/{code}"));
    }
}

#[test]
fn a_device_gets_its_tokens_once_a_person_has_approved() {
    let world = World::demo();
    let device = begin(&world);
    assert_refused(&poll(&world, &device), 400, "authorization_pending");
    world.clock.advance(5);
    assert!(decide(&world, &device, true));
    let tokens = poll(&world, &device).ok();
    assert_eq!(access_claims(&tokens)["name"], "bob");
    assert_eq!(access_claims(&tokens)["sid"], "s");
    assert!(is_active(&world, &tokens));
    refresh(&world, &tokens).ok();
    assert!(!decide(&world, &device, true), "what was decided is not decided again");
}

#[test]
fn a_device_code_is_redeemed_once_and_the_second_time_leaves_the_first_alone() {
    let world = World::demo();
    let device = begin(&world);
    decide(&world, &device, true);
    let tokens = poll(&world, &device).ok();
    world.clock.advance(60);
    assert_refused(&poll(&world, &device), 400, "expired_token");
    assert!(is_active(&world, &tokens));
}

#[test]
fn polling_too_fast_is_slowed_down_and_the_interval_grows() {
    let world = World::demo();
    let device = begin(&world);
    assert_refused(&poll(&world, &device), 400, "authorization_pending");
    world.clock.advance(4);
    assert_refused(&poll(&world, &device), 400, "slow_down");
    world.clock.advance(5);
    assert_refused(&poll(&world, &device), 400, "slow_down");
    world.clock.advance(15);
    assert_refused(&poll(&world, &device), 400, "authorization_pending");
    decide(&world, &device, true);
    assert_refused(&poll(&world, &device), 400, "slow_down");
    world.clock.advance(60);
    poll(&world, &device).ok();
}

#[test]
fn what_was_refused_or_has_expired_gives_nothing() {
    let world = World::demo();
    let device = begin(&world);
    decide(&world, &device, false);
    assert_refused(&poll(&world, &device), 400, "access_denied");
    let device = begin(&world);
    world.clock.advance(900);
    assert!(!decide(&world, &device, true));
    assert_refused(&poll(&world, &device), 400, "expired_token");
}

#[test]
fn a_device_code_is_its_clients_only() {
    let world = World::demo();
    let device = begin(&world);
    decide(&world, &device, true);
    sql(&world, &format!("UPDATE applications SET grant_types = '[\"{GRANT}\"]'"));
    let code = text(&device, "device_code");
    let form = [("grant_type", GRANT), ("device_code", code)];
    assert_refused(&as_cloud(&world, TOKEN, &form), 400, "invalid_grant");
    poll(&world, &device).ok();
}

/// ATTACKS D-61, D-62.
#[test]
fn a_device_asks_for_no_more_than_its_application_may() {
    let world = World::demo();
    let ask = |form: &[(&str, &str)]| world.post(DEVICE).form(form).send();
    let wider = ask(&[("client_id", "hanzo-app"), ("scope", "admin")]);
    assert_refused(&wider, 400, "invalid_scope");
    assert_refused(&ask(&[("client_id", "nobody")]), 401, "invalid_client");
    assert_refused(&ask(&[]), 401, "invalid_client");
    assert_refused(&ask(&[("client_id", "acme-app")]), 400, "unauthorized_client");
    let secret = world.post("/v1/iam/oauth/device?client_id=hanzo-app&client_secret=x").send();
    assert_refused(&secret, 400, "invalid_request");
    sql(&world, "UPDATE applications SET grant_types = '[\"device_code\"]'");
    assert_refused(&ask(&[("client_id", "hanzo-cloud")]), 401, "invalid_client");
}

#[test]
fn a_person_disabled_after_approving_grants_nothing() {
    let world = World::demo();
    let device = begin(&world);
    decide(&world, &device, true);
    sql(&world, "UPDATE users SET is_forbidden = 1");
    assert_refused(&poll(&world, &device), 400, "invalid_grant");
}
