//! Userinfo (ATTACKS E-77; WIRE §2.5).

use hanzo_iam::core::{oauth::scope::Scope, token::Role};
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    oauth::{
        TOKEN, access_claims, allowed, as_cloud, assert_refused, code, redeem, refresh_with, sql,
        subject, text, tokens,
    },
    world::{ISSUER, PASSWORD, World},
};

const USERINFO: &str = "/v1/iam/oauth/userinfo";

fn of_scope(world: &World, scope: &str) -> Value {
    let mut request = allowed(world);
    request.scope = Scope::parse(scope).unwrap();
    let tokens = redeem(world, &code(world, request)).ok();
    world.get(USERINFO).bearer(text(&tokens, "access_token")).send().ok()
}

#[test]
fn userinfo_says_what_the_scope_allows() {
    let world = World::demo();
    let bob = subject(&world, "hanzo", "bob");
    let always = json!({
        "sub": bob, "iss": ISSUER, "aud": "hanzo-app", "owner": "hanzo", "organization": "hanzo",
        "isAdmin": false, "orgs": [{"org": "hanzo", "role": "member"}], "type": "normal-user",
    });
    assert_eq!(of_scope(&world, "openid"), always);
    let email = of_scope(&world, "openid email");
    assert_eq!(
        (&email["email"], &email["email_verified"]),
        (&json!("bob@hanzo.example"), &json!(true))
    );
    assert!(email.get("name").is_none());
    let profile = of_scope(&world, "openid profile");
    assert_eq!((&profile["name"], &profile["displayName"]), (&json!("bob"), &json!("bob")));
    assert_eq!(profile["groups"], json!(["hanzo"]));
    assert!(profile.get("email").is_none());
}

#[test]
fn userinfo_does_not_name_an_organization_that_is_suspended() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Admin);
    let both = json!([{"org": "hanzo", "role": "member"}, {"org": "acme", "role": "admin"}]);
    assert_eq!(of_scope(&world, "openid")["orgs"], both);
    world.suspend("acme", true);
    let info = of_scope(&world, "openid profile");
    assert_eq!(info["orgs"], json!([{"org": "hanzo", "role": "member"}]));
    assert_eq!(info["groups"], json!(["hanzo"]));
    assert_eq!(world.get(USERINFO).of("bob").send().ok()["orgs"], info["orgs"]);
}

/// OIDC Core §5.1, §5.1.1; issue 10, faults 21 and 29.
#[test]
fn the_standard_claims_are_those_of_the_published_user() {
    let world = World::demo();
    let change = json!({
        "firstName": "Bob", "lastName": "Builder", "homepage": "https://bob.example",
        "gender": "male", "birthday": "1990-05-01", "language": "de", "timezone": "Europe/Berlin",
        "phone": "+14155550100", "address": ["1 Main St", "Springfield"],
    });
    world.put("/v1/iam/users/hanzo/bob").of("alice").json(&change).send().ok();
    let profile = of_scope(&world, "openid profile");
    for (claim, value) in [
        ("given_name", "Bob"),
        ("family_name", "Builder"),
        ("website", "https://bob.example"),
        ("gender", "male"),
        ("birthdate", "1990-05-01"),
        ("locale", "de"),
        ("zoneinfo", "Europe/Berlin"),
    ] {
        assert_eq!(profile[claim], value, "{claim}");
    }
    assert!(profile["updated_at"].is_number());
    for absent in ["phone_number", "phone_number_verified", "address", "email"] {
        assert!(profile.get(absent).is_none(), "{absent}");
    }
    let phone = of_scope(&world, "openid phone");
    assert_eq!(phone["phone_number"], "+14155550100");
    assert_eq!(phone["phone_number_verified"], false);
    assert!(phone.get("given_name").is_none());
    let address = of_scope(&world, "openid address");
    assert_eq!(address["address"], json!({"formatted": "1 Main St\nSpringfield"}));
    let of_key = world.get(USERINFO).of("bob").send().ok();
    assert_eq!(
        (&of_key["website"], &of_key["address"]),
        (&profile["website"], &address["address"])
    );
}

/// RFC 6750 §3.1; issue 10, fault 21.
#[test]
fn a_request_without_a_credential_gets_a_challenge_without_an_error() {
    let world = World::demo();
    let realm = format!("Bearer realm=\"{ISSUER}\"");
    for path in [USERINFO, "/v1/iam/users", "/v1/iam/keys"] {
        let answer = world.get(path).send();
        let body = answer.refused(401);
        assert_eq!(answer.header("www-authenticate"), Some(realm.as_str()), "{path}");
        assert!(body.get("error_description").is_none(), "{body}");
        assert_eq!(body["error"], "authentication required");
    }
    let answer = world.get(USERINFO).bearer("a.b.c").send();
    assert_refused(&answer, 401, "invalid_token");
    let challenge = format!("{realm}, error=\"invalid_token\"");
    assert_eq!(answer.header("www-authenticate"), Some(challenge.as_str()));
}

/// ATTACKS E-77: OIDC Core §5.3.
#[test]
fn the_sub_is_the_tokens_and_a_token_without_openid_is_refused() {
    let world = World::demo();
    let tokens = tokens(&world);
    let info = world.get(USERINFO).bearer(text(&tokens, "access_token")).send().ok();
    assert_eq!(info["sub"], access_claims(&tokens)["sub"]);
    let narrow = refresh_with(&world, &tokens, &[("scope", "email")]).ok();
    let answer = world.get(USERINFO).bearer(text(&narrow, "access_token")).send();
    assert_refused(&answer, 403, "insufficient_scope");
}

#[test]
fn userinfo_takes_get_and_post_with_the_token_in_one_place() {
    let world = World::demo();
    let tokens = tokens(&world);
    let token = text(&tokens, "access_token");
    world.post(USERINFO).bearer(token).send().ok();
    world.post(USERINFO).form(&[("access_token", token)]).send().ok();
    let both = world.post(USERINFO).bearer(token).form(&[("access_token", token)]).send();
    assert_refused(&both, 400, "invalid_request");
    let twice = world.get(USERINFO).bearer(token).bearer(token).send();
    assert_refused(&twice, 400, "invalid_request");
    let url = world.get(&format!("{USERINFO}?access_token={token}")).send();
    assert_refused(&url, 400, "invalid_request");
    assert_refused(&world.put(USERINFO).bearer(token).send(), 405, "invalid_request");
}

/// WIRE §6.
#[test]
fn userinfo_takes_the_token_from_a_cookie_if_nothing_else_has_one() {
    let world = World::demo();
    let tokens = tokens(&world);
    let token = text(&tokens, "access_token");
    let cookie = format!("__Host-hanzo_iam_token={token}");
    let get = || world.get(USERINFO).header("cookie", &cookie);
    assert_eq!(get().send().ok()["sub"], access_claims(&tokens)["sub"]);
    assert_refused(&get().bearer("x").send(), 401, "invalid_token");
    get().header("sec-fetch-site", "cross-site").send().refused(401);
    let post = || world.post(USERINFO).header("cookie", &cookie);
    post().header("origin", ISSUER).send().ok();
    post().header("origin", "https://evil.example").send().refused(401);
    assert_refused(&post().form(&[("access_token", "x")]).send(), 401, "invalid_token");
    let key = format!("hanzo_token={}", world.keys["bob"]);
    let key = world.get(USERINFO).header("cookie", &key).send();
    assert_refused(&key, 400, "invalid_request");
}

#[test]
fn a_token_that_is_not_good_is_refused_with_a_challenge() {
    let world = World::demo();
    let id_token = text(&tokens(&world), "id_token").to_owned();
    for call in [
        world.get(USERINFO).bearer("x"),
        world.get(USERINFO).bearer(&id_token),
        world.get(USERINFO).header("authorization", "Basic YTpi"),
        world.get(USERINFO).header("authorization", "Bearer"),
    ] {
        let answer = call.send();
        assert_refused(&answer, 401, "invalid_token");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer realm="));
    }
}

/// `hanzo-tools-auth` asks here whether a key is good (WIRE §2.5).
#[test]
fn an_api_key_is_answered_as_its_holder() {
    let world = World::demo();
    let answer = world.get(USERINFO).of("bob").send();
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let info = answer.ok();
    assert_eq!(info["sub"], subject(&world, "hanzo", "bob"));
    assert_eq!((&info["name"], &info["email"]), (&json!("bob"), &json!("bob@hanzo.example")));
    sql(&world, "UPDATE users SET is_forbidden = 1");
    assert_refused(&world.get(USERINFO).of("bob").send(), 401, "invalid_token");
    assert_refused(&world.get(USERINFO).bearer("hk-nonsense").send(), 401, "invalid_token");
}

/// RFC 6750 §2.2: the key that was sent, and not whoever is signed in on the browser.
#[test]
fn a_key_in_a_form_speaks_for_its_own_holder() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let post = |key: &str| {
        let call = world.post(USERINFO).header("cookie", &browser.cookie());
        call.header("origin", ISSUER).form(&[("access_token", key)]).send()
    };
    assert_eq!(post(&world.keys["bob"]).ok()["sub"], subject(&world, "hanzo", "bob"));
    assert_refused(&post("hk-nonsense"), 401, "invalid_token");
}

#[test]
fn a_program_can_read_its_own_identity() {
    let world = World::demo();
    let own = [("grant_type", "client_credentials"), ("scope", "openid")];
    let token = as_cloud(&world, TOKEN, &own).ok();
    let info = world.get(USERINFO).bearer(text(&token, "access_token")).send().ok();
    assert_eq!(
        info,
        json!({
            "sub": "admin/hanzo-cloud", "iss": ISSUER, "aud": "hanzo-cloud", "owner": "hanzo",
            "organization": "hanzo", "isAdmin": false, "type": "application",
        })
    );
}
