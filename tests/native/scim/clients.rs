//! The requests of identity providers, as they send them.

use http::Method;
use serde_json::{Value, json};

use super::{ENTERPRISE, USER, call, created, get, patch, post, send, with_body};
use crate::world::World;

/// Microsoft Entra ID: test connection, look-up, creation, update, soft delete.
#[test]
fn entra_id_provisions_a_user() {
    let world = World::demo();
    let none = get(&world, "/Users?filter=userName+eq+%22non-existent-user%22").ok();
    assert_eq!((&none["totalResults"], &none["Resources"]), (&json!(0), &json!([])));
    let user = json!({
        "schemas": [USER, ENTERPRISE], "externalId": "0a21f0f2", "userName": "Test_User@contoso.com",
        "active": true, "addresses": null, "displayName": "lennay",
        "emails": [{"type": "work", "value": "Test_User@contoso.com", "primary": true}],
        "meta": {"resourceType": "User"}, "name": {"formatted": "givenName familyName"}, "title": null,
        "roles": [],
    });
    let id = created(&world, &user);
    let found = get(&world, "/Users?filter=userName+eq+%22test_user%40contoso.com%22").ok();
    assert_eq!(found["Resources"][0]["id"], json!(id));
    let attributes = get(&world, &format!("/Users/{id}?attributes=userName,active")).ok();
    assert_eq!(attributes.as_object().unwrap().len(), 4);
    let user = patch(&world, &id, &json!([
        {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "updated@contoso.com"},
        {"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"},
        {"op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Sales"},
        {"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1 555 0100"},
        {"op": "Replace", "path": "userName", "value": "renamed@contoso.com"},
    ])).ok();
    assert_eq!(
        user["emails"],
        json!([{"type": "work", "value": "updated@contoso.com", "primary": true}])
    );
    assert_eq!(user["name"]["familyName"], "updatedFamilyName");
    assert_eq!(user["phoneNumbers"], json!([{"type": "mobile", "value": "+1 555 0100"}]));
    assert_eq!(user["userName"], "renamed@contoso.com");
    let disabled =
        patch(&world, &id, &json!([{"op": "Replace", "path": "active", "value": "False"}]));
    assert_eq!(disabled.ok()["active"], false);
}

/// Okta: look-up with a page, creation with a password, replacement, deactivation without a path.
#[test]
fn okta_provisions_a_user() {
    let world = World::demo();
    let none = get(
        &world,
        "/Users?filter=userName%20eq%20%22test.user%40okta.local%22&startIndex=1&count=100",
    );
    assert_eq!(none.ok()["totalResults"], 0);
    let mut user = json!({
        "schemas": [USER], "userName": "test.user@okta.local",
        "name": {"givenName": "Test", "familyName": "User"},
        "emails": [{"primary": true, "value": "test.user@okta.local", "type": "work"}],
        "displayName": "Test User", "locale": "en-US", "externalId": "00ujl29u0le5T6Aj10h7",
        "groups": [], "password": "1mz050nqX!", "active": true,
    });
    let answer = post(&world, &user);
    let id = answer.refused(201)["id"].as_str().unwrap().to_owned();
    assert!(!answer.text().contains("1mz050nq"));
    user["displayName"] = json!("Another");
    user.as_object_mut().unwrap().remove("password");
    let replaced = send(&world, Method::PUT, &format!("/Users/{id}"), &user).ok();
    assert_eq!(replaced["displayName"], "Another");
    let off = patch(&world, &id, &json!([{"op": "replace", "value": {"active": false}}]));
    assert_eq!(off.ok()["active"], false);
    let on = patch(&world, &id, &json!([{"op": "replace", "value": {"active": true}}]));
    assert_eq!(on.ok()["active"], true);
}

/// The password that a client sets is the one that the person signs in with.
#[test]
fn a_person_signs_in_with_the_address_and_the_password_that_were_provisioned() {
    let world = World::demo();
    created(
        &world,
        &json!({
            "userName": "carol@example.com", "emails": [{"value": "carol@example.com"}],
            "password": "correct horse battery",
        }),
    );
    let login = |name: &str, password: &str| {
        let body = json!({
            "type": "login", "application": "hanzo-app", "organization": "hanzo", "username": name,
            "password": password,
        });
        world.post("/v1/iam/login").json(&body).send().ok()
    };
    assert_eq!(login("carol@example.com", "correct horse battery")["status"], "ok");
    assert_eq!(login("carol", "correct horse battery")["status"], "ok");
    assert_eq!(login("carol", "wrong horse battery")["status"], "error");
}

#[test]
fn plain_json_is_accepted_and_other_bodies_are_not() {
    let world = World::demo();
    let body = json!({"userName": "a"});
    let plain = call(&world, Method::POST, "/Users").json(&body).send();
    plain.refused(201);
    let charset = |media: &str| {
        let mut call = call(&world, Method::POST, "/Users");
        call.request.body = json!({"userName": "b"}).to_string().into_bytes();
        call.header("content-type", media).send()
    };
    charset("application/scim+json; charset=utf-8").refused(201);
    for media in ["text/plain", "application/x-www-form-urlencoded", ""] {
        super::error(&charset(media), 415, None);
    }
    let list: Value = json!([1]);
    super::error(
        &with_body(call(&world, Method::POST, "/Users"), &list).send(),
        400,
        Some("invalidSyntax"),
    );
}
