//! Two writers of one object: neither undoes what the other has changed (fault 12).

use serde_json::json;

use crate::{
    oauth::sql,
    watched::Watched,
    world::{Answer, PASSWORD, World},
};

/// Fault 12, with its kind: each change of another writer between the read and the write makes the
/// write fail, whichever member it touches.
#[test]
fn a_writer_that_read_before_another_wrote_changes_nothing() {
    let change = json!({"displayName": "x"});
    for (path, update, other, member) in [
        (
            "/v1/iam/applications/acme/acme-app",
            "UPDATE applications SET",
            "UPDATE applications SET version = version + 1, is_shared = 0, resources = '[]', \
             scopes = '[]' WHERE name = 'acme-app'",
            "scopes",
        ),
        (
            "/v1/iam/users/hanzo/bob",
            "UPDATE users SET display_name",
            "UPDATE users SET version = version + 1, external_id = 'x', type = 'service-account' \
             WHERE name = 'bob'",
            "type",
        ),
        (
            "/v1/iam/keys/hanzo/bob",
            "UPDATE keys SET",
            "UPDATE keys SET version = version + 1, scope = 'read:*', act = 0, rate = 5 \
             WHERE name = 'bob'",
            "rate",
        ),
        (
            "/v1/iam/organizations/admin/acme",
            "UPDATE organizations SET",
            "UPDATE organizations SET version = version + 1, attributes = '{\"tags\": []}' \
             WHERE name = 'acme'",
            "tags",
        ),
    ] {
        let mut world = World::demo();
        let watched = Watched::over(&mut world);
        watched.meddle(update, &[other]);
        world.put(path).of("root").json(&change).send().refused(409);
        assert!(watched.has_meddled(), "{path}");
        let read = world.get(path).of("root").send().ok();
        assert!(read.get(member).is_some() && read["displayName"] != "x", "{read}");
        // read again, it is changed
        assert_eq!(world.put(path).of("root").json(&change).send().ok()["displayName"], "x");
    }
}

/// Fault 12: two writers through the API itself.
#[test]
fn an_application_that_is_no_longer_shared_stays_so() {
    let mut world = World::demo();
    let path = "/v1/iam/applications/acme/acme-app";
    world.put(path).of("root").json(&json!({"isShared": true})).send().ok();
    let watched = Watched::over(&mut world);
    // what the platform's `PUT {"isShared": false}` does, after the tenant's request has read
    watched.meddle(
        "UPDATE applications SET",
        &["UPDATE applications SET is_shared = 0, version = version + 1 WHERE name = 'acme-app'"],
    );
    world.put(path).of("dave").json(&json!({"displayName": "Acme"})).send().refused(409);
    assert_eq!(world.get(path).of("dave").send().ok()["isShared"], false);
}

/// Every statement that changes a row of the directory counts: a writer elsewhere notices it.
#[test]
fn every_change_through_the_api_raises_the_version() {
    let world = World::demo();
    let version = |table: &str, name: &str| {
        let query = format!("SELECT version FROM {table} WHERE name = '{name}'");
        sql(&world, &query)[0]["version"].as_i64().unwrap()
    };
    for (table, name, path) in [
        ("applications", "acme-app", "/v1/iam/applications/acme/acme-app"),
        ("users", "bob", "/v1/iam/users/hanzo/bob"),
        ("keys", "bob", "/v1/iam/keys/hanzo/bob"),
        ("organizations", "acme", "/v1/iam/organizations/admin/acme"),
    ] {
        let before = version(table, name);
        world.put(path).of("root").json(&json!({"displayName": "x"})).send().ok();
        assert_eq!(version(table, name), before + 1, "{table}");
    }
}

const CHANGED_PASSWORD: &str = "UPDATE users SET password_hash = '$argon2id$other', \
                                version = version + 1 WHERE name = 'alice'";

fn sign_in(world: &World) -> Answer {
    let body = json!({
        "type": "login", "application": "hanzo-app", "username": "alice", "password": PASSWORD,
    });
    world.post("/v1/iam/login").json(&body).send()
}

/// Fault 12: a sign-in that was checked against the old password fails, at whichever of its
/// statements the password changes.
#[test]
fn a_sign_in_with_the_old_password_in_flight_does_not_survive_the_change() {
    for before in ["UPDATE users SET last_signin_at", "INSERT INTO sessions"] {
        let mut world = World::demo();
        let watched = Watched::over(&mut world);
        watched.meddle(before, &[CHANGED_PASSWORD]);
        let answer = sign_in(&world);
        assert!(watched.has_meddled(), "{before}");
        assert_eq!(answer.ok()["code"], "invalid_credentials");
        assert_eq!(answer.header("set-cookie"), None);
        assert!(sql(&world, "SELECT id FROM sessions").is_empty());
    }
    // a session of an account that was disabled meanwhile
    let mut world = World::demo();
    let watched = Watched::over(&mut world);
    let disabled = "UPDATE users SET is_forbidden = 1 WHERE name = 'alice'";
    watched.meddle("INSERT INTO sessions", &[disabled]);
    assert_eq!(sign_in(&world).ok()["status"], "error");
}

/// Fault 12, for the password grant: a password that was changed concurrently gives no token.
#[test]
fn the_password_grant_issues_nothing_for_a_password_that_changes_concurrently() {
    for before in ["UPDATE users SET last_signin_at", "INSERT INTO grants"] {
        let mut world = World::demo();
        let watched = Watched::over(&mut world);
        watched.meddle(before, &[CHANGED_PASSWORD]);
        let answer = world
            .post("/v1/iam/oauth/token")
            .basic("hanzo-cloud", crate::world::CLOUD_SECRET)
            .form(&[("grant_type", "password"), ("username", "alice"), ("password", PASSWORD)])
            .send();
        assert!(watched.has_meddled(), "{before}");
        assert_eq!(answer.refused(400)["error"], "invalid_grant");
    }
}

/// Of two changes with the same old password, one counts.
#[test]
fn an_old_password_changes_the_password_once() {
    let mut world = World::demo();
    let watched = Watched::over(&mut world);
    let changed = "UPDATE users SET password_hash = '$argon2id$other', version = version + 1 \
                   WHERE name = 'bob'";
    watched.meddle("UPDATE users SET display_name", &[changed]);
    let body = json!({
        "userOwner": "hanzo", "userName": "bob", "oldPassword": PASSWORD,
        "newPassword": "a password of the second",
    });
    let answer = world.post("/v1/iam/set-password").of("bob").json(&body).send();
    assert!(watched.has_meddled());
    assert_eq!(answer.ok()["status"], "error");
    let hash = sql(&world, "SELECT password_hash FROM users WHERE name = 'bob'");
    assert_eq!(hash[0]["password_hash"], "$argon2id$other");
}
