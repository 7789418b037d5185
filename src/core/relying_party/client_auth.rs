//! Client authentication at token endpoints (OpenID Connect Core §9).

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

use super::{Provider, SigningKey};
use crate::core::{
    crypto::{CryptoError, Signing},
    encoding::base64url,
    secret::Secret,
    time::UnixTime,
};

/// Lifetime of a client assertion in seconds. It is used immediately.
const LIFETIME: i64 = 300;

/// `aud` of Apple's client secret.
const APPLE: &str = "https://appleid.apple.com";

/// The parameter `client_assertion_type` (RFC 7523 §2.2).
pub(super) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The value of `Authorization` for `client_secret_basic`: both parts are encoded as in a form first
/// (RFC 6749 §2.3.1), so that a colon or a space in them does no harm.
pub(super) fn basic(client_id: &str, secret: &str) -> String {
    let encoded =
        |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret))))
}

/// The assertion of `private_key_jwt` (RFC 7523 §3), of which `jti` is used once.
pub(super) async fn assertion(
    provider: &Provider<'_>,
    key: &SigningKey,
    signing: &dyn Signing,
    jti: &str,
    now: UnixTime,
) -> Result<Secret<String>, CryptoError> {
    #[derive(Serialize)]
    struct Claims<'a> {
        iss: &'a str,
        sub: &'a str,
        aud: &'a str,
        jti: &'a str,
        iat: UnixTime,
        exp: UnixTime,
    }
    let settings = provider.settings;
    // One text, and the issuer rather than an endpoint that could be another server's (RFC 7523bis).
    let issuer = provider.issuer().filter(|rule| !rule.needs_tenant()).map(ToString::to_string);
    let audience = match settings.assertion_audience.as_str() {
        "" => issuer.unwrap_or_else(|| provider.token_endpoint().to_owned()),
        audience => audience.to_owned(),
    };
    let claims = Claims {
        iss: &settings.client_id,
        sub: &settings.client_id,
        aud: &audience,
        jti,
        iat: now,
        exp: now.plus(LIFETIME),
    };
    signed(signing, key, &claims).await
}

/// Apple's client secret (developer.apple.com: "Creating a client secret").
pub(super) async fn apple_secret(
    provider: &Provider<'_>,
    key: &SigningKey,
    signing: &dyn Signing,
    now: UnixTime,
) -> Result<Secret<String>, CryptoError> {
    #[derive(Serialize)]
    struct Claims<'a> {
        iss: &'a str,
        sub: &'a str,
        aud: &'a str,
        iat: UnixTime,
        exp: UnixTime,
    }
    let settings = provider.settings;
    let claims = Claims {
        iss: &settings.team_id,
        sub: &settings.client_id,
        aud: APPLE,
        iat: now,
        exp: now.plus(LIFETIME),
    };
    signed(signing, key, &claims).await
}

async fn signed(
    signing: &dyn Signing,
    key: &SigningKey,
    claims: &impl Serialize,
) -> Result<Secret<String>, CryptoError> {
    #[derive(Serialize)]
    struct Header<'a> {
        alg: &'a str,
        kid: &'a str,
        typ: &'a str,
    }
    let header = Header { alg: key.algorithm.name(), kid: &key.key_id, typ: "JWT" };
    let failed = |error: serde_json::Error| CryptoError(error.to_string());
    let header = serde_json::to_vec(&header).map_err(failed)?;
    let payload = serde_json::to_vec(claims).map_err(failed)?;
    let mut token = format!("{}.{}", base64url(&header), base64url(&payload));
    let signature = signing.sign(key.algorithm, &key.private, token.as_bytes()).await?;
    token.push('.');
    token.push_str(&base64url(&signature));
    Ok(Secret::new(token))
}
