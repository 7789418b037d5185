//! `grant_type=authorization_code` and what its tokens say (ATTACKS C-44, D-56 to D-58, D-68, D-69).

use serde_json::{Value, json};

use crate::{
    browser::CALLBACK,
    oauth::{
        CLOUD_CALLBACK, RESOURCE, TOKEN, VERIFIER, access_claims, allowed, allowed_to_cloud,
        as_cloud, assert_refused, cloud_tokens, code, is_active, post, read, redeem, refresh, sql,
        subject, text, tokens,
    },
    world::{ACME_SECRET, CLOUD_SECRET, ISSUER, START, World},
};

#[test]
fn a_code_gives_the_tokens_of_the_contract() {
    let world = World::demo();
    let answer = tokens(&world);
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 3600);
    assert_eq!(answer["scope"], "openid profile email iam");
    assert!(text(&answer, "refresh_token").len() >= 43);

    let (header, claims) = read(text(&answer, "access_token"));
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("ES256")));
    let mut claims = claims.as_object().unwrap().clone();
    assert!(claims.remove("jti").unwrap().as_str().unwrap().len() >= 22);
    assert!(claims.remove("gid").is_some());
    let now = START.0;
    assert_eq!(
        serde_json::Value::Object(claims),
        json!({
            "iss": ISSUER, "sub": subject(&world, "hanzo", "bob"), "aud": ["hanzo-app"],
            "exp": now + 3600, "nbf": now, "iat": now, "tokenType": "access-token",
            "sid": "session", "scope": "openid profile email iam", "azp": "hanzo-app",
            "client_id": "hanzo-app", "owner": "hanzo", "organization": "hanzo",
            "orgs": [{"org": "hanzo", "role": "member"}], "name": "bob",
            "preferred_username": "bob", "displayName": "bob", "email": "bob@hanzo.example",
            "email_verified": true, "billing_account": "org:hanzo", "type": "normal-user",
            "auth_time": now - 60, "amr": ["pwd"], "acr": "aal1",
        })
    );
}

#[test]
fn the_id_token_is_bound_to_the_request_and_to_the_access_token() {
    let world = World::demo();
    let answer = tokens(&world);
    let (header, claims) = read(text(&answer, "id_token"));
    assert_eq!(header["typ"], "JWT");
    assert_eq!(claims["aud"], json!(["hanzo-app"]));
    assert_eq!(claims["tokenType"], "id-token");
    assert_eq!(claims["nonce"], "n-0S6_WzA2Mj");
    assert_eq!(claims["auth_time"], START.0 - 60);
    let access_token = text(&answer, "access_token");
    assert_eq!(claims["at_hash"], hanzo_iam::core::token::at_hash(access_token));
    let mut plain = allowed(&world);
    plain.scope = hanzo_iam::core::oauth::scope::Scope::parse("profile").unwrap();
    let answer = redeem(&world, &code(&world, plain)).ok();
    assert!(answer.get("id_token").is_none(), "there is no ID token without openid");
}

/// OIDC Core §5.4; issue 10, fault 29: first-party clients are told what WIRE §2.1 says.
#[test]
fn the_tokens_of_a_third_party_client_tell_what_its_scope_says() {
    let world = World::demo();
    sql(
        &world,
        "UPDATE applications SET is_shared = 1, is_first_party = 0 WHERE name = 'hanzo-app'",
    );
    sql(
        &world,
        "INSERT INTO consents (user_id, client_id, scope, created_at, updated_at) \
         SELECT id, 'hanzo-app', 'openid profile email', 0, 0 FROM users WHERE name = 'bob'",
    );
    let told = |scope: &str, token: &str| {
        let mut request = allowed(&world);
        request.scope = hanzo_iam::core::oauth::scope::Scope::parse(scope).unwrap();
        let answer = redeem(&world, &code(&world, request)).ok();
        read(text(&answer, token)).1
    };
    let personal = ["name", "preferred_username", "displayName", "email", "email_verified"];
    let tenant = ["owner", "organization", "orgs", "billing_account", "type", "groups"];
    let bare = told("openid", "id_token");
    for claim in personal.iter().chain(&tenant) {
        assert!(bare.get(*claim).is_none(), "{claim}");
    }
    assert_eq!(bare["sub"], subject(&world, "hanzo", "bob"));
    assert!(bare["nonce"].is_string() && bare["auth_time"].is_number());
    let profile = told("openid profile", "id_token");
    assert_eq!((&profile["name"], profile.get("email")), (&json!("bob"), None));
    let email = told("openid email", "id_token");
    assert_eq!((&email["email"], email.get("name")), (&json!("bob@hanzo.example"), None));
    // The client can read the access token as well.
    let access = told("openid", "access_token");
    assert!(personal.iter().all(|claim| access.get(*claim).is_none()), "{access}");
    assert_eq!(access["owner"], "hanzo");
}

/// OIDC Core §15.1; issue 10, fault 28.
#[test]
fn id_tokens_are_rs256_and_access_tokens_es256_unless_the_application_pins_one() {
    let world = World::demo();
    for (pinned, access, id) in
        [("", "ES256", "RS256"), ("RS256", "RS256", "RS256"), ("ES256", "ES256", "ES256")]
    {
        let path = "/v1/iam/applications/admin/hanzo-app";
        let change = json!({"tokenSigningMethod": pinned});
        let stored = world.put(path).of("root").json(&change).send().ok();
        assert_eq!(stored["tokenSigningMethod"], pinned);
        let answer = tokens(&world);
        let algorithm = |token| read(text(&answer, token)).0["alg"].clone();
        assert_eq!((algorithm("access_token"), algorithm("id_token")), (json!(access), json!(id)));
        assert!(is_active(&world, &answer));
        let refreshed = refresh(&world, &answer).ok();
        assert_eq!(read(text(&refreshed, "id_token")).0["alg"], id);
    }
}

#[test]
fn the_audience_is_the_resource_or_the_client_with_the_organization() {
    let world = World::demo();
    let mut request = allowed_to_cloud(&world);
    request.resource = Some(RESOURCE.to_owned());
    let answer = crate::oauth::cloud_tokens_of(&world, request);
    assert_eq!(access_claims(&answer)["aud"], json!([RESOURCE]));
    sql(&world, "UPDATE applications SET is_shared = 1 WHERE name = 'hanzo-app'");
    let mut request = allowed(&world);
    request.user_id = subject(&world, "acme", "erin");
    let claims = access_claims(&redeem(&world, &code(&world, request)).ok());
    assert_eq!(claims["aud"], json!(["hanzo-app-org-acme"]));
    assert_eq!(claims["owner"], "acme");
}

#[test]
fn an_access_token_of_a_person_of_many_organizations_stays_below_two_kilobytes() {
    let world = World::demo();
    let bob = subject(&world, "hanzo", "bob");
    for index in 0..300 {
        sql(
            &world,
            &format!(
                "INSERT INTO organizations (id, name, created_at, updated_at) \
                 VALUES ('o{index}', 'organization-{index}', 0, 0)"
            ),
        );
        sql(
            &world,
            &format!(
                "INSERT INTO memberships (user_id, organization, role, created_at) \
                 VALUES ('{bob}', 'organization-{index}', 'member', 0)"
            ),
        );
    }
    for method in ["ES256", "RS256"] {
        sql(&world, &format!("UPDATE applications SET token_signing_method = '{method}'"));
        let answer = tokens(&world);
        let token = text(&answer, "access_token");
        assert!(token.len() < 2048, "{method}: {}", token.len());
        let orgs = access_claims(&answer)["orgs"].as_array().unwrap().clone();
        assert_eq!(orgs[0]["org"], "hanzo");
        assert!(orgs.len() > 3, "{}", orgs.len());
    }
}

/// ATTACKS D-56: RFC 6749 §4.1.2.
#[test]
fn a_code_redeemed_twice_revokes_its_tokens() {
    let world = World::demo();
    let code = code(&world, allowed(&world));
    let first = redeem(&world, &code).ok();
    let second = refresh(&world, &first).ok();
    assert!(is_active(&world, &first) && is_active(&world, &second));
    assert_refused(&redeem(&world, &code), 400, "invalid_grant");
    assert!(!is_active(&world, &first) && !is_active(&world, &second));
    assert_refused(&refresh(&world, &second), 400, "invalid_grant");
}

/// ATTACKS D-57 (CVE-2026-28513 was an `&&` in place of an `||`).
#[test]
fn a_code_of_another_client_or_address_or_verifier_or_time_is_refused_each_alone_and_together() {
    for faults in 1..16_u8 {
        let has = |bit: u8| faults & (1 << bit) != 0;
        let world = World::demo();
        let code = code(&world, allowed(&world));
        if has(3) {
            world.clock.advance(300);
        }
        let client = if has(0) { ("acme-app", ACME_SECRET) } else { ("hanzo-app", "") };
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", client.0),
            ("client_secret", client.1),
            ("code", code.as_str()),
            ("redirect_uri", if has(1) { "http://localhost:3000/other" } else { CALLBACK }),
            ("code_verifier", if has(2) { crate::browser::CHALLENGE } else { VERIFIER }),
        ];
        assert_refused(&post(&world, &form), 400, "invalid_grant");
        assert!(sql(&world, "SELECT id FROM grants").is_empty(), "{faults:#b}");
        if !has(3) {
            redeem(&world, &code).ok();
        }
    }
}

/// ATTACKS C-44: CVE-2024-23647; RFC 9700 §4.8.2.
#[test]
fn a_verifier_is_given_exactly_when_a_challenge_was() {
    let world = World::demo();
    let stripped = code(&world, allowed(&world));
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "hanzo-app"),
        ("code", stripped.as_str()),
        ("redirect_uri", CALLBACK),
    ];
    assert_refused(&post(&world, &form), 400, "invalid_grant");
    let bare = code(&world, allowed_to_cloud(&world));
    let form = [
        ("grant_type", "authorization_code"),
        ("code", bare.as_str()),
        ("redirect_uri", CLOUD_CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    assert_refused(&as_cloud(&world, TOKEN, &form), 400, "invalid_grant");
}

/// OpenID Connect Core §3.1.3.2: Casdoor's clients never send it.
#[test]
fn the_redirect_uri_may_be_left_out_if_the_client_authenticates_and_has_one_alone() {
    let world = World::demo();
    let redeemed = |more: &[(&str, &str)]| {
        let given = code(&world, allowed_to_cloud(&world));
        let mut form = vec![("grant_type", "authorization_code"), ("code", given.as_str())];
        form.extend(more);
        as_cloud(&world, TOKEN, &form)
    };
    assert!(redeemed(&[]).ok()["access_token"].is_string());
    assert_refused(&redeemed(&[("redirect_uri", CALLBACK)]), 400, "invalid_grant");
    let casdoor = |more: &Value| {
        let given = code(&world, allowed_to_cloud(&world));
        let mut body =
            json!({"grant_type": "authorization_code", "client_id": "hanzo-cloud", "code": given});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let call = world.post("/api/login/oauth/access_token").basic("hanzo-cloud", CLOUD_SECRET);
        call.json(&body).send()
    };
    // npm `casdoor-nodejs-sdk` sends the secret twice: that of the header counts.
    assert!(casdoor(&json!({"client_secret": CLOUD_SECRET})).ok()["access_token"].is_string());
    assert_refused(&casdoor(&json!({"client_id": "hanzo-app"})), 400, "invalid_request");
    // Another client could have been sent the code elsewhere.
    let two = json!({"redirectUris": [CLOUD_CALLBACK, "https://cloud.hanzo.ai/other"]});
    world.put("/v1/iam/applications/admin/hanzo-cloud").of("root").json(&two).send().ok();
    assert_refused(&redeemed(&[]), 400, "invalid_grant");
    // A public client proves nothing else.
    let one = json!({"redirectUris": [CALLBACK]});
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&one).send().ok();
    let given = code(&world, allowed(&world));
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "hanzo-app"),
        ("code", given.as_str()),
        ("code_verifier", VERIFIER),
    ];
    assert_refused(&post(&world, &form), 400, "invalid_grant");
}

/// RFC 6749 §3.2.1; issue 10, fault 27: PKCE shows that the client is the one that asked, not
/// which one it is.
#[test]
fn a_confidential_client_authenticates_even_with_a_verifier() {
    let world = World::demo();
    let mut request = allowed(&world);
    request.client_id = "hanzo-cloud".to_owned();
    let given = code(&world, request);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", given.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", "hanzo-cloud"),
    ];
    assert_refused(&post(&world, &form), 401, "invalid_client");
    let answer = as_cloud(&world, TOKEN, &form).ok();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&answer, "refresh_token")),
        ("client_id", "hanzo-cloud"),
    ];
    assert_refused(&post(&world, &form), 401, "invalid_client");
    as_cloud(&world, TOKEN, &form).ok();
}

/// A client that gets a secret refreshes with it from then on, also what was given before.
#[test]
fn what_a_client_was_given_as_a_public_one_is_not_refreshed_without_its_new_secret() {
    let world = World::demo();
    let answer = tokens(&world);
    let path = "/v1/iam/applications/admin/hanzo-app";
    let secret = "a-secret-for-what-was-public";
    let change = json!({"public": false, "clientSecret": secret});
    sql(
        &world,
        "UPDATE applications SET grant_types = '[\"authorization_code\", \"refresh_token\"]' WHERE name = 'hanzo-app'",
    );
    world.put(path).of("root").json(&change).send().ok();
    assert_refused(&refresh(&world, &answer), 401, "invalid_client");
}

/// WIRE §4.2, for applications whose record says so (issue 10, fault 27).
#[test]
fn with_pkce_without_secret_a_verifier_suffices_but_a_wrong_secret_is_not_overlooked() {
    let world = World::demo();
    let path = "/v1/iam/applications/admin/hanzo-cloud";
    assert_eq!(world.get(path).of("root").send().ok()["pkceWithoutSecret"], false);
    let change = json!({"pkceWithoutSecret": true});
    let stored = world.put(path).of("root").json(&change).send().ok();
    assert_eq!(stored["pkceWithoutSecret"], true);
    let request = || {
        let mut request = allowed(&world);
        request.client_id = "hanzo-cloud".to_owned();
        request
    };
    let given = code(&world, request());
    let form = |secret: &'static str| {
        [
            ("grant_type", "authorization_code"),
            ("client_id", "hanzo-cloud"),
            ("client_secret", secret),
            ("code", given.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ]
    };
    assert_refused(&post(&world, &form("wrong")), 401, "invalid_client");
    let answer = post(&world, &form("")).ok();
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "hanzo-cloud"),
        ("refresh_token", text(&answer, "refresh_token")),
    ];
    post(&world, &form).ok();
    // What was given for the secret is refreshed with it all the same.
    let with_secret = cloud_tokens(&world);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "hanzo-cloud"),
        ("refresh_token", text(&with_secret, "refresh_token")),
    ];
    assert_refused(&post(&world, &form), 401, "invalid_client");
}

#[test]
fn a_code_without_challenge_needs_the_secret() {
    let world = World::demo();
    let code = code(&world, allowed_to_cloud(&world));
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "hanzo-cloud"),
        ("code", code.as_str()),
        ("redirect_uri", CLOUD_CALLBACK),
    ];
    assert_refused(&post(&world, &form), 401, "invalid_client");
}

/// ATTACKS D-60 for codes: what a person allowed before being shut out gives nothing.
#[test]
fn a_code_of_a_person_no_longer_in_good_standing_is_refused() {
    for change in [
        "UPDATE users SET is_forbidden = 1",
        "UPDATE users SET not_before = 1795464001",
        "UPDATE organizations SET is_disabled = 1 WHERE name = 'hanzo'",
        "UPDATE applications SET is_disabled = 1",
        "UPDATE applications SET organization = 'acme' WHERE name = 'hanzo-app'",
    ] {
        let world = World::demo();
        let code = code(&world, allowed(&world));
        sql(&world, change);
        assert_refused(&redeem(&world, &code), 400, "invalid_grant");
    }
}

#[test]
fn the_token_endpoint_does_not_change_the_resource() {
    let world = World::demo();
    let code = code(&world, allowed_to_cloud(&world));
    let form = |resource: &'static str| {
        [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CLOUD_CALLBACK),
            ("resource", resource),
        ]
    };
    assert_refused(&as_cloud(&world, TOKEN, &form(RESOURCE)), 400, "invalid_target");
    as_cloud(&world, TOKEN, &form("")).ok();
}

/// Codes and tokens are kept as digests only.
#[test]
fn nothing_that_was_given_stands_in_the_database() {
    let world = World::demo();
    let code = code(&world, allowed(&world));
    let answer = redeem(&world, &code).ok();
    let mut all = String::new();
    for table in ["codes", "grants", "refresh_tokens", "revocations"] {
        all += &serde_json::to_string(&sql(&world, &format!("SELECT * FROM {table}"))).unwrap();
    }
    for secret in [&code, text(&answer, "refresh_token"), text(&answer, "access_token")] {
        assert!(!all.contains(secret));
    }
}

/// ATTACKS D-68.
#[test]
fn another_method_or_media_type_is_refused_in_the_form_of_rfc_6749() {
    let world = World::demo();
    for path in [TOKEN, "/v1/iam/oauth/refresh_token", "/v1/iam/oauth/introspect"] {
        let answer = world.get(path).send();
        assert_refused(&answer, 405, "invalid_request");
        assert_eq!(answer.header("allow"), Some("POST"));
    }
    for (media_type, status) in [
        ("text/plain", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/x-www-form-urlencoded; charset=utf-16", 400),
        ("APPLICATION/JSON; charset=\"UTF-8\"", 400),
        ("application/json, text/plain", 415),
        ("", 415),
    ] {
        let mut call = world.post(TOKEN).header("content-type", media_type);
        call.request.body = b"\xfe\xff\0g\0r=%ff".to_vec();
        assert_refused(&call.send(), status, "invalid_request");
    }
    let mut bare = world.post(TOKEN);
    bare.request.body = b"grant_type=client_credentials".to_vec();
    assert_refused(&bare.send(), 415, "invalid_request");
    assert_refused(&world.post(TOKEN).send(), 400, "invalid_request");
}

#[test]
fn json_is_read_as_a_form_is_and_a_repeated_parameter_in_neither() {
    let world = World::demo();
    let code = code(&world, allowed(&world));
    let body = json!({
        "grant_type": "authorization_code", "client_id": "hanzo-app", "code": code,
        "redirect_uri": CALLBACK, "code_verifier": VERIFIER,
    });
    world.post(TOKEN).json(&body).send().ok();
    let twice = [("grant_type", "password"), ("grant_type", "authorization_code")];
    assert_refused(&post(&world, &twice), 400, "invalid_request");
}

/// ATTACKS D-69: RFC 6749 §5.1.
#[test]
fn every_answer_of_the_token_endpoint_is_never_stored() {
    let world = World::demo();
    let answer = redeem(&world, &code(&world, allowed(&world)));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    assert_refused(&post(&world, &[("grant_type", "implicit")]), 401, "invalid_client");
    let form = [("grant_type", "implicit"), ("client_id", "hanzo-app")];
    assert_refused(&post(&world, &form), 400, "unsupported_grant_type");
    cloud_tokens(&world);
}
