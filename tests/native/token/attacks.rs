//! ATTACKS A-1 to A-16: what is done to the form, the header, the key and the signature of a
//! token. Unless it says otherwise, a case is truly signed with our own key, so that nothing but
//! the check in question refuses it.

use base64ct::{Base64UrlUnpadded, Encoding};
use hanzo_iam::{
    core::{
        encoding::base64url,
        root_key::RootKey,
        token::{Audience, Expectation, ParseError, PublicKey, ValidationError},
    },
    platform::native::RustCrypto,
    ports::{Crypto, GeneratedKey},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::forge::{
    ES256, FOREIGN, NOW, RS256, claims, good, header, invalid, malformed, sign, under, verdict,
    with, with_header,
};

/// A token with that signature, valid or not.
fn with_signature(key: &GeneratedKey, signature: &[u8]) -> String {
    let header = base64url(header(key).to_string().as_bytes());
    format!("{header}.{}.{}", base64url(claims().to_string().as_bytes()), base64url(signature))
}

#[test]
fn a_good_token_of_either_key_is_accepted() {
    for key in [&*ES256, &*RS256] {
        let token = sign(key, &header(key).to_string(), claims().to_string().as_bytes());
        assert!(verdict(&token).is_ok());
    }
}

/// ATTACKS A-1: RFC 8725 §3.2; CVE-2015-2951, CVE-2020-28042, CVE-2026-18569.
#[test]
fn an_unsigned_token_is_refused_in_every_spelling_and_under_every_setting() {
    let payload = base64url(claims().to_string().as_bytes());
    for name in ["none", "None", "nOnE", "NONE", "", "none\0"] {
        let head = with(header(&ES256), &json!({"alg": name}));
        let signed = sign(&ES256, &head.to_string(), claims().to_string().as_bytes());
        let head = base64url(head.to_string().as_bytes());
        for signature in ["", "AA", "bnVsbA"] {
            let token = format!("{head}.{payload}.{signature}");
            let issuers = [String::from("https://hanzo.id")];
            let lenient = Expectation {
                danger_ignore_expiry: true,
                leeway: i64::MAX,
                ..Expectation::access(&issuers, Audience::Any, NOW)
            };
            assert!(under(&token, &lenient).is_err(), "{name} {signature}");
            assert!(verdict(&token).is_err());
        }
        malformed(&signed, ParseError::Algorithm);
    }
    let head = base64url(header(&ES256).to_string().as_bytes());
    malformed(&format!("{head}.{payload}."), ParseError::Segments);
    invalid(&format!("{head}.{payload}.{}", base64url(&[0; 64])), ValidationError::Signature);
}

/// ATTACKS A-2: CVE-2016-10555, CVE-2026-22817.
#[test]
fn a_public_key_is_no_hmac_secret() {
    for key in [&*ES256, &*RS256] {
        let jwk = key.public.to_jwk();
        let members: Value = serde_json::from_str(&jwk).unwrap();
        let number = members["n"].as_str().or(members["x"].as_str()).unwrap();
        let raw = Base64UrlUnpadded::decode_vec(number).unwrap();
        for secret in [jwk.as_bytes(), number.as_bytes(), &raw] {
            let head = with(header(key), &json!({"alg": "HS256"})).to_string();
            let signed = format!(
                "{}.{}",
                base64url(head.as_bytes()),
                base64url(claims().to_string().as_bytes())
            );
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
            mac.update(signed.as_bytes());
            let token = format!("{signed}.{}", base64url(&mac.finalize().into_bytes()));
            malformed(&token, ParseError::Algorithm);
            // The same under the key's own name for its algorithm.
            let mac = token.rsplit_once('.').unwrap().1;
            let mac = Base64UrlUnpadded::decode_vec(mac).unwrap();
            invalid(&with_signature(key, &mac), ValidationError::Signature);
        }
    }
}

/// ATTACKS A-3: RFC 8725 §3.1; CVE-2026-39999.
#[test]
fn a_header_cannot_choose_another_algorithm_than_the_keys() {
    for (key, other) in [(&*ES256, &*RS256), (&*RS256, &*ES256)] {
        let head = with(header(key), &json!({"alg": other.public.algorithm().name()})).to_string();
        for signer in [key, other] {
            let token = sign(signer, &head, claims().to_string().as_bytes());
            invalid(&token, ValidationError::AlgorithmOfAnotherKey);
        }
        let head = header(key).to_string();
        let token = sign(other, &head, claims().to_string().as_bytes());
        invalid(&token, ValidationError::Signature);
    }
    for name in ["es256", "ES384", "ES512", "PS256", "RS512", "HS256", "EdDSA", "MLDSA65"] {
        malformed(&with_header(&json!({"alg": name})), ParseError::Algorithm);
    }
}

/// ATTACKS A-4: CVE-2018-0114.
#[test]
fn a_key_that_comes_with_the_token_is_never_used() {
    let jwk: Value = serde_json::from_str(&FOREIGN.public.to_jwk()).unwrap();
    let claims = claims().to_string();
    for head in [header(&FOREIGN), header(&ES256)] {
        let head = with(head, &json!({"jwk": jwk})).to_string();
        malformed(&sign(&FOREIGN, &head, claims.as_bytes()), ParseError::ForbiddenMember);
    }
    let ours: Value = serde_json::from_str(&ES256.public.to_jwk()).unwrap();
    malformed(&with_header(&json!({"jwk": ours})), ParseError::ForbiddenMember);
    invalid(
        &sign(&FOREIGN, &header(&FOREIGN).to_string(), claims.as_bytes()),
        ValidationError::UnknownKey,
    );
}

/// ATTACKS A-5: RFC 8725 §3.10. The verifier has no way to fetch anything: it is given no `Http`.
#[test]
fn a_pointer_to_a_key_is_refused() {
    for name in ["jku", "x5u"] {
        let token = with_header(&json!({name: "https://attacker.example/keys"}));
        malformed(&token, ParseError::ForbiddenMember);
    }
    malformed(&with_header(&json!({"x5c": ["MIIB"]})), ParseError::ForbiddenMember);
}

/// ATTACKS A-6: RFC 8725 §3.10.
#[test]
fn a_strange_kid_is_an_unknown_key_and_nothing_more() {
    for kid in [
        "../../../../etc/passwd",
        "' OR 1=1 --",
        "key\0",
        "\u{202e}",
        " ",
        "__proto__",
        &"k".repeat(4000),
    ] {
        invalid(&with_header(&json!({"kid": kid})), ValidationError::UnknownKey);
    }
    let own = &ES256.public.id().0;
    for kid in [format!(" {own}"), format!("{own} "), own.to_lowercase(), format!("{own}\0")] {
        invalid(&with_header(&json!({"kid": kid})), ValidationError::UnknownKey);
    }
    malformed(&with_header(&json!({"kid": "k".repeat(10_240)})), ParseError::TooLong);
    malformed(&with_header(&json!({"kid": null})), ParseError::KeyId);
    malformed(&with_header(&json!({"kid": ["k"]})), ParseError::Header);
}

/// ATTACKS A-7: RFC 7515 §4.1.11.
#[test]
fn every_crit_is_refused() {
    for crit in [json!(["x"]), json!([]), json!(["exp", "exp"]), json!(["alg"]), json!(["b64"])] {
        malformed(&with_header(&json!({"crit": crit, "x": 1})), ParseError::ForbiddenMember);
    }
    let null = header(&ES256).to_string().replacen('{', r#"{"crit":null,"#, 1);
    let token = sign(&ES256, &null, claims().to_string().as_bytes());
    malformed(&token, ParseError::ForbiddenMember);
}

/// ATTACKS A-8: RFC 7797 §3.
#[test]
fn an_unencoded_payload_is_refused() {
    malformed(&with_header(&json!({"b64": false})), ParseError::ForbiddenMember);
    let declared = json!({"b64": false, "crit": ["b64"]});
    malformed(&with_header(&declared), ParseError::ForbiddenMember);
    let head = with(header(&ES256), &declared).to_string();
    let token = format!("{}.{}.AA", base64url(head.as_bytes()), claims());
    assert!(verdict(&token).is_err());
}

/// ATTACKS A-9: CVE-2022-21449. (Wycheproof's cases are in `vectors`.)
#[test]
fn a_degenerate_ecdsa_signature_is_refused() {
    let order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let zero = vec![0; 32];
    let one = [vec![0; 31], vec![1]].concat();
    for r in [&zero, &one, &order] {
        for s in [&zero, &one, &order] {
            let token = with_signature(&ES256, &[r.as_slice(), s].concat());
            invalid(&token, ValidationError::Signature);
        }
    }
    let token = good();
    let signature = token.rsplit_once('.').unwrap().1;
    let signature = Base64UrlUnpadded::decode_vec(signature).unwrap();
    let der = p256::ecdsa::Signature::from_slice(&signature).unwrap().to_der();
    invalid(&with_signature(&ES256, der.as_bytes()), ValidationError::Signature);
    for wrong in [&signature[..63], &signature[..32], &[signature.as_slice(), &[0]].concat()] {
        invalid(&with_signature(&ES256, wrong), ValidationError::Signature);
    }
}

/// ATTACKS A-10: we have no Ed25519 key, so no token is ever checked as one.
#[test]
fn an_ed25519_token_and_key_are_refused() {
    malformed(&with_header(&json!({"alg": "EdDSA"})), ParseError::Algorithm);
    malformed(&with_header(&json!({"alg": "Ed25519"})), ParseError::Algorithm);
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(&[0; 32])});
    assert_eq!(PublicKey::from_jwk(&jwk.to_string()), None);
}

/// ATTACKS A-11: RFC 7518 §3.3. (Wycheproof's padding forgeries are in `vectors`.)
#[test]
fn a_weak_rsa_key_is_not_a_key() {
    assert!(PublicKey::rsa(&[0xff; 256], &[1, 0, 1]).is_some());
    for (modulus, exponent) in [
        (vec![0xff; 128], vec![1, 0, 1]),
        (vec![0xff; 255], vec![1, 0, 1]),
        (vec![0xff; 256], vec![1]),
        (vec![0xff; 256], vec![3]),
        (vec![0xff; 256], vec![]),
        (vec![0xff; 513], vec![1, 0, 1]),
        ([vec![0], vec![0xff; 255]].concat(), vec![1, 0, 1]),
    ] {
        assert_eq!(PublicKey::rsa(&modulus, &exponent), None);
    }
    // A signature that is the padded digest itself, as e = 1 would have it.
    let bare = [vec![0, 1], vec![0xff; 202], vec![0], vec![7; 51]].concat();
    invalid(&with_signature(&RS256, &bare), ValidationError::Signature);
    invalid(&with_signature(&RS256, &[0; 256]), ValidationError::Signature);
    invalid(&with_signature(&RS256, &[0xff; 256]), ValidationError::Signature);
}

/// ATTACKS A-12: CVE-2019-20933; RFC 7518 §3.2. No token is checked with a shared secret; the one
/// secret that there is, the root key, is a configuration error if it is short or blank.
#[test]
fn a_blank_or_short_secret_is_a_configuration_error() {
    for text in ["", " ", "c2VjcmV0", &base64url(&[1; 16]), &base64url(&[1; 33])] {
        assert!(RootKey::parse(text).is_none(), "{text:?}");
    }
    for secret in ["", "c2VjcmV0"] {
        let jwk = json!({"kty": "oct", "k": secret, "alg": "HS256"});
        assert_eq!(PublicKey::from_jwk(&jwk.to_string()), None);
    }
}

/// ATTACKS A-13: RFC 7515 §2.
#[test]
fn a_token_has_one_spelling() {
    let token = good();
    let segments: Vec<&str> = token.split('.').collect();
    for index in 0..3 {
        for change in [
            |text: &str| format!("{text}="),
            |text: &str| format!("{text}=="),
            |text: &str| format!(" {text}"),
            |text: &str| format!("{text}\n"),
            |text: &str| format!("{text}\t"),
            |text: &str| text.replacen(['-', '_'], "+", 1) + "+",
            |text: &str| format!("{}/", &text[1..]),
            |text: &str| format!("{text}%3D"),
            |text: &str| format!("{text}\0"),
        ] {
            let mut changed: Vec<String> = segments.iter().map(|&text| text.to_owned()).collect();
            changed[index] = change(&changed[index]);
            malformed(&changed.join("."), ParseError::Encoding);
        }
    }
    // The bits behind the last byte of a 64-byte signature (86 characters, 4 bits too many).
    let (rest, last) = token.split_at(token.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let value = alphabet.find(last).unwrap();
    for bits in 1..16 {
        let other = &alphabet[value + bits..=value + bits];
        malformed(&format!("{rest}{other}"), ParseError::Encoding);
    }
    assert!(verdict(&token).is_ok());
}

/// ATTACKS A-14: RFC 7515 §4, RFC 7519 §4.
#[test]
fn a_member_that_stands_there_twice_is_refused() {
    let head = header(&ES256).to_string();
    let claims = claims().to_string();
    for (name, reason) in [
        (r#""alg":"none","#, ParseError::RepeatedMember),
        (r#""alg":"ES256","#, ParseError::RepeatedMember),
        (r#""kid":"x","#, ParseError::RepeatedMember),
        (r#""typ":"JWT","#, ParseError::RepeatedMember),
        (r#""x":1,"x":1,"#, ParseError::RepeatedMember),
        ("\"\\u0061lg\":\"ES256\",", ParseError::RepeatedMember),
        (r#""x":{"y":1,"y":2},"#, ParseError::Header),
    ] {
        let head = head.replacen('{', &format!("{{{name}"), 1);
        malformed(&sign(&ES256, &head, claims.as_bytes()), reason);
    }
    for twice in [
        r#""sub":"root","#,
        r#""exp":9999999999,"#,
        "\"s\\u0075b\":\"root\",",
        r#""unknown":1,"unknown":1,"#,
        r#""cnf":{"jkt":"a"},"cnf":null,"#,
        r#""x":{"y":1,"y":2},"#,
        r#""x":[{"y":1,"y":2}],"#,
    ] {
        let claims = claims.replacen('{', &format!("{{{twice}"), 1);
        invalid(&sign(&ES256, &head, claims.as_bytes()), ValidationError::Claims);
    }
}

/// ATTACKS A-15: CVE-2026-29000.
#[test]
fn only_the_compact_form_of_a_signed_token_is_one() {
    let token = good();
    let segments: Vec<&str> = token.split('.').collect();
    let [head, payload, signature] = segments[..] else { panic!("three segments") };
    for text in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        head.to_owned(),
        format!("{head}.{payload}"),
        format!("{head}.{payload}."),
        format!(".{payload}.{signature}"),
        format!("{head}..{signature}"),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!("{head}.{payload}.{payload}.{signature}.{signature}"),
        json!({"payload": payload, "protected": head, "signature": signature}).to_string(),
        json!({"payload": payload, "signatures": [{"protected": head, "signature": signature}]})
            .to_string(),
    ] {
        malformed(&text, ParseError::Segments);
    }
    // A token in a token: the inner one is not looked at, signed or not.
    let head = with(header(&ES256), &json!({"cty": "JWT"})).to_string();
    let unsigned = format!("{}.{payload}.", base64url(br#"{"alg":"none"}"#));
    for inner in [token.as_str(), &unsigned] {
        invalid(&sign(&ES256, &head, inner.as_bytes()), ValidationError::Claims);
    }
}

/// ATTACKS A-16: RFC 8725 §3.6; CVE-2024-28176, CVE-2022-36083. Nothing is decrypted or
/// decompressed, so nothing can be made to work for long.
#[test]
fn an_encrypted_or_compressed_token_is_refused_before_any_work() {
    let jwe = json!({
        "alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 1_000_000_000, "p2s": "AA",
        "zip": "DEF",
    });
    let head = base64url(jwe.to_string().as_bytes());
    malformed(&format!("{head}.AA.AA.AA.AA"), ParseError::Segments);
    for member in [json!({"zip": "DEF"}), json!({"enc": "A128GCM"}), json!({"p2c": 1e9}), jwe] {
        malformed(&with_header(&member), ParseError::ForbiddenMember);
    }
}

/// ATTACKS A-30: CVE-2026-55670 and its like. Each key verifies under its own name only.
#[test]
fn a_token_of_another_tenants_key_is_refused() {
    let claims = claims().to_string();
    let as_ours = sign(&FOREIGN, &header(&ES256).to_string(), claims.as_bytes());
    invalid(&as_ours, ValidationError::Signature);
    let untrusted = hanzo_iam::core::token::Untrusted::parse(&as_ours).unwrap();
    let mixed_up = untrusted.verify_signature(&RustCrypto, &FOREIGN.public);
    assert_eq!(
        pollster::block_on(mixed_up).map(drop),
        Err(ValidationError::UnknownKey.into()),
        "not even when the caller picks the wrong key"
    );
    let own = sign(&FOREIGN, &header(&FOREIGN).to_string(), claims.as_bytes());
    invalid(&own, ValidationError::UnknownKey);
}

/// The backend alone: a signature of one message is not that of another.
#[test]
fn a_signature_is_not_moved_to_another_message() {
    let (a, b) = (good(), super::forge::with_claims(&json!({"sub": "root"})));
    let signature = a.rsplit_once('.').unwrap().1;
    let signed = b.rsplit_once('.').unwrap().0;
    invalid(&format!("{signed}.{signature}"), ValidationError::Signature);
    let verified = RustCrypto.verify(&ES256.public, signed.as_bytes(), &[]);
    assert_eq!(pollster::block_on(verified), Ok(false));
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|index| u8::from_str_radix(&text[index..index + 2], 16).unwrap())
        .collect()
}
