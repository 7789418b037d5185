//! Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4), which notify an application of an
//! ended session.

use serde::Serialize;
use serde_json::json;

use super::{MintError, PublicKey, mint::signed};
use crate::{
    core::secret::Secret,
    core::{crypto::Signing, time::UnixTime},
};

/// Seconds for which one is valid: §2.4 recommends two minutes at most.
const LIFETIME: i64 = 120;

/// The event that it is about (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What a logout token says.
#[derive(Debug, Clone, Copy)]
pub struct LogoutToken<'a> {
    /// The issuer of the session's tokens.
    pub issuer: &'a str,
    /// Whose session has ended.
    pub subject: &'a str,
    /// The application that is told.
    pub client_id: &'a str,
    /// The `sid` of the session's ID tokens.
    pub session_id: &'a str,
    /// The token's own id, another one for each attempt.
    pub id: &'a str,
}

/// The signed token, issued at `now`. It has no `nonce` and another `typ` than ID tokens, so that neither
/// passes for the other (§2.4, §4.1).
pub async fn mint_logout(
    crypto: &dyn Signing,
    key: &PublicKey,
    private_key: &Secret<Vec<u8>>,
    token: LogoutToken<'_>,
    now: UnixTime,
) -> Result<String, MintError> {
    #[derive(Serialize)]
    struct Claims<'a> {
        iss: &'a str,
        sub: &'a str,
        aud: &'a str,
        iat: UnixTime,
        exp: UnixTime,
        jti: &'a str,
        sid: &'a str,
        events: serde_json::Value,
    }
    let claims = Claims {
        iss: token.issuer,
        sub: token.subject,
        aud: token.client_id,
        iat: now,
        exp: now.plus(LIFETIME),
        jti: token.id,
        sid: token.session_id,
        events: json!({EVENT: {}}),
    };
    signed(crypto, key, private_key, "logout+jwt", &claims).await
}
