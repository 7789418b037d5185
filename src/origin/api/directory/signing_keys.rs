//! Signing keys: lists them, and discards one whose private half may have leaked.

use serde::Serialize;

use super::caller::DirectoryCaller;
use crate::{
    core::{
        time::UnixTime,
        token::{KeyId, rotation::Phase},
    },
    origin::{
        Origin,
        api::endpoint::{Call, Deleted, Segment, View, Who, endpoint},
        domain::{commit::commit, keyring},
        http::RestError,
        store::signing_keys::{self, SigningKey},
    },
};

endpoint! {
    /// Lists the signing keys.
    ///
    /// A key is `announced` in the JWKS before it signs, `retired` while tokens that it signed may
    /// live, and then `removed`.
    pub List = GET "/v1/iam/signing-keys" as "listSigningKeys", who: Who::Platform;
    caller: DirectoryCaller,
    reply: View<SigningKeys>,
    error: RestError;
    list
}

endpoint! {
    /// Discards a signing key whose private half may have leaked.
    ///
    /// Every token that it signed is refused from now on; another key signs at once.
    pub Discard = DELETE "/v1/iam/signing-keys/{kid}" as "discardSigningKey", who: Who::Platform;
    caller: DirectoryCaller,
    path: (KeyId,),
    reply: View<Deleted>,
    error: RestError;
    discard
}

/// The signing keys.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SigningKeys {
    /// The newest last.
    signing_keys: Vec<SigningKeyView>,
}

/// A signing key: its public facts.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SigningKeyView {
    /// RFC 7638 thumbprint.
    kid: String,
    /// The `alg` of what it signs.
    algorithm: &'static str,
    /// `announced`, `signing`, `retired` or `removed`.
    state: &'static str,
    /// When it was made (RFC 3339).
    created_time: String,
    /// From when on it signs.
    signs_from: String,
    /// When its successor signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    signs_until: Option<String>,
    /// When it leaves the JWKS.
    #[serde(skip_serializing_if = "Option::is_none")]
    removed_time: Option<String>,
}

impl SigningKeyView {
    fn of(key: &SigningKey, now: UnixTime) -> Self {
        let text = |time: UnixTime| time.to_string();
        Self {
            kid: key.kid.0.clone(),
            algorithm: key.algorithm.name(),
            state: match key.term().phase(now) {
                Phase::Announced => "announced",
                Phase::Signing => "signing",
                Phase::Retired => "retired",
                Phase::Removed => "removed",
            },
            created_time: text(key.created_at),
            signs_from: text(key.signs_from),
            signs_until: key.signs_until.map(text),
            removed_time: key.removed_at.map(text),
        }
    }
}

impl Segment for KeyId {
    fn parse(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}

async fn list(origin: &Origin, _: Call<'_, List>) -> Result<View<SigningKeys>, RestError> {
    let now = origin.clock.now();
    let keys = signing_keys::all(&*origin.database).await?;
    let signing_keys = keys.iter().map(|key| SigningKeyView::of(key, now)).collect();
    Ok(View(SigningKeys { signing_keys }))
}

async fn discard(origin: &Origin, call: Call<'_, Discard>) -> Result<View<Deleted>, RestError> {
    let (kid,) = &call.path;
    let change = keyring::discarding(origin, kid).await?.ok_or_else(RestError::not_found)?;
    commit(origin, change).await?;
    Ok(View(Deleted::default()))
}
