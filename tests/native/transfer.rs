//! Export and import of an organization.

use serde_json::{Value, json};

use crate::{
    oauth::sql,
    world::{Answer, Call, PASSWORD, World},
};

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
    for (name, admin) in [("ada", true), ("bo", false), ("cy", false), ("di", false)] {
        make(
            "/v1/iam/users",
            json!({
                "owner": "lamp", "name": name, "isAdmin": admin, "displayName": name.to_uppercase(),
                "email": format!("{name}@lamp.example"), "password": PASSWORD, "tag": "staff",
            }),
        );
    }
    make("/v1/iam/memberships", json!({"user": "hanzo/bob", "org": "lamp", "role": "admin"}));
    make("/v1/iam/memberships", json!({"user": "lamp/di", "org": "lamp", "role": "owner"}));
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
    put("/v1/iam/users/lamp/cy", json!({"isForbidden": true}));
    make(
        "/v1/iam/service-accounts",
        json!({"organization": "lamp", "name": "bot", "user": "ada", "role": "admin", "agentRef": "a-1"}),
    );
    make("/v1/iam/teams", json!({"owner": "lamp", "name": "bots", "users": ["lamp/lamp-bot"]}));
    make(
        "/v1/iam/invitations",
        json!({"owner": "lamp", "name": "guests", "role": "admin", "quota": 3}),
    );
    make(
        "/v1/iam/webhooks",
        json!({"owner": "lamp", "name": "audit", "url": "https://hooks.lamp.example/in",
            "events": ["createUser"]}),
    );
    sql(
        world,
        "INSERT INTO webauthn_credentials (id, owner, name, user_id, credential_id, public_key, \
         transports, sign_count, user_verified, created_at, updated_at) \
         SELECT '4f0d7f5e-0000-4000-8000-000000000001', owner, 'laptop', id, 'AQID', 'pQEC', \
         '[\"internal\"]', 7, 1, 1700000000, 1700000000 FROM users WHERE owner = 'lamp' AND name = 'ada'",
    );
    let key = json!({"owner": "lamp", "user": "bo", "name": "bo-key", "scope": "read:*"});
    // A key of the same name that was revoked.
    make("/v1/iam/keys", key.clone());
    world.delete("/v1/iam/keys/lamp/bo-key").of("root").send().ok();
    make("/v1/iam/keys", key)["accessSecret"].as_str().unwrap().to_owned()
}

/// The lines without the time of the export, and without what has to be set again of a provider: there is
/// nothing of it after an import.
fn comparable(lines: &[Value]) -> Vec<Value> {
    let mut lines = lines.to_vec();
    lines[0].as_object_mut().unwrap().remove("exported");
    for line in &mut lines {
        if line["kind"] == "provider" {
            line.as_object_mut().unwrap().remove("setAgain");
            let secret = line.pointer_mut("/object/clientSecret").unwrap();
            *secret = "".into();
        }
    }
    lines
}

/// Fails at the first line that differs.
fn assert_same(again: &[Value], exported: &[Value]) {
    let (again, exported) = (comparable(again), comparable(exported));
    for (again, exported) in again.iter().zip(&exported) {
        assert_eq!(again, exported);
    }
    assert_eq!(again.len(), exported.len());
}

fn find<'a>(lines: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let found = lines.iter().find(|line| line["kind"] == kind && line["object"]["name"] == name);
    found.unwrap_or_else(|| panic!("{kind} {name}"))
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
        "service-account",
        "webauthn-credential",
        "invitation",
        "webhook",
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
    assert_same(&again, &exported);
    // The keys work there, for the same person.
    let subject = |world: &World| world.get("/v1/iam/whoami").bearer(&key).send().ok();
    assert_eq!(subject(&second), subject(&first));
    // The same file again changes nothing.
    let report = import(&second, "root", "lamp", "", &exported).ok();
    assert_eq!((&report["created"], &report["refused"]), (&json!(0), &json!(0)), "{report:#}");
    let again = export(&second, "root", "lamp", "&secrets=true", 100);
    assert_same(&again, &exported);
}

#[test]
fn an_organization_moves_into_an_empty_world() {
    let first = World::demo();
    lamp(&first);
    let outside = first.delete("/v1/iam/memberships/lamp/hanzo/bob").of("root").send();
    outside.ok();
    let exported = export(&first, "root", "lamp", "&secrets=true", 50);
    assert!(!format!("{exported:?}").contains("hanzo/bob"));
    let second = World::seeded(&json!({
        "organizations": [{"name": "admin", "displayName": "Platform"}],
        "users": [{"owner": "admin", "name": "root", "displayName": "root", "isAdmin": true,
            "email": "root@admin.example", "emailVerified": true}],
        "applications": [],
        "keys": [{"owner": "admin", "user": "root", "name": "root", "platform": true}],
    }));
    let report = import(&second, "root", "lamp", "", &exported).ok();
    assert_eq!(report["refused"], 0, "{report:#}");
    let again = export(&second, "root", "lamp", "&secrets=true", 50);
    assert_same(&again, &exported);
    // The schedule has nothing to deliver of the import.
    assert!(sql(&second, "SELECT 1 FROM webhook_deliveries").is_empty());
}

/// What is sealed is in no file, and the file says what has to be set again.
#[test]
fn a_file_names_what_has_to_be_set_again() {
    let world = World::demo();
    lamp(&world);
    let with = export(&world, "root", "lamp", "&secrets=true", 100);
    let without = export(&world, "ada", "lamp", "", 100);
    let again =
        |lines: &[Value], kind: &str, name: &str| find(lines, kind, name)["setAgain"].clone();
    for (kind, name, lost, kept) in [
        ("user", "ada", json!(["password"]), Value::Null),
        ("application", "lamp-app", json!(["clientSecret"]), Value::Null),
        ("key", "bo-key", json!(["accessSecret"]), Value::Null),
        ("invitation", "guests", json!(["code"]), Value::Null),
        ("provider", "github", json!(["clientSecret"]), json!(["clientSecret"])),
        ("webhook", "audit", json!(["secret"]), json!(["secret"])),
        ("team", "top", Value::Null, Value::Null),
    ] {
        assert_eq!(again(&without, kind, name), lost, "{kind}");
        assert_eq!(again(&with, kind, name), kept, "{kind}");
    }
    let columns = "SELECT sealed_secrets AS it FROM providers UNION ALL \
                   SELECT sealed_secret FROM webhooks";
    for row in sql(&world, columns) {
        let sealed = row["it"].as_str().unwrap();
        let text: String = with.iter().map(|line| line.to_string()).collect();
        assert!(!sealed.is_empty() && !text.contains(sealed.trim_matches(['{', '}'])));
    }
    let report = import(&World::demo(), "root", "lamp", "", &with).ok();
    let notes: Vec<&str> = (report["lines"].as_array().unwrap().iter())
        .filter_map(|line| line["note"].as_str())
        .collect();
    assert_eq!(notes, ["set again: clientSecret", "set again: secret"]);
}

/// An agent goes out as one and comes back as one: bound to its person, with the same id.
#[test]
fn an_agent_comes_back_as_one_that_a_person_answers_for() {
    let (first, second) = (World::demo(), World::demo());
    lamp(&first);
    let exported = export(&first, "root", "lamp", "&secrets=true", 100);
    let users = exported.iter().filter(|line| line["kind"] == "user");
    assert!(users.into_iter().all(|line| line["object"]["name"] != "lamp-bot"));
    import(&second, "root", "lamp", "", &exported).ok();
    let agent = "SELECT agents.user_id, sponsor_id, users.type FROM agents \
                 JOIN users ON users.id = agents.user_id WHERE agents.name = 'lamp-bot'";
    assert_eq!(sql(&second, agent), sql(&first, agent));
    assert_eq!(sql(&second, agent)[0]["type"], "service-account");
    // The keys of an agent have lines of their own: the import makes none besides.
    let keys = "SELECT count(*) AS count FROM keys WHERE owner = 'lamp' AND state <> 'Revoked'";
    assert_eq!(sql(&second, keys), sql(&first, keys));
    // One that is not active stays out.
    sql(&first, "UPDATE agents SET expires_at = 1");
    let exported = export(&first, "root", "lamp", "", 100);
    assert!(exported.iter().all(|line| line["kind"] != "service-account"));
}

/// A code that was sent to a person can be used after a move, and one that was used up cannot.
#[test]
fn an_invitation_that_ended_stays_out_and_a_code_goes_on_working() {
    let (first, second) = (World::demo(), World::demo());
    lamp(&first);
    let made = json!({"owner": "lamp", "name": "open", "quota": 2});
    let code = first.post("/v1/iam/invitations").of("root").json(&made).send().ok()["code"].clone();
    for name in ["used", "ended", "late"] {
        let made = json!({"owner": "lamp", "name": name});
        first.post("/v1/iam/invitations").of("root").json(&made).send().ok();
    }
    sql(&first, "UPDATE invitations SET used_count = 1 WHERE name IN ('used', 'open')");
    sql(&first, "UPDATE invitations SET state = 'Ended' WHERE name = 'ended'");
    sql(&first, "UPDATE invitations SET expires_at = 1 WHERE name = 'late'");
    let exported = export(&first, "root", "lamp", "&secrets=true", 100);
    for name in ["used", "ended", "late"] {
        assert!(exported.iter().all(|line| line["object"]["name"] != name), "{name}");
    }
    import(&second, "root", "lamp", "", &exported).ok();
    let columns = "SELECT used_count, inviter, inviter_id FROM invitations WHERE name = 'open'";
    let (before, after) = (sql(&first, columns), sql(&second, columns));
    assert_eq!(after, before);
    let accept = json!({"owner": "lamp", "code": code});
    let token = crate::oauth::tokens(&second)["access_token"].as_str().unwrap().to_owned();
    sql(&second, "DELETE FROM memberships WHERE organization = 'lamp'");
    let call = second.post("/v1/iam/invitations/accept").bearer(&token).json(&accept);
    call.send().ok();
}

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
