//! The audit trail: what leaves an entry, what the entry says, and that no entry can be changed.

use hanzo_iam::{
    core::audit::{Entry, Finding, verify},
    ports::{Clock, DatabaseError, Statement},
};
use serde_json::{Value, json};

use crate::world::{PASSWORD, World};

fn entries(world: &World) -> Vec<Value> {
    let answer = world.get("/v1/iam/audit-logs?owner=hanzo").of("alice").send().ok();
    answer["auditLogs"].as_array().unwrap().clone()
}

fn run(world: &World, sql: &str) -> Result<Vec<hanzo_iam::ports::Row>, DatabaseError> {
    pollster::block_on(world.origin.database.run(Statement::new(sql.to_owned())))
}

fn create(world: &World, name: &str) {
    let user = json!({"owner": "hanzo", "name": name, "password": "a long password of a user"});
    world.post("/v1/iam/users").of("alice").json(&user).send().ok();
}

#[test]
fn an_entry_says_who_did_what_to_which_object_and_from_where() {
    let world = World::demo();
    create(&world, "zoe");
    let change = json!({"displayName": "Zoe Z"});
    world.put("/v1/iam/users/hanzo/zoe").of("alice").json(&change).send().ok();
    world.delete("/v1/iam/users/hanzo/zoe").of("alice").send().ok();
    let trail = entries(&world);
    let [deleted, updated, created] = &trail[..3] else { panic!("{trail:?}") };
    assert_eq!(created["action"], "createUser");
    assert_eq!(created["kind"], "user");
    assert_eq!(created["object"], "zoe");
    assert_eq!(created["user"], "hanzo/alice");
    assert_eq!(created["actor"]["credential"], "key");
    assert_eq!(created["clientIp"], "192.0.2.1");
    assert_eq!(created["requestId"], "test");
    assert_eq!(created["requestUri"], "/v1/iam/users");
    assert_eq!(created["method"], "POST");
    assert_eq!(created["createdTime"], world.clock.now().to_string());
    assert_eq!(created["after"]["passwordHash"], "***");
    assert_eq!(created["before"], json!({}));
    assert_eq!(updated["action"], "updateUser");
    assert_eq!(updated["before"], json!({}));
    assert_eq!(updated["after"], json!({"displayName": "Zoe Z"}));
    assert_eq!(deleted["action"], "deleteUser");
    assert_eq!(deleted["before"]["displayName"], "Zoe Z");
    assert_eq!(deleted["after"], json!({}));
}

/// ATTACKS H-117.
#[test]
fn no_secret_is_in_the_trail() {
    let world = World::demo();
    let password = "an unusual password 9x";
    let user =
        json!({"owner": "hanzo", "name": "zoe", "password": password, "totpSecret": "s3cr3t-totp"});
    world.post("/v1/iam/users").of("alice").json(&user).send().ok();
    let key = world.post("/v1/iam/keys").of("alice").json(&json!({"name": "k"})).send().ok();
    let key = key["accessSecret"].as_str().unwrap();
    let application = json!({"organization": "hanzo", "name": "audited"});
    let made = world.post("/v1/iam/applications").of("alice").json(&application).send().ok();
    let secret = made["clientSecret"].as_str().unwrap();
    let columns = "SELECT group_concat(record || name || actor) AS text FROM audit_entries";
    let rows = run(&world, columns).unwrap();
    let text = rows[0].0["text"].as_str().unwrap();
    let digests = "SELECT password_hash AS secret FROM users WHERE name = 'zoe' UNION ALL \
         SELECT digest FROM keys UNION ALL SELECT client_secret_digest FROM applications";
    let stored = run(&world, digests).unwrap();
    let stored = stored.iter().filter_map(|row| row.0["secret"].as_str());
    for secret in [password, "s3cr3t-totp", key, secret].into_iter().chain(stored) {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(text.contains("zoe") && text.contains("audited"));
}

#[test]
fn a_refused_change_leaves_no_entry() {
    let world = World::demo();
    create(&world, "zoe");
    let before = entries(&world).len();
    let refused = json!({"owner": "hanzo", "name": "zoe"});
    let answer = world.post("/v1/iam/users").of("alice").json(&refused).send();
    assert_eq!(answer.status(), 409);
    let forbidden = world.delete("/v1/iam/users/hanzo/zoe").of("bob").send();
    assert_eq!(forbidden.status(), 403);
    assert_eq!(entries(&world).len(), before);
}

/// The entry is appended after the statement that decides, and only if that has changed a row.
#[test]
fn a_change_that_comes_too_late_leaves_no_entry() {
    let mut world = World::demo();
    world.config_mut().limits.quotas.users = 1;
    let before = entries(&world).len();
    let user = json!({"owner": "hanzo", "name": "late"});
    assert_eq!(world.post("/v1/iam/users").of("alice").json(&user).send().status(), 409);
    assert_eq!(entries(&world).len(), before);
}

#[test]
fn an_entry_can_be_neither_changed_nor_removed() {
    let world = World::demo();
    create(&world, "zoe");
    let changes = [
        "DELETE FROM audit_entries",
        "UPDATE audit_entries SET record = '{}'",
        "UPDATE audit_entries SET actor = 'x', hash = 'x'",
        "UPDATE audit_entries SET number = number + 1000",
    ];
    for sealed in [false, true] {
        for sql in changes {
            assert!(run(&world, sql).is_err(), "{sql}, sealed: {sealed}");
        }
        pollster::block_on(world.origin.scheduled()).unwrap();
    }
    assert!(run(&world, "UPDATE audit_entries SET hash = 'x'").is_err());
}

#[test]
fn the_schedule_seals_the_trail_of_every_organization() {
    let world = World::demo();
    create(&world, "zoe");
    pollster::block_on(world.origin.scheduled()).unwrap();
    let open = "SELECT count(*) AS open FROM audit_entries WHERE hash IS NULL";
    assert_eq!(run(&world, open).unwrap()[0].0["open"], 0);
    let trail = entries(&world);
    assert_eq!(trail[0]["hash"].as_str().unwrap().len(), 64);
}

fn verification(world: &World) -> Value {
    world.get("/v1/iam/audit-logs/verify?owner=hanzo").of("alice").send().ok()
}

#[test]
fn a_trail_that_was_tampered_with_does_not_verify() {
    let world = World::demo();
    for name in ["uma", "vic", "wim", "xia"] {
        create(&world, name);
    }
    let intact = verification(&world);
    assert_eq!(intact["valid"], true);
    assert!(intact["checked"].as_u64().unwrap() >= 4);
    assert_eq!(intact["more"], false);
    run(&world, "DROP TRIGGER audit_entries_are_final").unwrap();
    run(&world, "DROP TRIGGER audit_entries_are_kept").unwrap();
    let tampered = [
        ("UPDATE audit_entries SET actor = 'another' WHERE number = 2 AND owner = 'hanzo'", 2),
        ("DELETE FROM audit_entries WHERE number = 3 AND owner = 'hanzo'", 3),
    ];
    for (sql, broken) in tampered {
        let copy = World::from_image(&world.image());
        run(&copy, sql).unwrap();
        let found = verification(&copy);
        assert_eq!(found["valid"], false, "{sql}");
        assert_eq!(found["broken"], broken, "{sql}");
    }
}

/// A reader with the exported file alone can check it.
#[test]
fn an_export_verifies_without_the_server() {
    let world = World::demo();
    create(&world, "zoe");
    let answer = world.get("/v1/iam/audit-logs/export?owner=hanzo").of("alice").send();
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let exported: Vec<Entry> = answer
        .text()
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            Entry {
                organization_id: text("organizationId"),
                number: line["number"].as_i64().unwrap(),
                owner: text("owner"),
                action: text("action"),
                kind: text("kind"),
                name: text("name"),
                actor: text("actor"),
                record: line["record"].to_string(),
                recorded_at: hanzo_iam::core::time::UnixTime(line["recordedAt"].as_i64().unwrap()),
                hash: Some(text("hash")),
            }
        })
        .collect();
    assert!(exported.len() > 1);
    assert!(matches!(verify(0, "", &exported), Finding::Intact(_)));
}

#[test]
fn pages_of_the_trail_follow_each_other_and_filters_select() {
    let world = World::demo();
    for number in 0..7 {
        create(&world, &format!("user-{number}"));
    }
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!(
            "/v1/iam/audit-logs?owner=hanzo&action=createUser&limit=3{}",
            if cursor.is_empty() { String::new() } else { format!("&cursor={cursor}") }
        );
        let page = world.get(&path).of("alice").send().ok();
        let logs = page["auditLogs"].as_array().unwrap();
        assert!(logs.len() <= 3);
        found.extend(logs.iter().map(|entry| entry["object"].as_str().unwrap().to_owned()));
        cursor = page["cursor"].as_str().unwrap().to_owned();
        if cursor.is_empty() {
            break;
        }
    }
    let newest: Vec<String> = (0..7).rev().map(|number| format!("user-{number}")).collect();
    assert_eq!(found[..7], newest);
    let one = world.get("/v1/iam/audit-logs?owner=hanzo&object=user-3").of("alice").send().ok();
    assert_eq!(one["auditLogs"].as_array().unwrap().len(), 1);
}

#[test]
fn a_platform_administrator_who_reads_another_organization_leaves_an_entry() {
    let world = World::demo();
    let before = entries(&world).len();
    world.get("/v1/iam/users/hanzo/bob").of("root").send().ok();
    let trail = entries(&world);
    // The list of the trail itself is such a read too.
    let read = trail.iter().find(|entry| entry["action"] == "getUser").unwrap();
    assert_eq!(read["kind"], "read");
    assert_eq!(read["user"], "admin/root");
    assert!(trail.len() > before);
    let own = World::demo();
    own.get("/v1/iam/users/hanzo/bob").of("alice").send().ok();
    let trail = own.get("/v1/iam/audit-logs").of("alice").send().ok();
    let reads = trail["auditLogs"].as_array().unwrap();
    assert!(reads.iter().all(|entry| entry["kind"] != "read"));
}

#[test]
fn a_sign_in_and_what_it_gives_are_entries() {
    let world = World::demo();
    let login = json!({
        "type": "login", "application": "hanzo-app", "organization": "hanzo", "username": "bob",
        "password": PASSWORD,
    });
    assert_eq!(world.post("/v1/iam/login").json(&login).send().ok()["status"], "ok");
    crate::oauth::tokens(&world);
    let trail = entries(&world);
    let kinds: Vec<&str> = trail.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"grant"), "{kinds:?}");
    let session = trail.iter().find(|entry| entry["kind"] == "session").unwrap();
    assert_eq!(session["actor"]["credential"], "password");
}

#[test]
fn an_application_appends_its_events_under_its_own_name() {
    let world = World::demo();
    let event = json!({"action": "invoice-paid", "object": "inv-7", "detail": {"amount": 5}, "user": "hanzo/bob"});
    let entry = world.post("/v1/iam/audit-logs").of("alice").json(&event).send().ok();
    assert_eq!(entry["kind"], "event");
    assert_eq!(entry["action"], "createAuditLog");
    assert_eq!(entry["user"], "hanzo/alice");
    assert_eq!(entry["object"], "inv-7");
    assert_eq!(entry["after"], json!({"action": "invoice-paid", "detail": {"amount": 5}}));
    for method in ["PUT", "DELETE"] {
        let method = method.parse().unwrap();
        let answer = world.call(method, "/v1/iam/audit-logs/hanzo/1").of("root").send();
        assert_eq!(answer.status(), 405);
    }
}
