//! Introspection and revocation (ATTACKS E-71 to E-74).

use serde_json::{Value, json};

use crate::{
    oauth::{
        access_claims, as_cloud, assert_refused, cloud_tokens, end_token, is_active, refresh,
        refresh_with, sql, subject, text, tokens,
    },
    world::{ACME_SECRET, Answer, ISSUER, START, World},
};

const INTROSPECT: &str = "/v1/iam/oauth/introspect";
const REVOKE: &str = "/v1/iam/oauth/revoke";

fn introspect(world: &World, token: &str) -> Value {
    as_cloud(world, INTROSPECT, &[("token", token)]).ok()
}

fn revoke(world: &World, client: &str, token: &str) -> Answer {
    world.post(REVOKE).form(&[("client_id", client), ("token", token)]).send()
}

/// WIRE §4.4.
#[test]
fn an_entitled_client_reads_what_a_token_says() {
    let world = World::demo();
    let tokens = tokens(&world);
    let claims = access_claims(&tokens);
    assert_eq!(
        introspect(&world, text(&tokens, "access_token")),
        json!({
            "active": true, "token_type": "Bearer", "scope": "openid profile email iam",
            "client_id": "hanzo-app", "sub": subject(&world, "hanzo", "bob"), "iss": ISSUER,
            "owner": "hanzo", "organization": "hanzo", "username": "bob@hanzo.example",
            "aud": ["hanzo-app"], "exp": START.0 + 3600, "iat": START.0, "nbf": START.0,
            "jti": claims["jti"],
        })
    );
}

/// RFC 7662 §2.2; issue 10, fault 30.
#[test]
fn a_client_reads_what_its_own_live_refresh_token_says() {
    let world = World::demo();
    let first = cloud_tokens(&world);
    assert_eq!(
        introspect(&world, text(&first, "refresh_token")),
        json!({
            "active": true, "token_type": "refresh_token", "scope": first["scope"],
            "client_id": "hanzo-cloud", "sub": subject(&world, "hanzo", "bob"), "iss": ISSUER,
            "owner": "hanzo", "organization": "hanzo", "username": "bob@hanzo.example",
            "exp": START.0 + 30 * 24 * 3600, "iat": START.0,
        })
    );
    let form = [("grant_type", "refresh_token"), ("refresh_token", text(&first, "refresh_token"))];
    let second = as_cloud(&world, crate::oauth::TOKEN, &form).ok();
    let is_active =
        |tokens: &Value| introspect(&world, text(tokens, "refresh_token"))["active"] == true;
    assert!(!is_active(&first) && is_active(&second), "the used one is over");
    assert!(!is_active(&tokens(&world)), "another client's");
    for change in [
        "UPDATE users SET is_forbidden = 1 WHERE name = 'bob'",
        "UPDATE users SET is_forbidden = 0",
        "UPDATE grants SET revoked_at = 1",
    ] {
        sql(&world, change);
        assert_eq!(is_active(&second), change.contains("= 0"), "{change}");
    }
    sql(&world, "UPDATE grants SET revoked_at = NULL");
    world.clock.advance(30 * 24 * 3600);
    assert!(!is_active(&second));
}

/// ATTACKS E-71 (CVE-2026-47077).
#[test]
fn a_client_that_has_nothing_to_do_with_a_token_learns_nothing() {
    let world = World::demo();
    let tokens = tokens(&world);
    let call = || {
        let form = [("token", text(&tokens, "access_token"))];
        world.post(INTROSPECT).basic("acme-app", ACME_SECRET).form(&form).send().ok()
    };
    assert_eq!(call(), json!({"active": false}));
    sql(&world, "UPDATE applications SET resources = '[\"hanzo-app\"]' WHERE name = 'acme-app'");
    assert_eq!(call()["active"], true, "a token that is meant for it");
}

#[test]
fn only_a_confidential_client_introspects() {
    let world = World::demo();
    let tokens = tokens(&world);
    let token = ("token", text(&tokens, "access_token"));
    let ask = |form: &[(&str, &str)]| world.post(INTROSPECT).form(form).send();
    assert_refused(&ask(&[token, ("client_id", "hanzo-app")]), 400, "unauthorized_client");
    assert_refused(&ask(&[token, ("client_id", "hanzo-cloud")]), 401, "invalid_client");
    assert_refused(&ask(&[token]), 401, "invalid_client");
}

/// ATTACKS E-72 (CVE-2026-8922), A-22.
#[test]
fn whatever_is_not_a_live_access_token_is_inactive() {
    let bob = "name = 'bob'";
    for change in [
        format!("UPDATE users SET is_forbidden = 1 WHERE {bob}"),
        format!("UPDATE users SET not_before = {} WHERE {bob}", START.0 + 1),
        "UPDATE grants SET revoked_at = 1".to_owned(),
        "DELETE FROM grants".to_owned(),
        "UPDATE applications SET is_disabled = 1 WHERE name = 'hanzo-app'".to_owned(),
    ] {
        let world = World::demo();
        let before = tokens(&world);
        assert!(is_active(&world, &before));
        sql(&world, &change);
        let answer = introspect(&world, text(&before, "access_token"));
        assert_eq!(answer, json!({"active": false}), "{change}");
    }
    let world = World::demo();
    let before = tokens(&world);
    end_token(&world, &before);
    assert_eq!(introspect(&world, text(&before, "access_token")), json!({"active": false}));
    let world = World::demo();
    let before = tokens(&world);
    for token in [text(&before, "id_token"), text(&before, "refresh_token"), "x", "a.b.c"] {
        assert_eq!(introspect(&world, token), json!({"active": false}));
    }
    let token = text(&before, "access_token");
    let (rest, signature) = token.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{rest}.{other}{}", &signature[1..]);
    assert_eq!(introspect(&world, &forged), json!({"active": false}));
    world.clock.advance(3600);
    assert_eq!(introspect(&world, token), json!({"active": false}));
}

/// ATTACKS E-74: refused by the issuer at once.
#[test]
fn a_revoked_access_token_opens_nothing_and_its_family_lives_on() {
    let world = World::demo();
    let tokens = tokens(&world);
    let token = text(&tokens, "access_token");
    assert_eq!(revoke(&world, "hanzo-app", token).ok(), json!({}));
    assert!(!is_active(&world, &tokens));
    let userinfo = world.get("/v1/iam/oauth/userinfo").bearer(token).send();
    assert_refused(&userinfo, 401, "invalid_token");
    refresh(&world, &tokens).ok();
}

#[test]
fn a_revoked_refresh_token_ends_its_family() {
    let world = World::demo();
    let first = tokens(&world);
    let second = refresh(&world, &first).ok();
    revoke(&world, "hanzo-app", text(&second, "refresh_token")).ok();
    assert!(!is_active(&world, &first) && !is_active(&world, &second));
    assert_refused(&refresh_with(&world, &second, &[]), 400, "invalid_grant");
}

/// ATTACKS E-73: RFC 7009 §2.1.
#[test]
fn revoking_another_clients_token_returns_200_and_has_no_effect() {
    let world = World::demo();
    let app = tokens(&world);
    for name in ["access_token", "refresh_token"] {
        assert_eq!(as_cloud(&world, REVOKE, &[("token", text(&app, name))]).ok(), json!({}));
    }
    assert!(is_active(&world, &app));
    refresh(&world, &app).ok();
}

/// WIRE §4.4: without the secret, only what was established without it.
#[test]
fn without_its_secret_a_client_revokes_public_grants_only() {
    let world = World::demo();
    let cloud = cloud_tokens(&world);
    for name in ["access_token", "refresh_token"] {
        revoke(&world, "hanzo-cloud", text(&cloud, name)).ok();
    }
    assert!(is_active(&world, &cloud));
    as_cloud(&world, REVOKE, &[("token", text(&cloud, "refresh_token"))]).ok();
    assert!(!is_active(&world, &cloud));
}

#[test]
fn revocation_returns_200_unless_the_client_fails_to_authenticate() {
    let world = World::demo();
    for token in ["x", "a.b.c", text(&tokens(&world), "id_token")] {
        assert_eq!(revoke(&world, "hanzo-app", token).ok(), json!({}));
    }
    assert_refused(&revoke(&world, "nobody", "x"), 401, "invalid_client");
    let wrong = [("client_id", "hanzo-cloud"), ("client_secret", "wrong"), ("token", "x")];
    assert_refused(&world.post(REVOKE).form(&wrong).send(), 401, "invalid_client");
    assert_refused(&world.get(REVOKE).send(), 405, "invalid_request");
}

/// `@hanzo/iam` sends the bearer token along (WIRE §4.4).
#[test]
fn a_bearer_header_beside_the_client_id_does_no_harm() {
    let world = World::demo();
    let tokens = tokens(&world);
    let form = [
        ("token", text(&tokens, "refresh_token")),
        ("token_type_hint", "refresh_token"),
        ("client_id", "hanzo-app"),
    ];
    world.post(REVOKE).bearer(text(&tokens, "access_token")).form(&form).send().ok();
    assert!(!is_active(&world, &tokens));
}
