use super::*;
use crate::{
    core::{
        crypto::{GeneratedKey, Signing},
        token::mint,
    },
    platform::native::RustCrypto,
};

const NOW: UnixTime = UnixTime(1_800_000_000);

fn claims() -> Claims {
    serde_json::from_value(serde_json::json!({
        "iss": "https://hanzo.id", "sub": "u", "aud": ["hanzo-app"], "jti": "j",
        "iat": NOW.0, "nbf": NOW.0, "exp": NOW.0 + 3600, "tokenType": "access-token",
        "owner": "hanzo", "name": "ada", "azp": "hanzo-app", "gid": "g",
        "orgs": [{"org": "hanzo", "role": "admin"}],
    }))
    .unwrap()
}

fn key() -> GeneratedKey {
    pollster::block_on(RustCrypto.generate(Algorithm::Es256)).unwrap()
}

fn token(key: &GeneratedKey, claims: &Claims) -> String {
    pollster::block_on(mint(&RustCrypto, &key.public, &key.private, claims)).unwrap()
}

fn verify_at(
    key: &GeneratedKey,
    token: &str,
    now: UnixTime,
) -> Result<Verified<Claims>, TokenError> {
    let issuers = ["https://hanzo.id".to_owned()];
    let audiences = ["hanzo-app".to_owned()];
    let expectation = Expectation::access(&issuers, Audience::AnyOf(&audiences), now);
    let keys = KeySet::new(vec![key.public.clone()]);
    pollster::block_on(verify(&RustCrypto, &keys, token, &expectation))
}

#[test]
fn what_is_minted_is_verified_and_speaks_for_its_subject() {
    let key = key();
    let verified = verify_at(&key, &token(&key, &claims()), NOW).unwrap();
    assert_eq!(*verified, claims());
    let principal = verified.principal();
    assert_eq!((principal.subject.as_str(), principal.owner.as_str()), ("u", "hanzo"));
    assert!(principal.administers("hanzo") && !principal.administers("acme"));
}

#[test]
fn a_token_dies_thirty_seconds_after_exp_and_lives_from_thirty_before_nbf() {
    let key = key();
    let token = token(&key, &claims());
    for (now, expected) in [
        (NOW.plus(-31), Some(ValidationError::NotYetValid)),
        (NOW.plus(-30), None),
        (NOW.plus(3600), None),
        (NOW.plus(3629), None),
        (NOW.plus(3630), Some(ValidationError::Expired)),
    ] {
        let error = verify_at(&key, &token, now).err();
        assert_eq!(error, expected.map(TokenError::Invalid), "{now}");
    }
}

#[test]
fn a_signed_token_is_validated_again_without_cryptography() {
    let key = key();
    let token = token(&key, &claims());
    let untrusted = Untrusted::parse(&token).unwrap();
    assert_eq!(untrusted.key_id(), key.public.id());
    let signed = pollster::block_on(untrusted.verify_signature(&RustCrypto, &key.public)).unwrap();
    let issuers = ["https://hanzo.id".to_owned()];
    let at = |now| Expectation::access(&issuers, Audience::Any, now);
    assert!(signed.validate(&at(NOW)).is_ok());
    assert_eq!(signed.validate(&at(NOW.plus(4000))).unwrap_err(), ValidationError::Expired);
}
