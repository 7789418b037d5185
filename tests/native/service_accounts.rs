//! Service accounts of agents (WIRE §3.3): a person answers for each, and none has more authority than
//! its person has at the moment.

use hanzo_iam::core::{
    encoding::digest,
    publication::{KeyRecord, key_record_name},
    token::Role,
};
use serde_json::{Value, json};

use crate::{
    oauth::{allowed, code, is_active, redeem, refresh, sql, subject, text},
    revocation::is_refused,
    world::World,
};

const ACCOUNTS: &str = "/v1/iam/service-accounts";

/// The data of a new agent of `who` with these further members.
fn made(world: &World, who: &str, further: &Value) -> Value {
    let mut body = json!({"organization": "hanzo", "name": "builder", "agentRef": "agent-7"});
    body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    let answer = world.post(ACCOUNTS).of(who).json(&body).send().ok();
    assert_eq!(answer["status"], "ok");
    answer["data"].clone()
}

fn secret(account: &Value) -> &str {
    text(account, "accessSecret")
}

/// What the edges read of a key.
fn record(world: &World, key: &str) -> KeyRecord {
    let name = key_record_name(&digest(key));
    let record = pollster::block_on(world.origin.snapshots.get(&name)).unwrap();
    serde_json::from_str(&record.unwrap()).unwrap()
}

fn works(world: &World, key: &str) -> bool {
    let status = world.get("/v1/iam/users/hanzo/hanzo-builder").bearer(key).send().status();
    let record = record(world, key);
    let is_live = record.is_live(world.origin.clock.now());
    assert_eq!(is_live, status.as_u16() != 401, "the edge and the origin agree");
    is_live
}

fn rotated(world: &World, body: &Value) -> Value {
    let path = format!("{ACCOUNTS}/hanzo-builder/keys");
    world.post(&path).of("alice").json(body).send().ok()["data"].clone()
}

#[test]
fn an_administrator_creates_lists_and_deletes_an_agent() {
    let world = World::demo();
    let account = made(&world, "alice", &json!({}));
    for (member, value) in [
        ("owner", "hanzo"),
        ("name", "hanzo-builder"),
        ("type", "service-account"),
        ("agentRef", "agent-7"),
        ("user", "hanzo/alice"),
        ("role", "member"),
        ("status", "active"),
        ("expireTime", "2027-02-24T03:00:00Z"),
    ] {
        if member == "expireTime" {
            assert!(text(&account, member).starts_with("2027-02-"), "90 days: {account}");
        } else {
            assert_eq!(account[member], value, "{member}");
        }
    }
    assert!(works(&world, secret(&account)));
    let answer = world.get(&format!("{ACCOUNTS}?organization=hanzo&p=1&pageSize=10")).of("alice");
    let answer = answer.send();
    assert!(!answer.text().contains(secret(&account)));
    let list = answer.ok();
    assert_eq!(list["data2"], 1);
    assert_eq!(list["data"][0]["name"], "hanzo-builder");
    assert_eq!(world.get(ACCOUNTS).of("dave").send().ok()["data"], json!([]));

    let path = format!("{ACCOUNTS}/hanzo-builder");
    world.delete(&path).of("alice").send().ok();
    assert!(!works_after_deletion(&world, secret(&account)));
    world.delete(&path).of("alice").send().refused(404);
}

fn works_after_deletion(world: &World, key: &str) -> bool {
    assert!(!record(world, key).active, "the edges know");
    world.get(ACCOUNTS).bearer(key).send().status().as_u16() != 401
}

#[test]
fn an_agent_loses_what_its_person_loses_and_no_more() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Member);
    let alice = "/v1/iam/users/hanzo/alice";
    let account = made(&world, "alice", &json!({"role": "admin"}));
    let key = secret(&account);
    let users = || world.get("/v1/iam/users?owner=hanzo").bearer(key).send();
    assert_eq!(users().ok()["users"].as_array().unwrap().len(), 3);
    assert_eq!(record(&world, key).orgs[0].role, Role::Admin);

    world.put(alice).of("root").json(&json!({"isAdmin": false})).send().ok();
    assert_eq!(users().ok()["users"].as_array().unwrap().len(), 1, "only itself");
    assert_eq!(record(&world, key).orgs[0].role, Role::Member);

    world.put(alice).of("root").json(&json!({"isForbidden": true})).send().ok();
    assert!(!works(&world, key));
    world.put(alice).of("root").json(&json!({"isForbidden": false, "isAdmin": true})).send().ok();
    assert!(works(&world, key));
    world.suspend("hanzo", true);
    assert!(!works(&world, key));
    world.suspend("hanzo", false);
    assert!(works(&world, key));

    world.delete(alice).of("root").send().ok();
    assert!(!works(&world, key), "the bound outlives the person");
    let list = world.get(&format!("{ACCOUNTS}?organization=hanzo")).of("root").send().ok();
    assert_eq!(
        (&list["data"][0]["status"], &list["data"][0]["user"]),
        (&json!("orphaned"), &json!(""))
    );
}

#[test]
fn the_tokens_of_an_agent_end_with_its_person_at_the_edge_too() {
    let world = World::demo();
    made(&world, "alice", &json!({}));
    let mut request = allowed(&world);
    request.user_id = subject(&world, "hanzo", "hanzo-builder");
    request.session_id = None;
    let tokens = redeem(&world, &code(&world, request)).ok();
    assert!(is_active(&world, &tokens));
    let alice = "/v1/iam/users/hanzo/alice";
    world.put(alice).of("root").json(&json!({"isForbidden": true})).send().ok();
    assert!(!is_active(&world, &tokens));
    assert!(is_refused(&world, &tokens));
    refresh(&world, &tokens).refused(400);
}

#[test]
fn an_agent_ends_at_its_date_with_its_keys_and_tokens() {
    let world = World::demo();
    let end = json!({"expireTime": "2026-11-26T12:00:00Z"});
    let account = made(&world, "alice", &end);
    let key = secret(&account);
    assert_eq!(account["keyExpireTime"], end["expireTime"]);
    // A key that is made otherwise, without an end.
    let further = json!({"owner": "hanzo", "user": "hanzo-builder", "name": "further"});
    let further = world.post("/v1/iam/keys").of("root").json(&further).send().ok();
    let further = text(&further, "accessSecret");
    let mut request = allowed(&world);
    request.user_id = subject(&world, "hanzo", "hanzo-builder");
    request.session_id = None;
    let now = world.origin.clock.now();
    let left = 1_795_694_400 - now.0;
    world.clock.advance(left - 60);
    let tokens = redeem(&world, &code(&world, request)).ok();
    assert_eq!(tokens["expires_in"], 60, "not longer than the agent");
    assert!(works(&world, key) && works(&world, further));
    world.clock.advance(60);
    assert!(!works(&world, key) && !works(&world, further));
    refresh(&world, &tokens).refused(400);
    let path = format!("{ACCOUNTS}/hanzo-builder/keys");
    world.post(&path).of("alice").send().refused(409);
}

#[test]
fn a_key_is_replaced_at_once_or_with_an_overlap() {
    let world = World::demo();
    let first = made(&world, "alice", &json!({"scope": "read:*"}));
    let second = rotated(&world, &json!({"overlap": 3600}));
    assert!(second["presentKeysExpireTime"].is_string());
    let (first, second) = (secret(&first), secret(&second));
    assert!(works(&world, first) && works(&world, second));
    assert_eq!(record(&world, second).scope, "read:*", "the limits stay");
    world.clock.advance(3600);
    assert!(!works(&world, first) && works(&world, second));
    let path = format!("{ACCOUNTS}/hanzo-builder/keys");
    let third = world.post(&path).of("alice").send().ok()["data"].clone();
    assert!(!works(&world, second) && works(&world, secret(&third)));
    let week = 7 * 24 * 3600;
    world.post(&path).of("alice").json(&json!({"overlap": week + 1})).send().refused(400);
    for _ in 0..9 {
        rotated(&world, &json!({"overlap": week}));
    }
    world.post(&path).of("alice").json(&json!({"overlap": week})).send().refused(409);
    rotated(&world, &json!({}));
    assert_eq!(
        sql(
            &world,
            "SELECT 1 FROM keys JOIN users ON users.id = user_id WHERE \
             users.name = 'hanzo-builder' AND state <> 'Revoked' AND keys.expires_at > 1795900000"
        )
        .len(),
        1
    );
}

/// ATTACKS F-85, H-110.
#[test]
fn no_caller_makes_an_agent_that_may_do_more_than_the_caller() {
    let world = World::demo();
    let make = |who: &str, body: Value| {
        let mut all = json!({"organization": "hanzo", "name": "x"});
        all.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        world.post(ACCOUNTS).of(who).json(&all).send()
    };
    for who in ["bob", "dave", "erin", "reader"] {
        make(who, json!({})).refused(403);
    }
    world.join("hanzo", "bob", "acme", Role::Admin);
    make("alice", json!({"user": "bob"})).refused(403);
    make("alice", json!({"user": "nobody"})).refused(400);
    make("root", json!({"user": "acme/dave"})).refused(400);
    make("root", json!({})).refused(400);
    make("alice", json!({"expireTime": "2028-01-01T00:00:00Z"})).refused(400);
    make("alice", json!({"scope": "publish"})).refused(400);
    make("alice", json!({"role": "owner"})).refused(400);
    make("alice", json!({"name": ""})).refused(400);

    let agent = made(&world, "alice", &json!({"role": "admin", "scope": "product:iam"}));
    let key = secret(&agent);
    let by_agent = |body: Value| world.post(ACCOUNTS).bearer(key).json(&body).send();
    by_agent(json!({"name": "y"})).refused(400);
    by_agent(json!({"name": "y", "user": "hanzo-builder"})).refused(400);
    by_agent(json!({"name": "y", "user": "alice", "scope": "product:*"})).refused(403);
    let rated = json!({"name": "rated", "rate": 5});
    let rated = world.post("/v1/iam/keys").of("alice").json(&rated).send().ok();
    let call = world.post(ACCOUNTS).bearer(text(&rated, "accessSecret"));
    call.json(&json!({"name": "z"})).send().refused(403);
}

#[test]
fn an_agent_never_carries_platform_authority() {
    let world = World::demo();
    let body = json!({"organization": "admin", "name": "robot", "role": "admin"});
    let account = world.post(ACCOUNTS).of("root").json(&body).send().ok()["data"].clone();
    world.get("/v1/iam/signing-keys").bearer(secret(&account)).send().refused(403);
    let key = json!({"owner": "admin", "user": "admin-robot", "name": "p", "platform": true,
        "expireTime": "2026-12-24T00:00:00Z"});
    let key = world.post("/v1/iam/keys").of("root").json(&key).send().ok();
    let key = text(&key, "accessSecret");
    world.get("/v1/iam/signing-keys").bearer(key).send().refused(403);
    assert!(record(&world, key).orgs.iter().all(|role| role.role == Role::Member));
}

#[test]
fn a_refused_key_leaves_no_account() {
    let world = World::demo();
    let quota = json!({"quotas": {"keys": 4}});
    world.put("/v1/iam/organizations/admin/hanzo").of("root").json(&quota).send().ok();
    made(&world, "alice", &json!({}));
    let body = json!({"organization": "hanzo", "name": "second"});
    world.post(ACCOUNTS).of("alice").json(&body).send().refused(409);
    assert!(sql(&world, "SELECT 1 FROM users WHERE name = 'hanzo-second'").is_empty());
    assert_eq!(sql(&world, "SELECT 1 FROM agents").len(), 1);
}
