//! API keys under `/v1/iam/keys` (WIRE §3).

use hanzo_iam::core::token::Role;
use serde_json::{Value, json};

use crate::{
    internal::published,
    world::{CLOUD_SECRET, World},
};

fn make(world: &World, who: &str, key: &Value) -> Value {
    world.post("/v1/iam/keys").of(who).json(key).send().ok()
}

fn secret(key: &Value) -> String {
    key["accessSecret"].as_str().unwrap().to_owned()
}

#[test]
fn a_key_works_the_moment_it_is_made_and_is_shown_once() {
    let world = World::demo();
    let made = make(&world, "bob", &json!({"name": "mine", "displayName": "Mine"}));
    let text = secret(&made);
    assert!(text.starts_with("hk-") && text.len() == 58);
    assert_eq!((&made["user"], &made["state"]), (&json!("bob"), &json!("Active")));
    assert_eq!(made["lastFour"], text[54..]);
    world.get("/v1/iam/users/hanzo/bob").bearer(&text).send().ok();
    assert!(published(&world, &text).unwrap().active);
    for path in ["/v1/iam/keys", "/v1/iam/keys/hanzo/mine"] {
        let answer = world.get(path).of("bob").send();
        answer.ok();
        assert!(!answer.text().contains("accessSecret") && !answer.text().contains(&text[14..]));
    }
    // only the digest is kept
    let rows = pollster::block_on(
        world.origin.database.run(hanzo_iam::ports::Statement::new("SELECT * FROM keys")),
    );
    assert!(!format!("{:?}", rows.unwrap()).contains(&text[14..]));
}

#[test]
fn a_revoked_key_is_refused_at_once_and_forever() {
    let world = World::demo();
    let text = secret(&make(&world, "bob", &json!({"name": "mine"})));
    let path = "/v1/iam/keys/hanzo/mine";
    assert_eq!(world.delete(path).of("bob").send().ok(), json!({"deleted": true}));
    world.get("/v1/iam/users").bearer(&text).send().refused(401);
    assert!(!published(&world, &text).unwrap().active);
    let kept = world.get(path).of("bob").send().ok();
    assert_eq!((&kept["state"], &kept["revoker"]), (&json!("Revoked"), &json!("hanzo/bob")));
    world.put(path).of("alice").json(&json!({"state": "Active"})).send().refused(409);
    world.delete(path).of("alice").send().ok();
    assert_eq!(world.get(path).of("bob").send().ok()["revoker"], "hanzo/bob");
    // the name may be given again
    let again = secret(&make(&world, "bob", &json!({"name": "mine"})));
    world.get("/v1/iam/users").bearer(&again).send().ok();
    world.get("/v1/iam/users").bearer(&text).send().refused(401);
}

#[test]
fn a_key_can_be_disabled_and_enabled_and_ends_when_it_should() {
    let world = World::demo();
    let text = secret(&make(
        &world,
        "bob",
        &json!({
            "name": "mine", "expireTime": "2026-11-23T21:00:00Z",
        }),
    ));
    let call = || world.get("/v1/iam/users").bearer(&text).send();
    let path = "/v1/iam/keys/hanzo/mine";
    world.put(path).of("bob").json(&json!({"state": "Disabled"})).send().ok();
    call().refused(401);
    world.put(path).of("bob").json(&json!({"state": "Active"})).send().ok();
    world.clock.advance(3599);
    call().ok();
    world.clock.advance(1);
    call().refused(401);
    let over = json!({"name": "late", "expireTime": "2026-11-23T21:00:00Z"});
    world.post("/v1/iam/keys").of("bob").json(&over).send().refused(400);
}

#[test]
fn the_name_of_a_key_is_taken_while_the_key_lives() {
    let world = World::demo();
    make(&world, "bob", &json!({"name": "mine"}));
    let again = json!({"name": "mine"});
    world.post("/v1/iam/keys").of("alice").json(&again).send().refused(409);
    for name in ["a/b", "", "ä", &"x".repeat(101)] {
        let status = world.post("/v1/iam/keys").of("bob").json(&json!({"name": name})).send();
        assert_eq!(status.status().as_u16(), if name.is_empty() { 200 } else { 400 }, "{name}");
    }
}

/// ATTACKS F-82: nothing tells one refusal from another.
#[test]
fn every_key_that_does_not_work_gets_the_same_answer() {
    let world = World::demo();
    let revoked = secret(&make(&world, "bob", &json!({"name": "revoked"})));
    world.delete("/v1/iam/keys/hanzo/revoked").of("bob").send().ok();
    let expired = secret(&make(
        &world,
        "bob",
        &json!({
            "name": "expired", "expireTime": "2026-11-23T20:00:01Z",
        }),
    ));
    world.clock.advance(2);
    let elsewhere = hanzo_iam::core::apikey::ApiKey::mint(
        &hanzo_iam::platform::native::SeededRandom::new(9),
        &world.origin.config.root_keys,
        "live",
    );
    let unknown = hanzo_iam::core::apikey::ApiKey::mint(
        &hanzo_iam::platform::native::SeededRandom::new(9),
        &world.origin.config.root_keys,
        "test",
    );
    let good = &world.keys["bob"];
    let answers: Vec<String> = [
        "hk-",
        &good.replace("hk-", "hk-x"),
        &format!("{}{}", &good[..57], if good.ends_with('A') { 'B' } else { 'A' }),
        elsewhere.text().expose(),
        unknown.text().expose(),
        &revoked,
        &expired,
        "hk-7f9c24e5-2b1a-4c3d-8e4f-5a6b7c8d9e0f",
        "sk-live-0123456789abcdef0123456789abcdef",
        &"hk-A".repeat(5000),
    ]
    .iter()
    .map(|key| {
        let answer = world.get("/v1/iam/users").bearer(key).send();
        format!("{} {:?} {}", answer.status(), answer.0.headers(), answer.text())
    })
    .collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert!(answers[0].starts_with("401"));
}

/// ATTACKS F-85: better-auth CVE-2025-61928.
#[test]
fn a_key_makes_no_key_that_may_do_more_than_itself() {
    let world = World::demo();
    // a key that reads makes none at all
    let beyond = json!({"name": "beyond", "scope": "read:*"});
    world.post("/v1/iam/keys").of("reader").json(&beyond).send().refused(403);
    let narrow = secret(&make(
        &world,
        "bob",
        &json!({
            "name": "narrow", "scope": "product:iam", "expireTime": "2026-11-24T20:00:00Z",
        }),
    ));
    let post = |key: Value| world.post("/v1/iam/keys").bearer(&narrow).json(&key).send();
    post(json!({"name": "a"})).refused(403);
    post(json!({"name": "a", "scope": "product:*"})).refused(403);
    post(json!({"name": "a", "scope": "product:iam", "expireTime": "2027-01-01T00:00:00Z"}))
        .refused(403);
    let made = post(json!({"name": "a", "scope": "product:iam,read:iam"})).ok();
    assert_eq!(made["expireTime"], "2026-11-24T20:00:00Z");
    // nor does it widen one
    let widen = |body: Value| {
        world.put("/v1/iam/keys/hanzo/narrow").bearer(&narrow).json(&body).send().refused(403)
    };
    widen(json!({"scope": ""}));
    let later = json!({"expireTime": "2027-01-01T00:00:00Z"});
    widen(later);
    let path = "/v1/iam/keys/hanzo/narrow";
    let kept = world.put(path).bearer(&narrow).json(&json!({"expireTime": ""})).send().ok();
    assert_eq!(kept["expireTime"], "2026-11-24T20:00:00Z");
    world
        .put("/v1/iam/keys/hanzo/bob")
        .bearer(&narrow)
        .json(&json!({"displayName": "x"}))
        .send()
        .refused(403);
}

#[test]
fn a_limit_that_is_not_understood_is_not_accepted() {
    let world = World::demo();
    for scope in ["write:*", "read", "read:", "admin", "publish:x"] {
        let key = json!({"name": "x", "scope": scope});
        world.post("/v1/iam/keys").of("bob").json(&key).send().refused(400);
    }
}

#[test]
fn only_the_platform_names_another_holder() {
    let world = World::demo();
    for (who, key) in [
        ("alice", json!({"name": "x", "user": "bob"})),
        ("alice", json!({"name": "x", "user": "hanzo/bob"})),
        ("bob", json!({"name": "x", "type": "Organization"})),
        ("bob", json!({"name": "x", "act": true})),
        ("bob", json!({"name": "x", "owner": "acme"})),
        ("alice", json!({"name": "x", "accessSecret": "sk-live-0123456789abcdef0123456789abcdef"})),
    ] {
        world.post("/v1/iam/keys").of(who).json(&key).send().refused(403);
    }
    let key = json!({"name": "x", "owner": "hanzo", "user": "bob"});
    assert_eq!(make(&world, "root", &key)["user"], "bob");
    let earlier = "sk-live-0123456789abcdef0123456789abcdef";
    let key = json!({"name": "old", "owner": "hanzo", "user": "bob", "accessSecret": earlier});
    assert!(!make(&world, "root", &key).to_string().contains(earlier));
    world.get("/v1/iam/users/hanzo/bob").bearer(earlier).send().ok();
}

#[test]
fn an_administrator_sees_and_ends_every_key_and_a_member_his_own() {
    let world = World::demo();
    let count = |who: &str| {
        let keys = world.get("/v1/iam/keys").of(who).send().ok();
        keys["keys"].as_array().unwrap().len()
    };
    assert_eq!((count("alice"), count("bob"), count("root")), (3, 1, 6));
    world.get("/v1/iam/keys/hanzo/alice").of("bob").send().refused(404);
    world.delete("/v1/iam/keys/hanzo/alice").of("bob").send().refused(404);
    world.delete("/v1/iam/keys/hanzo/bob").of("alice").send().ok();
    world.get("/v1/iam/keys").of("bob").send().refused(401);
}

#[test]
fn a_publishable_key_reaches_nothing_of_the_directory() {
    let world = World::demo();
    let made = make(&world, "alice", &json!({"name": "page", "scope": "publish,model:zen5"}));
    assert_eq!(made["scope"], "publish,model:zen5");
    let text = made["accessKey"].as_str().unwrap();
    world.get("/v1/iam/users").bearer(text).send().refused(403);
    assert!(published(&world, text).unwrap().publishable);
    // the class is fixed
    let change = json!({"scope": "model:zen5"});
    world.put("/v1/iam/keys/hanzo/page").of("alice").json(&change).send().refused(400);
}

/// Issue 10, fault 4: neither KV nor the origin reveals the holder to a page with the key.
#[test]
fn a_publishable_key_reveals_nothing_about_its_holder() {
    let world = World::demo();
    let made = make(&world, "alice", &json!({"name": "page", "scope": "publish"}));
    let key = made["accessKey"].as_str().unwrap();
    let record = published(&world, key).unwrap();
    assert!(record.active);
    assert_eq!((record.owner.as_str(), record.name.as_str()), ("hanzo", "page"));
    assert_eq!((record.email.as_str(), record.billing_account.as_str()), ("", "org:hanzo"));
    for path in ["account", "whoami"] {
        let answer = world.get(&format!("/v1/iam/{path}")).bearer(key).send();
        let text = answer.text();
        assert!(!text.contains("alice") && text.contains("login_required"), "{path}: {text}");
    }
    assert_eq!(world.get("/v1/iam/oauth/userinfo").bearer(key).send().status(), 401);
    // It ends with its holder all the same.
    world
        .put("/v1/iam/users/hanzo/alice")
        .of("root")
        .json(&json!({"isForbidden": true}))
        .send()
        .ok();
    assert!(!published(&world, key).unwrap().active);
}

#[test]
fn a_suspended_organization_has_no_key() {
    let world = World::demo();
    let path = "/v1/iam/organizations/admin/hanzo";
    world.put(path).of("alice").json(&json!({"isDisabled": true})).send().refused(403);
    world.put(path).of("root").json(&json!({"isDisabled": true})).send().ok();
    world.get("/v1/iam/users").of("alice").send().refused(401);
    assert!(!published(&world, &world.keys["alice"]).unwrap().active);
    world.put(path).of("root").json(&json!({"isDisabled": false})).send().ok();
    world.get("/v1/iam/users").of("alice").send().ok();
}

/// The records are those in KV: no schedule has repaired them.
#[test]
fn a_suspended_or_deleted_organization_gives_no_role_to_keys_of_its_members_elsewhere() {
    let world = World::demo();
    world.post("/v1/iam/organizations").of("root").json(&json!({"name": "side"})).send().ok();
    world.join("hanzo", "bob", "acme", Role::Admin);
    world.join("hanzo", "bob", "side", Role::Admin);
    let reach = || world.get("/v1/iam/users?owner=acme").of("bob").send().status().as_u16();
    let published = || {
        let record = published(&world, &world.keys["bob"]).unwrap();
        assert!(record.active);
        record.orgs.iter().map(|role| role.org.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(reach(), 200);
    world.suspend("acme", true);
    assert_eq!((published().as_str(), reach()), ("hanzo side", 403));
    world.delete("/v1/iam/organizations/admin/side").of("root").send().ok();
    assert_eq!(published(), "hanzo");
    world.suspend("acme", false);
    assert_eq!((published().as_str(), reach()), ("hanzo acme", 200));
}

#[test]
fn every_key_of_a_deleted_organization_is_withdrawn_however_many_there_are() {
    let world = World::demo();
    world.post("/v1/iam/organizations").of("root").json(&json!({"name": "side"})).send().ok();
    let key = |number: usize| {
        let name = format!("k{number}");
        let key = json!({"owner": "side", "type": "Organization", "name": name});
        secret(&make(&world, "root", &key))
    };
    let keys: Vec<_> = (0..205).map(key).collect();
    let live = |key: &String| published(&world, key).unwrap().active;
    assert!(keys.iter().all(live));
    world.delete("/v1/iam/organizations/admin/side").of("root").send().ok();
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert_eq!(keys.iter().filter(|key| live(key)).count(), 0);
}

/// WIRE §3.3.
#[test]
fn a_service_learns_whom_a_key_stands_for() {
    let world = World::demo();
    let ask = |door: &str, key: &str| {
        let path = format!("/v1/iam/keys/{door}?accessKey={key}");
        world.get(&path).basic("hanzo-cloud", CLOUD_SECRET).send().ok()
    };
    let page = make(&world, "alice", &json!({"name": "page", "scope": "publish"}));
    let page = page["accessKey"].as_str().unwrap();
    let limited = secret(&make(&world, "bob", &json!({"name": "l", "scope": "model:zen5"})));
    assert_eq!(
        ask("principal", &limited)["data"],
        json!({
            "owner": "hanzo", "name": "bob", "email": "bob@hanzo.example", "isAdmin": false,
            "billing_account": "org:hanzo", "scope": "model:zen5",
        })
    );
    assert_eq!(ask("org", page)["data"], json!({"org": "hanzo", "scope": "publish"}));
    // a client of the platform's own serves every organization
    assert_eq!(ask("principal", &world.keys["erin"])["data"]["owner"], "acme");
    let bare = make(&world, "alice", &json!({"name": "bare", "type": "Organization"}));
    let brief = secret(&make(
        &world,
        "bob",
        &json!({
            "name": "brief", "expireTime": "2026-11-23T20:00:01Z",
        }),
    ));
    world.clock.advance(1);
    world.delete("/v1/iam/keys/acme/erin").of("dave").send().ok();
    for (door, key, code) in [
        ("principal", "hk-nothing", "key_unknown"),
        ("principal", page, "key_wrong_door"),
        ("org", &world.keys["bob"], "key_not_publishable"),
        ("principal", &world.keys["erin"], "key_disabled"),
        ("principal", &brief, "key_expired"),
        ("principal", &secret(&bare), "key_dangling_user"),
    ] {
        let answer = ask(door, key);
        assert_eq!((&answer["status"], &answer["code"]), (&json!("error"), &json!(code)));
        assert_eq!(answer["msg"], "the entity does not exist");
    }
}

#[test]
fn only_a_client_with_the_capability_resolves_keys() {
    let world = World::demo();
    let path = format!("/v1/iam/keys/principal?accessKey={}", world.keys["bob"]);
    world.get(&path).send().refused(401);
    world.get(&path).of("root").send().refused(403);
    world.get(&path).of("alice").send().refused(403);
    world.get(&path).basic("acme-app", crate::world::ACME_SECRET).send().refused(403);
    world.get(&path).basic("hanzo-cloud", "wrong").send().refused(401);
    world.get(&path).basic("hanzo-app", "").send().refused(401);
}

#[test]
fn a_client_makes_a_users_key_again_and_the_old_one_dies() {
    let world = World::demo();
    let path = "/v1/iam/users/hanzo/bob/keys?type=secret";
    let post = || world.post(path).basic("hanzo-cloud", CLOUD_SECRET).send().ok();
    let key = |answer: &Value| answer["data"]["accessKey"].as_str().unwrap().to_owned();
    let (first, second) = (key(&post()), key(&post()));
    world.get("/v1/iam/users").bearer(&first).send().refused(401);
    world.get("/v1/iam/users").bearer(&second).send().ok();
    let gone = world.delete(path).basic("hanzo-cloud", CLOUD_SECRET).send().ok();
    assert_eq!(gone["data"]["affected"], true);
    world.get("/v1/iam/users").bearer(&second).send().refused(401);
    let other = "/v1/iam/users/hanzo/bob/keys?type=other";
    world.post(other).basic("hanzo-cloud", CLOUD_SECRET).send().refused(400);
    world.post(path).of("alice").send().refused(403);
    let root = "/v1/iam/users/admin/root/keys?type=secret";
    world.post(root).basic("hanzo-cloud", CLOUD_SECRET).send().refused(404);
}
