//! The rules of resources: members, circles, approval, secrets, conditions, repetition.

use hanzo_iam::core::token::Role;
use serde_json::{Value, json};

use crate::{
    oauth::sql,
    policy_world::Policies,
    resources::{item, make},
    watched::Watched,
    world::{Answer, World},
};

fn put(world: &World, plural: &str, name: &str, body: &Value) -> Answer {
    world.put(&item(plural, name)).of("alice").json(body).send()
}

fn patch(world: &World, plural: &str, name: &str, body: &Value) -> Answer {
    let call = world.call(http::Method::PATCH, &item(plural, name)).of("alice");
    let mut call = call.header("content-type", "application/merge-patch+json");
    call.request.body = body.to_string().into_bytes();
    call.send()
}

#[test]
fn members_of_a_role_are_users_teams_and_roles_of_the_organization() {
    let world = World::demo();
    world.join("acme", "erin", "hanzo", Role::Member);
    make(&world, "teams", &json!({"name": "crew", "users": ["bob"]})).ok();
    make(&world, "roles", &json!({"name": "reader"})).ok();
    let body = json!({
        "name": "writer", "users": ["hanzo/bob", "acme/erin"], "teams": ["crew"],
        "roles": ["hanzo/reader"],
    });
    let made = make(&world, "roles", &body).ok();
    assert_eq!(made["users"], json!(["acme/erin", "hanzo/bob"]));
    assert_eq!(
        (&made["teams"], &made["roles"]),
        (&json!(["hanzo/crew"]), &json!(["hanzo/reader"]))
    );
    assert_eq!(world.get(&item("roles", "writer")).of("alice").send().ok(), made);
}

#[test]
fn users_are_added_to_a_role_and_removed_from_it_without_the_others() {
    let world = World::demo();
    let end = "2026-12-01T00:00:00Z";
    let ends = json!({"users": {"hanzo/bob": end}});
    make(&world, "roles", &json!({"name": "r", "users": ["bob"], "expirations": ends})).ok();
    let both = json!(["hanzo/alice", "hanzo/bob"]);
    for _ in 0..2 {
        let added = patch(&world, "roles", "r", &json!({"addUsers": ["alice", "hanzo/bob"]})).ok();
        assert_eq!((&added["users"], &added["expirations"]), (&both, &ends));
    }
    let removed = patch(&world, "roles", "r", &json!({"removeUsers": ["hanzo/alice"]})).ok();
    assert_eq!((&removed["users"], &removed["expirations"]), (&json!(["hanzo/bob"]), &ends));
    assert!(removed.get("addUsers").is_none() && removed.get("removeUsers").is_none());
    for change in [json!({"addUsers": ["acme/dave"]}), json!({"removeUsers": ["none"]})] {
        assert_eq!(patch(&world, "roles", "r", &change).refused(400)["code"], "invalid_value");
    }
    let call = world.put(&item("roles", "r")).of("bob").json(&json!({"addUsers": ["hanzo/bob"]}));
    call.send().refused(403);
}

/// A tenant learns nothing of users elsewhere, and grants them nothing.
#[test]
fn a_user_of_another_organization_is_refused_like_one_who_does_not_exist() {
    let world = World::demo();
    for plural in ["teams", "roles", "permissions"] {
        let errors: Vec<Value> = ["acme/erin", "acme/nobody", "hanzo/nobody"]
            .into_iter()
            .map(|user| {
                let body = json!({"name": "x", "users": ["hanzo/bob", user]});
                let refused = make(&world, plural, &body).refused(400);
                assert_eq!(refused["field"], "users[1]");
                refused["error"].clone()
            })
            .collect();
        assert!(errors.windows(2).all(|pair| pair[0] == pair[1]), "{errors:?}");
    }
    world.post("/v1/iam/teams").of("dave").json(&json!({"name": "theirs"})).send().ok();
    for team in ["theirs", "acme/theirs"] {
        let refused = make(&world, "roles", &json!({"name": "x", "teams": [team]})).refused(400);
        assert_eq!(refused["field"], "teams[0]");
        let refused = make(&world, "teams", &json!({"name": "x", "parent": team})).refused(400);
        assert_eq!(refused["field"], "parent");
    }
}

/// ATTACKS H-109.
#[test]
fn a_user_created_again_or_one_who_has_left_inherits_no_role() {
    let world = World::demo();
    world.join("acme", "erin", "hanzo", Role::Member);
    make(&world, "roles", &json!({"name": "r", "users": ["bob", "acme/erin"]})).ok();
    world.delete("/v1/iam/users/hanzo/bob").of("alice").send().ok();
    sql(&world, "DELETE FROM users WHERE owner = 'hanzo' AND name = 'bob'");
    world.post("/v1/iam/users").of("alice").json(&json!({"name": "bob"})).send().ok();
    let role = world.get(&item("roles", "r")).of("alice").send().ok();
    assert_eq!(role["users"], json!(["acme/erin"]));
    sql(&world, "DELETE FROM memberships WHERE organization = 'hanzo'");
    let role = world.get(&item("roles", "r")).of("alice").send().ok();
    assert_eq!(role["users"], json!([]));
    assert!(sql(&world, "SELECT * FROM role_members").is_empty());
}

#[test]
fn an_assignment_ends_at_its_time() {
    let world = World::demo();
    let end = "2026-12-01T00:00:00Z";
    let body = json!({
        "name": "r", "users": ["bob", "alice"], "expirations": {"users": {"hanzo/bob": end}},
    });
    let made = make(&world, "roles", &body).ok();
    assert_eq!(made["expirations"], json!({"users": {"hanzo/bob": end}}));
    // the list of users written back keeps it
    let kept = put(&world, "roles", "r", &json!({"users": ["bob", "alice"]})).ok();
    assert_eq!(kept["expirations"], made["expirations"]);
    let tag = world.get(&item("roles", "r")).of("alice").send().header("etag").unwrap().to_owned();
    world.clock.advance(30 * 24 * 3600);
    let read = world.get(&item("roles", "r")).of("alice").send();
    assert_eq!(read.ok()["users"], json!(["hanzo/alice"]));
    assert_ne!(read.header("etag").unwrap(), tag);
    for (name, time) in
        [("hanzo/alice", "2020-01-01T00:00:00Z"), ("hanzo/none", "2030-01-01T00:00:00Z")]
    {
        let body = json!({"expirations": {"users": {name: time}}});
        put(&world, "roles", "r", &body).refused(400);
    }
}

#[test]
fn a_circle_of_roles_or_teams_is_refused_also_if_two_requests_close_it() {
    let mut world = World::demo();
    for name in ["a", "b", "c"] {
        make(&world, "roles", &json!({ "name": name })).ok();
        make(&world, "teams", &json!({ "name": name })).ok();
    }
    put(&world, "roles", "a", &json!({"roles": ["b"]})).ok();
    put(&world, "roles", "b", &json!({"roles": ["c"]})).ok();
    put(&world, "teams", "b", &json!({"parent": "a"})).ok();
    put(&world, "teams", "c", &json!({"parent": "b"})).ok();
    for (plural, name, body) in [
        ("roles", "c", json!({"roles": ["a"]})),
        ("roles", "a", json!({"roles": ["a"]})),
        ("teams", "a", json!({"parent": "c"})),
        ("teams", "a", json!({"parent": "a"})),
    ] {
        let refused = put(&world, plural, name, &body).refused(409);
        assert!(refused["error"].as_str().unwrap().contains("cannot"), "{refused}");
        let read = world.get(&item(plural, name)).of("alice").send().ok();
        assert_ne!(read["roles"], json!(["hanzo/a"]));
    }
    // another request has made the other half in between
    let watched = Watched::over(&mut world);
    watched.meddle(
        "UPDATE teams SET",
        &["UPDATE teams SET parent_id = (SELECT id FROM teams WHERE name = 'x') WHERE name = 'a'"],
    );
    make(&world, "teams", &json!({"name": "x"})).ok();
    put(&world, "teams", "x", &json!({"parent": "c"})).refused(409);
    assert!(watched.has_meddled());
}

#[test]
fn what_others_need_is_not_deleted() {
    let world = World::demo();
    make(&world, "teams", &json!({"name": "top"})).ok();
    make(&world, "teams", &json!({"name": "sub", "parent": "top"})).ok();
    make(&world, "workspaces", &json!({"name": "w"})).ok();
    make(&world, "projects", &json!({"name": "p", "workspace": "w"})).ok();
    world.delete(&item("teams", "top")).of("alice").send().refused(409);
    world.delete(&item("workspaces", "w")).of("alice").send().refused(409);
    world.delete(&item("teams", "sub")).of("alice").send().ok();
    world.delete(&item("teams", "top")).of("alice").send().ok();
    put(&world, "projects", "p", &json!({"workspace": ""})).ok();
    world.delete(&item("workspaces", "w")).of("alice").send().ok();
}

#[test]
fn there_is_one_default_workspace_and_one_default_project_of_a_workspace() {
    let world = World::demo();
    for name in ["a", "b"] {
        make(&world, "workspaces", &json!({"name": name, "isDefault": true})).ok();
        make(&world, "projects", &json!({"name": name, "workspace": name, "isDefault": true})).ok();
    }
    let defaults = |plural: &str| {
        let path = format!("/v1/iam/{plural}?isDefault=true");
        world.get(&path).of("alice").send().ok()["total"].clone()
    };
    assert_eq!((defaults("workspaces"), defaults("projects")), (1.into(), 2.into()));
    put(&world, "projects", "b", &json!({"workspace": "a"})).ok();
    assert_eq!(defaults("projects"), 1);
}

/// Two administrators, of whom neither is an owner.
fn with_owner(world: &World) {
    let second = json!({"owner": "hanzo", "name": "carol", "isAdmin": true});
    world.post("/v1/iam/users").of("alice").json(&second).send().ok();
    world.join("acme", "erin", "hanzo", Role::Owner);
}

#[test]
fn a_permission_is_approved_by_another_administrator_or_by_an_owner() {
    let mut world = World::demo();
    with_owner(&world);
    let body = json!({"name": "p", "resources": ["*"], "actions": ["read"], "state": "Approved"});
    let made = make(&world, "permissions", &body).ok();
    assert_eq!((&made["state"], &made["submitter"]), (&"Pending".into(), &"hanzo/alice".into()));
    put(&world, "permissions", "p", &json!({"state": "Approved"})).refused(403);
    let key = json!({"owner": "hanzo", "user": "carol", "name": "carol"});
    let key = world.post("/v1/iam/keys").of("root").json(&key).send().ok();
    world.keys.insert("carol".into(), key["accessSecret"].as_str().unwrap().into());
    let path = item("permissions", "p");
    let approve = json!({"state": "Approved"});
    let approved = world.put(&path).of("carol").json(&approve).send().ok();
    assert_eq!(approved["approver"], "hanzo/carol");
    assert_ne!(approved["approveTime"], "");
    // a text may change, what it allows not
    assert_eq!(
        put(&world, "permissions", "p", &json!({"description": "x"})).ok()["state"],
        "Approved"
    );
    let wider = json!({"actions": ["read", "write"], "state": "Approved"});
    assert_eq!(put(&world, "permissions", "p", &wider).ok()["state"], "Pending");
    // erin owns the organization
    let submitted = json!({"owner": "hanzo", "name": "q", "actions": ["read"]});
    let owned = world.post("/v1/iam/permissions").of("erin").json(&submitted).send().ok();
    assert_eq!((&owned["state"], &owned["approver"]), (&"Approved".into(), &"acme/erin".into()));
}

#[test]
fn a_permission_names_organization_roles_among_its_roles() {
    let world = World::demo();
    make(&world, "roles", &json!({"name": "writer"})).ok();
    let body = json!({
        "name": "p", "actions": ["read"], "resources": ["report"],
        "roles": ["@admin", "writer", "hanzo/@admin"],
        "expirations": {"roles": {"@admin": "2030-01-01T00:00:00Z"}},
    });
    let made = make(&world, "permissions", &body).ok();
    assert_eq!(made["roles"], json!(["hanzo/@admin", "hanzo/writer"]));
    assert_eq!(made["expirations"]["roles"], json!({"hanzo/@admin": "2030-01-01T00:00:00Z"}));
    let policies = Policies(&world);
    assert_eq!(policies.code("alice", "read", "report"), "allowed");
    assert_eq!(policies.code("bob", "read", "report"), "not_granted");
    // What was read is written back, and the time stays.
    let read = world.get(&item("permissions", "p")).of("alice").send().ok();
    assert_eq!(read, made);
    let renamed = put(&world, "permissions", "p", &json!({"roles": read["roles"]})).ok();
    assert_eq!(renamed["expirations"], made["expirations"]);
    put(&world, "permissions", "p", &json!({"roles": ["@member"]})).ok();
    assert_eq!(policies.code("bob", "read", "report"), "allowed");
    for roles in [json!(["@platform"]), json!(["acme/@member"])] {
        put(&world, "permissions", "p", &json!({ "roles": roles })).refused(400);
    }
    // Roles and teams are made of users, teams and roles only.
    put(&world, "roles", "writer", &json!({"roles": ["@member"]})).refused(400);
}

/// The end of a Deny allows as much as an Allow does: it is approved as one.
#[test]
fn a_deny_that_counts_is_withdrawn_by_two_administrators_or_by_an_owner() {
    let mut world = World::demo();
    with_owner(&world);
    let key = json!({"owner": "hanzo", "user": "carol", "name": "carol"});
    let key = world.post("/v1/iam/keys").of("root").json(&key).send().ok();
    world.keys.insert("carol".into(), key["accessSecret"].as_str().unwrap().into());
    let path = item("permissions", "no");
    let deny = json!({"owner": "hanzo", "name": "no", "effect": "Deny", "users": ["hanzo/alice"],
        "resources": ["*"], "actions": ["read"]});
    world.post("/v1/iam/permissions").of("erin").json(&deny).send().ok();
    let change = |who: &str, body: &Value| world.put(&path).of(who).json(body).send();
    // Each way to end it, by one administrator.
    for ending in [
        json!({"isEnabled": false}),
        json!({"effect": "Allow"}),
        json!({"users": []}),
        json!({"actions": ["write"]}),
        json!({"state": "Rejected"}),
        json!({"state": "Pending"}),
        json!({"expiresAt": "2099-01-01T00:00:00Z"}),
        json!({"withdraw": true, "isEnabled": false}),
    ] {
        change("alice", &ending).refused(403);
    }
    world.delete(&path).of("alice").send().refused(403);
    change("alice", &json!({"description": "why"})).ok();
    // Alice asks, and does not decide; what she asks may be taken back.
    assert_eq!(change("alice", &json!({"withdraw": true})).ok()["withdrawer"], "hanzo/alice");
    world.delete(&path).of("alice").send().refused(403);
    change("carol", &json!({"withdraw": false})).ok();
    world.delete(&path).of("carol").send().refused(403);
    change("alice", &json!({"withdraw": true})).ok();
    world.delete(&path).of("carol").send().ok();
    // An owner decides alone.
    world.post("/v1/iam/permissions").of("erin").json(&deny).send().ok();
    assert_eq!(change("erin", &json!({"isEnabled": false})).ok()["isEnabled"], false);
    world.delete(&path).of("alice").send().ok();
}

/// A program decides nothing that its administrator would have to leave to another one.
#[test]
fn a_program_approves_nothing() {
    let mut world = World::demo();
    with_owner(&world);
    let agent = json!({"organization": "hanzo", "name": "bot", "role": "admin"});
    let agent = world.post("/v1/iam/service-accounts").of("alice").json(&agent).send().ok();
    let text = agent["data"]["accessSecret"].as_str().unwrap().to_owned();
    world.keys.insert("bot".into(), text);
    make(&world, "permissions", &json!({"name": "p", "actions": ["read"]})).ok();
    let path = item("permissions", "p");
    world.put(&path).of("bot").json(&json!({"state": "Approved"})).send().refused(403);
}

#[test]
fn without_an_owner_an_administrator_approves_by_submitting() {
    let world = World::demo();
    let made = make(&world, "permissions", &json!({"name": "p", "users": ["*"]})).ok();
    assert_eq!((&made["state"], &made["users"]), (&"Approved".into(), &json!(["hanzo/*"])));
    let read = world.get(&item("permissions", "p")).of("alice").send().ok();
    assert_eq!(read, made);
    for member in ["submitter", "approver", "approveTime"] {
        put(&world, "permissions", "p", &json!({member: "acme/dave"})).ok();
    }
    assert_eq!(
        world.get(&item("permissions", "p")).of("alice").send().ok()["submitter"],
        "hanzo/alice"
    );
    make(&world, "permissions", &json!({"name": "q", "resources": ["a*b"]})).refused(400);
    make(&world, "permissions", &json!({"name": "q", "effect": "Maybe"})).refused(400);
    make(&world, "permissions", &json!({"name": "q", "expiresAt": "2020-01-01T00:00:00Z"}))
        .refused(400);
}

/// ATTACKS H-111.
#[test]
fn a_providers_secrets_are_sealed_masked_and_do_not_follow_to_another_host() {
    let world = World::demo();
    let body = json!({
        "name": "idp", "type": "Custom", "clientId": "c", "clientSecret": "s3cr3t-one",
        "customTokenUrl": "https://idp.example/token", "httpHeaders": {"Authorization": "s3cr3t-two"},
    });
    let made = make(&world, "providers", &body);
    let shown = &made.ok()["provider"];
    assert_eq!(
        (&shown["clientSecret"], &shown["httpHeaders"]["Authorization"]),
        (&"***".into(), &"***".into())
    );
    let stored = format!(
        "{:?}{:?}",
        sql(&world, "SELECT * FROM providers"),
        sql(&world, "SELECT record FROM audit_entries")
    );
    assert!(!made.text().contains("s3cr3t") && !stored.contains("s3cr3t"), "{stored}");
    let sealed =
        || sql(&world, "SELECT sealed_secrets FROM providers")[0]["sealed_secrets"].clone();
    let before = sealed();
    // what was read is written back
    let shown = world.get(&item("providers", "idp")).of("alice").send().ok()["provider"].clone();
    put(&world, "providers", "idp", &shown).ok();
    put(&world, "providers", "idp", &json!({"clientSecret": "", "displayName": "x"})).ok();
    assert_eq!(sealed(), before);
    let moved = json!({"customTokenUrl": "https://evil.example/token", "clientSecret": "***"});
    let refused = put(&world, "providers", "idp", &moved).refused(400);
    assert_eq!(refused["field"], "clientSecret");
    assert_eq!(sealed(), before);
    let anew = json!({
        "customTokenUrl": "https://new.example/token", "clientSecret": "s3cr3t-three",
        "httpHeaders": {},
    });
    let changed = put(&world, "providers", "idp", &anew).ok();
    assert_eq!(changed["affected"], true);
    assert_ne!(sealed(), before);
    let removed = patch(&world, "providers", "idp", &json!({"clientSecret": null})).ok();
    assert_eq!((&removed["provider"]["clientSecret"], sealed()), (&"".into(), "{}".into()));
}

#[test]
fn a_merge_patch_removes_what_is_null_and_merges_objects() {
    let world = World::demo();
    let body = json!({
        "name": "r", "displayName": "R", "description": "d", "users": ["alice", "bob"], "note": 1,
        "isEnabled": false, "expirations": {"users": {"hanzo/bob": "2030-01-01T00:00:00Z"}},
    });
    make(&world, "roles", &body).ok();
    let sent = json!({
        "displayName": null, "note": null, "isEnabled": null,
        "expirations": {"users": {"hanzo/alice": "2031-01-01T00:00:00Z"}},
    });
    let changed = patch(&world, "roles", "r", &sent).ok();
    assert_eq!((&changed["displayName"], &changed["description"]), (&"".into(), &"d".into()));
    assert_eq!((&changed["isEnabled"], changed.get("note")), (&true.into(), None));
    assert_eq!(changed["expirations"]["users"].as_object().unwrap().len(), 2);
    let changed = patch(&world, "roles", "r", &json!({"users": null})).ok();
    assert_eq!(changed["users"], json!([]));
    let call = world.put(&item("roles", "r")).of("alice");
    let mut call = call.header("content-type", "application/merge-patch+json");
    call.request.body = b"{}".to_vec();
    call.send().refused(415);
}

/// RFC 9110 §13: of two administrators who have read the same version one writes.
#[test]
fn of_two_writes_of_one_version_one_fails() {
    let mut world = World::demo();
    let made = make(&world, "roles", &json!({"name": "r"}));
    let tag = made.header("etag").unwrap().to_owned();
    let path = item("roles", "r");
    let read = world.get(&path).of("alice").header("if-none-match", &tag).send();
    assert_eq!((read.status().as_u16(), read.text().as_str()), (304, ""));
    let write = |world: &World, text: &str| {
        let body = json!({"displayName": text});
        world.put(&path).of("alice").header("if-match", &tag).json(&body).send()
    };
    let first = write(&world, "one");
    assert_ne!(first.header("etag").unwrap(), tag);
    assert_eq!(write(&world, "two").refused(412)["code"], "precondition_failed");
    world.delete(&path).of("alice").header("if-match", &tag).send().refused(412);
    assert_eq!(world.get(&path).of("alice").send().ok()["displayName"], "one");
    // the other write comes between reading and writing
    let tag = first.header("etag").unwrap().to_owned();
    let watched = Watched::over(&mut world);
    watched
        .meddle("UPDATE roles SET", &["UPDATE roles SET version = version + 1 WHERE name = 'r'"]);
    let body = json!({"users": ["bob"]});
    world.put(&path).of("alice").header("if-match", &tag).json(&body).send().refused(412);
    assert_eq!(world.get(&path).of("alice").send().ok()["users"], json!([]));
    // a role of the same name that is another one
    world.delete(&path).of("alice").send().ok();
    make(&world, "roles", &json!({"name": "r"})).ok();
    write(&world, "three").refused(412);
}

fn once(world: &World, who: &str, key: &str, plural: &str, body: &Value) -> Answer {
    let path = format!("/v1/iam/{plural}");
    world.post(&path).of(who).header("idempotency-key", key).json(body).send()
}

#[test]
fn a_creation_that_is_repeated_creates_once() {
    let world = World::demo();
    let body = json!({"name": "r", "displayName": "one"});
    let first = once(&world, "alice", "k1", "roles", &body);
    put(&world, "roles", "r", &json!({"displayName": "two"})).ok();
    let again = once(&world, "alice", "k1", "roles", &body);
    assert_eq!((again.ok(), again.header("idempotent-replayed")), (first.ok(), Some("true")));
    assert_eq!(again.header("etag"), first.header("etag"));
    // the same key for something else
    let refused = once(&world, "alice", "k1", "roles", &json!({"name": "s"})).refused(422);
    assert_eq!(refused["code"], "idempotency_key_reused");
    world.get(&item("roles", "s")).of("alice").send().refused(404);
    // another caller's key of that text is another key
    once(&world, "dave", "k1", "roles", &body).ok();
    // another key
    once(&world, "alice", "k2", "roles", &body).refused(409);
    for key in ["", &"k".repeat(256)] {
        once(&world, "alice", key, "roles", &json!({"name": "t"})).refused(400);
    }
    // after a day it is a new request
    world.clock.advance(24 * 3600 + 1);
    once(&world, "alice", "k1", "roles", &json!({"name": "t"})).ok();
}

#[test]
fn a_refused_creation_does_not_use_its_key_up() {
    let world = World::demo();
    let quotas = json!({"quotas": {"roles": 0}});
    world.put("/v1/iam/organizations/admin/hanzo").of("root").json(&quotas).send().ok();
    once(&world, "alice", "k", "roles", &json!({"name": "r"})).refused(409);
    let quotas = json!({"quotas": {"roles": 1}});
    world.put("/v1/iam/organizations/admin/hanzo").of("root").json(&quotas).send().ok();
    once(&world, "alice", "k", "roles", &json!({"name": "r"})).ok();
}

/// The one request has read before the other has written.
#[test]
fn two_concurrent_creations_with_one_key_create_once() {
    let mut world = World::demo();
    let body = json!({"name": "r"});
    let first = once(&world, "alice", "k", "roles", &body).ok();
    // as it is for a request that began before the first was done, and names its object by itself
    sql(&world, "UPDATE roles SET name = 'elsewhere'");
    let watched = Watched::over(&mut world);
    let again = once(&world, "alice", "k", "roles", &body).ok();
    assert_eq!(again, first);
    assert_eq!(sql(&world, "SELECT id FROM roles").len(), 1);
    assert!(watched.take().iter().any(|statement| statement.starts_with("INSERT INTO roles")));
}

#[test]
fn a_change_without_effect_leaves_no_entry_in_the_audit_trail() {
    let world = World::demo();
    make(&world, "roles", &json!({"name": "r", "users": ["bob"]})).ok();
    let count = || sql(&world, "SELECT count(*) AS n FROM audit_entries")[0]["n"].as_i64().unwrap();
    let before = count();
    put(&world, "roles", "r", &json!({"roles": ["r"]})).refused(409);
    make(&world, "roles", &json!({"name": "r"})).refused(409);
    assert_eq!(count(), before);
    put(&world, "roles", "r", &json!({"users": []})).ok();
    let entry = sql(&world, "SELECT * FROM audit_entries ORDER BY number DESC LIMIT 1")[0].clone();
    assert_eq!((&entry["kind"], &entry["action"]), (&"role".into(), &"updateRole".into()));
    assert!(entry["record"].as_str().unwrap().contains("hanzo/bob"));
}

#[test]
fn an_organization_is_deleted_with_its_resources() {
    let world = World::demo();
    world.post("/v1/iam/organizations").of("root").json(&json!({"name": "tmp"})).send().ok();
    for (plural, body) in [
        ("teams", json!({"owner": "tmp", "name": "a"})),
        ("teams", json!({"owner": "tmp", "name": "b", "parent": "a"})),
        ("workspaces", json!({"owner": "tmp", "name": "w"})),
        ("projects", json!({"owner": "tmp", "name": "p", "workspace": "w"})),
        ("roles", json!({"owner": "tmp", "name": "r", "teams": ["a"]})),
    ] {
        world.post(&format!("/v1/iam/{plural}")).of("root").json(&body).send().ok();
    }
    world.delete("/v1/iam/organizations/admin/tmp").of("root").send().ok();
    for table in ["teams", "workspaces", "projects", "roles", "role_members"] {
        assert!(sql(&world, &format!("SELECT * FROM {table}")).is_empty(), "{table}");
    }
}
