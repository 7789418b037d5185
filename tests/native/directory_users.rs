//! Users under `/v1/iam/users` (WIRE §5).

use serde_json::{Value, json};

use crate::world::{PASSWORD, World};

const ALICE: &str = "/v1/iam/users/hanzo/alice";
const BOB: &str = "/v1/iam/users/hanzo/bob";

fn names(answer: &Value) -> Vec<String> {
    let users = answer["users"].as_array().unwrap();
    users.iter().map(|user| user["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_administrator_lists_the_organization_of_the_credential() {
    let world = World::demo();
    let answer = world.get("/v1/iam/users").of("alice").send().ok();
    assert_eq!(names(&answer), ["alice", "bob"]);
    assert_eq!(answer["total"], 2);
    assert_eq!(names(&world.get("/v1/iam/users").of("root").send().ok()).len(), 5);
    let acme = world.get("/v1/iam/users?owner=acme").of("root").send().ok();
    assert_eq!(names(&acme), ["dave", "erin"]);
}

/// ATTACKS F-85: refused, not narrowed.
#[test]
fn a_request_that_names_another_organization_is_refused() {
    let world = World::demo();
    let scoped = "this credential is scoped to organization hanzo";
    for path in [
        "/v1/iam/users?owner=acme",
        "/v1/iam/users?owner=nobody",
        "/v1/iam/users/acme/dave",
        "/v1/iam/users/acme/nobody",
        "/v1/iam/keys?owner=acme",
        "/v1/iam/keys/acme/dave",
        "/v1/iam/organizations/admin/acme",
        "/v1/iam/applications/acme/acme-app",
        "/v1/iam/applications?organization=acme",
    ] {
        assert_eq!(world.get(path).of("alice").send().refused(403)["error"], scoped, "{path}");
    }
    let user = json!({"user": {"owner": "acme", "name": "mallory"}});
    world.post("/v1/iam/users").of("alice").json(&user).send().refused(403);
}

#[test]
fn a_member_reaches_only_its_own_account() {
    let world = World::demo();
    assert_eq!(names(&world.get("/v1/iam/users").of("bob").send().ok()), ["bob"]);
    world.get(BOB).of("bob").send().ok();
    world.get(ALICE).of("bob").send().refused(403);
    world.get("/v1/iam/users/hanzo/nobody").of("bob").send().refused(403);
    world.delete(BOB).of("bob").send().refused(403);
}

#[test]
fn a_user_is_created_read_changed_and_deleted() {
    let world = World::demo();
    let user = json!({"user": {
        "owner": "hanzo", "name": "zoe", "displayName": "Zoe", "email": "Zoe@Hanzo.Example",
        "bio": "hello", "properties": {"team": "a"},
    }, "password": "a long password"});
    let made = world.post("/v1/iam/users").of("alice").json(&user).send().ok();
    assert_eq!(made["email"], "zoe@hanzo.example");
    assert_eq!(made["createdTime"], "2026-11-23T20:00:00Z");
    assert_eq!(made["properties"]["team"], "a");
    let path = "/v1/iam/users/hanzo/zoe";
    let changed = json!({"displayName": "Zoë", "title": "Dr"});
    let changed = world.put(path).of("alice").json(&changed).send().ok();
    assert_eq!((&changed["displayName"], &changed["bio"]), (&json!("Zoë"), &json!("hello")));
    let by_id = format!("/v1/iam/users/hanzo/{}", made["id"].as_str().unwrap());
    assert_eq!(world.get(&by_id).of("alice").send().ok()["title"], "Dr");
    let deleted = world.delete(path).of("alice").send().ok();
    assert_eq!(deleted, json!({"deleted": true}));
    world.get(path).of("alice").send().refused(404);
}

/// ATTACKS H-109: Zitadel CVE-2026-55670.
#[test]
fn a_name_that_is_used_again_is_another_user() {
    let world = World::demo();
    let key = world.keys["bob"].clone();
    let before = world.get(BOB).of("alice").send().ok();
    world.delete(BOB).of("alice").send().ok();
    let user = json!({"name": "bob"});
    let after = world.post("/v1/iam/users").of("alice").json(&user).send().ok();
    assert_ne!(before["id"], after["id"]);
    world.get(BOB).bearer(&key).send().refused(401);
    let keys = world.get("/v1/iam/keys").of("alice").send().text();
    assert!(!keys.contains("\"user\":\"bob\""), "{keys}");
}

#[test]
fn a_name_or_address_that_is_taken_is_a_conflict_and_a_bad_one_an_error() {
    let world = World::demo();
    let post = |user: Value| world.post("/v1/iam/users").of("alice").json(&user).send();
    post(json!({"name": "bob"})).refused(409);
    post(json!({"name": " Bob"})).refused(409);
    post(json!({"name": "bob2", "email": "BOB@hanzo.example"})).refused(409);
    for user in [
        json!({}),
        json!({"name": "../x"}),
        json!({"name": "x", "email": "x"}),
        json!({"name": "x", "avatar": "http://x/y.png"}),
        json!({"name": "x", "avatar": "data:image/svg+xml;base64,AAAA"}),
        json!({"name": "x", "isAdmin": "yes"}),
        json!({"name": "x", "password": "short"}),
        json!({"name": "x", "bio": "x".repeat(20_000)}),
    ] {
        post(user).refused(400);
    }
    world.post("/v1/iam/users").of("alice").json(&json!([1])).send().refused(400);
    world.post("/v1/iam/users").of("alice").form(&[("name", "x")]).send().refused(415);
    assert_eq!(world.get("/v1/iam/users").of("alice").send().ok()["total"], 2);
}

/// ATTACKS H-111: authentik CVE-2026-40166; secrets are not even stored.
#[test]
fn a_secret_that_is_sent_along_is_never_answered() {
    let world = World::demo();
    let sent = json!({
        "name": "zoe", "password": "s3cret-password", "totpSecret": "s3cret", "accessKey": "s3cret",
        "recoveryCodes": ["s3cret"], "properties": {"clientSecret": "s3cret"},
        "managedAccounts": [{"application": "a", "password": "s3cret"}],
    });
    let made = world.post("/v1/iam/users").of("alice").json(&sent).send();
    made.ok();
    let read = world.get("/v1/iam/users/hanzo/zoe").of("alice").send();
    let list = world.get("/v1/iam/users").of("alice").send();
    for answer in [made, read, list] {
        assert!(!answer.text().contains("s3cret") && !answer.text().contains("argon2"));
    }
}

/// ATTACKS H-110.
#[test]
fn no_user_changes_its_own_role_or_gives_more_than_it_has() {
    let world = World::demo();
    let put = |path: &str, who: &str, user: Value| world.put(path).of(who).json(&user).send();
    put(BOB, "bob", json!({"isAdmin": true})).refused(403);
    put(BOB, "bob", json!({"emailVerified": true, "email": "root@admin.example"})).refused(403);
    put(BOB, "bob", json!({"type": "service-account"})).refused(403);
    put(ALICE, "alice", json!({"isAdmin": false})).refused(403);
    put("/v1/iam/users/admin/root", "alice", json!({"displayName": "x"})).refused(403);
    assert_eq!(world.get(BOB).of("alice").send().ok()["isAdmin"], false);
    put(BOB, "alice", json!({"isAdmin": true})).ok();
    put(BOB, "bob", json!({"displayName": "Bob", "bio": "hi", "avatar": ""})).ok();
}

/// Members that belong to other resources or processes cannot be written here.
#[test]
fn balances_roles_and_the_like_are_not_written() {
    let world = World::demo();
    let sent = json!({"balance": 5, "roles": ["admin"], "isVerified": true, "score": 9});
    let changed = world.put(BOB).of("alice").json(&sent).send().ok();
    for member in ["balance", "roles", "isVerified", "score"] {
        assert!(changed.get(member).is_none(), "{member}");
    }
}

/// ATTACKS H-110: the caller that sets a password can sign in with it.
#[test]
fn an_administrator_cannot_take_over_a_user_with_greater_roles_elsewhere() {
    let world = World::demo();
    let organization = json!({"name": "lux", "founder": "hanzo/bob"});
    world.post("/v1/iam/organizations").of("root").json(&organization).send().ok();
    let sent = json!({"password": "another password"});
    world.put(BOB).of("alice").json(&sent).send().refused(403);
    let sent = json!({"email": "alice+bob@hanzo.example"});
    world.put(BOB).of("alice").json(&sent).send().refused(403);
    // what is suspended may come back, and would be the caller's then
    world.suspend("lux", true);
    let sent = json!({"password": "another password"});
    world.put(BOB).of("alice").json(&sent).send().refused(403);
    world.put(BOB).of("root").json(&json!({"password": "another password"})).send().ok();
}

/// authentik CVE-2025-64521, Casdoor CVE-2026-9097: in the request that says so.
#[test]
fn a_disabled_user_has_no_key_from_that_request_on() {
    let world = World::demo();
    world.get(BOB).of("bob").send().ok();
    world.put(BOB).of("alice").json(&json!({"isForbidden": true})).send().ok();
    world.get(BOB).of("bob").send().refused(401);
    assert!(!crate::internal::published(&world, &world.keys["bob"]).unwrap().active);
    world.put(BOB).of("alice").json(&json!({"isForbidden": false})).send().ok();
    world.get(BOB).of("bob").send().ok();
    assert!(crate::internal::published(&world, &world.keys["bob"]).unwrap().active);
}

#[test]
fn a_role_that_is_taken_away_is_gone_from_keys_at_once() {
    let world = World::demo();
    world.put(ALICE).of("root").json(&json!({"isAdmin": false})).send().ok();
    assert_eq!(names(&world.get("/v1/iam/users").of("alice").send().ok()), ["alice"]);
    let record = crate::internal::published(&world, &world.keys["alice"]).unwrap();
    assert_eq!(record.orgs.len(), 1);
    assert_eq!(record.orgs[0].role, hanzo_iam::core::token::Role::Member);
}

#[test]
fn a_password_is_changed_with_the_old_one_or_by_an_administrator() {
    let world = World::demo();
    let set = |who: &str, old: &str, new: &str| {
        let body = json!({
            "userOwner": "hanzo", "userName": "bob", "oldPassword": old, "newPassword": new,
        });
        world.post("/v1/iam/set-password").of(who).json(&body).send()
    };
    set("bob", "", "a new password").refused(403);
    assert_eq!(set("bob", "wrong password", "a new password").ok()["status"], "error");
    assert_eq!(set("bob", PASSWORD, "short").ok()["status"], "error");
    assert_eq!(set("bob", PASSWORD, "a new password").ok()["status"], "ok");
    assert_eq!(set("bob", PASSWORD, "a third password").ok()["status"], "error");
    assert_eq!(set("alice", "", "a third password").ok()["status"], "ok");
    set("dave", "", "a fourth password").refused(403);
    // blank and masked ones change nothing
    for password in ["", "***"] {
        world.put(BOB).of("alice").json(&json!({"password": password})).send().ok();
    }
    assert_eq!(set("bob", "a third password", "a fifth password").ok()["status"], "ok");
}

/// ATTACKS H-112.
#[test]
fn pages_are_bounded_and_wildcards_are_plain_characters() {
    let world = World::demo();
    for query in ["limit=0", "limit=-1", "limit=1000000000", "limit=x", "offset=-1", "pageSize=0"] {
        for list in ["users", "keys", "applications", "organizations"] {
            if list == "organizations" && query.starts_with("offset") {
                continue; // it has a cursor
            }
            let path = format!("/v1/iam/{list}?{query}");
            world.get(&path).of("alice").send().refused(400);
        }
    }
    let page = world.get("/v1/iam/users?limit=1&offset=1").of("alice").send().ok();
    assert_eq!((names(&page), &page["total"]), (vec!["bob".to_owned()], &json!(2)));
    assert_eq!(names(&world.get("/v1/iam/users?email=%25").of("alice").send().ok()).len(), 0);
    let found = world.get("/v1/iam/organizations?q=%25").of("root").send().ok();
    assert_eq!(found["organizations"], json!([]));
    let found = world.get("/v1/iam/users?email=BOB@hanzo.example").of("alice").send().ok();
    assert_eq!(names(&found), ["bob"]);
}

#[test]
fn a_parameter_that_stands_there_twice_is_an_error() {
    let world = World::demo();
    world.get("/v1/iam/users?owner=hanzo&owner=acme").of("root").send().refused(400);
}

/// A profile that was read before its account was disabled does not enable it again.
#[test]
fn of_two_changes_at_once_neither_undoes_the_other() {
    use hanzo_iam::origin::store::users;
    let world = World::demo();
    let database = &*world.origin.database;
    let read = pollster::block_on(users::find(database, "hanzo", "bob")).unwrap().unwrap();
    world.put(BOB).of("alice").json(&json!({"isForbidden": true})).send().ok();
    let rows = pollster::block_on(database.run(users::update(&read))).unwrap();
    assert!(rows.is_empty());
    assert_eq!(world.get(BOB).of("alice").send().ok()["isForbidden"], true);
}
