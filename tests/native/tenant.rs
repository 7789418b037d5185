//! A tenant's client: its tokens are about the tenant and nothing else, and nothing that they make
//! is more than themselves.

use hanzo_iam::{
    core::{oauth::scope::Scope, token::Role},
    origin::domain::codes::CodeRequest,
};
use serde_json::{Value, json};

use crate::{
    oauth::{allowed, code, payload, post, subject},
    world::{ACME_SECRET, World},
};

const DIRECTORY: &str = "https://hanzo.id/v1/iam";
const CALLBACK: &str = "https://acme.example/callback";

/// Dave administers acme and owns hanzo; `acme-app` may have tokens for the directory.
fn world() -> World {
    let world = World::demo();
    world.join("acme", "dave", "hanzo", Role::Owner);
    let change = json!({"resources": [DIRECTORY], "scopes": ["iam"]});
    world.put("/v1/iam/applications/acme/acme-app").of("root").json(&change).send().ok();
    world
}

/// Dave's tokens through `acme-app`.
fn tokens(world: &World, resource: Option<&str>) -> Value {
    let request = CodeRequest {
        client_id: "acme-app".to_owned(),
        user_id: subject(world, "acme", "dave"),
        redirect_uri: CALLBACK.to_owned(),
        scope: Scope::parse("openid iam").unwrap(),
        resource: resource.map(str::to_owned),
        challenge: None,
        ..allowed(world)
    };
    redeem(world, request)
}

fn redeem(world: &World, request: CodeRequest) -> Value {
    let code = code(world, request);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "acme-app"),
        ("client_secret", ACME_SECRET),
        ("code", &code),
        ("redirect_uri", CALLBACK),
    ];
    post(world, &form).ok()
}

fn token(world: &World) -> String {
    tokens(world, Some(DIRECTORY))["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn a_tenant_token_says_no_more_than_the_role_in_the_tenant() {
    let world = world();
    let tokens = tokens(&world, Some(DIRECTORY));
    for token in ["access_token", "id_token"] {
        let claims = payload(tokens[token].as_str().unwrap());
        assert_eq!(claims["owner"], "acme", "{token}");
        assert_eq!(claims["orgs"], json!([{"org": "acme", "role": "admin"}]), "{token}");
        assert_eq!(claims["billing_account"], "org:acme", "{token}");
    }
    let token = tokens["access_token"].as_str().unwrap();
    let info = world.get("/v1/iam/oauth/userinfo").bearer(token).send().ok();
    assert_eq!(info["orgs"], json!([{"org": "acme", "role": "admin"}]));
    assert_eq!(info["groups"], Value::Null);
    world.get("/v1/iam/users?owner=acme").bearer(token).send().ok();
    world.get("/v1/iam/users?owner=hanzo").bearer(token).send().refused(403);
    world.get("/v1/iam/users/hanzo/bob").bearer(token).send().refused(403);
}

/// ATTACKS A-20.
#[test]
fn a_tenant_token_for_the_tenants_own_client_is_not_for_the_directory() {
    let world = world();
    let tokens = tokens(&world, None);
    let token = tokens["access_token"].as_str().unwrap();
    world.get("/v1/iam/users").bearer(token).send().refused(401);
    world.get("/v1/iam/oauth/userinfo").bearer(token).send().ok();
}

/// ATTACKS F-85: better-auth CVE-2025-61928.
#[test]
fn a_reduced_credential_makes_no_key_and_changes_no_account_of_its_user() {
    let world = world();
    let token = token(&world);
    let make = world.post("/v1/iam/keys").bearer(&token).json(&json!({"name": "made"}));
    make.send().refused(403);
    let dave = "/v1/iam/users/acme/dave";
    for change in [json!({"displayName": "x"}), json!({"email": "evil@example.com"})] {
        world.put(dave).bearer(&token).json(&change).send().refused(403);
    }
    let kept = json!({"displayName": "x"});
    world.put("/v1/iam/keys/acme/dave").bearer(&token).json(&kept).send().refused(403);
    // The organization's own key carries no role of anyone, but it outlives the token, and may act.
    for act in [false, true] {
        let own = json!({"name": "org", "type": "Organization", "act": act});
        world.post("/v1/iam/keys").bearer(&token).json(&own).send().refused(403);
    }
    // Dave himself may.
    world.post("/v1/iam/keys").of("dave").json(&json!({"name": "made"})).send().ok();
}

/// ATTACKS H-110.
#[test]
fn a_home_administrator_cannot_become_a_member_of_another_organization() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Member);
    let password = json!({"password": "a new password"});
    world.put("/v1/iam/users/hanzo/bob").of("alice").json(&password).send().refused(403);
    let set = json!({"userOwner": "hanzo", "userName": "bob", "newPassword": "a new password"});
    world.post("/v1/iam/set-password").of("alice").json(&set).send().refused(403);
    world.put("/v1/iam/users/hanzo/bob").of("alice").json(&json!({"displayName": "B"})).send().ok();
    world.put("/v1/iam/users/hanzo/bob").of("root").json(&password).send().ok();
}

/// A client of a tenant with `key-mint` makes keys that carry nothing of the holder's elsewhere.
#[test]
fn a_tenant_client_that_mints_keys_confines_them_to_the_tenant() {
    let world = world();
    let change = json!({"capabilities": ["key-mint"]});
    world.put("/v1/iam/applications/acme/acme-app").of("root").json(&change).send().ok();
    let path = "/v1/iam/users/acme/dave/keys?type=secret";
    let made = world.post(path).basic("acme-app", ACME_SECRET).send().ok();
    let key = made["data"]["accessKey"].as_str().unwrap();
    world.get("/v1/iam/users?owner=acme").bearer(key).send().ok();
    world.get("/v1/iam/users?owner=hanzo").bearer(key).send().refused(403);
    let another = json!({"name": "more"});
    world.post("/v1/iam/keys").bearer(key).json(&another).send().refused(403);
}

#[test]
fn a_person_who_leaves_takes_the_tenants_tokens_along() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Member);
    let request = CodeRequest {
        client_id: "acme-app".to_owned(),
        redirect_uri: CALLBACK.to_owned(),
        challenge: None,
        ..allowed(&world)
    };
    let tokens = redeem(&world, request);
    let userinfo = || {
        let token = tokens["access_token"].as_str().unwrap();
        world.get("/v1/iam/oauth/userinfo").bearer(token).send()
    };
    userinfo().ok();
    world.suspend("hanzo", true);
    userinfo().refused(401);
    world.suspend("hanzo", false);
    crate::oauth::sql(&world, "DELETE FROM memberships");
    userinfo().refused(401);
}
