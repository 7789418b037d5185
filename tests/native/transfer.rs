//! Export and import of an organization.

use serde_json::{Value, json};

use crate::world::{Answer, Call, PASSWORD, World};

/// A hash of bcrypt with cost 10, of the password `password`.
const BCRYPT: &str = "$2b$10$cgT08pfGUo9SUIIvXrIJ1uSXp0VJmOIKgEC6vqGvqRddK4Z3JB28G";

/// The call with a key of the user: of the demo, or of `lamp`.
fn by<'a>(world: &World, call: Call<'a>, caller: &str) -> Call<'a> {
    if world.keys.contains_key(caller) {
        return call.of(caller);
    }
    let body = json!({"owner": "lamp", "user": caller});
    let key = world.post("/v1/iam/keys").of("root").json(&body).send().ok();
    call.bearer(key["accessSecret"].as_str().unwrap())
}

/// All lines of an export, taken in pages of `limit` objects, without the ends of the pages.
fn export(world: &World, caller: &str, name: &str, query: &str, limit: usize) -> Vec<Value> {
    let (mut lines, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!(
            "/v1/iam/organizations/admin/{name}/export?limit={limit}&cursor={cursor}{query}"
        );
        let answer = by(world, world.get(&path), caller).send();
        assert_eq!(answer.status(), 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
        let page: Vec<Value> =
            answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (last, objects) = page.split_last().unwrap();
        assert!(objects.len() <= limit + 1, "{path}");
        lines.extend_from_slice(objects);
        match last["next"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
        assert!(lines.len() < 1000, "the export does not end");
    }
    lines
}

fn import(world: &World, caller: &str, name: &str, query: &str, lines: &[Value]) -> Answer {
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    import_text(world, caller, name, query, &text.join("\n"))
}

fn import_text(world: &World, caller: &str, name: &str, query: &str, text: &str) -> Answer {
    let path = format!("/v1/iam/organizations/admin/{name}/import{query}");
    let call = world.post(&path).header("content-type", "application/x-ndjson");
    let mut call = by(world, call, caller);
    call.request.body = text.as_bytes().to_vec();
    call.send()
}

/// The organization `lamp`, with an object of every kind; returns the text of a key in it.
fn lamp(world: &World) -> String {
    let make = |path: &str, body: Value| world.post(path).of("root").json(&body).send().ok();
    make(
        "/v1/iam/organizations",
        json!({"name": "lamp", "displayName": "Lamp & Söhne", "tag": "x"}),
    );
    for (name, admin) in [("ada", true), ("bo", false), ("cy", false)] {
        make(
            "/v1/iam/users",
            json!({
                "owner": "lamp", "name": name, "isAdmin": admin, "displayName": name.to_uppercase(),
                "email": format!("{name}@lamp.example"), "password": PASSWORD, "tag": "staff",
            }),
        );
    }
    make("/v1/iam/memberships", json!({"user": "hanzo/bob", "org": "lamp", "role": "admin"}));
    make(
        "/v1/iam/applications",
        json!({
            "owner": "lamp", "name": "lamp-app", "organization": "lamp", "clientId": "lamp-app",
            "redirectUris": ["https://lamp.example/callback"],
            "grantTypes": ["authorization_code", "refresh_token"],
        }),
    );
    for (plural, body) in [
        ("workspaces", json!({"name": "main", "tags": ["x"], "isDefault": true})),
        ("projects", json!({"name": "alpha", "workspace": "main", "metadata": "{}"})),
        ("teams", json!({"name": "below", "users": ["lamp/bo"]})),
        ("teams", json!({"name": "top", "users": ["lamp/ada", "hanzo/bob"]})),
        ("roles", json!({"name": "all", "users": ["lamp/ada"], "teams": ["lamp/below"]})),
        ("roles", json!({"name": "part", "users": ["lamp/cy"]})),
        (
            "permissions",
            json!({
                "name": "read", "roles": ["lamp/part"], "resources": ["doc:*"], "actions": ["read"],
                "effect": "Allow",
            }),
        ),
        (
            "providers",
            json!({
                "name": "github", "category": "OAuth", "type": "GitHub", "clientId": "g",
                "clientSecret": "a provider's secret",
            }),
        ),
    ] {
        let mut body = body;
        body["owner"] = json!("lamp");
        make(&format!("/v1/iam/{plural}"), body);
    }
    let put = |path: &str, body: Value| world.put(path).of("root").json(&body).send().ok();
    put("/v1/iam/teams/below?owner=lamp", json!({"parent": "top"}));
    put("/v1/iam/roles/lamp/all", json!({"roles": ["lamp/part"]}));
    let key = json!({"owner": "lamp", "user": "bo", "name": "bo-key", "scope": "read:*"});
    make("/v1/iam/keys", key)["accessSecret"].as_str().unwrap().to_owned()
}

fn without_time(mut lines: Vec<Value>) -> Vec<Value> {
    lines[0].as_object_mut().unwrap().remove("exported");
    lines
}

#[test]
fn an_organization_comes_back_as_it_went_out() {
    let (first, second) = (World::demo(), World::demo());
    let key = lamp(&first);
    let exported = export(&first, "root", "lamp", "&secrets=true", 2);
    let kinds: Vec<&str> = exported.iter().filter_map(|line| line["kind"].as_str()).collect();
    for kind in [
        "organization",
        "user",
        "membership",
        "workspace",
        "project",
        "team",
        "role",
        "application",
        "permission",
        "provider",
        "key",
    ] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    second.clock.advance(86_400);
    // Its random numbers are others.
    let other = json!({"owner": "hanzo", "name": "other"});
    second.post("/v1/iam/users").of("root").json(&other).send().ok();
    let report = import(&second, "root", "lamp", "", &exported).ok();
    assert_eq!(report["refused"], 0, "{report:#}");
    // The first line is the header; a team and a role are changed by lines of their own.
    assert_eq!(report["created"], exported.len() - 3, "{report:#}");
    assert_eq!(report["updated"], 2, "{report:#}");
    let again = export(&second, "root", "lamp", "&secrets=true", 100);
    assert_eq!(without_time(again), without_time(exported.clone()));
    // The key works there, for the same person.
    let subject = |world: &World| world.get("/v1/iam/whoami").bearer(&key).send().ok();
    assert_eq!(subject(&second), subject(&first));
    // The same file again changes nothing.
    let report = import(&second, "root", "lamp", "", &exported).ok();
    assert_eq!((&report["created"], &report["refused"]), (&json!(1), &json!(0)), "{report:#}");
    let again = export(&second, "root", "lamp", "&secrets=true", 100);
    assert_eq!(without_time(again), without_time(exported));
}

#[test]
fn an_export_without_secrets_has_none() {
    let world = World::demo();
    let key = lamp(&world);
    let all = export(&world, "ada", "lamp", "", 100);
    let text = format!("{all:?}");
    assert!(text.contains("bo-key") && text.contains("lamp-app"));
    for secret in ["argon2", "digest", "sealed", "a provider", key.as_str()] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(all.iter().all(|line| line.get("secrets").is_none_or(|it| it == false)));
    let path = "/v1/iam/organizations/admin/lamp/export?secrets=true";
    by(&world, world.get(path), "ada").send().refused(403);
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
