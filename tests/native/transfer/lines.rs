//! What becomes of each line.

use serde_json::{Value, json};

use super::{BCRYPT, export, import, import_text, lamp};
use crate::world::World;

#[test]
fn a_passkey_that_cannot_be_one_is_refused() {
    let world = World::demo();
    lamp(&world);
    let passkey = |more: Value| {
        let mut object = json!({"owner": "lamp", "name": "phone", "user": "lamp/bo",
            "credentialId": "BAUG", "publicKey": "pQEC"});
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"kind": "webauthn-credential", "object": object})
    };
    let lines = [
        passkey(json!({"user": "hanzo/alice"})),
        passkey(json!({"user": "lamp/nobody"})),
        passkey(json!({"credentialId": "AQID"})), // ada's
        passkey(json!({"credentialId": "not base64url"})),
        passkey(json!({"publicKey": ""})),
        passkey(json!({"name": "a/b"})),
        passkey(json!({"signCount": -1})),
        passkey(json!({"transport": ["a\nb"]})),
        passkey(json!({})),
        passkey(json!({"credentialId": "BwgJ"})), // the name exists
    ];
    let report = import(&world, "root", "lamp", "", &lines).ok();
    let counts = (&report["refused"], &report["created"], &report["skipped"]);
    assert_eq!(counts, (&json!(8), &json!(1), &json!(1)), "{report:#}");
    assert!(report["lines"].as_array().unwrap().iter().take(8).all(|line| line["note"] != ""));
}

#[test]
fn hashes_of_another_system_are_imported_for_the_platform() {
    let world = World::demo();
    lamp(&world);
    let user = |name: &str, secrets: Value| json!({"kind": "user", "object": {"owner": "lamp", "name": name}, "secrets": secrets});
    let lines = [
        user("b", json!({"passwordHash": BCRYPT})),
        user("m", json!({"passwordHash": "$nested-md5$MTIz$d9O37Z230ja56sgmLSf2pQ"})),
        user("p", json!({"password": "old1"})),
        user("e", json!({"passwordHash": BCRYPT.replace("$10$", "$31$")})),
        user("u", json!({"passwordHash": "e10adc3949ba59abbe56e057f20f883e"})),
    ];
    let report = import(&world, "root", "lamp", "", &lines).ok();
    assert_eq!((&report["created"], &report["refused"]), (&json!(3), &json!(2)), "{report:#}");
    let note = |index: usize| report["lines"][index]["note"].as_str().unwrap().to_owned();
    assert!(note(3).contains("costs more than a sign-in may"), "{report:#}");
    assert!(note(4).starts_with("passwordHash: "), "{report:#}");
    // A refused line has made nothing.
    world.get("/v1/iam/users/lamp/e").of("root").send().refused(404);
    let exported = export(&world, "root", "lamp", "&secrets=true", 100);
    let hash = |name: &str| {
        let line = exported.iter().find(|line| line["object"]["name"] == name).unwrap();
        line["secrets"]["passwordHash"].as_str().unwrap().to_owned()
    };
    assert_eq!(hash("b"), BCRYPT);
    assert!(hash("m").starts_with("$over$") && hash("p").starts_with("$argon2id$"));
}

#[test]
fn an_existing_object_is_changed_only_on_demand() {
    let world = World::demo();
    lamp(&world);
    let line = json!({"kind": "user",
        "object": {"owner": "lamp", "name": "bo", "displayName": "Bo the Second"}});
    let name = || world.get("/v1/iam/users/lamp/bo").of("root").send().ok()["displayName"].clone();
    for (query, outcome, after) in [
        ("?dryRun=true&existing=update", "skipped", "BO"),
        ("", "skipped", "BO"),
        ("?existing=update", "updated", "Bo the Second"),
    ] {
        let report = import(&world, "ada", "lamp", query, std::slice::from_ref(&line)).ok();
        assert_eq!(report["lines"][0]["outcome"], outcome, "{query}");
        assert_eq!(name(), after, "{query}");
    }
}

/// An administrator may have taken away what the file would give back.
#[test]
fn what_was_taken_from_an_existing_object_comes_back_only_on_demand() {
    let world = World::demo();
    let make = |name: &str| {
        let body = json!({"owner": "lamp", "name": name});
        world.post("/v1/iam/roles").of("root").json(&body).send().ok();
    };
    lamp(&world);
    make("inner");
    let role = json!({"kind": "role", "object": {"owner": "lamp", "name": "outer"}});
    let nested = json!({"kind": "role", "change": {"owner": "lamp", "name": "outer", "roles": ["lamp/inner"]}});
    let lines = [role, nested];
    let path = "/v1/iam/roles/lamp/outer";
    let roles = || world.get(path).of("root").send().ok()["roles"].clone();
    import(&world, "ada", "lamp", "", &lines).ok();
    assert_eq!(roles(), json!(["lamp/inner"]));
    world.put(path).of("root").json(&json!({"roles": []})).send().ok();
    let again = import(&world, "ada", "lamp", "", &lines).ok();
    assert_eq!((&again["updated"], &again["skipped"]), (&json!(0), &json!(2)), "{again:#}");
    assert_eq!(roles(), json!([]));
    import(&world, "ada", "lamp", "?existing=update", &lines).ok();
    assert_eq!(roles(), json!(["lamp/inner"]));
}

#[test]
fn a_file_of_another_version_is_refused_as_a_whole() {
    let world = World::demo();
    lamp(&world);
    let header = json!({"format": "hanzo-iam-organization", "version": 9});
    let role = json!({"kind": "role", "object": {"owner": "lamp", "name": "late"}});
    import(&world, "ada", "lamp", "", &[header, role]).refused(400);
    world.get("/v1/iam/roles/lamp/late").of("root").send().refused(404);
}

/// A call that adds a member changes the role of one.
#[test]
fn a_member_keeps_the_role_unless_a_change_is_asked_for() {
    let world = World::demo();
    lamp(&world);
    let line = json!({"kind": "membership",
        "object": {"user": "hanzo/bob", "organization": "lamp", "role": "member"}});
    let path = "/v1/iam/memberships/lamp/hanzo/bob";
    let role = || world.get(path).of("root").send().ok()["role"].clone();
    for (query, outcome, after) in
        [("", "skipped", "admin"), ("?existing=update", "updated", "member")]
    {
        let report = import(&world, "ada", "lamp", query, std::slice::from_ref(&line)).ok();
        assert_eq!(report["lines"][0]["outcome"], outcome, "{report:#}");
        assert_eq!(role(), after, "{query}");
    }
}

#[test]
fn lines_that_cannot_be_read_are_refused_by_number() {
    let world = World::demo();
    lamp(&world);
    let text = "{\"format\":\"hanzo-iam-organization\",\"version\":1}\n\n{\n[]\n{\"kind\":\"ghost\"}\n\
         {\"kind\":\"user\"}\n{\"kind\":\"user\",\"object\":{\"owner\":\"lamp\"}}\n\
         {\"format\":\"other\"}\n{\"end\":true}\n";
    let report = import_text(&world, "root", "lamp", "", text).ok();
    let lines: Vec<i64> = report["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["line"].as_i64().unwrap())
        .collect();
    assert_eq!(lines, [3, 4, 5, 6, 7, 8], "{report:#}");
    assert_eq!(report["refused"], 6);
    import_text(&world, "root", "lamp", "", &"{}\n".repeat(101)).refused(400);
    for query in ["?first=0", "?existing=replace", "?dryRun=maybe"] {
        import_text(&world, "root", "lamp", query, "").refused(400);
    }
    let mut call = world.post("/v1/iam/organizations/admin/lamp/import").of("root");
    call.request.body = b"{}".to_vec();
    call.send().refused(415);
    for query in ["?limit=0", "?limit=501", "?cursor=x", "?cursor=0.9999999", "?secrets=1"] {
        let path = format!("/v1/iam/organizations/admin/lamp/export{query}");
        world.get(&path).of("root").send().refused(400);
    }
}
