//! Tokens that carry more after an exchange, a refresh or a promotion.

use hanzo_iam::core::{oauth::scope::Scope, token::Role};
use serde_json::{Value, json};

use super::{ACCESS_TOKEN, EXCHANGE, acme_tokens, exchanged, lesser_token_of_root};
use crate::{
    oauth::{
        RESOURCE, TOKEN, access_claims, allowed, allowed_to_cloud, assert_refused, cloud_tokens_of,
        code, redeem, refresh, sql, subject, text, tokens,
    },
    world::World,
};

/// Part 1, 4: "A token for another API is refused, however valid": it is not exchanged for one that
/// is accepted either.
#[test]
fn a_token_for_another_api_is_not_exchanged_for_administration() {
    let world = World::demo();
    let mut request = allowed_to_cloud(&world);
    request.user_id = subject(&world, "hanzo", "alice");
    request.resource = Some(RESOURCE.to_owned());
    let elsewhere = cloud_tokens_of(&world, request.clone());
    let read = |token: &str| world.get("/v1/iam/users").bearer(token).send();
    read(text(&elsewhere, "access_token")).refused(401);
    // another service of the platform is called with it, and exchanges it
    let service = json!({
        "owner": "admin", "name": "hanzo-api", "organization": "hanzo", "clientId": "hanzo-api",
        "clientSecret": crate::world::CLOUD_SECRET, "isFirstParty": true, "scopes": ["iam"],
        "grantTypes": ["token-exchange"], "capabilities": ["token-exchange"],
    });
    world.post("/v1/iam/applications").of("root").json(&service).send().ok();
    let by_service = |token: &str| {
        let form = [
            ("grant_type", EXCHANGE),
            ("subject_token", token),
            ("subject_token_type", ACCESS_TOKEN),
        ];
        let call = world.post(TOKEN).basic("hanzo-api", crate::world::CLOUD_SECRET);
        call.form(&form).send().ok()
    };
    let gained = by_service(text(&elsewhere, "access_token"));
    read(text(&gained, "access_token")).refused(403);
    // one that the directory accepts itself goes on
    request.resource = None;
    let here = cloud_tokens_of(&world, request);
    read(text(&here, "access_token")).ok();
    let kept = by_service(text(&here, "access_token"));
    read(text(&kept, "access_token")).ok();
}

/// A tenant writes the scopes of its client itself; the platform registers the resource.
#[test]
fn a_tenants_token_without_the_directorys_resource_is_not_exchanged_for_administration() {
    let world = World::demo();
    let scopes = json!({"scopes": ["iam"]});
    world.put("/v1/iam/applications/acme/acme-app").of("dave").json(&scopes).send().ok();
    sql(&world, "UPDATE applications SET organization = 'admin' WHERE name = 'hanzo-cloud'");
    let tokens = acme_tokens(&world, "acme", "dave", "openid iam", "").ok();
    let gained = exchanged(&world, text(&tokens, "access_token"), &[]).ok();
    let read = world.get("/v1/iam/users").bearer(text(&gained, "access_token")).send();
    assert!(read.status().is_client_error(), "{}", read.text());
}

/// "Only if both tokens carry it": a program's token lists no roles, and is no limit for that.
#[test]
fn an_exchange_gives_a_program_no_platform_authority_that_its_token_had_not() {
    let world = World::demo();
    sql(&world, "UPDATE users SET type = 'service-account' WHERE name = 'root'");
    sql(
        &world,
        "UPDATE applications SET organization = 'admin', platform_access = 1 \
         WHERE name = 'hanzo-cloud'",
    );
    let lesser = lesser_token_of_root(&world);
    let organizations = |token: &str| {
        let body = json!({"name": "gained", "displayName": "Gained"});
        world.post("/v1/iam/organizations").bearer(token).json(&body).send()
    };
    organizations(&lesser).refused(403);
    let gained = exchanged(&world, &lesser, &[]).ok();
    organizations(text(&gained, "access_token")).refused(403);
}

/// A client that does not admit a person gets no token of that person, by no grant.
#[test]
fn an_exchange_that_leaves_nothing_gives_no_token() {
    let world = World::demo();
    sql(
        &world,
        "UPDATE applications SET organization = 'admin', is_first_party = 0 \
         WHERE name = 'hanzo-cloud'",
    );
    let original = tokens(&world);
    let answer = exchanged(&world, text(&original, "access_token"), &[]);
    assert_refused(&answer, 400, "invalid_grant");
}

/// Refreshing is no way round a demotion.
#[test]
fn a_demoted_administrators_refresh_token_gives_a_members_token() {
    let world = World::demo();
    let mut request = allowed(&world);
    request.user_id = subject(&world, "hanzo", "alice");
    request.scope = Scope::parse("openid iam").unwrap();
    let original = redeem(&world, &code(&world, request)).ok();
    let demoted = json!({"isAdmin": false});
    world.put("/v1/iam/users/hanzo/alice").of("root").json(&demoted).send().ok();
    assert_refused(&refresh(&world, &original), 400, "invalid_grant");
    world.get("/v1/iam/users").bearer(text(&original, "access_token")).send().refused(401);
}

/// "Platform authority is never granted silently": what a client got silently does not come to carry
/// it later, when the person is promoted or the client is given platform access.
#[test]
fn what_was_granted_silently_never_comes_to_carry_platform_authority() {
    let promoted = |world: &World| world.join("hanzo", "bob", "admin", Role::Admin);
    let given_access = |world: &World| {
        let access = json!({"platformAccess": true});
        world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&access).send().ok();
    };
    for promoted_first in [true, false] {
        let world = World::demo();
        let first: &dyn Fn(&World) = if promoted_first { &promoted } else { &given_access };
        first(&world);
        let mut request = allowed(&world);
        request.scope = Scope::parse("openid iam").unwrap();
        let original = redeem(&world, &code(&world, request.clone())).ok();
        let second: &dyn Fn(&World) = if promoted_first { &given_access } else { &promoted };
        second(&world);
        let organizations = |tokens: &Value| {
            let body = json!({"name": "gained", "displayName": "Gained"});
            let call = world.post("/v1/iam/organizations").bearer(text(tokens, "access_token"));
            call.json(&body).send()
        };
        organizations(&original).refused(403);
        let refreshed = refresh(&world, &original).ok();
        assert!(
            !access_claims(&refreshed)["orgs"].to_string().contains("\"admin\",\"role\":\"admin\"")
        );
        organizations(&refreshed).refused(403);
        let explained = json!({"grant": access_claims(&refreshed)["gid"]});
        let call = world.post("/v1/iam/authority/explain").of("root").json(&explained);
        assert_eq!(call.send().ok()["authority"]["platform"], false);
        // asked for again, it does
        let again = redeem(&world, &code(&world, request)).ok();
        organizations(&again).ok();
        organizations(&refresh(&world, &again).ok()).refused(409);
    }
}
