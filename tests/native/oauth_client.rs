//! How clients authenticate, and what they get for themselves or with a password (ATTACKS D-61 to
//! D-64, D-70).

use serde_json::json;

use crate::{
    oauth::{
        RESOURCE, TOKEN, access_claims, as_cloud, assert_refused, is_active, post, sql, text,
        tokens,
    },
    world::{ACME_SECRET, CLOUD_SECRET, PASSWORD, World},
};

const OWN: (&str, &str) = ("grant_type", "client_credentials");

#[test]
fn a_client_gets_a_token_of_its_own_that_belongs_to_no_person() {
    let world = World::demo();
    let answer = as_cloud(&world, TOKEN, &[OWN, ("scope", "openid")]).ok();
    assert!(answer.get("refresh_token").is_none() && answer.get("id_token").is_none());
    let claims = access_claims(&answer);
    assert_eq!(claims["sub"], "admin/hanzo-cloud");
    assert_eq!((&claims["type"], &claims["owner"]), (&json!("application"), &json!("hanzo")));
    assert!(claims.get("orgs").is_none() && claims.get("auth_time").is_none());
    assert_eq!(claims["aud"], json!(["hanzo-cloud"]));
    assert!(is_active(&world, &answer));
}

/// RFC 8707; ATTACKS C-53.
#[test]
fn a_registered_resource_becomes_the_audience_and_another_is_refused() {
    let world = World::demo();
    let answer = as_cloud(&world, TOKEN, &[OWN, ("resource", RESOURCE)]).ok();
    assert_eq!(access_claims(&answer)["aud"], json!([RESOURCE]));
    for other in ["https://api.hanzo.ai/", "https://api.hanzo.ai#x", "/v1", "https://evil.example"]
    {
        let answer = as_cloud(&world, TOKEN, &[OWN, ("resource", other)]);
        assert_refused(&answer, 400, "invalid_target");
    }
}

/// RFC 8707 §2; issue 10, fault 16: a token is for one resource, and none is passed over.
#[test]
fn two_resources_at_once_are_no_target() {
    let world = World::demo();
    let two = [OWN, ("resource", RESOURCE), ("resource", "https://evil.example")];
    assert_refused(&as_cloud(&world, TOKEN, &two), 400, "invalid_target");
    let json = |resource: serde_json::Value| {
        let body = json!({"grant_type": "client_credentials", "resource": resource});
        world.post(TOKEN).basic("hanzo-cloud", CLOUD_SECRET).json(&body).send()
    };
    assert_refused(&json(json!([RESOURCE, "https://evil.example"])), 400, "invalid_target");
    assert_eq!(access_claims(&json(json!([RESOURCE])).ok())["aud"], json!([RESOURCE]));
    let device = [("client_id", "hanzo-app"), ("resource", RESOURCE), ("resource", RESOURCE)];
    let answer = world.post("/v1/iam/oauth/device").form(&device).send();
    assert_refused(&answer, 400, "invalid_target");
}

/// ATTACKS D-61.
#[test]
fn a_scope_beyond_the_registered_ones_is_refused() {
    let world = World::demo();
    assert_refused(&as_cloud(&world, TOKEN, &[OWN, ("scope", "admin")]), 400, "invalid_scope");
    sql(&world, "UPDATE applications SET scopes = '[\"ai:inference\"]'");
    let answer = as_cloud(&world, TOKEN, &[OWN, ("scope", "ai:inference")]).ok();
    assert_eq!(answer["scope"], "ai:inference");
}

#[test]
fn the_secret_is_taken_from_basic_or_from_the_body_and_an_id_beside_basic_is_no_second_one() {
    let world = World::demo();
    let body = [OWN, ("client_id", "hanzo-cloud"), ("client_secret", CLOUD_SECRET)];
    post(&world, &body).ok();
    as_cloud(&world, TOKEN, &[OWN, ("client_id", "hanzo-cloud")]).ok();
    let json = json!({
        "grant_type": "client_credentials", "client_id": "hanzo-cloud",
        "client_secret": CLOUD_SECRET,
    });
    world.post(TOKEN).json(&json).send().ok();
    let encoded = CLOUD_SECRET.replace('-', "%2D");
    world.post(TOKEN).basic("hanzo%2Dcloud", &encoded).form(&[OWN]).send().ok();
}

/// ATTACKS D-62.
#[test]
fn two_methods_a_secret_in_the_url_or_two_headers_are_refused() {
    let world = World::demo();
    let both = [OWN, ("client_id", "hanzo-cloud"), ("client_secret", CLOUD_SECRET)];
    assert_refused(&as_cloud(&world, TOKEN, &both), 400, "invalid_request");
    let other = [OWN, ("client_id", "hanzo-app")];
    assert_refused(&as_cloud(&world, TOKEN, &other), 400, "invalid_request");
    let url = format!("{TOKEN}?client_id=hanzo-cloud&client_secret={CLOUD_SECRET}");
    assert_refused(&world.post(&url).form(&[OWN]).send(), 400, "invalid_request");
    let twice = world
        .post(TOKEN)
        .basic("hanzo-cloud", CLOUD_SECRET)
        .basic("acme-app", ACME_SECRET)
        .form(&[OWN])
        .send();
    assert_refused(&twice, 400, "invalid_request");
}

/// ATTACKS D-62, D-70: nobody learns which clients exist.
#[test]
fn an_unknown_client_is_answered_as_a_wrong_secret_is() {
    let world = World::demo();
    let unknown = world.post(TOKEN).basic("nobody", CLOUD_SECRET).form(&[OWN]).send();
    let wrong = world.post(TOKEN).basic("hanzo-cloud", ACME_SECRET).form(&[OWN]).send();
    let public = world.post(TOKEN).basic("hanzo-app", CLOUD_SECRET).form(&[OWN]).send();
    for answer in [&unknown, &wrong, &public] {
        assert_refused(answer, 401, "invalid_client");
        assert_eq!(answer.header("www-authenticate"), Some(r#"Basic realm="OAuth2""#));
        assert_eq!(answer.text(), unknown.text());
    }
}

/// ATTACKS D-63: no client is registered for assertions.
#[test]
fn a_client_assertion_is_refused() {
    let world = World::demo();
    let form = [
        OWN,
        ("client_id", "hanzo-cloud"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", "a.b.c"),
    ];
    assert_refused(&post(&world, &form), 401, "invalid_client");
}

/// ATTACKS D-64.
#[test]
fn a_public_client_and_one_without_its_secret_get_no_token_of_their_own() {
    let world = World::demo();
    assert_refused(&post(&world, &[OWN, ("client_id", "hanzo-app")]), 400, "unauthorized_client");
    assert_refused(&post(&world, &[OWN, ("client_id", "hanzo-cloud")]), 401, "invalid_client");
    sql(&world, "UPDATE applications SET grant_types = '[\"authorization_code\"]'");
    assert_refused(&as_cloud(&world, TOKEN, &[OWN]), 400, "unauthorized_client");
}

/// RFC 6749 §5.2; issue 10, fault 21: what the client sent comes back in other characters.
#[test]
fn an_error_description_has_only_the_characters_that_it_may() {
    let world = World::demo();
    for name in ["ä\"\\", "\u{1f511}\n", &"x".repeat(100_000)] {
        let answer = post(&world, &[(name, "1"), (name, "2")]);
        assert_refused(&answer, 400, "invalid_request");
        let body = answer.body();
        let description = body["error_description"].as_str().unwrap();
        let allowed = |byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        assert!(description.bytes().all(allowed) && description.len() <= 300, "{description}");
    }
}

/// ATTACKS D-67: no assertion grant is registered, whoever issued it.
#[test]
fn an_assertion_grant_is_not_supported() {
    let world = World::demo();
    let form =
        [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", "a.b.c")];
    assert_refused(&as_cloud(&world, TOKEN, &form), 400, "unsupported_grant_type");
}

#[test]
fn a_disabled_application_or_a_suspended_organization_gets_nothing() {
    for change in [
        "UPDATE applications SET is_disabled = 1",
        "UPDATE organizations SET is_disabled = 1 WHERE name = 'hanzo'",
    ] {
        let world = World::demo();
        let before = tokens(&world);
        sql(&world, change);
        assert_refused(&as_cloud(&world, TOKEN, &[OWN]), 401, "invalid_client");
        let userinfo = world.get("/v1/iam/oauth/userinfo").bearer(text(&before, "access_token"));
        assert_refused(&userinfo.send(), 401, "invalid_token");
    }
}

/// WIRE §4.2: the platform's own machines would speak for everybody.
#[test]
fn an_application_of_a_reserved_organization_gets_no_token_of_its_own() {
    for change in [
        "UPDATE applications SET organization = 'admin' WHERE name = 'hanzo-cloud'",
        "UPDATE applications SET name = 'hanzo-iam' WHERE name = 'hanzo-cloud'",
    ] {
        let world = World::demo();
        sql(&world, change);
        assert_refused(&as_cloud(&world, TOKEN, &[OWN]), 400, "unauthorized_client");
    }
}

fn password<'a>(username: &'a str, password: &'a str) -> [(&'a str, &'a str); 3] {
    [("grant_type", "password"), ("username", username), ("password", password)]
}

#[test]
fn a_confidential_client_may_sign_a_person_in_with_a_password() {
    let world = World::demo();
    let answer = as_cloud(&world, TOKEN, &password("bob", PASSWORD)).ok();
    assert_eq!(access_claims(&answer)["amr"], json!(["pwd"]));
    assert!(answer["refresh_token"].is_string() && answer["id_token"].is_string());
    as_cloud(&world, TOKEN, &password("bob@hanzo.example", PASSWORD)).ok();
    as_cloud(&world, TOKEN, &password("hanzo/bob", PASSWORD)).ok();
}

#[test]
fn a_wrong_password_an_unknown_person_and_another_organization_are_the_same_refusal() {
    let world = World::demo();
    let wrong = as_cloud(&world, TOKEN, &password("bob", "wrong"));
    assert_refused(&wrong, 400, "invalid_grant");
    assert_eq!(as_cloud(&world, TOKEN, &password("nobody", "wrong")).text(), wrong.text());
    sql(&world, "UPDATE users SET owner = 'acme' WHERE name = 'bob'");
    let mut form = password("bob", PASSWORD).to_vec();
    form.push(("organization", "acme"));
    assert_eq!(as_cloud(&world, TOKEN, &form).text(), wrong.text());
}

#[test]
fn a_public_client_may_not_ask_for_passwords() {
    let world = World::demo();
    let mut form = password("bob", PASSWORD).to_vec();
    form.push(("client_id", "hanzo-app"));
    assert_refused(&post(&world, &form), 400, "unauthorized_client");
}
