//! `grant_type=refresh_token` (ATTACKS D-59 to D-61).

use hanzo_iam::core::token::Role;
use serde_json::{Value, json};

use crate::{
    oauth::{
        TOKEN, access_claims, as_cloud, assert_refused, cloud_tokens, is_active, post, refresh,
        refresh_with, sql, subject, text, tokens,
    },
    world::World,
};

#[test]
fn a_refresh_gives_new_tokens_of_the_same_sign_in() {
    let world = World::demo();
    let first = tokens(&world);
    world.clock.advance(4000);
    let second = refresh(&world, &first).ok();
    for name in ["access_token", "refresh_token", "id_token"] {
        assert_ne!(first[name], second[name]);
    }
    let (before, after) = (access_claims(&first), access_claims(&second));
    for claim in ["sub", "gid", "auth_time", "amr", "sid", "scope", "aud"] {
        assert_eq!(before[claim], after[claim], "{claim}");
    }
    assert!(crate::oauth::read(text(&second, "id_token")).1.get("nonce").is_none());
    assert!(is_active(&world, &second));
}

/// ATTACKS D-59 (CVE-2026-9802; RFC 9700 §4.14).
#[test]
fn an_old_refresh_token_used_again_ends_its_family() {
    let world = World::demo();
    let first = tokens(&world);
    let second = refresh(&world, &first).ok();
    let third = refresh(&world, &second).ok();
    assert_refused(&refresh(&world, &first), 400, "invalid_grant");
    assert_refused(&refresh(&world, &third), 400, "invalid_grant");
    assert!(!is_active(&world, &third));
    let other = tokens(&world);
    refresh(&world, &other).ok();
}

/// The same request again.
fn again(world: &World, tokens: &Value) -> Value {
    refresh(world, tokens).ok()
}

/// Issue 10, fault 30.
#[test]
fn within_the_grace_the_same_successor_comes_again_and_after_it_the_family_ends() {
    let world = World::demo();
    let first = tokens(&world);
    let second = again(&world, &first);
    world.clock.advance(9);
    let repeated = again(&world, &first);
    assert_eq!(repeated["refresh_token"], second["refresh_token"]);
    assert_ne!(repeated["access_token"], second["access_token"]);
    assert!(is_active(&world, &second) && is_active(&world, &repeated));
    world.clock.advance(1);
    assert_refused(&refresh(&world, &first), 400, "invalid_grant");
    assert!(!is_active(&world, &second) && !is_active(&world, &repeated));
    assert_refused(&refresh(&world, &second), 400, "invalid_grant");
}

/// A token whose successor has been used is a thief's.
#[test]
fn there_is_no_grace_once_the_successor_has_been_used() {
    let world = World::demo();
    let first = tokens(&world);
    let third = again(&world, &again(&world, &first));
    assert_refused(&refresh(&world, &first), 400, "invalid_grant");
    assert!(!is_active(&world, &third));
}

#[test]
fn the_grace_is_the_clients_own() {
    let world = World::demo();
    let first = cloud_tokens(&world);
    let form = |token: &Value| {
        [
            ("grant_type", "refresh_token".to_owned()),
            ("client_id", "hanzo-cloud".to_owned()),
            ("refresh_token", text(token, "refresh_token").to_owned()),
        ]
    };
    let own = |token: &Value| {
        let form = form(token);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, &**value)).collect();
        as_cloud(&world, TOKEN, &form)
    };
    let second = own(&first).ok();
    // Neither without the secret nor by another client, and neither ends the family.
    let bare = form(&first);
    let bare: Vec<(&str, &str)> = bare.iter().map(|(name, value)| (*name, &**value)).collect();
    assert_refused(&post(&world, &bare), 401, "invalid_client");
    assert_refused(&refresh(&world, &first), 400, "invalid_grant");
    assert_eq!(own(&first).ok()["refresh_token"], second["refresh_token"]);
    own(&second).ok();
}

#[test]
fn without_a_grace_each_token_is_used_once() {
    let mut world = World::demo();
    world.config_mut().refresh_grace = 0;
    let first = tokens(&world);
    let second = again(&world, &first);
    assert_refused(&refresh(&world, &first), 400, "invalid_grant");
    assert!(!is_active(&world, &second));
}

#[test]
fn a_rotation_of_the_root_key_within_the_grace_changes_no_successor() {
    let mut world = World::demo();
    let first = tokens(&world);
    let second = again(&world, &first);
    let roots = &mut world.config_mut().root_keys;
    roots.previous = Some(roots.current.clone());
    roots.current = hanzo_iam::core::root_key::RootKey::new([8; 32]);
    assert_eq!(again(&world, &first)["refresh_token"], second["refresh_token"]);
    again(&world, &second);
}

#[test]
fn the_grace_ends_with_the_grant() {
    let world = World::demo();
    let first = tokens(&world);
    again(&world, &first);
    sql(&world, "UPDATE grants SET revoked_at = 1");
    assert_refused(&refresh(&world, &first), 400, "invalid_grant");
}

#[test]
fn a_family_ends_at_its_absolute_lifetime_however_often_it_is_refreshed() {
    let world = World::demo();
    sql(&world, "UPDATE applications SET refresh_token_lifetime = 10000");
    let mut last = tokens(&world);
    for _ in 0..3 {
        world.clock.advance(3000);
        last = refresh(&world, &last).ok();
    }
    assert_eq!(last["expires_in"], 1000, "nothing outlives the family");
    world.clock.advance(1000);
    assert_refused(&refresh(&world, &last), 400, "invalid_grant");
}

/// WIRE §2.3: "born dead".
#[test]
fn a_refresh_token_outlives_the_access_token_even_if_configured_otherwise() {
    for lifetime in [0, 60, 3600] {
        let world = World::demo();
        sql(&world, &format!("UPDATE applications SET refresh_token_lifetime = {lifetime}"));
        let first = tokens(&world);
        world.clock.advance(3600);
        assert!(!is_active(&world, &first));
        refresh(&world, &first).ok();
    }
}

/// ATTACKS D-61.
#[test]
fn a_scope_is_narrowed_for_one_access_token_and_never_widened() {
    let world = World::demo();
    let first = tokens(&world);
    let wider = refresh_with(&world, &first, &[("scope", "openid phone")]);
    assert_refused(&wider, 400, "invalid_scope");
    let narrow = refresh_with(&world, &first, &[("scope", "email")]).ok();
    assert_eq!(narrow["scope"], "email");
    assert!(narrow.get("id_token").is_none());
    let full = refresh(&world, &narrow).ok();
    assert_eq!(full["scope"], "openid profile email iam");
}

/// ATTACKS D-60 (CVE-2025-64521).
#[test]
fn a_disabled_person_cannot_refresh() {
    let bob = "(SELECT id FROM users WHERE name = 'bob')";
    for change in [
        "UPDATE users SET is_forbidden = 1 WHERE name = 'bob'".to_owned(),
        "UPDATE users SET not_before = 1795464001 WHERE name = 'bob'".to_owned(),
        "DELETE FROM users WHERE name = 'bob'".to_owned(),
        "UPDATE organizations SET is_disabled = 1 WHERE name = 'hanzo'".to_owned(),
        "UPDATE applications SET is_disabled = 1 WHERE name = 'hanzo-app'".to_owned(),
        "UPDATE applications SET grant_types = '[\"authorization_code\"]'".to_owned(),
        "UPDATE applications SET organization = 'acme' WHERE name = 'hanzo-app'".to_owned(),
        format!("UPDATE grants SET revoked_at = 1 WHERE user_id = {bob}"),
    ] {
        let world = World::demo();
        let before = tokens(&world);
        sql(&world, &change);
        let body = refresh(&world, &before).refused(400);
        let expected =
            if change.contains("grant_types") { "unauthorized_client" } else { "invalid_grant" };
        assert_eq!(body["error"], expected, "{change}");
    }
}

/// ATTACKS D-60, each by the request that an administrator makes: the refresh token is dead, and
/// stays so when what was taken is given back.
#[test]
fn after_each_loss_the_refresh_token_of_before_gives_nothing() {
    let put = |world: &World, path: &str, body: &Value| {
        world.put(&format!("/v1/iam/{path}")).of("root").json(body).send().ok();
    };
    for (path, loss, gain) in [
        ("users/hanzo/bob", json!({"isForbidden": true}), json!({"isForbidden": false})),
        ("users/hanzo/bob", json!({"password": "another password"}), json!({"displayName": "B"})),
        ("users/hanzo/bob", json!({"isAdmin": false}), json!({"isAdmin": true})),
        ("applications/admin/hanzo-app", json!({"isDisabled": true}), json!({"isDisabled": false})),
    ] {
        let world = World::demo();
        put(&world, "users/hanzo/bob", &json!({"isAdmin": true}));
        let before = tokens(&world);
        put(&world, path, &loss);
        assert_refused(&refresh(&world, &before), 400, "invalid_grant");
        assert!(!is_active(&world, &before), "{loss}");
        put(&world, path, &gain);
        assert_refused(&refresh(&world, &before), 400, "invalid_grant");
    }
    // A suspended organization refuses; reinstated, its people go on where they were.
    let world = World::demo();
    let before = tokens(&world);
    world.suspend("hanzo", true);
    assert_refused(&refresh(&world, &before), 400, "invalid_grant");
    world.suspend("hanzo", false);
    refresh(&world, &before).ok();
}

/// ATTACKS D-60: a role that is gone is gone from the next token.
#[test]
fn the_next_token_has_the_roles_of_now() {
    let world = World::demo();
    let bob = subject(&world, "hanzo", "bob");
    sql(
        &world,
        &format!(
            "INSERT INTO memberships (user_id, organization, role, created_at) \
             VALUES ('{bob}', 'acme', 'admin', 0)"
        ),
    );
    let first = tokens(&world);
    let both = json!([{"org": "hanzo", "role": "member"}, {"org": "acme", "role": "admin"}]);
    assert_eq!(access_claims(&first)["orgs"], both);
    sql(&world, "DELETE FROM memberships");
    let second = refresh(&world, &first).ok();
    assert_eq!(access_claims(&second)["orgs"], json!([{"org": "hanzo", "role": "member"}]));
}

/// What is issued after the suspension must not name what it ended.
#[test]
fn an_organization_that_is_suspended_or_deleted_is_no_role_in_the_next_token() {
    let world = World::demo();
    world.post("/v1/iam/organizations").of("root").json(&json!({"name": "side"})).send().ok();
    world.join("hanzo", "bob", "acme", Role::Admin);
    world.join("hanzo", "bob", "side", Role::Owner);
    let mut last = tokens(&world);
    let mut next = || {
        last = refresh(&world, &last).ok();
        let orgs = access_claims(&last)["orgs"].as_array().unwrap().clone();
        orgs.iter().map(|role| text(role, "org").to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(next(), "hanzo acme side");
    world.suspend("acme", true);
    assert_eq!(next(), "hanzo side");
    world.delete("/v1/iam/organizations/admin/side").of("root").send().ok();
    assert_eq!(next(), "hanzo");
    world.suspend("acme", false);
    assert_eq!(next(), "hanzo acme");
}

#[test]
fn a_refresh_token_is_its_clients_only() {
    let world = World::demo();
    let app = tokens(&world);
    let form = [("grant_type", "refresh_token"), ("refresh_token", text(&app, "refresh_token"))];
    assert_refused(&as_cloud(&world, TOKEN, &form), 400, "invalid_grant");
    refresh(&world, &app).ok();
}

#[test]
fn a_grant_established_with_a_secret_is_refreshed_with_it_only() {
    let world = World::demo();
    let first = cloud_tokens(&world);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "hanzo-cloud"),
        ("refresh_token", text(&first, "refresh_token")),
    ];
    assert_refused(&post(&world, &form), 401, "invalid_client");
    as_cloud(&world, TOKEN, &form).ok();
}

/// ATTACKS A-22, and back: no token serves as another.
#[test]
fn an_access_token_or_a_code_refreshes_nothing() {
    let world = World::demo();
    let answer = tokens(&world);
    let code = crate::oauth::code(&world, crate::oauth::allowed(&world));
    for token in [text(&answer, "access_token"), text(&answer, "id_token"), &code, "x"] {
        let form =
            [("grant_type", "refresh_token"), ("client_id", "hanzo-app"), ("refresh_token", token)];
        assert_refused(&post(&world, &form), 400, "invalid_grant");
    }
    for name in ["refresh_token", "id_token"] {
        let call = world.get("/v1/iam/oauth/userinfo").bearer(text(&answer, name));
        assert_refused(&call.send(), 401, "invalid_token");
    }
}
