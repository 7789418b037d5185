//! Secrets of clients, rotated with an overlap, and the operators' upsert of applications.

use serde_json::{Value, json};

use crate::{
    oauth::{sql, text},
    revocation::is_refused,
    world::{ACME_SECRET, World},
};

const SECRETS: &str = "/v1/iam/applications/acme/acme-app/secrets";
const UPSERT: &str = "/v1/iam/admin/applications/upsert";

fn token(world: &World, secret: &str) -> Option<Value> {
    let form = [("grant_type", "client_credentials")];
    let answer = world.post("/v1/iam/oauth/token").basic("acme-app", secret).form(&form).send();
    if answer.status().as_u16() == 200 {
        return Some(answer.body());
    }
    answer.refused(401);
    None
}

/// Whether the token is alive at the origin and at an edge; `secret` is one that is valid.
fn lives(world: &World, secret: &str, tokens: &Value) -> bool {
    let form = [("token", text(tokens, "access_token"))];
    let call = world.post("/v1/iam/oauth/introspect").basic("acme-app", secret).form(&form);
    let active = call.send().ok()["active"].as_bool().unwrap();
    assert_eq!(active, !is_refused(world, tokens));
    active
}

fn rotated(world: &World, body: &Value) -> String {
    let answer = world.post(SECRETS).of("dave").json(body).send().ok();
    assert_eq!((&answer["id"], &answer["current"]), (&json!("current"), &json!(true)));
    text(&answer, "clientSecret").to_owned()
}

fn listed(world: &World) -> Vec<Value> {
    world.get(SECRETS).of("dave").send().ok()["secrets"].as_array().unwrap().clone()
}

#[test]
fn a_secret_and_its_successor_are_both_valid_until_the_overlap_ends() {
    let world = World::demo();
    let before = token(&world, ACME_SECRET).unwrap();
    let new = rotated(&world, &json!({"overlap": 3600}));
    assert!(token(&world, &new).is_some() && token(&world, ACME_SECRET).is_some());
    // Wherever a client authenticates.
    world.get("/v1/iam/applications").basic("acme-app", ACME_SECRET).send().refused(403);
    world.get("/v1/iam/applications").basic("acme-app", "another").send().refused(401);
    assert!(lives(&world, &new, &before), "its tokens stay");
    let list = world.get(SECRETS).of("dave").send();
    for secret in [&*new, ACME_SECRET] {
        assert!(!list.text().contains(secret));
    }
    let list = list.body()["secrets"].as_array().unwrap().clone();
    assert_eq!((list.len(), &list[0]["id"]), (2, &json!("current")));
    assert!(list[1]["expireTime"].is_string());
    world.clock.advance(3600);
    assert!(token(&world, &new).is_some() && token(&world, ACME_SECRET).is_none());
    assert_eq!(listed(&world).len(), 1);
}

#[test]
fn without_an_overlap_the_present_secret_ends_with_its_tokens_and_those_before_it() {
    let world = World::demo();
    let second = rotated(&world, &json!({"overlap": 3600}));
    let issued = token(&world, &second).unwrap();
    let third = world.post(SECRETS).of("dave").send().ok();
    let third = text(&third, "clientSecret");
    assert!(token(&world, third).is_some());
    assert!(token(&world, &second).is_none() && token(&world, ACME_SECRET).is_none());
    assert!(!lives(&world, third, &issued));
    // So it is if an administrator writes another secret.
    let fourth = rotated(&world, &json!({"overlap": 3600}));
    let body = json!({"clientSecret": "a secret that somebody chose, long"});
    world.put("/v1/iam/applications/acme/acme-app").of("dave").json(&body).send().ok();
    assert!(token(&world, &fourth).is_none());
    assert_eq!(listed(&world).len(), 1);
}

#[test]
fn a_retiring_secret_is_ended_at_once() {
    let world = World::demo();
    let new = rotated(&world, &json!({"overlap": 3600}));
    let issued = token(&world, ACME_SECRET).unwrap();
    let id = listed(&world)[1]["id"].clone();
    let path = format!("{SECRETS}/{}", id.as_str().unwrap());
    world.delete(&format!("{SECRETS}/current")).of("dave").send().refused(409);
    world.delete(&format!("{SECRETS}/nothing")).of("dave").send().refused(404);
    assert!(lives(&world, &new, &issued), "nothing ended yet");
    world.delete(&path).of("dave").send().ok();
    assert!(token(&world, ACME_SECRET).is_none() && token(&world, &new).is_some());
    assert!(!lives(&world, &new, &issued));
    world.delete(&path).of("dave").send().refused(404);
}

#[test]
fn secrets_are_the_business_of_those_who_may_change_the_client() {
    let world = World::demo();
    let platforms = "/v1/iam/applications/admin/hanzo-cloud/secrets";
    for (who, path, status) in [
        ("erin", SECRETS, 403),
        ("alice", SECRETS, 403),
        ("alice", platforms, 403),
        ("bob", platforms, 404),
    ] {
        world.post(path).of(who).send().refused(status);
        world.delete(&format!("{path}/x")).of(who).send().refused(status);
    }
    world.post(platforms).of("root").json(&json!({"overlap": 60})).send().ok();
    let public = "/v1/iam/applications/admin/hanzo-app/secrets";
    world.post(public).of("root").send().refused(400);
    assert_eq!(world.get(public).of("root").send().ok(), json!({"secrets": []}));
    let week = json!({"overlap": 7 * 24 * 3600 + 1});
    world.post(SECRETS).of("dave").json(&week).send().refused(400);
    let limited = json!({"name": "limited", "rate": 1});
    let limited = world.post("/v1/iam/keys").of("dave").json(&limited).send().ok();
    world.post(SECRETS).bearer(text(&limited, "accessSecret")).send().refused(403);
    for _ in 0..5 {
        rotated(&world, &json!({"overlap": 60}));
    }
    world.post(SECRETS).of("dave").json(&json!({"overlap": 60})).send().refused(409);
}

#[test]
fn ended_secrets_are_purged() {
    let world = World::demo();
    rotated(&world, &json!({"overlap": 60}));
    let start = world.origin.clock.now().0;
    world.clock.advance(3600 - start.rem_euclid(3600) + 48 * 3600);
    pollster::block_on(hanzo_iam::origin::domain::purge::purge(&world.origin)).unwrap();
    assert!(sql(&world, "SELECT 1 FROM client_secrets").is_empty());
}

#[test]
fn an_upsert_creates_changes_what_is_sent_and_says_which() {
    let world = World::demo();
    let upsert = |body: &Value| world.post(UPSERT).of("root").json(body).send();
    let body = json!({
        "name": "hanzo-world", "organization": "hanzo", "displayName": "World",
        "redirectUris": ["https://world.hanzo.ai/callback"], "expireInHours": 2,
        "refreshExpireInHours": 48, "cert": "cert-hanzo",
    });
    let created = upsert(&body).ok();
    assert_eq!((&created["status"], &created["action"]), (&json!("ok"), &json!("created")));
    assert_eq!(created["data"]["clientId"], "hanzo-world");
    assert!(text(&created["data"], "clientSecret").len() > 20, "shown once");
    let same = upsert(&body).ok();
    assert_eq!(
        (&same["action"], &same["data"]["clientSecret"]),
        (&json!("unchanged"), &json!("***"))
    );
    let shorter = upsert(&json!({"name": "hanzo-world", "expireInHours": 1})).ok();
    assert_eq!(shorter["action"], "updated");
    assert_eq!(shorter["data"]["displayName"], "World", "what is not sent stays");
    let refused = upsert(&json!({"displayName": "x"})).refused(400);
    assert_eq!((&refused["status"], &refused["action"]), (&json!("error"), &json!("")));
    assert!(text(&refused, "msg").starts_with("name"));
    for who in ["alice", "bob", "dave"] {
        let refused = world.post(UPSERT).of(who).json(&body).send().refused(403);
        assert_eq!(refused["status"], "error");
    }
    assert_eq!(world.post(UPSERT).json(&body).send().refused(401)["status"], "error");
}
