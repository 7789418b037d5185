//! Vectors: RFC 7520 (JOSE Cookbook), RFC 8037, RFC 7797. Each has a text for its payload, so what proves the
//! signature is that the claims, and nothing before them, are refused.

use super::{
    super::jws::{self, JwsError},
    *,
};

fn verdict(file: &str, alter: bool) -> JwsError {
    let vector: Value = serde_json::from_str(file).unwrap();
    let input = &vector["input"]["key"];
    let mut jwk = json!({});
    for name in ["kty", "kid", "use", "crv", "x", "y", "n", "e"] {
        if !input[name].is_null() {
            jwk[name] = input[name].clone();
        }
    }
    if input["kty"] == "RSA" {
        jwk["alg"] = vector["input"]["alg"].clone();
    }
    let set = json!({"keys": [jwk]}).to_string();
    let keys = JsonWebKeys::parse(&json_reply(&set)).unwrap_or_default();
    let compact = vector["output"]["compact"].as_str().unwrap().to_owned();
    let token = if alter { altered(&compact) } else { compact };
    let verified = jws::verify(&RustCrypto, &keys, JwsAlgorithm::Rs256, &token);
    pollster::block_on(verified).unwrap_err()
}

/// The token with one character of its payload changed.
fn altered(token: &str) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let (first, rest) = rest.split_at(1);
    format!("{header}.{}{rest}", if first == "S" { "T" } else { "S" })
}

macro_rules! vector {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/vectors/jose-cookbook/", $name))
    };
}

#[test]
fn the_signatures_of_the_vectors_are_verified() {
    for (name, file) in [
        ("RS256", vector!("jws/4_1.rsa_v15_signature.json")),
        ("PS384", vector!("jws/4_2.rsa-pss_signature.json")),
        ("ES512", vector!("jws/4_3.ecdsa_signature.json")),
        ("EdDSA", vector!("curve25519/jws.json")),
    ] {
        assert_eq!(verdict(file, false), JwsError::Claims, "{name}: good, but no claims");
        assert_eq!(verdict(file, true), JwsError::Signature, "{name}: altered");
    }
}

#[test]
fn symmetric_unencoded_and_detached_vectors_are_refused() {
    let hmac = vector!("jws/4_4.hmac-sha2_integrity_protection.json");
    assert_eq!(verdict(hmac, false), JwsError::Algorithm("HS256".to_owned()));
    let unencoded: Value =
        serde_json::from_str(vector!("rfc7797/hmac-sha2_b64_false.json")).unwrap();
    // The file's `protected_b64u` is no JSON; the header of its compact form is right.
    let header = unencoded["output"]["compact"].as_str().unwrap().split('.').next().unwrap();
    let keys = key_set_1();
    let of = |token: &str| {
        pollster::block_on(jws::verify(&RustCrypto, &keys, JwsAlgorithm::Rs256, token)).unwrap_err()
    };
    assert_eq!(of(&format!("{header}.e30.AA")), JwsError::Extension("crit"));
    let detached: Value =
        serde_json::from_str(vector!("jws/4_5.signature_with_detached_content.json")).unwrap();
    let header = detached["signing"]["protected_b64u"].as_str().unwrap();
    assert!(matches!(of(&format!("{header}..AA")), JwsError::Algorithm(_)));
}

/// RFC 7515 §7.2: the JSON serialization, of which a token never is, with a header outside of the signature
/// (§4.6, §4.7) or a payload that is not encoded (RFC 7797 §4.2).
#[test]
fn the_json_serialization_of_the_vectors_is_refused() {
    let keys = key_set_1();
    for file in [
        vector!("jws/4_6.protecting_specific_header_fields.json"),
        vector!("jws/4_7.protecting_content_only.json"),
        vector!("jws/4_8.multiple_signatures.json"),
        vector!("rfc7797/4.2.hmac-sha2_b64_false.json"),
    ] {
        let vector: Value = serde_json::from_str(file).unwrap();
        for form in ["json", "json_flat"].map(|form| &vector["output"][form]) {
            if form.is_null() {
                continue;
            }
            let token = form.to_string();
            let verified = jws::verify(&RustCrypto, &keys, JwsAlgorithm::Rs256, &token);
            let refused = pollster::block_on(verified).unwrap_err();
            assert!(
                matches!(refused, JwsError::Segments | JwsError::Encoding | JwsError::Encrypted),
                "{refused:?}"
            );
        }
    }
}

/// RFC 8037 appendix A.6: an encrypted token is no signed one, and its key is for encryption only.
#[test]
fn the_encrypted_vector_is_refused() {
    let vector: Value = serde_json::from_str(vector!("curve25519/ecdh-es.json")).unwrap();
    let compact = vector["output"]["compact"].as_str().unwrap();
    let keys = key_set_1();
    let verified = jws::verify(&RustCrypto, &keys, JwsAlgorithm::Rs256, compact);
    assert_eq!(pollster::block_on(verified).unwrap_err(), JwsError::Encrypted);
    let mut key = vector["input"]["key"].clone();
    key.as_object_mut().unwrap().remove("d");
    let set = json!({"keys": [key]}).to_string();
    assert!(JsonWebKeys::parse(&json_reply(&set)).is_err());
}

/// RFC 7517 as the cookbook's §3 has it.
#[test]
fn the_public_keys_of_the_vectors_are_read_and_the_symmetric_are_not() {
    let read = |file: &str| {
        let set = format!(r#"{{"keys":[{file}]}}"#);
        JsonWebKeys::parse(&json_reply(&set)).is_ok()
    };
    assert!(read(vector!("jwk/3_1.ec_public_key.json")));
    assert!(read(vector!("jwk/3_3.rsa_public_key.json")));
    // Everyone can sign by a key whose private half is published.
    assert!(!read(vector!("jwk/3_2.ec_private_key.json")));
    assert!(!read(vector!("jwk/3_4.rsa_private_key.json")));
    assert!(!read(vector!("jwk/3_5.symmetric_key_mac_computation.json")));
    assert!(!read(vector!("jwk/3_6.symmetric_key_encryption.json")));
}
