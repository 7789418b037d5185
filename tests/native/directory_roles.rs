//! Every role on every endpoint of the directory, compared with a file that is reviewed
//! (ATTACKS H-108). `UPDATE_GOLDEN=1 cargo test roles` writes the file anew.

use std::fmt::Write;

use http::Method;
use serde_json::{Value, json};

use crate::{
    oauth::sql,
    world::{Answer, World},
};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/roles.txt");

/// The roles, as seen from organization `hanzo`, and whose key stands for each.
const ROLES: [(&str, &str); 7] = [
    ("nobody", ""),
    ("other member", "erin"),
    ("other admin", "dave"),
    ("member", "bob"),
    ("admin", "alice"),
    ("read-only admin", "reader"),
    ("platform", "root"),
];

/// What is called. `hanzo/victim` and its like are there anew before every call.
fn calls() -> Vec<(Method, &'static str, Value)> {
    let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);
    let nothing = Value::Null;
    let user = json!({"user": {"owner": "hanzo", "name": "made"}});
    let application = json!({"owner": "hanzo", "organization": "hanzo", "name": "made"});
    vec![
        (get.clone(), "/v1/iam/users", nothing.clone()),
        (get.clone(), "/v1/iam/users?owner=hanzo", nothing.clone()),
        (post.clone(), "/v1/iam/users", user),
        (get.clone(), "/v1/iam/users/hanzo/victim", nothing.clone()),
        (get.clone(), "/v1/iam/users/hanzo/nobody", nothing.clone()),
        (get.clone(), "/v1/iam/users/hanzo/bob", nothing.clone()),
        (put.clone(), "/v1/iam/users/hanzo/bob", json!({"displayName": "Bob"})),
        (put.clone(), "/v1/iam/users/hanzo/victim", json!({"displayName": "x"})),
        (put.clone(), "/v1/iam/users/hanzo/victim", json!({"isAdmin": true})),
        (put.clone(), "/v1/iam/users/hanzo/victim", json!({"isForbidden": true})),
        (put.clone(), "/v1/iam/users/hanzo/victim", json!({"password": "a new password"})),
        (
            post.clone(),
            "/v1/iam/set-password",
            json!({
                "userOwner": "hanzo", "userName": "victim", "newPassword": "a new password",
            }),
        ),
        (post.clone(), "/v1/iam/users/hanzo/victim/keys?type=secret", nothing.clone()),
        (delete.clone(), "/v1/iam/users/hanzo/victim/keys?type=secret", nothing.clone()),
        (delete.clone(), "/v1/iam/users/hanzo/victim", nothing.clone()),
        (get.clone(), "/v1/iam/users/admin/root", nothing.clone()),
        (put.clone(), "/v1/iam/users/admin/root", json!({"displayName": "x"})),
        (get.clone(), "/v1/iam/organizations", nothing.clone()),
        (post.clone(), "/v1/iam/organizations", json!({"name": "made"})),
        (get.clone(), "/v1/iam/organizations/admin/hanzo", nothing.clone()),
        (put.clone(), "/v1/iam/organizations/admin/hanzo", json!({"displayName": "x"})),
        (put.clone(), "/v1/iam/organizations/admin/victim", json!({"isDisabled": true})),
        (post.clone(), "/v1/iam/organizations/avatar", json!({"name": "hanzo", "emoji": "x"})),
        (post.clone(), "/v1/iam/organizations/profile", json!({"name": "hanzo"})),
        (delete.clone(), "/v1/iam/organizations/admin/victim", nothing.clone()),
        (get.clone(), "/v1/iam/organizations/tombstones/admin/dead", nothing.clone()),
        (delete.clone(), "/v1/iam/organizations/tombstones/admin/dead", nothing.clone()),
        (get.clone(), "/v1/iam/applications", nothing.clone()),
        (get.clone(), "/v1/iam/applications?owner=hanzo", nothing.clone()),
        (post.clone(), "/v1/iam/applications", application),
        (get.clone(), "/v1/iam/applications/hanzo/victim", nothing.clone()),
        (put.clone(), "/v1/iam/applications/hanzo/victim", json!({"displayName": "x"})),
        (put.clone(), "/v1/iam/applications/hanzo/victim", json!({"capabilities": ["directory"]})),
        (delete.clone(), "/v1/iam/applications/hanzo/victim", nothing.clone()),
        (get.clone(), "/v1/iam/applications/admin/hanzo-cloud", nothing.clone()),
        (get.clone(), "/v1/iam/keys", nothing.clone()),
        (get.clone(), "/v1/iam/keys?owner=hanzo", nothing.clone()),
        (post.clone(), "/v1/iam/keys", json!({"name": "made"})),
        (post.clone(), "/v1/iam/keys", json!({"name": "made", "owner": "hanzo", "user": "victim"})),
        (post, "/v1/iam/keys", json!({"name": "made", "owner": "hanzo", "type": "Organization"})),
        (get.clone(), "/v1/iam/keys/hanzo/victim", nothing.clone()),
        (put, "/v1/iam/keys/hanzo/victim", json!({"displayName": "x"})),
        (delete.clone(), "/v1/iam/keys/hanzo/victim", nothing.clone()),
        (get.clone(), "/v1/iam/keys/principal?accessKey=hk-nothing", nothing.clone()),
        (get.clone(), "/v1/iam/keys/org?accessKey=hk-nothing", nothing.clone()),
        (get, "/v1/iam/signing-keys", nothing.clone()),
        (delete, "/v1/iam/signing-keys/victim", nothing),
    ]
}

/// Restores what a call may have removed, and removes what it may have made.
fn prepare(world: &World) {
    for path in [
        "/v1/iam/users/hanzo/made",
        "/v1/iam/users/hanzo/victim",
        "/v1/iam/applications/hanzo/made",
        "/v1/iam/organizations/admin/made",
        "/v1/iam/organizations/tombstones/admin/made",
        "/v1/iam/organizations/tombstones/admin/victim",
        "/v1/iam/keys/hanzo/made",
        "/v1/iam/keys/acme/made",
        "/v1/iam/keys/admin/made",
    ] {
        // Removed, or not there.
        one_of(&[200, 404], path, &world.delete(path).of("root").send());
    }
    for (path, body) in [
        ("users", json!({"owner": "hanzo", "name": "victim"})),
        ("organizations", json!({"name": "victim"})),
        ("organizations", json!({"name": "dead"})),
        ("applications", json!({"owner": "hanzo", "organization": "hanzo", "name": "victim"})),
        ("keys", json!({"owner": "hanzo", "user": "victim", "name": "victim"})),
    ] {
        // Made, or still there; of a deleted organization the name is still taken.
        let answer = world.post(&format!("/v1/iam/{path}")).of("root").json(&body).send();
        one_of(&[200, 409], path, &answer);
    }
    // A signing key that is no longer published.
    sql(world, "INSERT OR IGNORE INTO signing_keys VALUES ('victim', 'ES256', '', '', 0, 0, 1, 2)");
    let dead = "/v1/iam/organizations/admin/dead";
    one_of(&[200, 404], dead, &world.delete(dead).of("root").send());
    for path in [
        "users/hanzo/victim",
        "organizations/admin/victim",
        "organizations/tombstones/admin/dead",
        "applications/hanzo/victim",
        "keys/hanzo/victim",
    ] {
        world.get(&format!("/v1/iam/{path}")).of("root").send().ok();
    }
}

fn one_of(expected: &[u16], path: &str, answer: &Answer) {
    let status = answer.status().as_u16();
    assert!(expected.contains(&status), "{path}: {status} {}", answer.text());
}

fn table() -> String {
    let world = World::demo();
    let mut table = String::from("What each role gets, as seen from organization hanzo.\n");
    for (method, path, body) in calls() {
        let what = if body.is_null() { String::new() } else { format!(" {body}") };
        let _ = writeln!(table, "\n{method} {path}{what}");
        for (role, key) in ROLES {
            prepare(&world);
            let mut call = world.call(method.clone(), path);
            if !key.is_empty() {
                call = call.of(key);
            }
            if !body.is_null() {
                call = call.json(&body);
            }
            let answer = call.send();
            let rows = ["users", "organizations", "applications", "keys", "signingKeys"]
                .iter()
                .find_map(|list| Some(format!("  {} rows", answer.body()[list].as_array()?.len())));
            let status = answer.status().as_u16();
            let _ = writeln!(table, "    {status}  {role}{}", rows.unwrap_or_default());
        }
    }
    table
}

#[test]
fn every_role_gets_on_every_endpoint_what_was_reviewed() {
    let table = table();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, &table).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    assert_eq!(table, golden, "review the change, then UPDATE_GOLDEN=1 cargo test roles");
}

/// The names of all members that hold a secret which is not blank, at any depth.
fn secrets(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|entry| secrets(entry, found)),
        Value::Object(members) => {
            for (name, value) in members {
                let blank = matches!(value.as_str(), Some("" | "***")) || value.is_boolean();
                let named = ["digest", "password_hash", "passwordHash"].contains(&name.as_str());
                if (named || hanzo_iam::core::directory::is_secret_member(name)) && !blank {
                    found.push(name.clone());
                }
                secrets(value, found);
            }
        }
        _ => {}
    }
}

/// ATTACKS H-111: everything that can be read, by the caller who may read most.
#[test]
fn nothing_that_is_read_contains_a_secret() {
    let world = World::demo();
    prepare(&world);
    for (_, path, _) in calls().iter().filter(|(method, ..)| *method == Method::GET) {
        // A resolver is for clients, and resolves a key that exists.
        let resolver = path.split_once("?accessKey=");
        let answer = match resolver {
            Some((path, _)) if path.ends_with("/org") => {
                let page = json!({"name": "page", "scope": "publish"});
                let made = world.post("/v1/iam/keys").of("alice").json(&page).send().ok();
                let key = made["accessKey"].as_str().unwrap();
                resolve(&world, path, key)
            }
            Some((path, _)) => resolve(&world, path, &world.keys["alice"]),
            None => world.get(path).of("root").send(),
        };
        let absent = *path == "/v1/iam/users/hanzo/nobody";
        one_of(if absent { &[404] } else { &[200] }, path, &answer);
        let mut found = Vec::new();
        secrets(&answer.body(), &mut found);
        assert!(found.is_empty(), "{path}: {found:?}");
        let text = answer.text();
        assert!(!text.contains("$argon2") && !text.contains(crate::world::CLOUD_SECRET), "{path}");
        for key in world.keys.values() {
            assert!(!text.contains(&key[14..]), "{path}");
            assert!(!text.contains(&hanzo_iam::core::encoding::digest(key)), "{path}");
        }
    }
}

/// What the client that may resolve keys is told of `key`.
fn resolve(world: &World, path: &str, key: &str) -> Answer {
    let path = format!("{path}?accessKey={key}");
    let answer = world.get(&path).basic("hanzo-cloud", crate::world::CLOUD_SECRET).send();
    assert_eq!(answer.body()["status"], "ok", "{path}: {}", answer.text());
    answer
}
