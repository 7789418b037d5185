//! Versions of the directory's objects: entity tags, conditions, merge patches, and creations that are
//! repeated.

use http::Method;
use serde_json::{Value, json};

use crate::{
    interleaved::{Seen, Task, every_interleaving},
    oauth::sql,
    watched::Watched,
    world::{Answer, World},
};

const USER: &str = "/v1/iam/users/hanzo/bob";
const ORGANIZATION: &str = "/v1/iam/organizations/admin/hanzo";
const APPLICATION: &str = "/v1/iam/applications/admin/hanzo-cloud";
const KEY: &str = "/v1/iam/keys/hanzo/bob";
const INVITATION: &str = "/v1/iam/invitations/hanzo/welcome";

const OBJECTS: [&str; 5] = [USER, ORGANIZATION, APPLICATION, KEY, INVITATION];

fn world() -> World {
    let world = World::demo();
    let invitation = json!({"owner": "hanzo", "name": "welcome"});
    world.post("/v1/iam/invitations").of("alice").json(&invitation).send().ok();
    world
}

fn named(name: &str) -> Value {
    json!({ "displayName": name })
}

fn tag(answer: &Answer) -> String {
    answer.ok();
    answer.header("etag").expect("an entity tag").to_owned()
}

fn put(world: &World, path: &str, tag: &str, name: &str) -> Answer {
    world.put(path).of("root").header("if-match", tag).json(&named(name)).send()
}

fn patch(world: &World, path: &str, who: &str, body: &Value) -> Answer {
    world.call(Method::PATCH, path).of(who).json(body).send()
}

#[test]
fn a_change_of_an_outdated_version_is_refused_with_the_present_tag() {
    for path in OBJECTS {
        let world = world();
        let first = tag(&world.get(path).of("root").send());
        let second = tag(&put(&world, path, &first, "one"));
        assert_ne!(first, second, "{path}");
        assert_eq!(tag(&world.get(path).of("root").send()), second, "{path}: of reply and read");
        let refused = put(&world, path, &first, "two");
        assert_eq!(refused.refused(412)["code"], "precondition_failed", "{path}");
        assert_eq!(refused.header("etag"), Some(second.as_str()), "{path}");
        let gone = world.delete(path).of("root").header("if-match", &first).send();
        assert_eq!(gone.status().as_u16(), 412, "{path}");
        assert_eq!(world.get(path).of("root").send().ok()["displayName"], "one", "{path}");
        put(&world, path, &second, "three").ok();
    }
}

#[test]
fn a_deletion_of_the_present_version_is_made() {
    for path in [USER, APPLICATION, KEY, INVITATION] {
        let world = world();
        let present = tag(&world.get(path).of("root").send());
        world.delete(path).of("root").header("if-match", &present).send().ok();
    }
}

#[test]
fn a_read_of_a_version_that_the_client_has_is_304() {
    for path in OBJECTS {
        let world = world();
        let tag = tag(&world.get(path).of("root").send());
        let known = world.get(path).of("root").header("if-none-match", &tag).send();
        assert_eq!((known.status().as_u16(), known.text().as_str()), (304, ""), "{path}");
        put(&world, path, &tag, "one").ok();
        world.get(path).of("root").header("if-none-match", &tag).send().ok();
    }
}

/// What counts by use changes what is read, and does not stand in the way of a change.
#[test]
fn a_sign_in_and_a_call_change_the_tag_for_reads_only() {
    let world = world();
    for (path, used) in [
        (USER, "UPDATE users SET last_signin_at = 5 WHERE name = 'bob'"),
        (KEY, "UPDATE keys SET used_at = 5 WHERE name = 'bob'"),
    ] {
        let before = tag(&world.get(path).of("root").send());
        sql(&world, used);
        world.get(path).of("root").header("if-none-match", &before).send().ok();
        put(&world, path, &before, "one").ok();
    }
}

/// The version is looked at in the transaction of the change: also where that has no other condition.
#[test]
fn a_change_that_comes_between_the_check_and_the_write_is_refused_with_the_present_tag() {
    for (path, statement, meddling) in [
        (
            USER,
            "UPDATE users SET display",
            "UPDATE users SET version = version + 1 WHERE name = 'bob'",
        ),
        (
            ORGANIZATION,
            "UPDATE organizations",
            "UPDATE organizations SET version = version + 1 WHERE name = 'hanzo'",
        ),
        (
            APPLICATION,
            "UPDATE applications",
            "UPDATE applications SET version = version + 1 WHERE name = 'hanzo-cloud'",
        ),
        (KEY, "UPDATE keys SET", "UPDATE keys SET version = version + 1 WHERE name = 'bob'"),
        (
            INVITATION,
            "UPDATE invitations",
            "UPDATE invitations SET version = version + 1 WHERE name = 'welcome'",
        ),
    ] {
        let mut world = world();
        let before = tag(&world.get(path).of("root").send());
        let watched = Watched::over(&mut world);
        watched.meddle(statement, &[meddling]);
        let refused = put(&world, path, &before, "x");
        assert!(watched.has_meddled(), "{path}");
        refused.refused(412);
        let present = tag(&world.get(path).of("root").send());
        assert_eq!(refused.header("etag"), Some(present.as_str()), "{path}");
    }
    for (path, statement, meddling) in [
        (USER, "DELETE FROM users", "UPDATE users SET version = version + 1 WHERE name = 'bob'"),
        (
            APPLICATION,
            "DELETE FROM applications",
            "UPDATE applications SET version = version + 1 WHERE name = 'hanzo-cloud'",
        ),
        (KEY, "UPDATE keys SET state", "UPDATE keys SET version = version + 1 WHERE name = 'bob'"),
        (
            INVITATION,
            "DELETE FROM invitations",
            "UPDATE invitations SET version = version + 1 WHERE name = 'welcome'",
        ),
    ] {
        let mut world = world();
        let before = tag(&world.get(path).of("root").send());
        let watched = Watched::over(&mut world);
        watched.meddle(statement, &[meddling]);
        world.delete(path).of("root").header("if-match", &before).send().refused(412);
        assert!(watched.has_meddled(), "{path}");
        world.get(path).of("root").send().ok();
    }
}

fn conditional(world: &World, path: &str, name: &str) -> Task {
    let present = tag(&world.get(path).of("root").send());
    let call = world.put(path).of("root").header("if-match", &present).json(&named(name));
    Task::Request(Box::new(call.request))
}

/// Two administrators have read one version: whatever the order of their statements, one of them is told.
#[test]
fn of_two_concurrent_changes_of_one_version_one_is_refused() {
    let seen = Seen::default();
    every_interleaving(
        |_| {},
        &[
            ("one names the user", |world| conditional(world, USER, "one")),
            ("one names the organization", |world| conditional(world, ORGANIZATION, "one")),
            ("one names the application", |world| conditional(world, APPLICATION, "one")),
        ],
        &[
            ("another does", |world| conditional(world, USER, "another")),
            ("another does", |world| conditional(world, ORGANIZATION, "another")),
            ("another does", |world| conditional(world, APPLICATION, "another")),
        ],
        |world, answer, order| {
            let status = answer.expect("an answer").status().as_u16();
            let names: Vec<_> = [USER, ORGANIZATION, APPLICATION]
                .map(|path| world.get(path).of("root").send().ok()["displayName"].clone())
                .into_iter()
                .filter(|name| *name == "one" || *name == "another")
                .collect();
            match status {
                // Of two objects, or the first of one: the other one was refused.
                200 => assert!(names.contains(&"one".into()), "{order}: {names:?}"),
                412 => {
                    assert_eq!(names, ["another"], "{order}");
                    seen.one();
                }
                _ => panic!("{order}: {status}"),
            }
        },
    );
}

#[test]
fn null_in_a_merge_patch_restores_what_a_new_object_has() {
    let world = world();
    let user = json!({
        "displayName": "Bob", "email": "bob@x.example", "phone": "+41790000000", "isAdmin": true,
        "externalId": "7", "properties": {"a": "1", "b": "2"}, "tag": "t",
    });
    world.put(USER).of("root").json(&user).send().ok();
    let sent = json!({"displayName": null, "phone": null, "isAdmin": null, "externalId": null,
        "tag": null, "properties": {"a": null, "c": "3"}});
    let user = patch(&world, USER, "root", &sent).ok();
    assert_eq!((&user["displayName"], &user["phone"]), (&"".into(), &"".into()));
    assert_eq!((&user["isAdmin"], user.get("externalId")), (&false.into(), None));
    assert_eq!((&user["email"], user.get("tag")), (&"bob@x.example".into(), None));
    assert_eq!(user["properties"], json!({"b": "2", "c": "3"}));
    // The same of the user inside the body, as published clients send it.
    let user = patch(&world, USER, "root", &json!({"user": {"email": null}})).ok();
    assert_eq!(user["email"], "");

    let key = json!({"displayName": "k", "rate": 5, "budget": {"month": 10, "total": 20},
        "expireTime": "2099-01-01T00:00:00Z", "scope": "read:*"});
    world.put(KEY).of("root").json(&key).send().ok();
    let key = patch(&world, KEY, "root", &json!({"budget": {"month": null}})).ok();
    assert_eq!((&key["budget"], &key["rate"]), (&json!({"total": 20}), &5.into()));
    let none = json!({"displayName": null, "rate": null, "budget": null, "expireTime": null, "scope": null});
    let key = patch(&world, KEY, "root", &none).ok();
    for member in ["rate", "budget", "expireTime"] {
        assert_eq!(key.get(member), None, "{member}");
    }
    assert_eq!((&key["displayName"], &key["scope"]), (&"".into(), &"".into()));

    let application = json!({"displayName": "x", "description": "d", "isDisabled": true});
    world.put(APPLICATION).of("root").json(&application).send().ok();
    let none = json!({"displayName": null, "description": null, "isDisabled": null,
        "clientSecret": null, "clientId": null, "redirectUris": null});
    let application = patch(&world, APPLICATION, "root", &none).ok();
    assert_eq!(application.get("description"), None);
    assert_eq!(
        (&application["isDisabled"], &application["redirectUris"]),
        (&false.into(), &json!([]))
    );
    assert_eq!(application["clientSecret"], "***", "the secret stays");

    let organization =
        json!({"displayName": "x", "themeData": {"a": 1, "b": 2}, "isDisabled": true});
    world.put(ORGANIZATION).of("root").json(&organization).send().ok();
    let sent = json!({"displayName": null, "isDisabled": null, "themeData": {"a": null}});
    let organization = patch(&world, ORGANIZATION, "root", &sent).ok();
    assert_eq!(organization["themeData"], json!({"b": 2}));
    assert_eq!(
        (&organization["displayName"], &organization["isDisabled"]),
        (&"".into(), &false.into())
    );
}

/// `null` decides nothing that its value would not.
#[test]
fn a_merge_patch_needs_the_rights_that_its_values_need() {
    let world = world();
    world.put(USER).of("root").json(&json!({"tag": "t", "isForbidden": false})).send().ok();
    patch(&world, USER, "bob", &json!({"tag": null})).refused(403);
    patch(&world, USER, "bob", &json!({"displayName": null})).ok();
    let limits = json!({"rate": 5, "scope": "read:*"});
    world.put(KEY).of("alice").json(&limits).send().ok();
    for widening in [json!({"rate": null}), json!({"scope": null})] {
        patch(&world, KEY, "bob", &widening).refused(403);
    }
    world.put(ORGANIZATION).of("root").json(&json!({"quotas": {"users": 5}})).send().ok();
    patch(&world, ORGANIZATION, "alice", &json!({"quotas": null})).refused(403);
}

/// Path and body of a creation, and the member of its reply that holds a secret.
fn creations() -> [(&'static str, Value, Option<&'static str>); 7] {
    [
        ("/v1/iam/users", json!({"name": "zoe", "password": "a long password"}), None),
        ("/v1/iam/organizations", json!({"name": "made"}), None),
        (
            "/v1/iam/applications",
            json!({"organization": "hanzo", "name": "made"}),
            Some("clientSecret"),
        ),
        ("/v1/iam/keys", json!({"displayName": "made"}), Some("accessSecret")),
        ("/v1/account/keys", json!({"name": "made"}), Some("key")),
        ("/v1/iam/invitations", json!({"name": "made"}), Some("code")),
        ("/v1/iam/teams", json!({"name": "made"}), None),
    ]
}

#[test]
fn a_creation_that_is_repeated_returns_the_same_without_its_secret() {
    for (path, body, secret) in creations() {
        let world = world();
        let send = |key: &str, body: &Value| {
            world.post(path).of("root").header("idempotency-key", key).json(body).send()
        };
        let first = send("k", &body);
        let (made, again) = (first.ok(), send("k", &body));
        let shown = again.ok();
        assert_eq!(again.header("idempotent-replayed"), Some("true"), "{path}");
        assert_eq!(again.header("etag"), first.header("etag"), "{path}");
        assert_eq!((&made["id"], &made["name"]), (&shown["id"], &shown["name"]), "{path}");
        if let Some(member) = secret {
            let text = made[member].as_str().unwrap().to_owned();
            assert!(text.len() > 8, "{path}: {made}");
            assert!(!again.text().contains(&text), "{path}: the secret is shown once");
            let stored = sql(&world, "SELECT reply FROM idempotency_keys")[0]["reply"].to_string();
            assert!(!stored.contains(&text), "{path}: {stored}");
        }
        let mut other = body.clone();
        other["displayName"] = "other".into();
        assert_eq!(send("k", &other).refused(422)["code"], "idempotency_key_reused", "{path}");
    }
}

/// The key and the object are one transaction: whatever the order of the statements, one is made.
#[test]
fn two_concurrent_creations_under_one_key_make_one_object() {
    let create = |world: &World| {
        let body = json!({"displayName": "made"});
        let call = world.post("/v1/iam/keys").of("root").header("idempotency-key", "k").json(&body);
        Task::Request(Box::new(call.request))
    };
    let seen = Seen::default();
    every_interleaving(
        |_| {},
        &[("a key is made", create)],
        &[("the same again", create)],
        |world, answer, order| {
            assert_eq!(answer.expect("an answer").status().as_u16(), 200, "{order}");
            let keys = sql(world, "SELECT 1 FROM keys WHERE display_name = 'made'");
            assert_eq!(keys.len(), 1, "{order}");
            seen.one();
        },
    );
}

/// Another caller's key is another key.
#[test]
fn a_key_of_one_caller_returns_nothing_to_another() {
    let world = world();
    let send = |who: &str| {
        let call = world.post("/v1/iam/keys").of(who).header("idempotency-key", "k");
        call.json(&json!({"displayName": "made"})).send().ok()["id"].clone()
    };
    assert_ne!(send("alice"), send("bob"));
}
