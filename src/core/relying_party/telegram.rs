//! Telegram's login widget (core.telegram.org/widgets/login-legacy): the callback is the complete
//! response, signed with the bot token.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::{
    Callback, CallbackError, Pending, Provider, SKEW, authorize::LIFETIME, userinfo::Userinfo,
};
use crate::core::{
    encoding::{hex, sha256},
    secret::constant_time_eq,
    time::UnixTime,
};

/// The signed fields, in alphabetical order, without our `state`.
const SIGNED: [&str; 6] = ["auth_date", "first_name", "id", "last_name", "photo_url", "username"];

/// The claims of a widget's callback, as those of a userinfo endpoint: for [`Provider::login`].
pub fn claims(
    provider: &Provider<'_>,
    callback: &Callback,
    pending: &Pending,
    now: UnixTime,
) -> Result<Userinfo, CallbackError> {
    callback.check(provider, pending, now)?;
    let fields: Vec<(&str, &str)> =
        SIGNED.iter().filter_map(|name| Some((*name, callback.raw(name)?))).collect();
    let lines: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let key = sha256(provider.settings.client_secret.expose().as_bytes());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| CallbackError::Hash)?;
    mac.update(lines.join("\n").as_bytes());
    let expected = hex(&mac.finalize().into_bytes());
    let hash = callback.parameter("hash").ok_or(CallbackError::Hash)?;
    if !constant_time_eq(hash.as_bytes(), expected.as_bytes()) {
        return Err(CallbackError::Hash);
    }
    let field = |name: &str| fields.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let signed_at = field("auth_date").and_then(|text| text.parse().ok()).map(UnixTime);
    let fresh = |at: UnixTime| (-SKEW..=LIFETIME + SKEW).contains(&now.since(at));
    if !signed_at.is_some_and(fresh) {
        return Err(CallbackError::Field("auth_date"));
    }
    if !field("id").is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(CallbackError::Field("id"));
    }
    let name = [field("first_name"), field("last_name")].into_iter().flatten();
    let name = name.collect::<Vec<_>>().join(" ");
    let claims = fields.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    Ok(Userinfo(claims.chain([("name".to_owned(), Value::from(name))]).collect()))
}
