//! The token response (RFC 6749 §5), and error responses of any endpoint.

use std::fmt;

use serde_json::{Map, Value};

use super::{
    Provider, Reply, callback::clipped, preset::Protocol, token_request::FORM, url::pairs,
};
use crate::core::{secret::Secret, token};

/// Maximum length of a token, in bytes.
const MAXIMUM_TOKEN: usize = 64 * 1024;
/// Maximum number of members of a form response.
const MAXIMUM_MEMBERS: usize = 32;

/// The tokens issued by a provider.
#[derive(Clone)]
pub struct Tokens {
    /// The access token.
    pub access_token: Secret<String>,
    /// The refresh token.
    pub refresh_token: Option<Secret<String>>,
    /// Seconds for which the access token is valid.
    pub expires_in: Option<i64>,
    /// The unverified ID token.
    pub id_token: Option<Secret<String>>,
    /// The granted scopes, if different from the requested ones.
    pub scope: Option<String>,
    /// The members that identify the user, and the one repeated in the userinfo request.
    members: Vec<(&'static str, String)>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// Why a response is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// The provider reports an error (RFC 6749 §5.2, or in its own form).
    #[error("the provider reports {error}: {description}")]
    Refused {
        /// The code.
        error: String,
        /// The text, or empty.
        description: String,
    },
    /// The response has an error status without a reason in the body.
    #[error("the request was answered with status {0}")]
    Status(u16),
    /// The body is too long, not UTF-8, or neither a strict JSON object nor a form.
    #[error("the answer is neither a JSON object nor a form, or too long")]
    Malformed,
    /// A member is missing or has the wrong type.
    #[error("{0} is missing in the answer, or malformed")]
    Member(&'static str),
    /// `token_type` is unsupported: a key-bound token cannot be used as a bearer token.
    #[error("token_type is {0:?}")]
    TokenType(String),
    /// The signature of Alipay's response is missing or wrong.
    #[error("the answer's signature is missing or wrong")]
    Signature,
}

impl Tokens {
    /// Reads a token response. Alipay's is read by [`super::alipay::tokens`].
    pub fn parse(provider: &Provider<'_>, reply: &Reply<'_>) -> Result<Self, ResponseError> {
        let members = object(reply, provider.preset.read.coded)?;
        Self::of_members(provider, &members)
    }

    /// Reads the members of a response.
    pub(super) fn of_members(
        provider: &Provider<'_>,
        members: &Map<String, Value>,
    ) -> Result<Self, ResponseError> {
        let preset = provider.preset;
        let [access_token, refresh_token, expires_in] = preset.redeem.answer;
        let secret = |name| optional_text(members, name).map(|text| text.map(Secret::new));
        let token_type = optional_text(members, "token_type")?;
        // Slack and others write it in any case; some leave it out.
        if token_type.as_ref().is_some_and(|name| !name.eq_ignore_ascii_case("bearer")) {
            return Err(ResponseError::TokenType(clipped(&token_type.unwrap_or_default())));
        }
        let id_token = secret("id_token")?;
        if id_token.is_none() && preset.protocol == Protocol::Oidc {
            return Err(ResponseError::Member("id_token"));
        }
        let kept = preset.redeem.identity.iter().chain([&preset.read.forward]);
        let kept = kept.filter_map(|name| Some((*name, scalar(members.get(*name)?)?))).collect();
        Ok(Self {
            access_token: secret(access_token)?.ok_or(ResponseError::Member(access_token))?,
            refresh_token: secret(refresh_token)?,
            expires_in: members.get(expires_in).and_then(scalar).and_then(|text| text.parse().ok()),
            id_token,
            scope: optional_text(members, "scope")?,
            members: kept,
        })
    }

    /// A member that the preset keeps.
    pub(super) fn member(&self, name: &str) -> Option<&str> {
        let found = self.members.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A string or an integer, as text. Identifiers occur in either form.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

fn optional_text(
    members: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<String>, ResponseError> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) if text.len() <= MAXIMUM_TOKEN => Ok(Some(text.clone())),
        Some(_) => Err(ResponseError::Member(name)),
    }
}

/// The members of a successful response. With `coded`, a `code` other than 0 is an error.
pub(super) fn object(reply: &Reply<'_>, coded: bool) -> Result<Map<String, Value>, ResponseError> {
    let members = members(reply);
    if let Some(refusal) = members.as_ref().and_then(|members| refusal(members, coded)) {
        return Err(refusal);
    }
    if !reply.is_success() {
        return Err(ResponseError::Status(reply.status));
    }
    members.ok_or(ResponseError::Malformed)
}

fn members(reply: &Reply<'_>) -> Option<Map<String, Value>> {
    let text = reply.text()?;
    if text.trim_start().starts_with('{') {
        return token::from_object(text);
    }
    if !reply.is(FORM) {
        return None;
    }
    let pairs = pairs(text.trim(), MAXIMUM_MEMBERS).ok()?;
    Some(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
}

/// The error in a response, in any format of the presets.
fn refusal(members: &Map<String, Value>, coded: bool) -> Option<ResponseError> {
    let text = |name: &str| members.get(name).and_then(scalar).filter(|text| !text.is_empty());
    let refused = |error: String, description: Option<String>| ResponseError::Refused {
        error: clipped(&error),
        description: clipped(&description.unwrap_or_default()),
    };
    // Facebook: an object.
    if let Some(Value::Object(error)) = members.get("error") {
        let inner = |name: &str| error.get(name).and_then(scalar);
        return Some(refused(inner("type").unwrap_or_default(), inner("message")));
    }
    if let Some(error) = text("error") {
        return Some(refused(error, text("error_description")));
    }
    // Slack.
    if members.get("ok") == Some(&Value::Bool(false)) {
        return Some(refused("ok: false".to_owned(), None));
    }
    // WeChat: a number.
    if let Some(code) = text("errcode").filter(|code| code != "0") {
        return Some(refused(code, text("errmsg")));
    }
    // Lark: a number and `msg`. DingTalk: a text and `message`.
    let code = text("code").filter(|code| coded && code != "0")?;
    Some(refused(code, text("msg").or_else(|| text("message"))))
}
