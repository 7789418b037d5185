//! Public vectors: Wycheproof against the crypto backend, RFC 7515 and RFC 7520 against it and the
//! verifier.

use hanzo_iam::{
    core::{
        encoding::from_base64url,
        token::{ParseError, PublicKey, Untrusted},
    },
    platform::native::RustCrypto,
    ports::Crypto,
};
use serde_json::Value;

use super::forge::verdict;

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|index| u8::from_str_radix(&text[index..index + 2], 16).unwrap())
        .collect()
}

fn verifies(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    pollster::block_on(RustCrypto.verify(key, message, signature)).unwrap()
}

/// Runs a file of Wycheproof; answers how many vectors it judged. `acceptable` ones are refused.
fn wycheproof(file: &str, key: impl Fn(&Value) -> Option<PublicKey>) -> usize {
    let file: Value = serde_json::from_str(file).unwrap();
    let mut judged = 0;
    for group in file["testGroups"].as_array().unwrap() {
        let Some(key) = key(group) else { continue };
        for test in group["tests"].as_array().unwrap() {
            let field = |name: &str| hex(test[name].as_str().unwrap());
            let accepted = verifies(&key, &field("msg"), &field("sig"));
            assert_eq!(
                accepted,
                test["result"] == "valid",
                "{}: {}",
                test["tcId"],
                test["comment"]
            );
            judged += 1;
        }
    }
    judged
}

/// ATTACKS A-9.
#[test]
fn wycheproof_ecdsa_p256_in_jws_form() {
    let file = include_str!("../../vectors/wycheproof/ecdsa_secp256r1_sha256_p1363_test.json");
    let judged = wycheproof(file, |group| {
        let point = hex(group["publicKey"]["uncompressed"].as_str().unwrap());
        let (x, y) = point[1..].split_at(32);
        Some(PublicKey::p256(x.try_into().unwrap(), y.try_into().unwrap()))
    });
    assert_eq!(judged, 262);
}

/// ATTACKS A-11. tcId 8 ("Missing NULL in the ASN encoding", acceptable) is refused: RFC 8017
/// §9.2 has one encoding. The two groups with e = 3 are refused with their keys: nothing but
/// 65537 is an exponent of ours.
#[test]
fn wycheproof_rsa_pkcs1_2048() {
    let file = include_str!("../../vectors/wycheproof/rsa_signature_2048_sha256_test.json");
    let judged = wycheproof(file, |group| {
        let number = |name: &str| {
            let text = group["publicKey"][name].as_str().unwrap();
            let bytes = hex(text);
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            bytes[zeros..].to_vec()
        };
        let key = PublicKey::rsa(&number("modulus"), &number("publicExponent"));
        assert_eq!(key.is_some(), number("publicExponent") == [1, 0, 1]);
        key
    });
    assert!(judged > 250, "{judged}");
}

/// RFC 7515 §A.3 (ES256).
#[test]
fn the_signature_of_rfc_7515_a_3_verifies() {
    let key = PublicKey::from_jwk(
        r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
    )
    .unwrap();
    let signed = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let signature =
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    assert!(verifies(&key, signed.as_bytes(), &from_base64url(signature).unwrap()));
    let token = format!("{signed}.{signature}");
    assert_eq!(Untrusted::parse(&token).map(drop), Err(ParseError::KeyId), "a token of nobody");
}

/// RFC 7520 §4.1 (RS256).
#[test]
fn the_signature_of_rfc_7520_4_1_verifies() {
    let file = include_str!("../../vectors/jose-cookbook/jws/4_1.rsa_v15_signature.json");
    let file: Value = serde_json::from_str(file).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    // The cookbook's key is a private one; its public members are what a JWKS would show.
    let key = PublicKey::from_jwk(&file["input"]["key"].to_string()).unwrap();
    let (signed, signature) = (text(&file["signing"]["sig-input"]), text(&file["signing"]["sig"]));
    assert!(verifies(&key, signed.as_bytes(), &from_base64url(&signature).unwrap()));
    assert!(!key.to_jwk().contains("\"d\""));
    let token = text(&file["output"]["compact"]);
    assert_eq!(Untrusted::parse(&token).map(drop), Err(ParseError::Type), "no token of ours");
}

/// RFC 7520 §4: well-formed JWS that are none of our tokens, in every serialization.
#[test]
fn no_jws_of_rfc_7520_is_a_token_of_ours() {
    for (file, reason) in [
        (
            include_str!("../../vectors/jose-cookbook/jws/4_1.rsa_v15_signature.json"),
            ParseError::Type,
        ),
        (
            include_str!("../../vectors/jose-cookbook/jws/4_2.rsa-pss_signature.json"),
            ParseError::Algorithm,
        ),
        (
            include_str!("../../vectors/jose-cookbook/jws/4_3.ecdsa_signature.json"),
            ParseError::Algorithm,
        ),
        (
            include_str!("../../vectors/jose-cookbook/jws/4_4.hmac-sha2_integrity_protection.json"),
            ParseError::Algorithm,
        ),
        (
            include_str!(
                "../../vectors/jose-cookbook/jws/4_5.signature_with_detached_content.json"
            ),
            ParseError::Segments,
        ),
        (
            include_str!("../../vectors/jose-cookbook/jws/4_8.multiple_signatures.json"),
            ParseError::Segments,
        ),
    ] {
        let file: Value = serde_json::from_str(file).unwrap();
        for (form, output) in file["output"].as_object().unwrap() {
            let token = output.as_str().map_or_else(|| output.to_string(), str::to_owned);
            assert!(verdict(&token).is_err());
            let parsed = Untrusted::parse(&token).map(drop);
            if form == "compact" {
                assert_eq!(parsed, Err(reason));
            } else {
                assert!(parsed.is_err());
            }
        }
    }
}
