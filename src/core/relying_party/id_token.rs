//! Verification of an ID token (OpenID Connect Core §3.1.3.7), whose steps the errors name.

use serde_json::{Map, Value};

use super::{
    Grant, JsonWebKeys, Pending, Provider, SKEW, Tokens,
    callback::clipped,
    jws::{self, JwsAlgorithm, JwsError},
    preset::Issuers,
};
use crate::core::{crypto::Signatures, secret::constant_time_eq, time::UnixTime};

/// Maximum age of a token in seconds: it comes directly from the token endpoint.
pub const MAXIMUM_AGE: i64 = 600;

/// Maximum length of `sub` (OpenID Connect Core §2).
pub(super) const MAXIMUM_SUBJECT: usize = 255;

/// The last second of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// A verified ID token. Only [`Provider::verify_id_token`] creates one.
#[derive(Debug, Clone)]
pub struct IdToken {
    claims: Map<String, Value>,
    subject: String,
}

impl IdToken {
    /// Its claims.
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// `sub`.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// Why an ID token is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// There is none.
    #[error("there is no ID token")]
    Missing,
    /// Form, key or signature. [`JwsError::NeedKeys`] asks for newer keys.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// `typ` is that of another kind of token (RFC 8725 §3.11).
    #[error("typ is {0:?}")]
    Type(String),
    /// `alg` is not the registered one.
    #[error("alg is {found}, but {registered} was registered")]
    Algorithm {
        /// The algorithm of the token.
        found: JwsAlgorithm,
        /// The algorithm of the settings.
        registered: JwsAlgorithm,
    },
    /// A claim is missing or malformed.
    #[error("{0} is missing or malformed")]
    Claim(&'static str),
    /// `iss` is not the provider's issuer.
    #[error("iss is {0:?}, which is not the provider's issuer")]
    Issuer(String),
    /// The key signs the tokens of another issuer only.
    #[error("the key is that of issuer {0:?}")]
    KeyOfAnotherIssuer(String),
    /// The tenant is not one of the settings.
    #[error("the tenant {0:?} is not allowed")]
    Tenant(String),
    /// `aud` does not contain our client.
    #[error("aud does not have our client_id")]
    Audience,
    /// There are several audiences and no `azp`.
    #[error("there are several audiences, but no azp")]
    NoAuthorizedParty,
    /// `azp` is another client.
    #[error("azp is another client")]
    AuthorizedParty,
    /// It has expired.
    #[error("the token has expired")]
    Expired,
    /// `iat` is in the future.
    #[error("iat is in the future")]
    IssuedInFuture,
    /// `iat` is more than [`MAXIMUM_AGE`] ago.
    #[error("the token was issued too long ago")]
    IssuedTooLongAgo,
    /// `nbf` is in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `nonce` is not that of the login, or missing.
    #[error("nonce is not that of the login")]
    Nonce,
    /// `at_hash` is not the access token's (§3.1.3.8).
    #[error("at_hash is not that of the access token")]
    AccessTokenHash,
    /// `c_hash` is not the code's (§3.3.2.10).
    #[error("c_hash is not that of the code")]
    CodeHash,
    /// The authentication is older than `max_age`.
    #[error("the person authenticated too long ago")]
    AuthenticatedTooLongAgo,
}

impl IdTokenError {
    /// Whether newer keys may help. The caller fetches them once.
    pub const fn needs_keys(&self) -> bool {
        matches!(self, Self::Jws(JwsError::NeedKeys))
    }

    /// The number of the failed step in OpenID Connect Core §3.1.3.7; `None` for other checks.
    pub fn step(&self) -> Option<u8> {
        match self {
            Self::Jws(JwsError::Encrypted) => Some(1),
            Self::Issuer(_) | Self::KeyOfAnotherIssuer(_) | Self::Tenant(_) => Some(2),
            Self::Audience | Self::Claim("aud") => Some(3),
            Self::NoAuthorizedParty => Some(4),
            Self::AuthorizedParty | Self::Claim("azp") => Some(5),
            Self::Jws(JwsError::NeedKeys | JwsError::AmbiguousKey | JwsError::Signature) => Some(6),
            Self::Algorithm { .. }
            | Self::Jws(JwsError::Algorithm(_) | JwsError::AlgorithmOfAnotherKey { .. }) => Some(7),
            Self::Expired | Self::Claim("exp") => Some(9),
            Self::IssuedInFuture | Self::IssuedTooLongAgo | Self::Claim("iat") => Some(10),
            Self::Nonce | Self::Claim("nonce") => Some(11),
            Self::AuthenticatedTooLongAgo | Self::Claim("auth_time") => Some(13),
            _ => None,
        }
    }
}

impl Provider<'_> {
    /// Verifies the ID token that came with `tokens` for the code of `grant`.
    pub async fn verify_id_token(
        &self,
        crypto: &dyn Signatures,
        keys: &JsonWebKeys,
        tokens: &Tokens,
        grant: &Grant,
        pending: &Pending,
        now: UnixTime,
    ) -> Result<IdToken, IdTokenError> {
        let token = tokens.id_token.as_ref().ok_or(IdTokenError::Missing)?;
        let signed = jws::verify(crypto, keys, self.rsa_algorithm(), token.expose()).await?;
        if let Some(typ) = signed.typ.filter(|typ| typ != "jwt") {
            return Err(IdTokenError::Type(clipped(&typ)));
        }
        let found = signed.algorithm;
        match self.settings.id_token_algorithm {
            Some(registered) if registered != found => {
                return Err(IdTokenError::Algorithm { found, registered });
            }
            _ => {}
        }
        let claims = signed.claims;
        self.check_key_issuer(&claims, signed.key_issuer.as_deref())?;
        let subject = self.check_claims(&claims, pending, now)?;
        let hashes = [
            ("at_hash", tokens.access_token.expose(), IdTokenError::AccessTokenHash),
            ("c_hash", grant.code.expose(), IdTokenError::CodeHash),
        ];
        for (name, value, error) in hashes {
            if let Some(hash) = optional_text(&claims, name)?
                && !constant_time_eq(hash.as_bytes(), found.half_hash(value).as_bytes())
            {
                return Err(error);
            }
        }
        Ok(IdToken { claims, subject })
    }

    /// Checks everything except the signature and dependent claims; returns `sub`.
    pub(super) fn check_claims(
        &self,
        claims: &Map<String, Value>,
        pending: &Pending,
        now: UnixTime,
    ) -> Result<String, IdTokenError> {
        self.check_issuer_and_audience(claims)?;
        check_times(claims, now)?;
        match (optional_text(claims, "nonce")?, &pending.nonce) {
            (None, None) => {}
            (Some(found), Some(sent)) if constant_time_eq(found.as_bytes(), sent.as_bytes()) => {}
            _ => return Err(IdTokenError::Nonce),
        }
        if let Some(max_age) = pending.max_age {
            let authenticated_at = time(claims, "auth_time")?;
            let authenticated_at = authenticated_at.ok_or(IdTokenError::Claim("auth_time"))?;
            if now.since(authenticated_at) > i64::from(max_age).saturating_add(SKEW) {
                return Err(IdTokenError::AuthenticatedTooLongAgo);
            }
        }
        subject(claims).map(str::to_owned).ok_or(IdTokenError::Claim("sub"))
    }

    /// Steps 2 to 5.
    pub(super) fn check_issuer_and_audience(
        &self,
        claims: &Map<String, Value>,
    ) -> Result<(), IdTokenError> {
        let iss = optional_text(claims, "iss")?.ok_or(IdTokenError::Claim("iss"))?;
        let tenant = optional_text(claims, "tid")?;
        let rule = self.issuer().ok_or_else(|| IdTokenError::Issuer(clipped(iss)))?;
        if rule.needs_tenant() && tenant.is_none() {
            return Err(IdTokenError::Claim("tid"));
        }
        if !rule.accepts(iss, tenant) {
            return Err(IdTokenError::Issuer(clipped(iss)));
        }
        let tenants = &self.settings.tenants;
        let tenant = tenant.unwrap_or_default();
        if !tenants.is_empty() && !tenants.iter().any(|allowed| allowed == tenant) {
            return Err(IdTokenError::Tenant(clipped(tenant)));
        }
        let client_id = self.settings.client_id.as_str();
        let audiences = texts(claims, "aud").ok_or(IdTokenError::Claim("aud"))?;
        if !audiences.contains(&client_id) {
            return Err(IdTokenError::Audience);
        }
        match optional_text(claims, "azp")? {
            Some(azp) if azp != client_id => Err(IdTokenError::AuthorizedParty),
            None if audiences.len() > 1 => Err(IdTokenError::NoAuthorizedParty),
            _ => Ok(()),
        }
    }

    /// Microsoft publishes the keys of many issuers in one set, each with its own
    /// (learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer).
    fn check_key_issuer(
        &self,
        claims: &Map<String, Value>,
        key_issuer: Option<&str>,
    ) -> Result<(), IdTokenError> {
        let (Issuers::PerTenant, Some(key_issuer)) = (self.preset.issuers, key_issuer) else {
            return Ok(());
        };
        let tenant = optional_text(claims, "tid")?.unwrap_or_default();
        let iss = optional_text(claims, "iss")?.unwrap_or_default();
        if key_issuer.replace("{tenantid}", tenant) == iss {
            Ok(())
        } else {
            Err(IdTokenError::KeyOfAnotherIssuer(clipped(key_issuer)))
        }
    }
}

/// Steps 9 and 10, and `nbf` (RFC 7519 §4.1.5).
pub(super) fn check_times(claims: &Map<String, Value>, now: UnixTime) -> Result<(), IdTokenError> {
    let expires_at = time(claims, "exp")?.ok_or(IdTokenError::Claim("exp"))?;
    let issued_at = time(claims, "iat")?.ok_or(IdTokenError::Claim("iat"))?;
    if now >= expires_at.plus(SKEW) {
        return Err(IdTokenError::Expired);
    }
    if issued_at > now.plus(SKEW) {
        return Err(IdTokenError::IssuedInFuture);
    }
    if now.since(issued_at) > MAXIMUM_AGE + SKEW {
        return Err(IdTokenError::IssuedTooLongAgo);
    }
    match time(claims, "nbf")? {
        Some(begins) if begins > now.plus(SKEW) => Err(IdTokenError::NotYetValid),
        _ => Ok(()),
    }
}

/// `sub`: at most 255 ASCII characters (OpenID Connect Core §2).
pub(super) fn subject(claims: &Map<String, Value>) -> Option<&str> {
    let subject = claims.get("sub")?.as_str()?;
    let acceptable = (1..=MAXIMUM_SUBJECT).contains(&subject.len())
        && subject.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    acceptable.then_some(subject)
}

/// A string claim, if present.
pub(super) fn optional_text<'a>(
    claims: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a str>, IdTokenError> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(IdTokenError::Claim(name)),
    }
}

/// A claim that is a string or a list of strings.
fn texts<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<Vec<&'a str>> {
    match claims.get(name)? {
        Value::String(text) => Some(vec![text]),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// A time claim in whole seconds (ATTACKS A-17), if present.
pub(super) fn time(
    claims: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<UnixTime>, IdTokenError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_i64().filter(|seconds| (0..=LAST_SECOND).contains(seconds));
    seconds.map(|seconds| Some(UnixTime(seconds))).ok_or(IdTokenError::Claim(name))
}
