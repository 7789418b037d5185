//! The OpenID relying party tests: what an ID token is refused for.

use serde_json::{Map, Value, json};

use super::{
    super::{id_token::MAXIMUM_AGE, jws::JwsError},
    *,
};

fn refusal(change: impl FnOnce(&mut Value)) -> IdTokenError {
    verdict(change).unwrap_err()
}

/// The verdict on a good payload under another header, signed by `key`.
fn under(
    header: &Value,
    key: TestKey,
    algorithm: JwsAlgorithm,
    keys: &JsonWebKeys,
) -> IdTokenError {
    let settings = oidc();
    let pending = begin(&provider(&settings)).pending;
    let token = sign(key, algorithm, header, &claims(&pending));
    verify_with(&settings, keys, &token, &pending, NOW).unwrap_err()
}

#[test]
fn a_good_token_is_accepted_with_its_claims() {
    let token = verdict(|claims| claims["auth_time"] = json!(NOW.0 - 5)).unwrap();
    assert_eq!(token.subject(), "ada");
    assert_eq!(token.claims()["auth_time"], NOW.0 - 5);
}

#[test]
fn every_asymmetric_algorithm_is_accepted_by_its_own_key() {
    let names =
        ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
    for name in names {
        let algorithm = JwsAlgorithm::from_name(name).unwrap();
        let key = TestKey::of(algorithm);
        let mut jwk = key.jwk();
        jwk["alg"] = json!(name);
        let set = json!({"keys": [jwk]}).to_string();
        let keys = JsonWebKeys::parse(&json_reply(&set)).unwrap();
        let settings = oidc();
        let pending = begin(&provider(&settings)).pending;
        let mut claims = claims(&pending);
        claims["at_hash"] = json!(algorithm.half_hash(ACCESS_TOKEN));
        claims["c_hash"] = json!(algorithm.half_hash(CODE));
        let token = sign(key, algorithm, &json!({"alg": name}), &claims);
        let verified = verify_with(&settings, &keys, &token, &pending, NOW);
        assert_eq!(verified.unwrap().subject(), "ada", "{name}");
    }
}

/// rp-id_token-bad-sig.
#[test]
fn a_wrong_signature_is_refused() {
    let settings = oidc();
    let pending = begin(&provider(&settings)).pending;
    let header = json!({"alg": "ES256", "kid": "k1"});
    let token = sign(TestKey::P256(9), JwsAlgorithm::Es256, &header, &claims(&pending));
    let error = verify_with(&settings, &key_set_1(), &token, &pending, NOW).unwrap_err();
    assert_eq!(error, JwsError::Signature.into());
    assert_eq!(error.step(), Some(6));
}

/// ATTACKS A-1: rp-id_token-sig-none.
#[test]
fn an_unsigned_token_is_refused_whatever_it_calls_itself() {
    let settings = oidc();
    let pending = begin(&provider(&settings)).pending;
    let payload = base64url(claims(&pending).to_string().as_bytes());
    for alg in ["none", "None", "nOnE", "NONE"] {
        let header = base64url(json!({"alg": alg, "kid": "k1"}).to_string().as_bytes());
        for (signature, error) in
            [("", JwsError::Algorithm(alg.to_owned())), ("AA", JwsError::Algorithm(alg.to_owned()))]
        {
            let token = format!("{header}.{payload}.{signature}");
            let found = verify_with(&settings, &key_set_1(), &token, &pending, NOW).unwrap_err();
            assert_eq!(found, error.into());
        }
    }
}

/// ATTACKS A-2.
#[test]
fn a_public_key_is_no_hmac_secret() {
    use hmac::{Hmac, KeyInit, Mac};
    let settings = oidc();
    let pending = begin(&provider(&settings)).pending;
    let secrets = [
        TestKey::P256(1).jwk().to_string().into_bytes(),
        settings.client_secret.expose().clone().into_bytes(),
    ];
    for secret in secrets {
        let header = base64url(json!({"alg": "HS256", "kid": "k1"}).to_string().as_bytes());
        let message = format!("{header}.{}", base64url(claims(&pending).to_string().as_bytes()));
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
        mac.update(message.as_bytes());
        let token = format!("{message}.{}", base64url(&mac.finalize().into_bytes()));
        let error = verify_with(&settings, &key_set_1(), &token, &pending, NOW).unwrap_err();
        assert_eq!(error, JwsError::Algorithm("HS256".to_owned()).into());
        assert_eq!(error.step(), Some(7));
    }
}

/// ATTACKS A-3: the key decides on the algorithm.
#[test]
fn the_algorithm_is_the_keys_and_not_the_headers() {
    let keys = key_set(&[("k1", TestKey::Rsa)]);
    for (name, algorithm) in [("PS256", JwsAlgorithm::Ps256), ("RS512", JwsAlgorithm::Rs512)] {
        let error = under(&json!({"alg": name, "kid": "k1"}), TestKey::Rsa, algorithm, &keys);
        let key = JwsAlgorithm::Rs256;
        assert_eq!(error, JwsError::AlgorithmOfAnotherKey { found: algorithm, key }.into());
    }
    let header = json!({"alg": "RS256", "kid": "k1"});
    let error = under(&header, TestKey::P256(1), JwsAlgorithm::Es256, &key_set_1());
    assert!(matches!(error, IdTokenError::Jws(JwsError::AlgorithmOfAnotherKey { .. })));
}

#[test]
fn an_algorithm_that_was_not_registered_is_refused() {
    let settings = ProviderSettings { id_token_algorithm: Some(JwsAlgorithm::Es384), ..oidc() };
    let pending = begin(&provider(&settings)).pending;
    let token = signed(&claims(&pending));
    let error = verify_with(&settings, &key_set_1(), &token, &pending, NOW).unwrap_err();
    assert!(matches!(error, IdTokenError::Algorithm { .. }), "{error}");
}

/// rp-id_token-kid-absent-multiple-jwks, rp-id_token-kid-absent-single-jwks.
#[test]
fn a_missing_kid_is_accepted_with_one_key_of_the_algorithm_only() {
    let settings = oidc();
    let pending = begin(&provider(&settings)).pending;
    let token =
        sign(TestKey::P256(1), JwsAlgorithm::Es256, &json!({"alg": "ES256"}), &claims(&pending));
    let of = |keys: &JsonWebKeys| verify_with(&settings, keys, &token, &pending, NOW);
    assert_eq!(of(&key_set_1()).unwrap_err(), JwsError::AmbiguousKey.into());
    let one_of_each = key_set(&[("k1", TestKey::P256(1)), ("k2", TestKey::Rsa)]);
    assert_eq!(of(&one_of_each).unwrap().subject(), "ada");
    let none = key_set(&[("k2", TestKey::Rsa)]);
    assert_eq!(of(&none).unwrap_err(), JwsError::NeedKeys.into());
}

/// rp-key-rotation-op-sign-key, ATTACKS A-23.
#[test]
fn a_rotated_key_asks_for_new_keys_once() {
    let settings = oidc();
    let pending = begin(&provider(&settings)).pending;
    let token = signed(&claims(&pending));
    let old = key_set(&[("k0", TestKey::P256(7))]);
    let error = verify_with(&settings, &old, &token, &pending, NOW).unwrap_err();
    assert!(error.needs_keys());
    assert!(verify_with(&settings, &key_set_1(), &token, &pending, NOW).is_ok());
}

/// ATTACKS A-4, A-5, A-7, A-8, A-16.
#[test]
fn a_header_that_brings_a_key_or_an_extension_does_not_help() {
    for (name, value) in [
        ("jwk", TestKey::P256(9).jwk()),
        ("crit", json!([])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("p2c", json!(1_000_000_000)),
    ] {
        let mut header = json!({"alg": "ES256", "kid": "k1"});
        header[name] = value;
        let error = under(&header, TestKey::P256(9), JwsAlgorithm::Es256, &key_set_1());
        assert_eq!(error, JwsError::Extension(name).into());
    }
    for name in ["jku", "x5u"] {
        let mut header = json!({"alg": "ES256", "kid": "k1"});
        header[name] = json!("https://attacker.example/keys");
        let error = under(&header, TestKey::P256(9), JwsAlgorithm::Es256, &key_set_1());
        assert_eq!(error, JwsError::Signature.into(), "{name} is not followed");
    }
}

/// ATTACKS A-6, A-14, A-15.
#[test]
fn a_malformed_token_is_refused_for_its_form() {
    let settings = oidc();
    let pending = begin(&provider(&settings)).pending;
    let good = signed(&claims(&pending));
    let header = |json: &str| format!("{}.e30.AA", base64url(json.as_bytes()));
    for (token, error) in [
        ("x".repeat(33_000), JwsError::TooLong),
        ("a.b".to_owned(), JwsError::Segments),
        (format!("{good}.x"), JwsError::Segments),
        (format!("{good}.x.y"), JwsError::Encrypted),
        (format!("{good}="), JwsError::Encoding),
        (header(r#"{"alg":"ES256","alg":"ES256"}"#), JwsError::Header),
        (header(r#"{"alg":"ES256","kid":7}"#), JwsError::Header),
        (header(r#"{"kid":"k1"}"#), JwsError::Header),
        (header(&json!({"alg": "ES256", "kid": "k".repeat(10_000)}).to_string()), JwsError::Header),
        (header(r#"{"alg":"ES256","kid":"../../etc/passwd\u0000"}"#), JwsError::NeedKeys),
        (
            header(r#"{"alg":"ES512","kid":"k1"}"#),
            JwsError::AlgorithmOfAnotherKey {
                found: JwsAlgorithm::Es512,
                key: JwsAlgorithm::Es256,
            },
        ),
    ] {
        let found = verify_with(&settings, &key_set_1(), &token, &pending, NOW).unwrap_err();
        assert_eq!(found, error.into(), "{}", token.get(..40).unwrap_or(&token));
    }
}

#[test]
fn a_payload_that_repeats_a_claim_is_refused_though_it_is_signed() {
    let settings = oidc();
    let pending = begin(&provider(&settings)).pending;
    let payload = claims(&pending).to_string().replacen('{', r#"{"sub":"eve","#, 1);
    let header = base64url(br#"{"alg":"ES256","kid":"k1"}"#);
    for payload in [payload.as_str(), "[]", "\"ada\""] {
        let message = format!("{header}.{}", base64url(payload.as_bytes()));
        let signature = TestKey::P256(1).sign(JwsAlgorithm::Es256, message.as_bytes());
        let token = format!("{message}.{}", base64url(&signature));
        let error = verify_with(&settings, &key_set_1(), &token, &pending, NOW).unwrap_err();
        assert_eq!(error, JwsError::Claims.into());
    }
}

/// ATTACKS A-21.
#[test]
fn a_token_of_another_kind_is_refused() {
    for typ in ["at+jwt", "application/at+jwt", "logout+jwt", "secevent+jwt"] {
        let header = json!({"alg": "ES256", "kid": "k1", "typ": typ});
        let error = under(&header, TestKey::P256(1), JwsAlgorithm::Es256, &key_set_1());
        assert!(matches!(error, IdTokenError::Type(_)), "{typ}: {error}");
    }
}

/// rp-id_token-issuer-mismatch, ATTACKS A-19.
#[test]
fn another_issuer_is_refused() {
    for iss in [
        "https://idp.example/",
        "http://idp.example",
        "https://IDP.example",
        "https://evil.example",
    ] {
        let error = refusal(|claims| claims["iss"] = json!(iss));
        assert_eq!(error, IdTokenError::Issuer(iss.to_owned()));
        assert_eq!(error.step(), Some(2));
    }
    assert_eq!(refusal(|claims| remove(claims, "iss")), IdTokenError::Claim("iss"));
}

/// rp-id_token-aud, ATTACKS A-20.
#[test]
fn another_audience_is_refused() {
    for aud in [json!("hanzo2"), json!(["other", "hanz"]), json!([])] {
        let error = refusal(|claims| claims["aud"] = aud);
        assert_eq!((error.step(), error), (Some(3), IdTokenError::Audience));
    }
    for aud in [json!(7), json!(["hanzo", 7]), Value::Null] {
        assert_eq!(refusal(|claims| claims["aud"] = aud), IdTokenError::Claim("aud"));
    }
}

#[test]
fn several_audiences_need_azp_and_azp_must_be_us() {
    let error = refusal(|claims| claims["aud"] = json!(["hanzo", "other"]));
    assert_eq!((error.step(), error), (Some(4), IdTokenError::NoAuthorizedParty));
    let error = refusal(|claims| {
        claims["aud"] = json!(["hanzo", "other"]);
        claims["azp"] = json!("other");
    });
    assert_eq!((error.step(), error), (Some(5), IdTokenError::AuthorizedParty));
    assert!(
        verdict(|claims| {
            claims["aud"] = json!(["hanzo", "other"]);
            claims["azp"] = json!("hanzo");
        })
        .is_ok()
    );
}

/// rp-id_token-iat, ATTACKS A-17, A-18.
#[test]
fn times_are_whole_seconds_within_sixty_of_skew() {
    let at = |name: &str, value: i64| verdict(|claims| claims[name] = json!(value)).err();
    assert_eq!(at("exp", NOW.0 - 59), None);
    assert_eq!(at("exp", NOW.0 - 60), Some(IdTokenError::Expired));
    assert_eq!(at("iat", NOW.0 + 60), None);
    assert_eq!(at("iat", NOW.0 + 61), Some(IdTokenError::IssuedInFuture));
    assert_eq!(at("iat", NOW.0 - MAXIMUM_AGE - 60), None);
    assert_eq!(at("iat", NOW.0 - MAXIMUM_AGE - 61), Some(IdTokenError::IssuedTooLongAgo));
    assert_eq!(at("nbf", NOW.0 + 60), None);
    assert_eq!(at("nbf", NOW.0 + 61), Some(IdTokenError::NotYetValid));
    for name in ["exp", "iat"] {
        for value in [json!("1800000000"), json!(1.8e9), json!(-1), json!(1e300), Value::Null] {
            assert_eq!(refusal(|claims| claims[name] = value), IdTokenError::Claim(name));
        }
        assert_eq!(refusal(|claims| remove(claims, name)), IdTokenError::Claim(name));
    }
}

/// rp-nonce-invalid.
#[test]
fn another_nonce_or_none_is_refused() {
    let error = refusal(|claims| claims["nonce"] = json!("another"));
    assert_eq!((error.step(), error), (Some(11), IdTokenError::Nonce));
    assert_eq!(refusal(|claims| remove(claims, "nonce")), IdTokenError::Nonce);
    assert_eq!(refusal(|claims| claims["nonce"] = Value::Null), IdTokenError::Claim("nonce"));
}

/// rp-id_token-bad-at_hash, rp-id_token-bad-c_hash, ATTACKS A-26.
#[test]
fn a_wrong_hash_of_the_access_token_or_the_code_is_refused() {
    let hash = |value: &str| json!(JwsAlgorithm::Es256.half_hash(value));
    assert_eq!(refusal(|claims| claims["at_hash"] = hash("x")), IdTokenError::AccessTokenHash);
    assert_eq!(refusal(|claims| claims["at_hash"] = json!("")), IdTokenError::AccessTokenHash);
    assert_eq!(refusal(|claims| claims["c_hash"] = hash(ACCESS_TOKEN)), IdTokenError::CodeHash);
    assert_eq!(refusal(|claims| claims["c_hash"] = json!(7)), IdTokenError::Claim("c_hash"));
}

/// rp-id_token-sub.
#[test]
fn a_subject_has_one_to_255_ascii_characters() {
    for sub in [json!(""), json!("a".repeat(256)), json!("\u{e4}"), json!("a\n"), json!(7)] {
        assert_eq!(refusal(|claims| claims["sub"] = sub), IdTokenError::Claim("sub"));
    }
    assert_eq!(refusal(|claims| remove(claims, "sub")), IdTokenError::Claim("sub"));
    assert!(verdict(|claims| claims["sub"] = json!("a".repeat(255))).is_ok());
}

#[test]
fn max_age_needs_a_recent_auth_time() {
    let settings = oidc();
    let pending = Pending { max_age: Some(300), ..begin(&provider(&settings)).pending };
    let at = |auth_time: Option<i64>| {
        let mut claims = claims(&pending);
        if let Some(auth_time) = auth_time {
            claims["auth_time"] = json!(auth_time);
        }
        verify_with(&settings, &key_set_1(), &signed(&claims), &pending, NOW).err()
    };
    assert_eq!(at(None), Some(IdTokenError::Claim("auth_time")));
    assert_eq!(at(Some(NOW.0 - 361)), Some(IdTokenError::AuthenticatedTooLongAgo));
    assert_eq!(at(Some(NOW.0 - 360)), None);
}

fn remove(claims: &mut Value, name: &str) {
    let claims: &mut Map<String, Value> = claims.as_object_mut().unwrap();
    claims.remove(name);
}
