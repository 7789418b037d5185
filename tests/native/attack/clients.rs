//! Clients that learn or keep more than they may, and names that look like another's.

use hanzo_iam::core::{oauth::scope::Scope, token::Role};
use serde_json::{Value, json};

use super::{DIRECTORY, acme_administers, acme_tokens, exchanged, refresh_at_acme};
use crate::{
    oauth::{
        RESOURCE, access_claims, allowed, assert_refused, code, redeem, sql, subject, text, tokens,
    },
    revocation::is_refused,
    world::{ACME_SECRET, World},
};

/// OIDC Core §5.4 at introspection (RFC 7662): a third-party client is told what the scope says.
#[test]
fn introspection_gives_a_third_party_client_no_email_without_the_scope() {
    let world = World::demo();
    let shared = json!({"isShared": true});
    world.put("/v1/iam/applications/acme/acme-app").of("root").json(&shared).send().ok();
    for (scope, address) in [("openid", Value::Null), ("openid email", json!("bob@hanzo.example"))]
    {
        let bob = subject(&world, "hanzo", "bob");
        sql(
            &world,
            &format!(
                "INSERT OR REPLACE INTO consents (user_id, client_id, scope, resources, created_at, \
                 updated_at) VALUES ('{bob}', 'acme-app', '{scope}', '[]', 1, 1)"
            ),
        );
        let tokens = acme_tokens(&world, "hanzo", "bob", scope, "").ok();
        for kind in ["access_token", "refresh_token"] {
            let form = [("token", text(&tokens, kind))];
            let path = "/v1/iam/oauth/introspect";
            let answer = world.post(path).basic("acme-app", ACME_SECRET).form(&form).send().ok();
            assert_eq!(answer["active"], true);
            let told = answer.get("username").cloned().unwrap_or_default();
            assert_eq!(told.as_str().unwrap_or_default(), address.as_str().unwrap_or_default());
        }
    }
}

/// Part 1, 3: what the platform takes from a client ends, what was obtained before included.
#[test]
fn a_client_that_loses_a_resource_keeps_no_token_for_it() {
    let world = World::demo();
    acme_administers(&world);
    let tokens = acme_tokens(&world, "acme", "dave", "openid iam", DIRECTORY).ok();
    let read = |token: &str| world.get("/v1/iam/users").bearer(token).send();
    read(text(&tokens, "access_token")).ok();
    let path = "/v1/iam/applications/acme/acme-app";
    world.put(path).of("root").json(&json!({"resources": []})).send().ok();
    read(text(&tokens, "access_token")).refused(401);
    assert_refused(&refresh_at_acme(&world, &tokens), 400, "invalid_target");
    let answer = acme_tokens(&world, "acme", "dave", "openid iam", DIRECTORY);
    assert_refused(&answer, 400, "invalid_target");
}

/// A client that becomes third-party has only what the person consents to, earlier grants included.
#[test]
fn a_grant_of_a_client_that_becomes_third_party_needs_consent() {
    let world = World::demo();
    let tokens = acme_tokens(&world, "acme", "erin", "openid profile", "").ok();
    let shared = json!({"isShared": true});
    world.put("/v1/iam/applications/acme/acme-app").of("root").json(&shared).send().ok();
    assert_refused(&refresh_at_acme(&world, &tokens), 400, "invalid_grant");
}

/// "An administrator of one organization does not learn of roles in another one", the platform's
/// included.
#[test]
fn an_explanation_does_not_tell_that_a_member_administers_the_platform() {
    let world = World::demo();
    world.join("hanzo", "bob", "admin", Role::Admin);
    sql(&world, "UPDATE applications SET platform_access = 1 WHERE name = 'hanzo-app'");
    let mut request = allowed(&world);
    request.scope = Scope::parse("openid iam").unwrap();
    let tokens = redeem(&world, &code(&world, request)).ok();
    let body = json!({"token": access_claims(&tokens)["jti"]});
    let explain = |who| world.post("/v1/iam/authority/explain").of(who).json(&body).send().ok();
    assert_eq!(explain("root")["authority"]["platform"], true);
    let told = explain("alice");
    assert!(told["authority"]["platform"].is_null(), "{told}");
    assert!(told["authority"]["platformUntil"].is_null(), "{told}");
}

/// Names that look like another's: client ids are compared with organizations in lower case.
#[test]
fn a_client_id_in_capitals_is_still_another_organizations() {
    let world = World::demo();
    let organization = json!({"name": "acme-corp", "displayName": "Acme Corp"});
    world.post("/v1/iam/organizations").of("root").json(&organization).send().ok();
    for client_id in ["acme-corp-console", "acme-CORP-console", "acme-Corp-console"] {
        let application = json!({"name": "console", "clientId": client_id});
        world.post("/v1/iam/applications").of("dave").json(&application).send().refused(400);
    }
}

/// What earlier clients took for the platform's mark is not an administrator's to set.
#[test]
fn no_attribute_of_a_user_says_that_the_platform_is_administered() {
    let world = World::demo();
    let marks = json!({"isGlobalAdmin": true, "isSuperAdmin": true});
    world.put("/v1/iam/users/hanzo/bob").of("alice").json(&marks).send().ok();
    let read = world.get("/v1/iam/users/hanzo/bob").of("bob").send().ok();
    assert!(read.get("isGlobalAdmin").is_none() && read.get("isSuperAdmin").is_none(), "{read}");
}

/// A consent is given to a client, not to a later client of the same id.
#[test]
fn a_client_that_is_made_again_has_no_consent_of_the_one_before() {
    let world = World::demo();
    let path = "/v1/iam/applications/acme/acme-app";
    world.put(path).of("root").json(&json!({"isShared": true})).send().ok();
    let bob = subject(&world, "hanzo", "bob");
    sql(
        &world,
        &format!(
            "INSERT INTO consents (user_id, client_id, scope, resources, created_at, updated_at) \
             VALUES ('{bob}', 'acme-app', 'openid', '[]', 1, 1)"
        ),
    );
    acme_tokens(&world, "hanzo", "bob", "openid", "").ok();
    world.delete(path).of("dave").send().ok();
    let again = json!({
        "owner": "acme", "organization": "acme", "name": "acme-app", "clientId": "acme-app",
        "clientSecret": ACME_SECRET, "isShared": true,
        "redirectUris": ["https://acme.example/callback"],
    });
    world.post("/v1/iam/applications").of("root").json(&again).send().ok();
    let answer = acme_tokens(&world, "hanzo", "bob", "openid", "");
    assert_refused(&answer, 400, "invalid_grant");
}

/// Part 1, 2: the edges too stop believing what a client obtained before the platform took something
/// from it, and what was exchanged for that.
#[test]
fn an_edge_refuses_what_a_client_obtained_before_it_lost_trust() {
    for (application, lost) in [
        ("hanzo-app", json!({"platformAccess": false})),
        ("hanzo-app", json!({"platformAccess": false, "isFirstParty": false})),
        ("hanzo-app", json!({"scopes": []})),
        ("hanzo-app", json!({"isShared": true})),
        ("hanzo-app", json!({"resources": []})),
    ] {
        let world = World::demo();
        let path = format!("/v1/iam/applications/admin/{application}");
        let change = |body: &Value| world.put(&path).of("root").json(body).send().ok();
        change(&json!({"platformAccess": true, "resources": [RESOURCE]}));
        let before = tokens(&world);
        let derived = exchanged(&world, text(&before, "access_token"), &[]).ok();
        assert!(!is_refused(&world, &before) && !is_refused(&world, &derived));
        change(&lost);
        assert!(is_refused(&world, &before) && is_refused(&world, &derived), "{lost}");
    }
}
