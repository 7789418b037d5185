//! `jwt-compact`, an independent implementation, as judge: it accepts what we mint, and we accept
//! what it makes.

use hanzo_iam::{
    core::token::{Claims, MintError, mint},
    platform::native::{Es256, RustCrypto},
};
use jwt_compact::{Algorithm as _, AlgorithmExt, Claims as JwtClaims, Header, UntrustedToken};
use p256::{ecdsa::SigningKey, pkcs8::DecodePrivateKey};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::forge::{ES256, RS256, claims, good, verdict, with};

fn signing_key() -> SigningKey {
    SigningKey::from_pkcs8_der(ES256.private.expose()).unwrap()
}

fn minted(claims: &Value) -> Result<String, MintError> {
    let claims: Claims = serde_json::from_value(claims.clone()).unwrap();
    pollster::block_on(mint(&RustCrypto, &ES256.public, &ES256.private, &claims))
}

#[test]
fn what_we_mint_jwt_compact_accepts() {
    let token = minted(&claims()).unwrap();
    let untrusted = UntrustedToken::new(&token).unwrap();
    assert_eq!(untrusted.algorithm(), "ES256");
    assert_eq!(untrusted.header().token_type.as_deref(), Some("at+jwt"));
    assert_eq!(untrusted.header().key_id.as_deref(), Some(ES256.public.id().0.as_str()));
    let key = *signing_key().verifying_key();
    let token = Es256.validator::<Value>(&key).validate(&untrusted).unwrap();
    assert_eq!(token.claims().custom["sub"], claims()["sub"]);
    let expiry = token.claims().expiration.unwrap().timestamp();
    assert_eq!(Some(expiry), claims()["exp"].as_i64());
}

#[test]
fn what_jwt_compact_makes_we_accept() {
    let header = Header::empty().with_key_id(&*ES256.public.id().0).with_token_type("at+jwt");
    let token = Es256.token(&header, &JwtClaims::new(claims()), &signing_key()).unwrap();
    let verified = verdict(&token).unwrap();
    assert_eq!(serde_json::to_value(&*verified).unwrap(), claims());
}

#[test]
fn both_algorithms_and_types_are_minted_and_read_back() {
    for key in [&*ES256, &*RS256] {
        let claims: Claims = serde_json::from_value(claims()).unwrap();
        let token = pollster::block_on(mint(&RustCrypto, &key.public, &key.private, &claims));
        let token = token.unwrap();
        assert!(token.len() < 2048, "an access token is under 2 KB: {}", token.len());
        assert_eq!(*verdict(&token).unwrap(), claims);
    }
}

#[test]
fn a_token_longer_than_we_would_read_is_not_made() {
    let long = with(claims(), &json!({"scope": "s".repeat(8192)}));
    assert_eq!(minted(&long), Err(MintError::TooLong));
}

proptest! {
    /// For all texts in the claims: they arrive unchanged, with both.
    #[test]
    fn claims_arrive_as_they_were_minted(name in ".{1,40}", scope in ".{1,40}", aud in ".{1,20}") {
        let changes = json!({"name": name, "scope": scope, "aud": ["hanzo-app", aud]});
        let claims = with(claims(), &changes);
        let token = minted(&claims).unwrap();
        prop_assert_eq!(serde_json::to_value(&*verdict(&token).unwrap()).unwrap(), claims.clone());
        let untrusted = UntrustedToken::new(&token).unwrap();
        let key = *signing_key().verifying_key();
        let read = Es256.validator::<Value>(&key).validate(&untrusted).unwrap();
        prop_assert_eq!(&read.claims().custom["name"], &claims["name"]);
    }

    /// We are the stricter one: what we parse, it parses, and to the same key.
    #[test]
    fn what_we_parse_jwt_compact_parses(index in 0..1000_usize, byte in any::<char>()) {
        let token = good();
        let index = index % token.len();
        let mut changed = token.clone();
        changed.replace_range(index..=index, &byte.to_string());
        if let Ok(ours) = hanzo_iam::core::token::Untrusted::parse(&changed) {
            let theirs = UntrustedToken::new(&changed).unwrap();
            prop_assert_eq!(Some(ours.key_id().0.as_str()), theirs.header().key_id.as_deref());
            prop_assert_eq!(Es256.name(), theirs.algorithm());
        }
    }
}
