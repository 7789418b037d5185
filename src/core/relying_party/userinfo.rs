//! The userinfo request and response (OpenID Connect Core §5.3), and the list of e-mail addresses.

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::Sha256;

use super::{
    HttpCall, IdToken, IdTokenError, JsonWebKeys, Pending, Provider, Reply, Tokens, alipay, jws,
    preset::{Access, Protocol},
    token_request::{FORM, RequestError},
    token_response::{self, ResponseError, scalar},
    url::{form, with_query},
};
use crate::core::{
    crypto::{Signatures, Signing},
    encoding::hex,
    time::UnixTime,
};

/// Maximum number of addresses read from a list.
const MAXIMUM_ADDRESSES: usize = 256;

/// Why a userinfo response is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserinfoError {
    /// The response reports an error or is malformed.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// The signed response, or LINE's verified ID token, is refused.
    #[error("the signed claims are refused: {0}")]
    Claims(#[from] IdTokenError),
    /// The claims object is missing.
    #[error("the answer has no claims at {0}")]
    NoClaims(&'static str),
    /// `sub` is not that of the ID token, or missing (OpenID Connect Core §5.3.2): a token substitution.
    #[error("sub is not that of the ID token")]
    Subject,
    /// A member that identifies the user differs from the token response.
    #[error("{0} is not that of the token response")]
    Identity(&'static str),
    /// The signed response cannot be verified without keys.
    #[error("the answer is signed, and there are no keys")]
    NoKeys,
}

/// Claims of a user identified by the ID token, the token response or the provider's signature.
/// Only [`Provider::userinfo`] and [`super::telegram::claims`] create one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Userinfo(pub(super) Map<String, Value>);

impl Userinfo {
    /// The claims.
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl From<jws::JwsError> for UserinfoError {
    fn from(error: jws::JwsError) -> Self {
        Self::Claims(error.into())
    }
}

impl Provider<'_> {
    /// The request for claims; `None` if the provider has no such endpoint.
    pub async fn userinfo_request(
        &self,
        tokens: &Tokens,
        pending: &Pending,
        signing: &dyn Signing,
        now: UnixTime,
    ) -> Result<Option<HttpCall>, RequestError> {
        if self.userinfo_endpoint().is_empty() {
            return Ok(None);
        }
        if self.preset.protocol == Protocol::Alipay {
            return alipay::userinfo_request(self, tokens, signing, now).await.map(Some);
        }
        let dialect = &self.preset.read;
        let token = tokens.access_token.expose().as_str();
        let mut query = dialect.query.to_vec();
        if !dialect.forward.is_empty() {
            let value = tokens.member(dialect.forward);
            query.push((dialect.forward, value.ok_or(RequestError::Missing(dialect.forward))?));
        }
        let url = |query: Vec<(&str, &str)>| with_query(self.userinfo_endpoint(), query);
        Ok(Some(match dialect.access {
            Access::Bearer => {
                HttpCall::get(url(query)).with_header("authorization", &format!("Bearer {token}"))
            }
            Access::Header(name) => HttpCall::get(url(query)).with_header(name, token),
            Access::Query => {
                query.push(("access_token", token));
                HttpCall::get(url(query))
            }
            Access::QueryWithProof => {
                let proof = proof(token, self.settings.client_secret.expose());
                query.extend([("access_token", token), ("appsecret_proof", &proof)]);
                HttpCall::get(url(query))
            }
            Access::IdToken => {
                let id_token = tokens.id_token.as_ref().ok_or(RequestError::Missing("id_token"))?;
                let parameters = [
                    ("id_token", id_token.expose().as_str()),
                    ("client_id", &self.settings.client_id),
                    ("nonce", pending.nonce.as_deref().unwrap_or_default()),
                ];
                HttpCall::post(url(query), FORM, form(parameters))
            }
        }))
    }

    /// The claims of a response, if their subject is that of `id_token` or `tokens`.
    pub async fn userinfo(
        &self,
        reply: &Reply<'_>,
        tokens: &Tokens,
        id_token: Option<&IdToken>,
        pending: &Pending,
        verifier: (&dyn Signatures, Option<&JsonWebKeys>),
        now: UnixTime,
    ) -> Result<Userinfo, UserinfoError> {
        let (crypto, keys) = verifier;
        let dialect = &self.preset.read;
        let claims = if self.preset.protocol == Protocol::Alipay {
            alipay::userinfo(self, reply, crypto).await?
        } else if reply.is_success() && reply.is("application/jwt") {
            self.signed_userinfo(reply, crypto, keys.ok_or(UserinfoError::NoKeys)?).await?
        } else {
            let answer = Value::Object(token_response::object(reply, dialect.coded)?);
            match answer.pointer(dialect.object) {
                Some(Value::Object(claims)) => claims.clone(),
                _ => return Err(UserinfoError::NoClaims(dialect.object)),
            }
        };
        if dialect.access == Access::IdToken {
            self.check_claims(&claims, pending, now)?;
        }
        let subject = claims.get("sub").and_then(Value::as_str);
        let is_named = match id_token {
            Some(token) => subject == Some(token.subject()),
            None => self.preset.protocol != Protocol::Oidc,
        };
        if !is_named {
            return Err(UserinfoError::Subject);
        }
        for name in self.preset.redeem.identity {
            let found = claims.get(*name).and_then(scalar);
            if let (Some(found), Some(issued)) = (found, tokens.member(name))
                && found != issued
            {
                return Err(UserinfoError::Identity(name));
            }
        }
        Ok(Userinfo(claims))
    }

    /// A signed response: its `iss` and `aud`, where present, must be those of an ID token
    /// (§5.3.2).
    async fn signed_userinfo(
        &self,
        reply: &Reply<'_>,
        crypto: &dyn Signatures,
        keys: &JsonWebKeys,
    ) -> Result<Map<String, Value>, UserinfoError> {
        let text = reply.text().ok_or(ResponseError::Malformed)?;
        let signed = jws::verify(crypto, keys, self.rsa_algorithm(), text.trim()).await?;
        // An access token or a logout token is signed by the same keys.
        if signed.typ.as_deref().is_some_and(|typ| typ == "at+jwt" || typ == "logout+jwt") {
            return Err(IdTokenError::Type(signed.typ.unwrap_or_default()).into());
        }
        if signed.claims.contains_key("iss") || signed.claims.contains_key("aud") {
            self.check_issuer_and_audience(&signed.claims)?;
        }
        Ok(signed.claims)
    }

    /// The request for the list of e-mail addresses, if the provider has one.
    pub fn emails_request(&self, tokens: &Tokens) -> Option<HttpCall> {
        let path = self.preset.read.emails;
        let token = tokens.access_token.expose();
        (!path.is_empty()).then(|| {
            HttpCall::get(format!("{}{path}", self.userinfo_endpoint()))
                .with_header("authorization", &format!("Bearer {token}"))
        })
    }
}

/// The primary address of the list, if it is verified (docs.github.com/en/rest/users/emails).
pub fn primary_email(reply: &Reply<'_>) -> Result<Option<String>, ResponseError> {
    #[derive(Deserialize)]
    struct Address {
        email: String,
        primary: bool,
        verified: bool,
    }
    if !reply.is_success() {
        return Err(ResponseError::Status(reply.status));
    }
    let text = reply.text().ok_or(ResponseError::Malformed)?;
    let list: Vec<Address> = serde_json::from_str(text).map_err(|_| ResponseError::Malformed)?;
    if list.len() > MAXIMUM_ADDRESSES {
        return Err(ResponseError::Malformed);
    }
    Ok(list.into_iter().find(|entry| entry.primary && entry.verified).map(|entry| entry.email))
}

/// Facebook's `appsecret_proof`, which proves that the token is used by its own client.
fn proof(token: &str, secret: &str) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(token.as_bytes());
    hex(&mac.finalize().into_bytes())
}
