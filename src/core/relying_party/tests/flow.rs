//! From the authorization request to the login.

use super::{
    super::{
        CallbackError, ClientAuth, Metadata, Prompt, SigningKey,
        authorize::LIFETIME,
        login::{Answers, LoginError},
        token_response::ResponseError,
        userinfo::UserinfoError,
    },
    *,
};
use crate::core::{encoding::sha256, token::Algorithm};

#[test]
fn the_request_has_state_nonce_and_an_s256_challenge() {
    let settings = oidc();
    let wish = Wish {
        login_hint: "ada@example.com",
        prompt: Some(Prompt::SelectAccount),
        max_age: Some(60),
        ..Wish::default()
    };
    let begun = provider(&settings).authorize(REDIRECT, &wish, &random(), NOW);
    let value = |name| parameter(&begun.url, name);
    assert!(begun.url.starts_with("https://idp.example/authorize?"));
    assert_eq!(value("client_id").unwrap(), "hanzo");
    assert_eq!(value("response_type").unwrap(), "code");
    assert_eq!(value("redirect_uri").unwrap(), REDIRECT);
    assert_eq!(value("scope").unwrap(), "openid profile email");
    assert_eq!(value("state").unwrap(), begun.state);
    assert_eq!(value("nonce"), begun.pending.nonce);
    let verifier = begun.pending.code_verifier.as_ref().unwrap();
    assert_eq!(value("code_challenge").unwrap(), base64url(&sha256(verifier.as_bytes())));
    assert_eq!(value("code_challenge_method").unwrap(), "S256");
    assert_eq!(value("login_hint").unwrap(), "ada@example.com");
    assert_eq!(value("prompt").unwrap(), "select_account");
    assert_eq!(value("max_age").unwrap(), "60");
    assert_eq!(value("response_mode"), None);
    assert!(begun.state != *verifier && Some(&begun.state) != begun.pending.nonce.as_ref());
}

#[test]
fn a_pending_login_is_stored_and_read_back_and_not_shown() {
    let pending = begin(&provider(&oidc())).pending;
    let stored = serde_json::to_string(&pending).unwrap();
    assert_eq!(serde_json::from_str::<Pending>(&stored).unwrap(), pending);
    let shown = format!("{pending:?}");
    assert!(!shown.contains(pending.nonce.as_ref().unwrap()));
    assert!(!shown.contains(pending.code_verifier.as_ref().unwrap()));
}

#[test]
fn a_code_is_accepted_from_a_query_or_a_form() {
    let settings = oidc();
    let pending = begin(&provider(&settings)).pending;
    let grant = accept(&settings, "code=a%2Bb&state=s&iss=https%3A%2F%2Fidp.example", &pending);
    assert_eq!(grant.unwrap().code.expose(), "a+b");
    assert!(accept(&settings, "code=a&state=s", &pending).is_ok(), "iss was not promised");
}

/// RFC 9207 §2.4, RFC 9700 §4.4: mix-up.
#[test]
fn another_issuer_in_the_callback_is_refused_even_with_an_error() {
    let settings = oidc();
    let pending = begin(&provider(&settings)).pending;
    for rest in ["code=a", "error=access_denied"] {
        let query = format!("{rest}&state=s&iss=https%3A%2F%2Fevil.example");
        let error = accept(&settings, &query, &pending).unwrap_err();
        assert_eq!(error, CallbackError::Issuer("https://evil.example".to_owned()));
    }
}

#[test]
fn a_promised_issuer_must_be_there() {
    let settings = ProviderSettings { issuer: ISSUER.to_owned(), ..settings("Oidc") };
    let document = json!({
        "issuer": ISSUER, "authorization_endpoint": "https://idp.example/a",
        "token_endpoint": "https://idp.example/t", "jwks_uri": "https://idp.example/j",
        "authorization_response_iss_parameter_supported": true,
    });
    let metadata = Metadata::parse(&settings, &json_reply(&document.to_string())).unwrap();
    let provider = Provider::new(&settings, Some(&metadata)).unwrap();
    let pending = begin(&provider).pending;
    let of = |query| Callback::parse(query).unwrap().accept(&provider, &pending, NOW).err();
    assert_eq!(of("code=a&state=s"), Some(CallbackError::NoIssuer));
    assert_eq!(of("code=a&state=s&iss=https://idp.example"), None);
}

#[test]
fn a_callback_of_another_provider_or_issuer_or_time_is_refused() {
    let settings = oidc();
    let pending = begin(&provider(&settings)).pending;
    let of = |pending: &Pending| accept(&settings, "code=a&state=s", pending).err();
    let other = Pending { provider: "provider-evil".to_owned(), ..pending.clone() };
    assert_eq!(of(&other), Some(CallbackError::Provider("provider-evil".to_owned())));
    let moved = Pending { issuer: Some("https://old.example".to_owned()), ..pending.clone() };
    assert_eq!(of(&moved), Some(CallbackError::IssuerChanged));
    let begun_at = |at| Pending { created_at: at, ..pending.clone() };
    assert_eq!(of(&begun_at(NOW.plus(-LIFETIME))), None);
    assert_eq!(of(&begun_at(NOW.plus(-LIFETIME - 1))), Some(CallbackError::TooLate));
    assert_eq!(of(&begun_at(NOW.plus(1))), Some(CallbackError::TooLate));
}

#[test]
fn a_callbacks_error_is_told_apart_from_a_denial() {
    let settings = oidc();
    let pending = begin(&provider(&settings)).pending;
    let of = |query: &str| accept(&settings, query, &pending).unwrap_err();
    for denial in ["access_denied", "user_cancelled_authorize", "user_cancelled_login"] {
        assert_eq!(of(&format!("error={denial}&state=s")), CallbackError::Denied);
    }
    let failed = of("error=server_error&error_description=a%0Ab&state=s&code=x");
    let (error, description) = ("server_error".to_owned(), "ab".to_owned());
    assert_eq!(failed, CallbackError::Failed { error, description });
    assert_eq!(of("state=s"), CallbackError::NoCode);
    assert_eq!(of("code=a"), CallbackError::State);
    assert_eq!(of("code=a&state="), CallbackError::State);
    assert_eq!(of("code=a&code=b&state=s"), CallbackError::Repeated("code".to_owned()));
    assert_eq!(of(&format!("state=s&code={}", "a".repeat(17_000))), CallbackError::TooLong);
}

#[test]
fn basic_authentication_encodes_both_parts_as_in_a_form() {
    let settings = oidc();
    let provider = provider(&settings);
    let pending = begin(&provider).pending;
    let call = token_call(&provider, &pending);
    // "hanzo:s3cret%3A+%2B%25"
    assert_eq!(call.header("authorization"), Some("Basic aGFuem86czNjcmV0JTNBKyUyQiUyNQ=="));
    let body = body_of(&call);
    assert_eq!(parameter(body, "grant_type").unwrap(), "authorization_code");
    assert_eq!(parameter(body, "code").unwrap(), CODE);
    assert_eq!(parameter(body, "code_verifier"), pending.code_verifier);
    assert_eq!(parameter(body, "redirect_uri").unwrap(), REDIRECT);
    assert_eq!(parameter(body, "client_secret"), None);
    assert!(!format!("{call:?}").contains("s3cret"));
}

#[test]
fn each_way_of_authentication_is_the_only_one_in_the_request() {
    for (auth, id, secret) in [
        (ClientAuth::SecretPost, true, true),
        (ClientAuth::None, true, false),
        (ClientAuth::SecretBasic, false, false),
    ] {
        let settings = ProviderSettings { client_auth: Some(auth), ..oidc() };
        let provider = provider(&settings);
        let call = token_call(&provider, &begin(&provider).pending);
        let body = body_of(&call);
        assert_eq!(parameter(body, "client_id").is_some(), id, "{auth:?}");
        assert_eq!(parameter(body, "client_secret").is_some(), secret, "{auth:?}");
        let basic = call.header("authorization").is_some();
        assert_eq!(basic, auth == ClientAuth::SecretBasic, "{auth:?}");
    }
}

#[test]
fn private_key_jwt_is_an_assertion_for_the_issuer() {
    for (key, algorithm) in [(TestKey::P256(5), Algorithm::Es256), (TestKey::Rsa, Algorithm::Rs256)]
    {
        let settings = ProviderSettings {
            client_auth: Some(ClientAuth::PrivateKeyJwt),
            signing_key: Some(SigningKey {
                key_id: "ours".to_owned(),
                algorithm,
                private: key.pkcs8(),
            }),
            ..oidc()
        };
        let provider = provider(&settings);
        let call = token_call(&provider, &begin(&provider).pending);
        let body = body_of(&call);
        assert_eq!(
            parameter(body, "client_assertion_type").unwrap(),
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        );
        let claims = signed_claims(key, &parameter(body, "client_assertion").unwrap());
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!("hanzo"), &json!("hanzo")));
        assert_eq!(claims["aud"], ISSUER);
        assert_eq!(claims["exp"], NOW.0 + 300);
        assert_eq!(claims["jti"].as_str().unwrap().len(), 22);
        assert_eq!(parameter(body, "client_secret"), None);
    }
}

/// The claims of a token that `key` has signed.
pub(super) fn signed_claims(key: TestKey, token: &str) -> serde_json::Map<String, Value> {
    let keys = key_set(&[("ours", key)]);
    let verified = super::super::jws::verify(&RustCrypto, &keys, JwsAlgorithm::Rs256, token);
    pollster::block_on(verified).unwrap().claims
}

#[test]
fn a_token_response_is_read_as_json_or_as_a_form() {
    let settings = settings("GitHub");
    let provider = provider(&settings);
    let json = r#"{"access_token":"gho_x","token_type":"bearer","scope":"user:email"}"#;
    let form = Reply {
        status: 200,
        content_type: "application/x-www-form-urlencoded; charset=utf-8",
        body: b"access_token=gho_x&scope=user%3Aemail&token_type=bearer",
    };
    for reply in [json_reply(json), form] {
        let tokens = Tokens::parse(&provider, &reply).unwrap();
        assert_eq!(tokens.access_token.expose(), "gho_x");
        assert_eq!(tokens.scope.as_deref(), Some("user:email"));
        assert!(!format!("{tokens:?}").contains("gho_x"));
    }
}

#[test]
fn a_token_response_that_is_none_is_refused() {
    let settings = oidc();
    let provider = provider(&settings);
    let of = |status, body: &str| {
        let reply = Reply { status, ..json_reply(body) };
        Tokens::parse(&provider, &reply).unwrap_err()
    };
    let refused = |error: &str, description: &str| ResponseError::Refused {
        error: error.to_owned(),
        description: description.to_owned(),
    };
    let body = r#"{"error":"invalid_grant","error_description":"used"}"#;
    assert_eq!(of(400, body), refused("invalid_grant", "used"));
    assert_eq!(of(200, body), refused("invalid_grant", "used"), "as GitHub answers");
    assert_eq!(of(502, "<html>"), ResponseError::Status(502));
    for body in ["<html>", "", "[]", r#"{"access_token":"a","access_token":"b"}"#] {
        assert_eq!(of(200, body), ResponseError::Malformed, "{body}");
    }
    assert_eq!(of(200, r#"{"access_token":"a"}"#), ResponseError::Member("id_token"));
    assert_eq!(of(200, r#"{"id_token":"a"}"#), ResponseError::Member("access_token"));
    assert_eq!(of(200, r#"{"id_token":7}"#), ResponseError::Member("id_token"));
    let bound = r#"{"access_token":"a","id_token":"b","token_type":"DPoP"}"#;
    assert_eq!(of(200, bound), ResponseError::TokenType("DPoP".to_owned()));
    let long = format!(r#"{{"access_token":"{}"}}"#, "a".repeat(300_000));
    assert_eq!(of(200, &long), ResponseError::Malformed);
}

fn userinfo(reply: &Reply<'_>) -> Result<Userinfo, UserinfoError> {
    let settings = oidc();
    let provider = provider(&settings);
    let pending = begin(&provider).pending;
    let token = signed(&claims(&pending));
    let keys = key_set_1();
    let id_token = verify_with(&settings, &keys, &token, &pending, NOW).unwrap();
    let tokens = tokens_with(&provider, &token);
    let verifier = (&RustCrypto as &dyn crate::core::crypto::Signatures, Some(&keys));
    let claims = provider.userinfo(reply, &tokens, Some(&id_token), &pending, verifier, NOW);
    pollster::block_on(claims)
}

/// rp-userinfo-bad-sub-claim, ATTACKS E-77.
#[test]
fn userinfo_of_another_subject_is_refused() {
    assert!(userinfo(&json_reply(r#"{"sub":"ada","name":"Ada"}"#)).is_ok());
    for body in [r#"{"sub":"eve"}"#, r#"{"name":"Ada"}"#, r#"{"sub":7}"#, r#"{"sub":"Ada"}"#] {
        assert_eq!(userinfo(&json_reply(body)).unwrap_err(), UserinfoError::Subject, "{body}");
    }
}

#[test]
fn userinfo_without_an_id_token_is_refused_where_one_is_due() {
    let settings = oidc();
    let provider = provider(&settings);
    let pending = begin(&provider).pending;
    let tokens = tokens_with(&provider, "x.y.z");
    let verifier = (&RustCrypto as &dyn crate::core::crypto::Signatures, None);
    for body in [r#"{"sub":"ada"}"#, r#"{"id":"ada"}"#] {
        let reply = json_reply(body);
        let claims = provider.userinfo(&reply, &tokens, None, &pending, verifier, NOW);
        assert_eq!(pollster::block_on(claims).unwrap_err(), UserinfoError::Subject);
    }
}

#[test]
fn userinfo_that_is_no_json_object_is_refused() {
    for body in ["<html>", "", "[]", "\"ada\"", r#"{"sub":"ada","sub":"eve"}"#] {
        let error = userinfo(&json_reply(body)).unwrap_err();
        assert_eq!(error, ResponseError::Malformed.into(), "{body}");
    }
    let refused = userinfo(&Reply { status: 401, ..json_reply("") }).unwrap_err();
    assert_eq!(refused, ResponseError::Status(401).into());
}

/// rp-userinfo-sig.
#[test]
fn signed_userinfo_is_verified() {
    let of = |token: &str| {
        userinfo(&Reply { status: 200, content_type: "application/jwt", body: token.as_bytes() })
    };
    let good = json!({"iss": ISSUER, "aud": "hanzo", "sub": "ada", "name": "Ada"});
    assert_eq!(of(&signed(&good)).unwrap().claims()["name"], "Ada");
    let header = json!({"alg": "ES256", "kid": "k1"});
    let forged = sign(TestKey::P256(9), JwsAlgorithm::Es256, &header, &good);
    assert!(matches!(of(&forged), Err(UserinfoError::Claims(IdTokenError::Jws(_)))));
    let foreign = json!({"iss": ISSUER, "aud": "other", "sub": "ada"});
    assert_eq!(of(&signed(&foreign)).unwrap_err(), IdTokenError::Audience.into());
    let access = json!({"alg": "ES256", "kid": "k1", "typ": "at+jwt"});
    let access = sign(TestKey::P256(1), JwsAlgorithm::Es256, &access, &good);
    assert!(matches!(of(&access), Err(UserinfoError::Claims(IdTokenError::Type(_)))));
}

#[test]
fn a_login_takes_who_from_the_id_token_and_the_rest_from_userinfo_first() {
    let token = verdict(|claims| {
        claims["acr"] = json!("urn:mace:incommon:iap:silver");
        claims["amr"] = json!(["pwd", "otp", 7]);
        claims["auth_time"] = json!(NOW.0 - 5);
        claims["sid"] = json!("session-1");
        claims["name"] = json!("Old");
        claims["groups"] = json!(["admins"]);
    })
    .unwrap();
    let info = info(&json!({"sub": "ada", "name": "Ada\u{7}", "preferred_username": "ada",
        "picture": "javascript:alert(1)", "iss": "https://evil.example"}));
    let settings = oidc();
    let login = provider(&settings)
        .login(&Answers { id_token: Some(&token), userinfo: Some(&info), ..Answers::default() })
        .unwrap();
    assert_eq!(login.subject, "ada");
    assert_eq!(login.name.as_deref(), Some("Ada"));
    assert_eq!(login.preferred_username.as_deref(), Some("ada"));
    assert_eq!(login.picture, None);
    assert_eq!(login.amr, ["pwd", "otp"]);
    assert_eq!(login.acr.as_deref(), Some("urn:mace:incommon:iap:silver"));
    assert_eq!(login.auth_time, Some(UnixTime(NOW.0 - 5)));
    assert_eq!(login.session_id.as_deref(), Some("session-1"));
    assert_eq!(login.claims["groups"], json!(["admins"]));
    assert!(!login.claims.contains_key("iss") && !login.claims.contains_key("nonce"));
}

/// ATTACKS G-95.
#[test]
fn what_one_source_says_of_its_address_does_not_count_for_anothers() {
    let token = verdict(|claims| {
        claims["email"] = json!("ada@example.com");
        claims["email_verified"] = json!(true);
    })
    .unwrap();
    let info = info(&json!({"sub": "ada", "email": "boss@example.com"}));
    let settings = ProviderSettings { trust_email: true, ..oidc() };
    let provider = provider(&settings);
    let answers = Answers { id_token: Some(&token), ..Answers::default() };
    let login = provider.login(&answers).unwrap();
    assert!(login.email_verified);
    let login = provider.login(&Answers { userinfo: Some(&info), ..answers }).unwrap();
    assert_eq!(login.email.as_deref(), Some("boss@example.com"));
    assert!(!login.email_verified && !login.claims.contains_key("email_verified"));
    let settings = oidc();
    let login = super::provider(&settings).login(&answers).unwrap();
    assert!(!login.email_verified, "the administrator has not said that the provider is trusted");
}

#[test]
fn nobody_signs_in_without_a_subject() {
    let settings = settings("Discord");
    let provider = provider(&settings);
    let login = |claims: &Value| {
        let info = info(claims);
        let answers = Answers { userinfo: Some(&info), ..Answers::default() };
        provider.login(&answers).unwrap_err()
    };
    for info in [json!({}), json!({"id": ""}), json!({"id": null}), json!({"id": 1.5})] {
        assert_eq!(login(&info), LoginError::Subject, "{info}");
    }
    assert_eq!(login(&json!({"id": "a".repeat(256)})), LoginError::Subject);
    assert_eq!(provider.login(&Answers::default()), Err(LoginError::NoClaims));
    let settings = oidc();
    let info = info(&json!({"sub": "ada"}));
    let answers = Answers { userinfo: Some(&info), ..Answers::default() };
    let without_id_token = super::provider(&settings).login(&answers);
    assert_eq!(without_id_token, Err(LoginError::NoClaims));
}
