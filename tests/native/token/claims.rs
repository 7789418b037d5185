//! ATTACKS A-17 to A-27: what is done to the claims of a token. Every case is truly signed with
//! our own key.

use hanzo_iam::core::token::{
    Audience, Expectation, ParseError, TokenError, ValidationError, at_hash,
};
use serde_json::json;

use super::forge::{
    AUDIENCE, ES256, ISSUER, NOW, claims, good, header, invalid, malformed, sign, under, verdict,
    verdict_at, with_claims, with_header,
};

fn with_payload(payload: &[u8]) -> String {
    sign(&ES256, &header(&ES256).to_string(), payload)
}

/// The good claims with the text of one number replaced.
fn with_number(name: &str, text: &str) -> String {
    let member = format!(r#""{name}":{}"#, claims()[name]);
    let payload = claims().to_string();
    assert!(payload.contains(&member));
    with_payload(payload.replace(&member, &format!(r#""{name}":{text}"#)).as_bytes())
}

/// ATTACKS A-17: RFC 7519 §4.1.4 to §4.1.6.
#[test]
fn a_time_is_a_whole_number_of_seconds() {
    for name in ["exp", "nbf", "iat"] {
        invalid(&with_claims(&json!({name: null})), ValidationError::Claims);
        for text in [
            r#""1900000000""#,
            "1900000000.0",
            "1900000000.5",
            "1.9e9",
            "-1",
            "-0",
            "1267650600228229401496703205376",
            "9223372036854775807",
            "253402300800",
            "1e400",
            "null",
            "true",
            "[1900000000]",
            "{}",
        ] {
            invalid(&with_number(name, text), ValidationError::Claims);
        }
    }
    invalid(&with_claims(&json!({"nbf": NOW.0 + 31})), ValidationError::NotYetValid);
    invalid(&with_claims(&json!({"iat": NOW.0 + 31})), ValidationError::NotYetValid);
    assert!(verdict(&with_claims(&json!({"nbf": NOW.0 + 30, "iat": NOW.0 + 30}))).is_ok());
}

/// ATTACKS A-18: RFC 7519 §4.1.4.
#[test]
fn a_token_is_dead_on_its_exp_but_for_thirty_seconds_of_skew() {
    let token = with_claims(&json!({"exp": NOW.0}));
    for (seconds, accepted) in [(-1, true), (0, true), (29, true), (30, false), (60, false)] {
        let verdict = verdict_at(&token, NOW.plus(seconds));
        assert_eq!(verdict.is_ok(), accepted, "{seconds}");
    }
    let issuers = [ISSUER.to_owned()];
    let strict = Expectation { leeway: 0, ..Expectation::access(&issuers, Audience::Any, NOW) };
    assert_eq!(under(&token, &strict).map(drop), Err(ValidationError::Expired.into()));
}

/// ATTACKS A-19: RFC 9068 §4.
#[test]
fn the_issuer_is_compared_character_by_character() {
    for issuer in [
        "https://hanzo.id/",
        "https://HANZO.id",
        "HTTPS://hanzo.id",
        "http://hanzo.id",
        "https://hanzo.id:443",
        "https://hanzo.id.attacker.example",
        "https://lux.id",
        "hanzo.id",
        " https://hanzo.id",
        "https://hanzo.id\0",
        "",
    ] {
        invalid(&with_claims(&json!({"iss": issuer})), ValidationError::Issuer);
    }
    for issuer in [json!(["https://hanzo.id"]), json!(null), json!(1)] {
        invalid(&with_claims(&json!({"iss": issuer})), ValidationError::Claims);
    }
}

/// ATTACKS A-20: RFC 9068 §4; CVE-2026-55669.
#[test]
fn a_token_for_another_audience_is_refused() {
    for audience in [
        json!([]),
        json!(["hanzo-console"]),
        json!("hanzo-console"),
        json!(["hanzo-app-evil", "hanzo-ap", "HANZO-APP", " hanzo-app"]),
        json!(["https://api.hanzo.ai/", "https://api.hanzo.ai.attacker.example"]),
        json!(["hanzo-app,hanzo-console"]),
        json!([""]),
    ] {
        invalid(&with_claims(&json!({"aud": audience})), ValidationError::Audience);
    }
    for audience in [json!({"hanzo-app": true}), json!([["hanzo-app"]]), json!([1]), json!(7)] {
        invalid(&with_claims(&json!({"aud": audience})), ValidationError::Claims);
    }
    invalid(&with_claims(&json!({"aud": null})), ValidationError::Claims);
    for audience in [json!(AUDIENCE), json!(["hanzo-console", "https://api.hanzo.ai"])] {
        assert!(verdict(&with_claims(&json!({"aud": audience}))).is_ok());
    }
}

/// ATTACKS A-21: RFC 8725 §3.11, RFC 9068 §5.
#[test]
fn a_token_of_one_kind_is_not_taken_for_another() {
    let issuers = [ISSUER.to_owned()];
    let access = Expectation::access(&issuers, Audience::Any, NOW);
    let id = Expectation::id(&issuers, Audience::Any, NOW);
    let make = |typ: &str, token_type: &str| {
        let head = super::forge::with(header(&ES256), &json!({"typ": typ}));
        let claims = super::forge::with(claims(), &json!({"tokenType": token_type}));
        sign(&ES256, &head.to_string(), claims.to_string().as_bytes())
    };
    let refused = Err(TokenError::Invalid(ValidationError::TokenType));
    let access_token = make("at+jwt", "access-token");
    let id_token = make("JWT", "id-token");
    assert!(under(&access_token, &access).is_ok() && under(&id_token, &id).is_ok());
    assert_eq!(under(&access_token, &id).map(drop), refused);
    assert_eq!(under(&id_token, &access).map(drop), refused);
    for expectation in [access, id] {
        assert_eq!(under(&make("at+jwt", "id-token"), &expectation).map(drop), refused);
        assert_eq!(under(&make("JWT", "access-token"), &expectation).map(drop), refused);
    }
    for typ in ["logout+jwt", "secevent+jwt", "dpop+jwt", "JOSE", "at+JWT;x", ""] {
        malformed(&with_header(&json!({"typ": typ})), ParseError::Type);
    }
    malformed(&with_header(&json!({"typ": null})), ParseError::Type);
    invalid(&with_claims(&json!({"tokenType": null})), ValidationError::Claims);
    invalid(&with_claims(&json!({"tokenType": "logout-token"})), ValidationError::Claims);
    assert!(verdict(&with_header(&json!({"typ": "application/AT+JWT"}))).is_ok());
}

/// ATTACKS A-22: RFC 9700. Codes and refresh tokens are opaque: no token at all.
#[test]
fn a_code_or_a_refresh_token_is_no_bearer_token() {
    for opaque in ["Zm9vYmFy", "rt_8a6c7a1e0d3b4f9e9a553b3d0a8e2c11", &"A".repeat(43)] {
        malformed(opaque, ParseError::Segments);
    }
}

/// ATTACKS A-25: RFC 9449 §7.2, RFC 8705 §3.
#[test]
fn a_token_bound_to_a_key_is_not_a_bearer_token() {
    for confirmation in
        [json!({"jkt": "x"}), json!({"x5t#S256": "x"}), json!({}), json!([]), json!("x"), json!(0)]
    {
        let token = with_claims(&json!({"cnf": confirmation}));
        invalid(&token, ValidationError::SenderConstrained);
    }
    let payload = claims().to_string().replacen('{', r#"{"cnf":null,"#, 1);
    invalid(&with_payload(payload.as_bytes()), ValidationError::SenderConstrained);
}

/// ATTACKS A-26: the example of OIDC Core §A.3.
#[test]
fn at_hash_is_the_left_half_of_the_digest() {
    let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    assert_eq!(at_hash(access_token), "77QmUPtjPfzWtF2AnpK9RQ");
}

/// ATTACKS A-27.
#[test]
fn a_payload_that_is_no_object_of_claims_is_refused_and_nothing_panics() {
    let claims = claims().to_string();
    let end = claims.len() - 1;
    for payload in [
        b"[]".to_vec(),
        b"\"text\"".to_vec(),
        b"null".to_vec(),
        b"0".to_vec(),
        b" ".to_vec(),
        b"{}".to_vec(),
        b"{".to_vec(),
        [b"\xef\xbb\xbf", claims.as_bytes()].concat(),
        [claims.as_bytes(), b"x"].concat(),
        [claims.as_bytes(), claims.as_bytes()].concat(),
        [&claims.as_bytes()[..end], b",\"x\":\"\xff\xfe\"}"].concat(),
        [&claims.as_bytes()[..end], b",\"\xff\":1}"].concat(),
        [&claims.as_bytes()[..end], b",\"x\":\"\\ud800\"}"].concat(),
        [&claims.as_bytes()[..end], b",\"x\":", &b"[".repeat(2000)].concat(),
        [&claims.as_bytes()[..end], b",\"x\":", &b"[".repeat(2000), &b"]".repeat(2000), b"}"]
            .concat(),
    ] {
        invalid(&with_payload(&payload), ValidationError::Claims);
    }
    for payload in [vec![b' '; 1 << 20], b"[".repeat(10_000), br#"{"a":"#.repeat(10_000)] {
        malformed(&with_payload(&payload), ParseError::TooLong);
    }
    malformed(&"a".repeat(1 << 20), ParseError::TooLong);
}

/// A refusal says nothing about the claims of a forged token: all of these differ in
/// what is wrong with the claims, and all are refused for the signature.
#[test]
fn a_forger_learns_nothing_about_the_claims() {
    let signature = good().rsplit_once('.').unwrap().1.to_owned();
    for changes in [
        json!({"exp": 1}),
        json!({"iss": "https://attacker.example"}),
        json!({"aud": "other"}),
        json!({"tokenType": "id-token"}),
        json!({"cnf": {}}),
        json!({"sub": null}),
    ] {
        let token = with_claims(&changes);
        let signed = token.rsplit_once('.').unwrap().0;
        invalid(&format!("{signed}.{signature}"), ValidationError::Signature);
    }
    let head = good().split_once('.').unwrap().0.to_owned();
    invalid(&format!("{head}.AAAA.{signature}"), ValidationError::Signature);
}

/// OpenID Connect RP-Initiated Logout 1.0 §4.
#[test]
fn a_hint_may_have_expired_but_must_be_ours() {
    let issuers = [ISSUER.to_owned()];
    let later = NOW.plus(1_000_000);
    let hint = Expectation {
        danger_ignore_expiry: true,
        ..Expectation::access(&issuers, Audience::Any, later)
    };
    assert!(under(&good(), &hint).is_ok());
    let stranger = with_claims(&json!({"iss": "https://attacker.example"}));
    assert!(under(&stranger, &hint).is_err());
}
