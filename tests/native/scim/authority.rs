//! Who may provision whom: SCIM gives no authority that the directory does not give.

use http::Method;
use serde_json::{Value, json};

use super::{BASE, call, created, error, get, id, patch, with_body};
use crate::{
    oauth::sql,
    world::{Answer, Call, World},
};
use hanzo_iam::core::token::Role;

/// A key of alice with that scope.
fn limited(world: &World, name: &str, scope: &str) -> String {
    let body = json!({"name": name, "scope": scope});
    let key = world.post("/v1/iam/keys").of("alice").json(&body).send().ok();
    key["accessSecret"].as_str().or(key["accessKey"].as_str()).unwrap().to_owned()
}

fn with<'a>(world: &'a World, key: &str, method: Method, path: &str) -> Call<'a> {
    world.call(method, &format!("{BASE}{path}")).bearer(key)
}

fn change(world: &World, key: &str, id: &str, path: &str, value: &Value) -> Answer {
    let body = json!({"Operations": [{"op": "replace", "path": path, "value": value}]});
    with_body(with(world, key, Method::PATCH, &format!("/Users/{id}")), &body).send()
}

#[test]
fn members_and_other_organizations_provision_nobody() {
    let world = World::demo();
    let bob = id(&world, "hanzo", "bob");
    for path in ["/Users", &format!("/Users/{bob}"), "/Users/hanzo/bob"] {
        error(&world.get(&format!("{BASE}{path}")).of("bob").send(), 403, None);
    }
    error(&world.get(&format!("{BASE}/Users/{bob}")).of("dave").send(), 404, None);
    error(&world.get(&format!("{BASE}/Users/hanzo/bob")).of("dave").send(), 403, None);
    let body = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
    let of_dave = world.call(Method::PATCH, &format!("{BASE}/Users/{bob}")).of("dave");
    error(&with_body(of_dave, &body).send(), 404, None);
    error(&world.delete(&format!("{BASE}/Users/{bob}")).of("dave").send(), 404, None);
    let of_reader = world.call(Method::PATCH, &format!("{BASE}/Users/{bob}")).of("reader");
    error(&with_body(of_reader, &body).send(), 403, None);
    world.get(&format!("{BASE}/Users/{bob}")).of("reader").send().ok();
    get(&world, &format!("/Users/{bob}")).ok();
}

#[test]
fn a_key_for_provisioning_reaches_scim_and_nothing_else_of_the_directory() {
    let world = World::demo();
    let key = limited(&world, "provisioner", "product:scim");
    with(&world, &key, Method::GET, "/Users").send().ok();
    let made =
        with_body(with(&world, &key, Method::POST, "/Users"), &json!({"userName": "a"})).send();
    let made = made.refused(201);
    change(&world, &key, made["id"].as_str().unwrap(), "active", &json!(false)).ok();
    for path in ["/v1/iam/users", "/v1/iam/keys", "/v1/iam/organizations"] {
        world.get(path).bearer(&key).send().refused(403);
    }
    world.post("/v1/iam/keys").bearer(&key).json(&json!({"name": "more"})).send().refused(403);
    for scope in ["read:scim", "model:zen5", "product:scim,model:zen5", "product:billing"] {
        let key = limited(&world, &scope.replace([':', ','], "-"), scope);
        let post = with_body(with(&world, &key, Method::POST, "/Users"), &json!({"userName": "b"}));
        error(&post.send(), 403, None);
    }
    with(&world, &limited(&world, "reading", "read:scim"), Method::GET, "/Users").send().ok();
}

/// A provisioning key in a thief's hands: it makes no administrator's account its own.
#[test]
fn a_key_for_provisioning_takes_over_no_administrator() {
    let world = World::demo();
    let key = limited(&world, "provisioner", "product:scim");
    let (alice, bob) = (id(&world, "hanzo", "alice"), id(&world, "hanzo", "bob"));
    let evil = json!([{"value": "evil@x.example"}]);
    let phone = json!([{"value": "+1 555 0199"}]);
    for (user, attribute, value) in [
        (&alice, "emails", &evil),
        (&alice, "phoneNumbers", &phone),
        (&alice, "password", &json!("a password of mine")),
        (&bob, "password", &json!("a password of mine")),
    ] {
        error(&change(&world, &key, user, attribute, value), 403, None);
    }
    let new = json!({"userName": "new", "password": "a password of mine"});
    error(&with_body(with(&world, &key, Method::POST, "/Users"), &new).send(), 403, None);
    change(&world, &key, &alice, "title", &json!("Boss")).ok();
    change(&world, &key, &bob, "emails", &evil).ok();
}

/// ATTACKS H-110: an administrator of hanzo and one who administers acme as well.
#[test]
fn nobody_changes_an_account_that_administers_more() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Admin);
    let bob = id(&world, "hanzo", "bob");
    for operation in [
        json!({"op": "replace", "path": "active", "value": false}),
        json!({"op": "replace", "path": "title", "value": "x"}),
        json!({"op": "replace", "path": "emails", "value": [{"value": "evil@x.example"}]}),
        json!({"op": "replace", "path": "password", "value": "a password of mine"}),
    ] {
        error(&patch(&world, &bob, &json!([operation])), 403, None);
    }
    error(&call(&world, Method::DELETE, &format!("/Users/{bob}")).send(), 403, None);
}

/// As with `set-password`: a password opens every organization that its user belongs to.
#[test]
fn nobody_sets_the_password_of_one_who_belongs_to_further_organizations() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Member);
    let bob = id(&world, "hanzo", "bob");
    let password = json!([{"op": "replace", "path": "password", "value": "a password of mine"}]);
    error(&patch(&world, &bob, &password), 403, None);
    patch(&world, &bob, &json!([{"op": "replace", "path": "title", "value": "x"}])).ok();
    let alice = id(&world, "hanzo", "alice");
    let own = error(&patch(&world, &alice, &password), 403, None);
    assert!(own.contains("old one"), "{own}");
}

#[test]
fn what_the_platform_has_disabled_provisioning_neither_enables_nor_deletes() {
    let world = World::demo();
    let bob = id(&world, "hanzo", "bob");
    let off = json!({"isForbidden": true});
    world.put("/v1/iam/users/hanzo/bob").of("root").json(&off).send().ok();
    let on = json!([{"op": "replace", "path": "active", "value": true}]);
    error(&patch(&world, &bob, &on), 403, None);
    error(&call(&world, Method::DELETE, &format!("/Users/{bob}")).send(), 403, None);
}

/// Roles, groups and the kind of account are no attributes that a client writes.
#[test]
fn provisioning_grants_nothing() {
    let world = World::demo();
    let grand = json!({
        "userName": "mallory", "isAdmin": true, "type": "service-account", "owner": "acme", "roles": [{"value": "admin"}],
        "entitlements": [{"value": "everything"}], "groups": [{"value": "admins"}], "emailVerified": true,
        "emails": [{"value": "mallory@x.example", "verified": true}], "scim": {"key": "root"},
        "restrictions": {}, "attributes": {"isAdmin": true},
    });
    created(&world, &grand);
    let user = world.get("/v1/iam/users/hanzo/mallory").of("alice").send().ok();
    assert_eq!(
        (&user["isAdmin"], &user["type"], &user["owner"], &user["emailVerified"]),
        (&json!(false), &json!("normal-user"), &json!("hanzo"), &json!(false)),
    );
    for path in ["isAdmin", "roles", "owner", "type"] {
        let body = json!([{"op": "add", "path": path, "value": "admin"}]);
        let user = id(&world, "hanzo", "mallory");
        error(&patch(&world, &user, &body), 400, Some("invalidPath"));
    }
}

/// A user who is called by another's id is not found by it.
#[test]
fn an_id_names_one_user_whatever_others_are_called() {
    let world = World::demo();
    let bob = id(&world, "hanzo", "bob");
    let impostor = created(&world, &json!({"userName": bob}));
    assert_eq!(get(&world, &format!("/Users/{bob}")).ok()["userName"], "bob");
    assert_eq!(get(&world, &format!("/Users/{impostor}")).ok()["userName"], json!(bob));
}

#[test]
fn a_user_who_is_deactivated_loses_every_credential_at_once() {
    let world = World::demo();
    let bob = id(&world, "hanzo", "bob");
    world.get("/v1/iam/users/hanzo/bob").of("bob").send().ok();
    patch(&world, &bob, &json!([{"op": "Replace", "path": "active", "value": "False"}])).ok();
    world.get("/v1/iam/users/hanzo/bob").of("bob").send().refused(401);
    let entries = sql(&world, &format!("SELECT kind FROM revocations WHERE id = '{bob}'"));
    assert_eq!(entries.len(), 1, "the edges hear of it by the feed");
    let audited =
        sql(&world, "SELECT kind, name FROM audit_entries WHERE action = 'patchScimUser'");
    assert_eq!(audited.len(), 1);
}
