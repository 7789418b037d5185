//! `POST /v1/iam/switch`, `POST /v1/iam/admin/provision`, and an owner who deletes the organization. What a
//! person has in one organization never opens another.

use hanzo_iam::core::token::Role;
use serde_json::{Value, json};

use crate::{
    oauth::{
        allowed, begin_session, code, payload, redeem, refresh, session_cookie, sql, subject, text,
    },
    revocation::is_refused,
    world::{Answer, Call, ISSUER, World},
};

const SWITCH: &str = "/v1/iam/switch";

/// The browser of that user, signed in now.
fn on_page<'a>(world: &World, call: Call<'a>, owner: &str, name: &str) -> Call<'a> {
    let user = subject(world, owner, name);
    let session = format!("page-{name}");
    begin_session(world, &session, &user);
    let value = session_cookie(&user, &session);
    let digest = hanzo_iam::core::encoding::digest(&value);
    sql(world, &format!("UPDATE sessions SET digest = '{digest}' WHERE id = '{session}'"));
    let call = call.header("cookie", &format!("hanzo_session={value}"));
    call.header("origin", ISSUER).header("sec-fetch-site", "same-origin")
}

fn switched(world: &World, org: &str) -> Answer {
    let body = json!({"org": org, "clientId": "hanzo-app"});
    on_page(world, world.post(SWITCH), "hanzo", "bob").json(&body).send()
}

fn token(answer: &Answer) -> String {
    text(&answer.ok()["data"], "accessToken").to_owned()
}

fn is_live(world: &World, token: &str) -> bool {
    world.get("/v1/iam/oauth/userinfo").bearer(token).send().status().as_u16() == 200
}

#[test]
fn a_person_acts_in_another_organization_in_the_role_of_the_membership_and_in_no_other() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Member);
    let answer = switched(&world, "acme");
    assert_eq!(answer.ok()["data"]["role"], "member");
    let claims = payload(&token(&answer));
    assert_eq!(claims["sub"], subject(&world, "hanzo", "bob"));
    assert_eq!(
        (&claims["owner"], &claims["orgs"]),
        (&"acme".into(), &json!([{"org": "acme", "role": "member"}]))
    );
    assert_eq!(sql(&world, "SELECT 1 FROM refresh_tokens").len(), 0);
    assert_eq!(
        sql(&world, "SELECT 1 FROM audit_entries WHERE action = 'switchOrganization'").len(),
        1
    );
    // A token of the person's own first-party client does the same, with its own scope.
    let tokens = redeem(&world, &code(&world, allowed(&world))).ok();
    let own = text(&tokens, "access_token");
    let answer = world.post(SWITCH).bearer(own).json(&json!({"organization": "acme"})).send();
    assert_eq!(payload(&token(&answer))["scope"], payload(own)["scope"]);
    // Home is one of the organizations.
    assert_eq!(switched(&world, "hanzo").ok()["data"]["role"], "member");
}

/// The refusal is the same whether the organization is another's, suspended, the platform's, or none.
#[test]
fn no_one_switches_to_an_organization_without_a_role_there() {
    let world = World::demo();
    let refusal = switched(&world, "nowhere").refused(403);
    assert_eq!(switched(&world, "acme").refused(403)["error"], refusal["error"]);
    world.join("hanzo", "bob", "admin", Role::Admin);
    assert_eq!(switched(&world, "admin").refused(403)["error"], refusal["error"]);
    world.join("hanzo", "bob", "acme", Role::Member);
    world.suspend("acme", true);
    assert_eq!(switched(&world, "acme").refused(403)["error"], refusal["error"]);
}

#[test]
fn no_limited_or_delegated_credential_switches() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Member);
    let body = json!({"org": "acme", "clientId": "hanzo-app"});
    world.post(SWITCH).of("bob").json(&body).send().refused(403);
    world.post(SWITCH).json(&body).send().refused(401);
    // Neither its own kind,
    let first = token(&switched(&world, "acme"));
    for org in ["hanzo", "acme"] {
        let body = json!({ "org": org });
        world.post(SWITCH).bearer(&first).json(&body).send().refused(403);
    }
    // nor a token for another client.
    let tokens = redeem(&world, &code(&world, allowed(&world))).ok();
    let other = json!({"org": "acme", "clientId": "hanzo-cloud"});
    let own = text(&tokens, "access_token");
    world.post(SWITCH).bearer(own).json(&other).send().refused(403);
    // A tenant's client is no client to switch with.
    let body = json!({"org": "acme", "clientId": "acme-app"});
    on_page(&world, world.post(SWITCH), "hanzo", "bob").json(&body).send().refused(403);
}

/// What a token of a switch could reach more with; all of it is refused.
#[test]
fn a_token_of_a_switch_makes_nothing_that_outlives_it_and_reaches_nothing_of_home() {
    let world = World::demo();
    world.put("/v1/iam/users/hanzo/bob").of("root").json(&json!({"isAdmin": true})).send().ok();
    world.join("hanzo", "bob", "acme", Role::Member);
    let token = token(&switched(&world, "acme"));
    let call = |method: &str, path: &str| world.call(method.parse().unwrap(), path).bearer(&token);
    for (method, path, body) in [
        ("POST", "/v1/iam/keys", json!({"name": "mine"})),
        ("POST", "/v1/account/keys", json!({"name": "mine"})),
        ("POST", "/v1/iam/service-accounts", json!({"organization": "hanzo", "name": "mine"})),
        ("POST", "/v1/iam/users", json!({"owner": "hanzo", "name": "mine"})),
        ("POST", "/v1/iam/users", json!({"owner": "acme", "name": "mine"})),
        ("PUT", "/v1/iam/users/hanzo/bob", json!({"displayName": "x"})),
        ("POST", "/v1/iam/assume", json!({"org": "acme", "clientId": "hanzo-app"})),
        (
            "POST",
            "/v1/iam/impersonate",
            json!({"target": "acme/erin", "reason": "x", "clientId": "hanzo-app"}),
        ),
        ("DELETE", "/v1/iam/organizations/admin/acme", json!({})),
        ("GET", "/v1/iam/users?owner=hanzo", json!({})),
        ("GET", "/v1/iam/users/hanzo/alice", json!({})),
    ] {
        let status = call(method, path).json(&body).send().status().as_u16();
        assert!(matches!(status, 400 | 401 | 403 | 404), "{method} {path}: {status}");
    }
}

/// The role of the membership is asked for at every call, and the token ends with what it came from.
#[test]
fn a_token_of_a_switch_ends_with_the_membership_the_organization_and_the_sign_in() {
    let ends: [fn(&World); 4] = [
        |world| {
            world.delete("/v1/iam/memberships/acme/hanzo/bob").of("root").send().ok();
        },
        |world| world.suspend("acme", true),
        |world| {
            world.delete("/v1/iam/sessions/hanzo/bob/-").of("root").send().ok();
        },
        |world| {
            let disabled = json!({"isForbidden": true});
            world.put("/v1/iam/users/hanzo/bob").of("root").json(&disabled).send().ok();
        },
    ];
    for (number, end) in ends.into_iter().enumerate() {
        let world = World::demo();
        world.join("hanzo", "bob", "acme", Role::Admin);
        let token = token(&switched(&world, "acme"));
        assert!(is_live(&world, &token), "{number}");
        end(&world);
        assert!(!is_live(&world, &token), "{number}");
        assert!(is_refused(&world, &json!({ "access_token": token })), "{number}: at an edge");
    }
}

/// A token that refreshes does not refresh what it was switched to.
#[test]
fn a_token_of_a_switch_ends_with_the_token_that_it_came_from() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Member);
    let tokens = redeem(&world, &code(&world, allowed(&world))).ok();
    let own = text(&tokens, "access_token");
    let answer = world.post(SWITCH).bearer(own).json(&json!({"org": "acme"})).send();
    let token = token(&answer);
    assert!(payload(&token)["exp"].as_i64() <= payload(own)["exp"].as_i64());
    refresh(&world, &tokens).ok();
    assert!(is_live(&world, &token));
    let grant = payload(own)["gid"].as_str().unwrap().to_owned();
    sql(&world, &format!("UPDATE grants SET revoked_at = 1 WHERE id = '{grant}'"));
    assert_eq!(sql(&world, "SELECT 1 FROM grants WHERE parent_id IS NOT NULL").len(), 1);
}

const PROVISION: &str = "/v1/iam/admin/provision";

fn provision(world: &World, who: &str, body: &Value) -> Answer {
    world.post(PROVISION).of(who).json(body).send()
}

#[test]
fn an_organization_is_provisioned_with_its_owner_and_a_repetition_changes_nothing() {
    let world = World::demo();
    let body = json!({
        "organization": {"name": "newco", "displayName": "New Co"},
        "user": {"name": "ann", "email": "ann@newco.example", "password": "a long password"},
    });
    let made = provision(&world, "root", &body).ok();
    assert_eq!((&made["status"], &made["action"]), (&"ok".into(), &"created".into()));
    let data = &made["data"];
    assert_eq!((&data["user"]["owner"], &data["role"]), (&"newco".into(), &"owner".into()));
    assert_eq!(data["user"]["isAdmin"], true);
    let before = sql(&world, "SELECT password_hash, version FROM users WHERE name = 'ann'");
    let mut again = body.clone();
    again["user"]["password"] = "another long one".into();
    again["organization"]["displayName"] = "Renamed".into();
    let again = provision(&world, "root", &again).ok();
    assert_eq!(again["action"], "unchanged");
    assert_eq!(again["data"]["organization"]["displayName"], "New Co");
    assert_eq!(sql(&world, "SELECT password_hash, version FROM users WHERE name = 'ann'"), before);
    let members = sql(&world, "SELECT role FROM memberships WHERE organization = 'newco'");
    assert_eq!(members[0]["role"], "owner");
    let entries =
        sql(&world, "SELECT kind FROM audit_entries WHERE action = 'provisionOrganization'");
    assert_eq!(entries.len(), 3, "organization, user, membership");
}

#[test]
fn a_user_of_another_organization_joins_the_provisioned_one() {
    let world = World::demo();
    let body =
        json!({"organization": {"name": "newco"}, "user": {"owner": "hanzo", "name": "bob"}});
    assert_eq!(provision(&world, "root", &body).ok()["action"], "created");
    let more = json!({"organization": {"name": "newco"}, "user": {"owner": "acme", "name": "erin"}, "role": "member"});
    assert_eq!(provision(&world, "root", &more).ok()["action"], "updated");
    let roles =
        sql(&world, "SELECT role FROM memberships WHERE organization = 'newco' ORDER BY role");
    assert_eq!((&roles[0]["role"], &roles[1]["role"]), (&"member".into(), &"owner".into()));
    // A greater role stays.
    let less = json!({"organization": {"name": "newco"}, "user": {"owner": "hanzo", "name": "bob"}, "role": "member"});
    let less = provision(&world, "root", &less).ok();
    assert_eq!((&less["action"], &less["data"]["role"]), (&"unchanged".into(), &"owner".into()));
}

#[test]
fn only_the_platform_provisions_and_no_name_that_is_reserved_or_was_given() {
    let world = World::demo();
    let body = |name: &str| json!({"organization": {"name": name}, "user": {"name": "ann"}});
    provision(&world, "alice", &body("newco")).refused(403);
    for name in ["admin", "built-in"] {
        provision(&world, "root", &body(name)).refused(409);
    }
    world.post("/v1/iam/organizations").of("root").json(&json!({"name": "gone"})).send().ok();
    world.delete("/v1/iam/organizations/admin/gone").of("root").send().ok();
    provision(&world, "root", &body("gone")).refused(409);
    // All or nothing: of a user whose address is taken, the organization is not left.
    let taken = json!({"organization": {"name": "newco"}, "user": {"owner": "hanzo", "name": "ann", "externalId": "x", "email": "bob@hanzo.example"}});
    world
        .put("/v1/iam/users/hanzo/bob")
        .of("root")
        .json(&json!({"email": "bob@hanzo.example"}))
        .send()
        .ok();
    provision(&world, "root", &taken).refused(409);
    assert_eq!(sql(&world, "SELECT 1 FROM organizations WHERE name = 'newco'").len(), 0);
}

fn founded(world: &World) -> &'static str {
    let body = json!({"name": "small", "founder": "hanzo/bob"});
    world.post("/v1/iam/organizations").of("root").json(&body).send().ok();
    "/v1/iam/organizations/admin/small"
}

#[test]
fn an_owner_deletes_the_own_organization_with_a_recent_sign_in_and_its_name_is_not_given_again() {
    let world = World::demo();
    let path = founded(&world);
    let deletion = || on_page(&world, world.delete(path), "hanzo", "bob");
    // A key is no sign-in; a member and an administrator are no owners.
    world.delete(path).of("bob").send().refused(403);
    world.join("hanzo", "alice", "small", Role::Admin);
    on_page(&world, world.delete(path), "hanzo", "alice").send().refused(403);
    sql(&world, "UPDATE sessions SET authenticated_at = authenticated_at - 601");
    let old = on_page(&world, world.delete(path), "hanzo", "bob");
    sql(&world, "UPDATE sessions SET authenticated_at = authenticated_at - 601");
    assert_eq!(old.send().refused(403)["code"], "login_required");
    sql(&world, "DELETE FROM sessions");
    let user = json!({"owner": "small", "name": "left"});
    world.post("/v1/iam/users").of("root").json(&user).send().ok();
    deletion().send().refused(409);
    world.delete("/v1/iam/users/small/left").of("root").send().ok();
    deletion().send().ok();
    let again = json!({"name": "small"});
    world.post("/v1/iam/organizations").of("root").json(&again).send().refused(409);
    assert_eq!(sql(&world, "SELECT 1 FROM memberships WHERE organization = 'small'").len(), 0);
}

/// What anyone but an owner may not do: to the platform's organization, or to one that is another's.
#[test]
fn an_owner_deletes_no_other_organization() {
    let world = World::demo();
    founded(&world);
    for path in ["admin", "hanzo", "acme", "nowhere"] {
        let path = format!("/v1/iam/organizations/admin/{path}");
        on_page(&world, world.delete(&path), "hanzo", "bob").send().refused(403);
    }
}
