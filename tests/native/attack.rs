//! Combinations of legitimate steps that once gave a credential more than its holder, its client or
//! its maker has (issue 10, part 1).

use hanzo_iam::core::{oauth::scope::Scope, token::Role};
use serde_json::{Value, json};

use crate::{
    oauth::{
        RESOURCE, TOKEN, access_claims, allowed, allowed_to_cloud, as_cloud, assert_refused,
        cloud_tokens_of, code, redeem, refresh, sql, subject, text, tokens,
    },
    revocation::is_refused,
    world::{ACME_SECRET, Answer, World},
};

const DIRECTORY: &str = "https://hanzo.id/v1/iam";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

fn put(world: &World, path: &str, credential: &str, body: &Value) -> Answer {
    world.put(path).bearer(credential).json(body).send()
}

/// An access token of the user for `acme-app`, which the platform lets ask for the directory.
fn acme_tokens(world: &World, owner: &str, name: &str, scope: &str, resource: &str) -> Answer {
    let mut request = allowed(world);
    "acme-app".clone_into(&mut request.client_id);
    "https://acme.example/callback".clone_into(&mut request.redirect_uri);
    request.user_id = subject(world, owner, name);
    request.scope = Scope::parse(scope).unwrap();
    request.resource = Some(resource.to_owned()).filter(|resource| !resource.is_empty());
    request.challenge = None;
    let code = code(world, request);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", "https://acme.example/callback"),
    ];
    world.post(TOKEN).basic("acme-app", ACME_SECRET).form(&form).send()
}

fn refresh_at_acme(world: &World, tokens: &Value) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", text(tokens, "refresh_token"))];
    world.post(TOKEN).basic("acme-app", ACME_SECRET).form(&form).send()
}

/// `acme-app` with the scopes and resources of a client that administers its organization.
fn acme_administers(world: &World) {
    let body = json!({"scopes": ["iam"], "resources": [DIRECTORY]});
    world.put("/v1/iam/applications/acme/acme-app").of("root").json(&body).send().ok();
}

fn exchanged(world: &World, token: &str, further: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("grant_type", EXCHANGE),
        ("subject_token", token),
        ("subject_token_type", ACCESS_TOKEN),
    ];
    form.extend_from_slice(further);
    as_cloud(world, TOKEN, &form)
}

/// A platform administrator's token that does not carry platform authority.
fn lesser_token_of_root(world: &World) -> String {
    let mut request = allowed(world);
    request.user_id = subject(world, "admin", "root");
    request.scope = Scope::parse("openid iam").unwrap();
    text(&redeem(world, &code(world, request)).ok(), "access_token").to_owned()
}

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
