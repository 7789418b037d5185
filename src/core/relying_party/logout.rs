//! Back-channel logout: a provider reports the end of a session (OpenID Connect Back-Channel Logout
//! 1.0).

use serde_json::Value;

use super::{
    IdTokenError, JsonWebKeys, Provider,
    callback::clipped,
    id_token::{check_times, optional_text, subject, time},
    jws,
};
use crate::core::{crypto::Signatures, time::UnixTime};

/// The member of `events` (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Maximum length of `jti` and `sid`, in bytes.
const MAXIMUM_ID: usize = 255;

/// A verified logout token. It names a session, a user, or both; with a user alone, all of that
/// user's sessions have ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The user whose sessions by this provider end.
    pub subject: Option<String>,
    /// The session, as in the ID token.
    pub session_id: Option<String>,
    /// `jti`, to be accepted once by the caller.
    pub token_id: String,
    /// Until when the caller keeps `token_id`.
    pub expires_at: UnixTime,
}

/// Why a logout token is refused (§2.6). The response is 400 with `Cache-Control: no-store` (§2.8).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogoutError {
    /// A check that it shares with ID tokens failed.
    #[error(transparent)]
    Token(#[from] IdTokenError),
    /// It has a `nonce`: it is an ID token.
    #[error("the token has a nonce")]
    Nonce,
    /// `events` does not have the logout event as an object.
    #[error("events does not have the logout event")]
    Events,
    /// It names neither a user nor a session.
    #[error("there is neither sub nor sid")]
    Nobody,
}

impl Provider<'_> {
    /// Verifies the `logout_token` of a logout request.
    pub async fn verify_logout_token(
        &self,
        crypto: &dyn Signatures,
        keys: &JsonWebKeys,
        logout_token: &str,
        now: UnixTime,
    ) -> Result<Notice, LogoutError> {
        let signed = jws::verify(crypto, keys, self.rsa_algorithm(), logout_token).await;
        let signed = signed.map_err(IdTokenError::from)?;
        // §2.4 recommends `logout+jwt`; many providers leave `typ` out or write `JWT`.
        if let Some(typ) = signed.typ.filter(|typ| typ != "logout+jwt" && typ != "jwt") {
            return Err(IdTokenError::Type(clipped(&typ)).into());
        }
        let claims = &signed.claims;
        self.check_issuer_and_audience(claims)?;
        check_times(claims, now)?;
        if claims.contains_key("nonce") {
            return Err(LogoutError::Nonce);
        }
        if !claims.get("events").and_then(|events| events.get(EVENT)).is_some_and(Value::is_object)
        {
            return Err(LogoutError::Events);
        }
        let id = |name| match optional_text(claims, name) {
            Ok(Some(text)) if text.is_empty() || text.len() > MAXIMUM_ID => {
                Err(IdTokenError::Claim(name))
            }
            other => other,
        };
        let subject = match claims.get("sub") {
            None => None,
            Some(_) => Some(subject(claims).ok_or(IdTokenError::Claim("sub"))?.to_owned()),
        };
        let session_id = id("sid")?.map(str::to_owned);
        if subject.is_none() && session_id.is_none() {
            return Err(LogoutError::Nobody);
        }
        Ok(Notice {
            subject,
            session_id,
            token_id: id("jti")?.ok_or(IdTokenError::Claim("jti"))?.to_owned(),
            expires_at: time(claims, "exp")?.unwrap_or(now).plus(super::SKEW),
        })
    }
}
