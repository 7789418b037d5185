//! Keys, passwords and secrets that do more than the credential that makes them.

use hanzo_iam::core::token::Role;
use serde_json::json;

use super::{
    ACCESS_TOKEN, DIRECTORY, EXCHANGE, acme_administers, acme_tokens, lesser_token_of_root, put,
};
use crate::{
    oauth::{TOKEN, access_claims, allowed_to_cloud, cloud_tokens_of, subject, text},
    world::{ACME_SECRET, World},
};

/// "Only a key with `platform`, made by a platform administrator, for at most 90 days."
#[test]
fn a_platform_key_is_not_made_to_last() {
    let world = World::demo();
    let made = json!({"name": "ops", "platform": true, "expireTime": "2026-12-24T20:00:00Z"});
    world.post("/v1/iam/keys").of("root").json(&made).send().ok();
    let path = "/v1/iam/keys/admin/ops";
    for end in ["", "2036-01-01T00:00:00Z"] {
        world.put(path).of("root").json(&json!({"expireTime": end})).send().refused(400);
    }
    world.put(path).of("root").json(&json!({"expireTime": "2027-01-24T20:00:00Z"})).send().ok();
}

/// Of two credentials of one person the lesser one does not make the greater one more.
#[test]
fn a_credential_without_platform_authority_widens_no_platform_key() {
    let world = World::demo();
    let made = json!({
        "name": "ops", "platform": true, "expireTime": "2026-12-24T20:00:00Z", "scope": "read:*",
    });
    world.post("/v1/iam/keys").of("root").json(&made).send().ok();
    let path = "/v1/iam/keys/admin/ops";
    let lesser = lesser_token_of_root(&world);
    put(&world, path, &lesser, &json!({"scope": ""})).refused(403);
    put(&world, path, &lesser, &json!({"expireTime": "2027-01-24T20:00:00Z"})).refused(403);
    put(&world, path, &lesser, &json!({"state": "Disabled"})).ok();
    put(&world, path, &lesser, &json!({"state": "Active"})).refused(403);
    world.put(path).of("root").json(&json!({"state": "Active", "scope": ""})).send().ok();
}

/// A key of a platform administrator without `platform` is no SuperAdmin at a service that resolves
/// keys itself (WIRE §3.3).
#[test]
fn a_resolved_key_administers_what_it_carries_only() {
    let world = World::demo();
    let key = json!({"name": "plain"});
    let made = world.post("/v1/iam/keys").of("root").json(&key).send().ok();
    let plain = text(&made, "accessSecret").to_owned();
    let resolved = |key: &str| {
        let path = "/v1/iam/keys/principal";
        let mut call = world.get(path).basic("hanzo-cloud", crate::world::CLOUD_SECRET);
        call.request.query = format!("accessKey={key}");
        call.send().ok()["data"]["isAdmin"].clone()
    };
    assert_eq!(resolved(&plain), false);
    assert_eq!(resolved(&world.keys["root"]), true);
    assert_eq!(resolved(&world.keys["alice"]), true);
    assert_eq!(resolved(&world.keys["bob"]), false);
}

/// "A token that carries only a part of its user's roles makes no key for that user and changes
/// nothing of the account."
#[test]
fn a_token_of_a_part_changes_nothing_of_the_account() {
    let world = World::demo();
    acme_administers(&world);
    world.join("acme", "erin", "hanzo", Role::Member);
    let tokens = acme_tokens(&world, "acme", "erin", "openid iam", DIRECTORY).ok();
    let token = text(&tokens, "access_token");
    let change = json!({"displayName": "changed"});
    put(&world, "/v1/iam/account", token, &change).refused(403);
    put(&world, "/v1/iam/users/acme/erin", token, &change).refused(403);
    put(&world, "/v1/iam/consent", token, &json!({"application": "x", "grantedScopes": []}))
        .refused(403);
    // nor does it make another credential of the user more than it was
    let made = json!({"name": "small", "scope": "read:*"});
    world.post("/v1/iam/keys").of("erin").json(&made).send().ok();
    put(&world, "/v1/iam/keys/acme/small", token, &json!({"scope": ""})).refused(403);
    world.put("/v1/iam/keys/acme/small").of("erin").json(&json!({"scope": ""})).send().ok();
}

/// An administrator of one organization widens no key that carries a role in another.
#[test]
fn an_administrator_widens_no_key_of_a_member_of_another_organization() {
    let world = World::demo();
    let made = json!({"name": "small", "scope": "read:*"});
    world.post("/v1/iam/keys").of("erin").json(&made).send().ok();
    let path = "/v1/iam/keys/acme/small";
    world.put(path).of("dave").json(&json!({"scope": "read:*,product:iam"})).send().ok();
    world.join("acme", "erin", "hanzo", Role::Member);
    world.put(path).of("dave").json(&json!({"scope": ""})).send().refused(403);
    world.put(path).of("dave").json(&json!({"state": "Disabled"})).send().ok();
}

/// A key reaches every service, outlives its maker and gains what its holder is given later: what a
/// tenant's client obtained for the directory does not become one.
#[test]
fn a_tenants_token_makes_no_key_for_its_user() {
    let world = World::demo();
    acme_administers(&world);
    for name in ["erin", "dave"] {
        let tokens = acme_tokens(&world, "acme", name, "openid iam", DIRECTORY).ok();
        let token = text(&tokens, "access_token");
        let key = json!({"name": "gained"});
        world.post("/v1/iam/keys").bearer(token).json(&key).send().refused(403);
    }
}

/// Nor does a token that is exchanged, which may only last for an hour.
#[test]
fn an_exchanged_token_makes_no_key_for_its_user() {
    let world = World::demo();
    let mut request = allowed_to_cloud(&world);
    request.user_id = subject(&world, "hanzo", "alice");
    request.resource = Some(DIRECTORY.to_owned());
    let original = cloud_tokens_of(&world, request);
    let service = json!({
        "owner": "admin", "name": "hanzo-api", "organization": "hanzo", "clientId": "hanzo-api",
        "clientSecret": crate::world::CLOUD_SECRET, "isFirstParty": true, "scopes": ["iam"],
        "grantTypes": ["token-exchange"], "capabilities": ["token-exchange"],
    });
    world.post("/v1/iam/applications").of("root").json(&service).send().ok();
    let form = [
        ("grant_type", EXCHANGE),
        ("subject_token", text(&original, "access_token")),
        ("subject_token_type", ACCESS_TOKEN),
    ];
    let call = world.post(TOKEN).basic("hanzo-api", crate::world::CLOUD_SECRET);
    let gained = call.form(&form).send().ok();
    let token = text(&gained, "access_token");
    world.get("/v1/iam/users").bearer(token).send().ok();
    let key = json!({"name": "gained"});
    world.post("/v1/iam/keys").bearer(token).json(&key).send().refused(403);
    assert!(access_claims(&gained)["act"].is_object());
}

/// Fault 22, "the same through every other route that makes credentials".
#[test]
fn a_limited_key_makes_no_password_and_no_secret() {
    let world = World::demo();
    for limits in [
        json!({"name": "a", "scope": "product:iam"}),
        json!({"name": "b", "expireTime": "2026-11-24T20:00:00Z"}),
        json!({"name": "c", "rate": 5}),
    ] {
        let made = world.post("/v1/iam/keys").of("alice").json(&limits).send().ok();
        let key = text(&made, "accessSecret");
        let user = json!({"name": "mallory", "password": "a long enough password"});
        world.post("/v1/iam/users").bearer(key).json(&user).send().refused(403);
        let password = json!({"password": "a long enough password"});
        put(&world, "/v1/iam/users/hanzo/bob", key, &password).refused(403);
        let form = [
            ("userOwner", "hanzo"),
            ("userName", "bob"),
            ("newPassword", "a long enough password"),
        ];
        world.post("/v1/iam/set-password").bearer(key).form(&form).send().refused(403);
        let application = json!({"name": "hanzo-x", "redirectUris": ["https://x.example/cb"]});
        world.post("/v1/iam/applications").bearer(key).json(&application).send().refused(403);
        // what is no credential, it still may
        let name = format!("user-{}", text(&made, "name"));
        world.post("/v1/iam/users").bearer(key).json(&json!({"name": name})).send().ok();
    }
    let application = json!({"name": "hanzo-x", "redirectUris": ["https://x.example/cb"]});
    world.post("/v1/iam/applications").of("alice").json(&application).send().ok();
}

/// A shared client acts for a person only as far as that person consented; a key needs no consent.
#[test]
fn a_third_party_client_makes_no_keys_for_people() {
    let world = World::demo();
    let path = "/v1/iam/applications/acme/acme-app";
    let mint = || {
        let mut call = world.post("/v1/iam/users/acme/erin/keys").basic("acme-app", ACME_SECRET);
        call.request.query = "type=secret".to_owned();
        call.send()
    };
    world.put(path).of("root").json(&json!({"capabilities": ["key-mint"]})).send().ok();
    mint().ok();
    world.put(path).of("root").json(&json!({"isShared": true})).send().ok();
    mint().refused(403);
}

/// A key acts in its holder's home: a client that carries only the role in its own organization
/// makes none that stands for another one.
#[test]
fn a_tenants_client_of_the_platform_makes_keys_in_its_organization_only() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Member);
    let minter = json!({
        "owner": "admin", "organization": "acme", "name": "acme-minter", "clientId": "acme-minter",
        "clientSecret": ACME_SECRET, "capabilities": ["key-mint"],
    });
    world.post("/v1/iam/applications").of("root").json(&minter).send().ok();
    let mint = |user: &str| {
        let path = format!("/v1/iam/users/{user}/keys");
        let mut call = world.post(&path).basic("acme-minter", ACME_SECRET);
        call.request.query = "type=secret".to_owned();
        call.send()
    };
    mint("acme/erin").ok();
    mint("hanzo/bob").refused(403);
}
