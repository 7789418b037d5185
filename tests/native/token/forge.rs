//! Makes tokens that no honest issuer would make, properly signed or not.

use std::sync::LazyLock;

use hanzo_iam::{
    core::{
        encoding::base64url,
        time::UnixTime,
        token::{
            Algorithm, Audience, Claims, Expectation, KeySet, ParseError, TokenError,
            ValidationError, Verified, verify,
        },
    },
    platform::native::RustCrypto,
    ports::{GeneratedKey, Signing},
};
use serde_json::{Value, json};

pub const NOW: UnixTime = UnixTime(1_800_000_000);
pub const ISSUER: &str = "https://hanzo.id";
pub const AUDIENCE: &str = "hanzo-app";

/// Our ES256 key.
pub static ES256: LazyLock<GeneratedKey> = LazyLock::new(|| generate(Algorithm::Es256));
/// Our RS256 key.
pub static RS256: LazyLock<GeneratedKey> = LazyLock::new(|| generate(Algorithm::Rs256));
/// A key that is not ours.
pub static FOREIGN: LazyLock<GeneratedKey> = LazyLock::new(|| generate(Algorithm::Es256));

fn generate(algorithm: Algorithm) -> GeneratedKey {
    pollster::block_on(RustCrypto.generate(algorithm)).unwrap()
}

/// The header of a good access token of `key`.
pub fn header(key: &GeneratedKey) -> Value {
    json!({"alg": key.public.algorithm().name(), "typ": "at+jwt", "kid": key.public.id().0})
}

/// The claims of a good access token.
pub fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "8a6c7a1e-0d3b-4f9e-9a55-3b3d0a8e2c11", "aud": [AUDIENCE],
        "exp": NOW.0 + 3600, "nbf": NOW.0, "iat": NOW.0, "jti": "j1", "tokenType": "access-token",
        "gid": "g1", "scope": "openid profile", "azp": AUDIENCE, "client_id": AUDIENCE,
        "owner": "hanzo", "organization": "hanzo", "name": "alice",
        "orgs": [{"org": "hanzo", "role": "owner"}, {"org": "acme", "role": "member"}],
        "billing_account": "org:hanzo",
    })
}

/// `value` with some members replaced; `null` removes one.
pub fn with(mut value: Value, changes: &Value) -> Value {
    let members = value.as_object_mut().unwrap();
    for (name, change) in changes.as_object().unwrap() {
        if change.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), change.clone());
        }
    }
    value
}

/// A token of exactly these texts, signed with `key`.
pub fn sign(key: &GeneratedKey, header: &str, payload: &[u8]) -> String {
    let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(payload));
    let algorithm = key.public.algorithm();
    let signature = RustCrypto.sign(algorithm, &key.private, signed.as_bytes());
    let signature = pollster::block_on(signature).unwrap();
    format!("{signed}.{}", base64url(&signature))
}

/// A good access token.
pub fn good() -> String {
    sign(&ES256, &header(&ES256).to_string(), claims().to_string().as_bytes())
}

/// A token whose header is changed so, truly signed by our ES256 key.
pub fn with_header(changes: &Value) -> String {
    let header = with(header(&ES256), changes);
    sign(&ES256, &header.to_string(), claims().to_string().as_bytes())
}

/// A token whose claims are changed so, truly signed by our ES256 key.
pub fn with_claims(changes: &Value) -> String {
    let claims = with(claims(), changes);
    sign(&ES256, &header(&ES256).to_string(), claims.to_string().as_bytes())
}

/// What the verifier says, with both our keys, at [`NOW`].
pub fn verdict(token: &str) -> Result<Verified<Claims>, TokenError> {
    verdict_at(token, NOW)
}

/// What the verifier says at another time.
pub fn verdict_at(token: &str, now: UnixTime) -> Result<Verified<Claims>, TokenError> {
    let issuers = [ISSUER.to_owned()];
    let audiences = [AUDIENCE.to_owned(), "https://api.hanzo.ai".to_owned()];
    under(token, &Expectation::access(&issuers, Audience::AnyOf(&audiences), now))
}

/// What the verifier says under another expectation.
pub fn under(token: &str, expectation: &Expectation<'_>) -> Result<Verified<Claims>, TokenError> {
    let keys = KeySet::new(vec![ES256.public.clone(), RS256.public.clone()]);
    pollster::block_on(verify(&RustCrypto, &keys, token, expectation))
}

#[track_caller]
pub fn malformed(token: &str, reason: ParseError) {
    assert_eq!(verdict(token).map(drop), Err(TokenError::Malformed(reason)), "{token}");
}

#[track_caller]
pub fn invalid(token: &str, reason: ValidationError) {
    assert_eq!(verdict(token).map(drop), Err(TokenError::Invalid(reason)), "{token}");
}
