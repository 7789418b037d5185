//! `/Me`: the caller's own user (RFC 7644 §3.11).

use http::Method;
use serde_json::{Value, json};

use super::{BASE, error, id, with_body};
use crate::{
    oauth::{TOKEN, as_cloud},
    world::{Answer, ISSUER, World},
};

fn read(world: &World, caller: &str, query: &str) -> Answer {
    world.get(&format!("{BASE}/Me{query}")).of(caller).send()
}

fn change(world: &World, caller: &str, operation: &Value) -> Answer {
    let call = world.call(Method::PATCH, &format!("{BASE}/Me")).of(caller);
    with_body(call, &json!({"Operations": [operation]})).send()
}

fn replace(path: &str, value: &Value) -> Value {
    json!({"op": "replace", "path": path, "value": value})
}

#[test]
fn every_user_reads_its_own_resource_and_its_permanent_location() {
    let world = World::demo();
    for name in ["alice", "bob"] {
        let id = id(&world, "hanzo", name);
        let location = format!("{ISSUER}{BASE}/Users/{id}");
        for query in ["", "?attributes=displayName"] {
            let answer = read(&world, name, query);
            assert_eq!(answer.header("location"), Some(location.as_str()), "{query}");
            assert_eq!(answer.header("etag"), Some("W/\"0\""), "{query}");
            assert_eq!(answer.ok()["id"], json!(id));
        }
        let found = read(&world, name, "").ok();
        assert_eq!(
            (&found["userName"], &found["meta"]["location"]),
            (&json!(name), &json!(location))
        );
    }
    error(&world.get(&format!("{BASE}/Me")).send(), 401, None);
    let answer = world.delete(&format!("{BASE}/Me")).of("alice").send();
    error(&answer, 405, None);
    // A client that acts for itself is no user.
    let form = [("grant_type", "client_credentials")];
    let token = as_cloud(&world, TOKEN, &form).ok()["access_token"].as_str().unwrap().to_owned();
    error(&world.get(&format!("{BASE}/Me")).bearer(&token).send(), 404, None);
}

/// A member's `userName` and `externalId` are how a provisioning client finds the account to put into
/// groups: the member does not choose them.
#[test]
fn a_member_changes_its_profile_and_not_what_provisioning_finds_it_by() {
    let world = World::demo();
    let answer = change(&world, "bob", &replace("title", &json!("Guide")));
    assert_eq!(answer.ok()["title"], "Guide");
    let change = |path: &str, value: Value| {
        error(&change(&world, "bob", &replace(path, &value)), 403, None);
    };
    change("userName", json!("ceo@hanzo.example"));
    change("externalId", json!("701984"));
    change("emails", json!([{"value": "ceo@hanzo.example"}]));
    change("phoneNumbers", json!([{"value": "+1 555 0199"}]));
    change("active", json!(false));
    change("password", json!("a password of mine"));
    change("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", json!("Board"));
    let put = world.call(Method::PUT, &format!("{BASE}/Me")).of("bob");
    error(&with_body(put, &json!({"userName": "bob"})).send(), 403, None);
    assert_eq!(read(&world, "bob", "").ok()["userName"], "bob");
}

#[test]
fn an_administrator_changes_itself_as_any_user() {
    let world = World::demo();
    let operation = replace("externalId", &json!("701984"));
    assert_eq!(change(&world, "alice", &operation).ok()["externalId"], "701984");
    let put = world.call(Method::PUT, &format!("{BASE}/Me")).of("alice");
    let emails = json!([{"value": "alice@hanzo.example"}]);
    let body = json!({"userName": "alice", "displayName": "A", "emails": emails});
    let answer = with_body(put, &body).send();
    assert_eq!((&answer.ok()["displayName"], answer.ok().get("externalId")), (&json!("A"), None));
    error(&change(&world, "alice", &replace("password", &json!("a password of mine"))), 403, None);
}
