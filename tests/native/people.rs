//! The lives of users: deletion with the row kept, erasure, export, and what people's own pages keep.

use hanzo_iam::core::token::Role;
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    oauth::{sql, subject, tokens},
    world::{Answer, PASSWORD, World},
};

const BOB: &str = "/v1/iam/users/hanzo/bob";

fn set(world: &World, by: &str, member: &Value) -> Answer {
    world.put(BOB).of(by).json(member).send()
}

fn listed(world: &World, query: &str) -> (Vec<String>, i64) {
    let answer = world.get(&format!("/v1/iam/users{query}")).of("alice").send().ok();
    let names = answer["users"].as_array().unwrap().iter();
    let names = names.map(|user| user["name"].as_str().unwrap().to_owned()).collect();
    (names, answer["total"].as_i64().unwrap())
}

#[test]
fn a_deleted_user_keeps_the_row_and_nothing_else_works() {
    let world = World::demo();
    let issued = tokens(&world);
    let token = issued["access_token"].as_str().unwrap();
    let deleted = set(&world, "alice", &json!({"isDeleted": true})).ok();
    assert_eq!((&deleted["isDeleted"], &deleted["isForbidden"]), (&json!(true), &json!(false)));
    world.get("/v1/iam/oauth/userinfo").bearer(token).send().refused(401);
    world.get(BOB).of("bob").send().refused(401);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "hanzo-app"),
        ("refresh_token", issued["refresh_token"].as_str().unwrap()),
    ];
    world.post("/v1/iam/oauth/token").form(&form).send().refused(400);
    assert!(Browser::new(&world).sign_in(&[], "bob", PASSWORD).header("set-cookie").is_none());
    // Nothing is freed: neither the name nor the address.
    let again = json!({"name": "bob"});
    world.post("/v1/iam/users").of("alice").json(&again).send().refused(409);
    assert_eq!(listed(&world, ""), (vec!["alice".to_owned()], 1));
    assert_eq!(listed(&world, "?deleted=only"), (vec!["bob".to_owned()], 1));
    assert_eq!(listed(&world, "?deleted=with").1, 2);
    world.get("/v1/iam/users?deleted=x").of("alice").send().refused(400);
    let restored = set(&world, "alice", &json!({"isDeleted": false})).ok();
    assert_eq!(restored["isDeleted"], false);
    world.get(BOB).of("bob").send().ok();
    assert_eq!(listed(&world, "").1, 2);
    // What was issued before stays dead.
    world.get("/v1/iam/oauth/userinfo").bearer(token).send().refused(401);
}

#[test]
fn what_the_platform_deleted_only_the_platform_restores_or_removes() {
    let world = World::demo();
    set(&world, "root", &json!({"isDeleted": true})).ok();
    set(&world, "alice", &json!({"isDeleted": false})).refused(403);
    world.delete(BOB).of("alice").send().refused(403);
    world.post(&format!("{BOB}/erase")).of("alice").send().refused(403);
    set(&world, "root", &json!({"isDeleted": false})).ok();
    set(&world, "alice", &json!({"isDeleted": true})).ok();
    set(&world, "bob", &json!({"isDeleted": false})).refused(401);
}

#[test]
fn in_an_organization_with_soft_deletion_a_user_is_deleted_in_two_steps() {
    let world = World::demo();
    let soft = json!({"enableSoftDeletion": true});
    world.put("/v1/iam/organizations/admin/hanzo").of("alice").json(&soft).send().ok();
    world.delete(BOB).of("alice").send().ok();
    assert_eq!(world.get(BOB).of("alice").send().ok()["isDeleted"], true);
    world.delete(BOB).of("alice").send().ok();
    world.get(BOB).of("alice").send().refused(404);
}

#[test]
fn the_only_owner_of_an_organization_is_not_removed() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Owner);
    let why = "the user is the only owner of acme: make another member an owner first";
    assert_eq!(world.delete(BOB).of("root").send().refused(409)["error"], why);
    assert_eq!(set(&world, "root", &json!({"isDeleted": true})).refused(409)["error"], why);
    assert_eq!(world.post(&format!("{BOB}/erase")).of("root").send().refused(409)["error"], why);
    world.join("acme", "erin", "acme", Role::Owner);
    world.delete(BOB).of("root").send().ok();
}

/// What of the erased person is found in the database: the tables that have the id or a personal text.
fn traces(world: &World, texts: &[&str]) -> Vec<String> {
    let tables = sql(world, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    let mut found = Vec::new();
    for table in tables {
        let table = table["name"].as_str().unwrap();
        let rows = sql(world, &format!("SELECT * FROM {table}"));
        let text = rows.into_iter().map(|row| Value::Object(row).to_string()).collect::<String>();
        found.extend(
            texts.iter().filter(|it| text.contains(**it)).map(|it| format!("{table}: {it}")),
        );
    }
    found
}

#[test]
fn an_erased_person_leaves_the_id_and_the_audit_trail() {
    let world = World::demo();
    let bob = subject(&world, "hanzo", "bob");
    // Only who administers all of a person's organizations moves the person's addresses.
    set(&world, "alice", &json!({"displayName": "Robert Unique", "phone": "+15550001"})).ok();
    world.join("hanzo", "bob", "acme", Role::Member);
    tokens(&world);
    world
        .post("/v1/iam/preferences")
        .bearer(tokens(&world)["access_token"].as_str().unwrap())
        .json(&json!({"theme": "dark"}))
        .send()
        .ok();
    for statement in [
        format!("INSERT INTO consents (user_id, client_id, scope, created_at, updated_at) VALUES ('{bob}', 'acme-app', 'openid', 1, 1)"),
        "INSERT INTO teams (id, owner, name, created_at, updated_at) VALUES ('t', 'hanzo', 't', 1, 1)".to_owned(),
        format!("INSERT INTO team_members (team_id, kind, member_id, owner) VALUES ('t', 'user', '{bob}', 'hanzo')"),
    ] {
        sql(&world, &statement);
    }
    // Alice administers bob's home, and not acme.
    world.post(&format!("{BOB}/erase")).of("alice").send().refused(403);
    world.get(&format!("{BOB}/export")).of("alice").send().refused(403);
    let erased = world.post(&format!("{BOB}/erase")).of("root").send().ok();
    assert_eq!(erased, json!({"erased": true, "id": bob}));
    let personal = ["Robert Unique", "bob@hanzo.example", "+15550001", "hanzo/bob", &bob];
    let left: Vec<String> = traces(&world, &personal)
        .into_iter()
        .filter(|trace| !trace.starts_with("audit_entries:"))
        .collect();
    assert_eq!(left, [format!("revocations: {bob}"), format!("erasures: {bob}")]);
    // The entry of the erasure says nothing of the person but the id.
    let entry = sql(&world, "SELECT name, record FROM audit_entries WHERE kind = 'erasure'");
    assert_eq!(entry[0]["name"], json!(bob));
    assert!(!entry[0]["record"].as_str().unwrap().contains("Unique"), "{entry:?}");
    // ATTACKS H-109: another user of the name is another user, and the id is not given again.
    let again = world.post("/v1/iam/users").of("alice").json(&json!({"name": "bob"})).send().ok();
    assert_ne!(again["id"], json!(bob));
    sql(&world, "UPDATE users SET id = id WHERE false");
    let user = hanzo_iam::origin::store::users::insert(
        &{
            let database = &*world.origin.database;
            let found = hanzo_iam::origin::store::users::find(database, "hanzo", "bob");
            let mut user = pollster::block_on(found).unwrap().unwrap();
            (user.id, user.name, user.email) = (bob.clone(), "bob2".to_owned(), String::new());
            user
        },
        u32::MAX,
    );
    assert!(pollster::block_on(world.origin.database.run(user)).unwrap().is_empty());
}

/// ATTACKS H-120
#[test]
fn a_restored_backup_does_not_bring_an_erased_person_back() {
    let mut world = World::demo();
    let bob = subject(&world, "hanzo", "bob");
    let backup = world.database.backup().unwrap();
    world.post(&format!("{BOB}/erase")).of("root").send().ok();
    world.origin.database = std::rc::Rc::new(backup);
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert_eq!(sql(&world, &format!("SELECT id FROM users WHERE id = '{bob}'")).len(), 0);
    assert_eq!(sql(&world, "SELECT user_id FROM erasures").len(), 1);
}

#[test]
fn an_export_has_everything_about_the_person_and_no_secret() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Member);
    let issued = tokens(&world);
    let token = issued["access_token"].as_str().unwrap();
    let terms = json!({"terms": "2026-11", "aup": "3"});
    world.put("/v1/iam/terms").bearer(token).json(&terms).send().ok();
    let answer = world.get("/v1/iam/account/export").bearer(token).send();
    let export = &answer.ok()["data"];
    assert_eq!(export["user"]["email"], "bob@hanzo.example");
    assert_eq!(export["memberships"][0]["organization"], "acme");
    assert_eq!(export["keys"][0]["name"], "bob");
    assert_eq!(export["grants"][0]["application"], "hanzo-app");
    assert_eq!(export["acceptances"][1]["version"], "2026-11");
    let times = export["sessions"][0]["createdTime"].as_str().unwrap_or("2026-");
    assert!(times.starts_with("2026-"), "{export}");
    let actions: Vec<&str> = export["auditEntries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert!(actions.contains(&"acceptTerms"), "{actions:?}");
    let text = answer.text();
    assert!(!text.contains("argon2") && !text.contains("digest"), "{text}");
    assert!(!text.contains(&world.keys["bob"]), "{text}");
    // The same by an administrator of all of bob's organizations; a key is not the person.
    let by_root = world.get(&format!("{BOB}/export")).of("root").send().ok();
    assert_eq!(by_root["memberships"], export["memberships"]);
    let by_key = world.get("/v1/iam/account/export").of("bob").send();
    assert_eq!(by_key.status(), 403);
    let entries = sql(&world, "SELECT action FROM audit_entries WHERE kind = 'export'");
    assert_eq!(entries.len(), 2, "each export leaves an entry");
}

#[test]
fn a_person_erases_the_own_account_with_the_password() {
    let world = World::demo();
    let issued = tokens(&world);
    let token = issued["access_token"].as_str().unwrap();
    let erase = |body: Value| world.post("/v1/iam/account/erase").bearer(token).json(&body).send();
    erase(json!({"password": PASSWORD})).refused(400);
    erase(json!({"confirm": "hanzo/alice", "password": PASSWORD})).refused(400);
    erase(json!({"confirm": "hanzo/bob"})).refused(400);
    let wrong = erase(json!({"confirm": "hanzo/bob", "password": "wrong wrong"}));
    assert_eq!(wrong.body()["status"], "error");
    world.get(BOB).of("alice").send().ok();
    let key = world
        .post("/v1/iam/account/erase")
        .of("bob")
        .json(&json!({"confirm": "hanzo/bob", "password": PASSWORD}))
        .send();
    assert_eq!(key.status(), 403, "a key is not the person");
    assert_eq!(erase(json!({"confirm": "hanzo/bob", "password": PASSWORD})).ok()["status"], "ok");
    world.get(BOB).of("alice").send().refused(404);
    world.get("/v1/iam/oauth/userinfo").bearer(token).send().refused(401);
}

/// OPERATIONS part A: `users/{owner}/{name}?email=`.
#[test]
fn a_user_is_found_by_address() {
    let world = World::demo();
    let get = |by: &str, path: &str| world.get(&format!("/v1/iam/users/{path}")).of(by).send();
    assert_eq!(get("alice", "hanzo/-?email=Bob@Hanzo.example").ok()["name"], "bob");
    get("alice", "hanzo/bob?email=bob@hanzo.example").ok();
    get("alice", "hanzo/alice?email=bob@hanzo.example").refused(404);
    get("alice", "hanzo/-").refused(404);
    get("bob", "hanzo/bob?email=bob@hanzo.example").ok();
    get("bob", "hanzo/-?email=alice@hanzo.example").refused(403);
    get("bob", "hanzo/bob?email=alice@hanzo.example").refused(404);
    get("dave", "hanzo/-?email=bob@hanzo.example").refused(403);
}

#[test]
fn preferences_are_merged_and_bounded() {
    let world = World::demo();
    let issued = tokens(&world);
    let token = issued["access_token"].as_str().unwrap();
    let post = |body: Value| world.post("/v1/iam/preferences").bearer(token).json(&body).send();
    assert_eq!(post(json!({})).ok()["data"], json!({}));
    post(json!({"theme": "dark", "lists": {"size": 50}})).ok();
    let merged = post(json!({"theme": null, "lists": {"sort": "name"}})).ok();
    assert_eq!(merged["data"], json!({"lists": {"size": 50, "sort": "name"}}));
    post(json!([1])).refused(400);
    post(json!({"x": "x".repeat(9000)})).refused(400);
}

#[test]
fn upsert_creates_a_user_and_changes_it_by_the_rules_of_both() {
    let world = World::demo();
    let upsert =
        |by: &str, body: Value| world.post("/v1/iam/admin/users/upsert").of(by).json(&body).send();
    let made = upsert("alice", json!({"name": "zoe", "email": "zoe@hanzo.example"})).ok();
    assert_eq!((&made["status"], &made["action"]), (&json!("ok"), &json!("created")));
    let changed =
        upsert("alice", json!({"name": "Zoe", "displayName": "Zoë", "isAdmin": true})).ok();
    assert_eq!(changed["action"], "updated");
    assert_eq!(changed["data"]["email"], "zoe@hanzo.example");
    upsert("alice", json!({"owner": "acme", "name": "x"})).refused(403);
    upsert("bob", json!({"name": "bob", "isAdmin": true})).refused(403);
    upsert("alice", json!({"name": "x", "password": "$2b$…", "passwordType": "bcrypt"}))
        .refused(400);
    upsert("alice", json!({"displayName": "x"})).refused(400);
    // ATTACKS H-110
    world.join("hanzo", "bob", "admin", Role::Admin);
    upsert("alice", json!({"name": "bob", "password": "another password"})).refused(403);
}
