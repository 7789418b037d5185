//! Token exchange (ATTACKS D-65).

use serde_json::{Value, json};

use crate::{
    oauth::{
        RESOURCE, TOKEN, access_claims, allowed, allowed_to_cloud, as_cloud, assert_refused,
        cloud_tokens, code, end_token, is_active, post, redeem, refresh, sql, subject, text,
        tokens,
    },
    world::{ACME_SECRET, Answer, World},
};

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const GRANT: (&str, &str) = ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");

fn exchange(world: &World, token: &str, changes: &[(&str, &str)]) -> Answer {
    let mut form = vec![GRANT, ("subject_token", token), ("subject_token_type", ACCESS_TOKEN)];
    form.retain(|(name, _)| !changes.iter().any(|(other, _)| name == other));
    form.extend_from_slice(changes);
    as_cloud(world, TOKEN, &form)
}

fn exchanged(world: &World, tokens: &Value, changes: &[(&str, &str)]) -> Value {
    exchange(world, text(tokens, "access_token"), changes).ok()
}

#[test]
fn an_exchanged_token_speaks_for_the_user_and_names_who_acts() {
    let world = World::demo();
    let original = tokens(&world);
    let answer = exchanged(&world, &original, &[("scope", "email")]);
    assert_eq!(answer["issued_token_type"], ACCESS_TOKEN);
    assert!(answer.get("refresh_token").is_none() && answer.get("id_token").is_none());
    let claims = access_claims(&answer);
    assert_eq!(claims["sub"], subject(&world, "hanzo", "bob"));
    assert_eq!((&claims["azp"], &claims["aud"]), (&json!("hanzo-cloud"), &json!(["hanzo-cloud"])));
    assert_eq!(
        claims["act"],
        json!({"sub": "admin/hanzo-cloud", "owner": "hanzo", "name": "hanzo-cloud"})
    );
    assert_eq!(claims["scope"], "email");
    assert!(is_active(&world, &answer));
}

#[test]
fn an_exchanged_token_ends_within_the_hour_and_not_after_the_original() {
    let world = World::demo();
    sql(&world, "UPDATE applications SET access_token_lifetime = 604800");
    let original = tokens(&world);
    assert_eq!(exchanged(&world, &original, &[])["expires_in"], 3600);
    world.clock.advance(604_800 - 100);
    assert_eq!(exchanged(&world, &original, &[])["expires_in"], 100);
}

#[test]
fn an_exchanged_token_dies_with_the_grant_that_it_came_from() {
    let world = World::demo();
    let given = code(&world, allowed(&world));
    let original = redeem(&world, &given).ok();
    let answer = exchanged(&world, &original, &[]);
    assert!(is_active(&world, &answer));
    redeem(&world, &given).refused(400);
    assert!(!is_active(&world, &answer));
}

#[test]
fn the_audience_is_a_registered_one() {
    let world = World::demo();
    let original = tokens(&world);
    for name in ["resource", "audience"] {
        let answer = exchanged(&world, &original, &[(name, RESOURCE)]);
        assert_eq!(access_claims(&answer)["aud"], json!([RESOURCE]));
        for other in ["https://evil.example", "hanzo-app", "https://api.hanzo.ai/x"] {
            let answer = exchange(&world, text(&original, "access_token"), &[(name, other)]);
            assert_refused(&answer, 400, "invalid_target");
        }
    }
    // RFC 8693 §2.1; issue 10, fault 16.
    for two in [
        [("resource", RESOURCE), ("audience", "hanzo-cloud")],
        [("audience", RESOURCE), ("audience", "hanzo-cloud")],
        [("resource", RESOURCE), ("resource", "https://evil.example")],
    ] {
        let answer = exchange(&world, text(&original, "access_token"), &two);
        assert_refused(&answer, 400, "invalid_target");
    }
}

#[test]
fn the_scope_is_never_wider_than_the_subjects() {
    let world = World::demo();
    let token = tokens(&world);
    let answer = exchange(&world, text(&token, "access_token"), &[("scope", "email phone")]);
    assert_refused(&answer, 400, "invalid_scope");
}

/// RFC 8693 §2.2.2; Casdoor CVE-2026-9097.
#[test]
fn what_is_no_live_access_token_is_not_exchanged() {
    let world = World::demo();
    let given = code(&world, allowed(&world));
    let original = redeem(&world, &given).ok();
    let id_token = text(&original, "id_token");
    let refresh_token = text(&original, "refresh_token");
    for token in [id_token, refresh_token, "x", "a.b.c"] {
        assert_refused(&exchange(&world, token, &[]), 400, "invalid_request");
    }
    let id_type = "urn:ietf:params:oauth:token-type:id_token";
    for (token, kind) in [(id_token, id_type), (text(&original, "access_token"), id_type)] {
        let answer = exchange(&world, token, &[("subject_token_type", kind)]);
        assert_refused(&answer, 400, "invalid_request");
    }
    redeem(&world, &given).refused(400);
    let revoked = exchange(&world, text(&original, "access_token"), &[]);
    assert_refused(&revoked, 400, "invalid_request");
    let late = tokens(&world);
    world.clock.advance(3600 + 31);
    assert_refused(&exchange(&world, text(&late, "access_token"), &[]), 400, "invalid_request");
}

/// Casdoor CVE-2026-9094.
#[test]
fn a_user_of_another_organization_is_exchanged_by_the_platform_only() {
    let world = World::demo();
    sql(&world, "UPDATE applications SET is_shared = 1 WHERE name = 'hanzo-app'");
    let mut request = allowed(&world);
    request.user_id = subject(&world, "acme", "erin");
    let foreign = redeem(&world, &code(&world, request)).ok();
    let token = text(&foreign, "access_token");
    assert_refused(&exchange(&world, token, &[]), 400, "invalid_request");
    sql(&world, "UPDATE applications SET organization = 'admin' WHERE name = 'hanzo-cloud'");
    exchange(&world, token, &[]).ok();
}

#[test]
fn no_party_acts_twice_in_one_chain() {
    let world = World::demo();
    let original = tokens(&world);
    let once = exchanged(&world, &original, &[]);
    let twice = exchange(&world, text(&once, "access_token"), &[]);
    assert_refused(&twice, 400, "invalid_request");
}

#[test]
fn the_actor_may_be_the_bearer_of_a_token_of_the_same_client() {
    let world = World::demo();
    let original = tokens(&world);
    let mut request = allowed_to_cloud(&world);
    request.user_id = subject(&world, "hanzo", "alice");
    let acting = crate::oauth::cloud_tokens_of(&world, request);
    let with = |token: &str| {
        let changes = [("actor_token", token), ("actor_token_type", ACCESS_TOKEN)];
        exchange(&world, text(&original, "access_token"), &changes)
    };
    let claims = access_claims(&with(text(&acting, "access_token")).ok());
    assert_eq!(claims["act"]["name"], "alice");
    assert_refused(&with(text(&original, "access_token")), 400, "invalid_request");
    let own = cloud_tokens(&world);
    assert_refused(&with(text(&own, "access_token")), 400, "invalid_request");
}

#[test]
fn only_a_client_with_the_capability_and_its_secret_exchanges() {
    let world = World::demo();
    let token = tokens(&world);
    let form = |client: &'static str, secret: &'static str| {
        [
            GRANT,
            ("client_id", client),
            ("client_secret", secret),
            ("subject_token", text(&token, "access_token")),
            ("subject_token_type", ACCESS_TOKEN),
        ]
    };
    assert_refused(&post(&world, &form("hanzo-app", "")), 400, "unauthorized_client");
    assert_refused(&post(&world, &form("hanzo-cloud", "")), 401, "invalid_client");
    assert_refused(&post(&world, &form("acme-app", ACME_SECRET)), 400, "unauthorized_client");
}

#[test]
fn an_exchanged_token_is_not_refreshed() {
    let world = World::demo();
    let answer = exchanged(&world, &tokens(&world), &[]);
    assert!(
        refresh(&world, &json!({"refresh_token": answer["access_token"]})).body()["error"]
            == "invalid_grant"
    );
}

/// ATTACKS D-65: what the directory, the clients and the sessions have ended since is not exchanged,
/// neither as the subject's nor as the actor's.
#[test]
fn what_has_ended_is_exchanged_by_no_one() {
    let bob = "name = 'bob'";
    for change in [
        "UPDATE grants SET revoked_at = 1".to_owned(),
        format!("UPDATE users SET is_forbidden = 1 WHERE {bob}"),
        format!("UPDATE users SET not_before = 4000000000 WHERE {bob}"),
        format!("DELETE FROM users WHERE {bob}"),
        "UPDATE applications SET is_disabled = 1 WHERE name = 'hanzo-app'".to_owned(),
    ] {
        let world = World::demo();
        let original = tokens(&world);
        exchanged(&world, &original, &[]);
        sql(&world, &change);
        let answer = exchange(&world, text(&original, "access_token"), &[]);
        assert_refused(&answer, 400, "invalid_request");
    }
    let world = World::demo();
    let original = tokens(&world);
    end_token(&world, &original);
    let answer = exchange(&world, text(&original, "access_token"), &[]);
    assert_refused(&answer, 400, "invalid_request");
    let world = World::demo();
    let original = tokens(&world);
    let acting = cloud_tokens_of_alice(&world);
    let with = |world: &World, token: &str| {
        let changes = [("actor_token", token), ("actor_token_type", ACCESS_TOKEN)];
        exchange(world, text(&original, "access_token"), &changes)
    };
    for token in [text(&acting, "id_token"), text(&acting, "refresh_token"), "x"] {
        assert_refused(&with(&world, token), 400, "invalid_request");
    }
    with(&world, text(&acting, "access_token")).ok();
    sql(&world, "UPDATE users SET is_forbidden = 1 WHERE name = 'alice'");
    assert_refused(&with(&world, text(&acting, "access_token")), 400, "invalid_request");
}

fn cloud_tokens_of_alice(world: &World) -> Value {
    let mut request = allowed_to_cloud(world);
    request.user_id = subject(world, "hanzo", "alice");
    crate::oauth::cloud_tokens_of(world, request)
}

/// Makes `acme-app` a second first-party client that may exchange tokens.
fn let_acme_exchange(world: &World) {
    sql(
        world,
        "UPDATE applications SET organization = 'hanzo', capabilities = '[\"token-exchange\"]', \
         is_first_party = (SELECT is_first_party FROM applications WHERE name = 'hanzo-cloud'), \
         owner = 'admin' WHERE name = 'acme-app'",
    );
}

/// ATTACKS D-65: RFC 8693 §4.1. Two services that call each other come to an end.
#[test]
fn no_actor_occurs_twice_in_a_chain_however_long_it_is() {
    let world = World::demo();
    let_acme_exchange(&world);
    let by_other = |token: &str| {
        let form = [GRANT, ("subject_token", token), ("subject_token_type", ACCESS_TOKEN)];
        world.post(TOKEN).basic("acme-app", ACME_SECRET).form(&form).send()
    };
    let once = exchanged(&world, &tokens(&world), &[]);
    let twice = by_other(text(&once, "access_token")).ok();
    let act = access_claims(&twice)["act"].clone();
    assert_eq!(
        (&act["sub"], &act["act"]["sub"]),
        (&json!("admin/acme-app"), &json!("admin/hanzo-cloud"))
    );
    assert_refused(&by_other(text(&twice, "access_token")), 400, "invalid_request");
    let again = exchange(&world, text(&twice, "access_token"), &[]);
    assert_refused(&again, 400, "invalid_request");
    // Nor does the subject act for itself.
    let own = cloud_tokens(&world);
    let itself = [("actor_token", text(&own, "access_token")), ("actor_token_type", ACCESS_TOKEN)];
    let answer = exchange(&world, text(&tokens(&world), "access_token"), &itself);
    assert_refused(&answer, 400, "invalid_request");
}

/// ATTACKS D-65: scope and time only shrink, also when what was exchanged is exchanged again.
#[test]
fn an_exchange_of_an_exchange_gives_no_more_than_the_first() {
    let world = World::demo();
    let_acme_exchange(&world);
    let once = exchanged(&world, &tokens(&world), &[("scope", "email")]);
    world.clock.advance(3000);
    let again = |scope: &str| {
        let form = [
            GRANT,
            ("subject_token", text(&once, "access_token")),
            ("subject_token_type", ACCESS_TOKEN),
            ("scope", scope),
        ];
        world.post(TOKEN).basic("acme-app", ACME_SECRET).form(&form).send()
    };
    for wider in ["profile", "email profile", "email iam", "openid"] {
        assert_refused(&again(wider), 400, "invalid_scope");
    }
    let twice = again("").ok();
    assert_eq!((&twice["scope"], &twice["expires_in"]), (&json!("email"), &json!(600)));
}
