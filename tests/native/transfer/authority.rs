//! An import gives no authority that the importer does not hold.

use serde_json::{Value, json};

use super::{BCRYPT, by, import, lamp};
use crate::{oauth::sql, world::World};

/// Digests, ids and passkeys make their holder another: a limited credential restores none, not even one
/// of the platform, and an administrator of the organization neither.
#[test]
fn an_import_gives_no_authority_that_the_importer_does_not_hold() {
    let world = World::demo();
    lamp(&world);
    let passkey = json!({"kind": "webauthn-credential", "object": {"owner": "lamp", "name": "evil",
        "user": "lamp/ada", "credentialId": "BAUG", "publicKey": "pQEC"}});
    let hash = json!({"kind": "user", "object": {"owner": "lamp", "name": "eve"},
        "secrets": {"passwordHash": BCRYPT}});
    let id = "11111111-1111-4111-8111-111111111111";
    let user = json!({"kind": "user", "object": {"owner": "lamp", "name": "new", "id": id}});
    let owner = json!({"kind": "membership", "object": {"user": "lamp/ada", "organization": "lamp",
        "role": "owner"}});
    let invitation = json!({"kind": "invitation", "object": {"owner": "lamp", "name": "boss",
        "role": "owner", "quota": 1}});
    let agent = json!({"kind": "service-account", "object": {"owner": "lamp", "name": "lamp-spy",
        "user": "hanzo/alice"}});
    let lines = [&passkey, &hash, &user, &owner, &invitation, &agent].map(Value::clone);
    let outcomes = |report: &Value| {
        let lines = report["lines"].as_array().unwrap().iter();
        let outcomes = lines.map(|line| line["outcome"].as_str().unwrap().to_owned());
        outcomes.collect::<Vec<_>>().join(" ")
    };
    let report = import(&world, "ada", "lamp", "", &lines).ok();
    assert_eq!(outcomes(&report), "refused refused created refused refused refused", "{report:#}");
    let rate = json!({"owner": "admin", "user": "root", "name": "slow", "platform": true,
        "rate": 5, "expireTime": "2026-12-01T00:00:00Z"});
    let limited = world.post("/v1/iam/keys").of("root").json(&rate).send().ok();
    let path = "/v1/iam/organizations/admin/lamp";
    let mut call = world
        .post(&format!("{path}/import"))
        .bearer(limited["accessSecret"].as_str().unwrap())
        .header("content-type", "application/x-ndjson");
    call.request.body = format!("{passkey}\n{hash}\n").into_bytes();
    assert_eq!(outcomes(&call.send().ok()), "refused refused");
    let secrets = world.get(&format!("{path}/export?secrets=true"));
    secrets.bearer(limited["accessSecret"].as_str().unwrap()).send().refused(403);
    assert!(sql(&world, "SELECT 1 FROM webauthn_credentials WHERE name = 'evil'").is_empty());
    // The platform restores all of it, but not the id of a person whose data were erased.
    sql(
        &world,
        &format!("INSERT INTO erasures (user_id, owner, erased_at) VALUES ('{id}', 'x', 1)"),
    );
    let again = json!({"kind": "user", "object": {"owner": "lamp", "name": "newer", "id": id}});
    let report = import(&world, "root", "lamp", "", &[passkey, hash, again]).ok();
    assert_eq!(outcomes(&report), "created created created", "{report:#}");
    assert!(report["lines"][2]["note"].as_str().unwrap().contains("erased"), "{report:#}");
    let found = world.get("/v1/iam/users/lamp/newer").of("root").send().ok();
    assert_ne!(found["id"], id);
}

#[test]
fn an_administrator_imports_no_more_than_the_api_allows() {
    let world = World::demo();
    lamp(&world);
    let user = |name: &str, more: Value| {
        let mut object = json!({"owner": "lamp", "name": name});
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"kind": "user", "object": object})
    };
    let mut with_hash = user("hash", json!({}));
    with_hash["secrets"] = json!({"passwordHash": BCRYPT});
    let mut elsewhere = user("x", json!({}));
    elsewhere["object"]["owner"] = json!("hanzo");
    let lines = [
        user("new", json!({"id": "11111111-1111-4111-8111-111111111111"})),
        with_hash,
        elsewhere,
        json!({"kind": "application", "object": {"owner": "lamp", "name": "evil", "organization": "lamp",
            "clientId": "evil", "isFirstParty": true, "platformAccess": true,
            "redirectUris": ["https://evil.example/*"]}}),
        json!({"kind": "application", "object": {"owner": "admin", "name": "evil2",
            "organization": "lamp", "clientId": "evil2"}}),
        json!({"kind": "membership", "object": {"user": "hanzo/alice", "organization": "lamp",
            "role": "admin"}}),
    ];
    let report = import(&world, "ada", "lamp", "?first=7", &lines).ok();
    let outcomes: Vec<(i64, &str)> = report["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["line"].as_i64().unwrap(), line["outcome"].as_str().unwrap()))
        .collect();
    let refused = |line| (line, "refused");
    let expected = [(7, "created"), refused(8), refused(9), refused(10), refused(11), refused(12)];
    assert_eq!(outcomes, expected, "{report:#}");
    // An id is the platform's to restore: a deleted account must not be had again by its id.
    let found = world.get("/v1/iam/users/lamp/new").of("root").send().ok();
    assert_ne!(found["id"], "11111111-1111-4111-8111-111111111111");
    for (caller, name) in [("bo", "lamp"), ("dave", "lamp"), ("ada", "hanzo")] {
        import(&world, caller, name, "", &[user("more", json!({}))]).refused(403);
        let path = format!("/v1/iam/organizations/admin/{name}/export");
        by(&world, world.get(&path), caller).send().refused(403);
    }
    import(&world, "root", "admin", "", &[]).refused(403);
}

#[test]
fn marks_of_the_platform_are_left_out_even_for_the_platform() {
    let world = World::demo();
    lamp(&world);
    let line = json!({"kind": "application", "object": {"owner": "lamp", "name": "lamp-two",
        "organization": "lamp", "clientId": "lamp-two", "isFirstParty": true,
        "redirectUris": ["https://lamp.example/callback"]}});
    let report = import(&world, "root", "lamp", "", &[line]).ok();
    assert_eq!(report["lines"][0]["note"], "left out: isFirstParty", "{report:#}");
    let made = world.get("/v1/iam/applications/lamp/lamp-two").of("root").send().ok();
    assert_eq!(made["isFirstParty"], false);
}
