//! `POST /v1/iam/users/{owner}/{name}/keys?type=`

use serde::Serialize;
use serde_json::Map;

use super::service_keys::{CAPABILITY, KeyClass, ServiceKey, confined_to, read};
use crate::{
    core::{apikey::KeyScope, directory::OrgName},
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                envelope::{Enveloped, enveloped},
                keys::{expiry, within},
            },
            endpoint::{Call, Documented, Who, endpoint},
        },
        domain::keys::{
            self,
            mint::{self, NewKey},
        },
        http::RestError,
        store::keys::KeyLimits,
    },
};

endpoint! {
    /// Makes the user's key of a class, in place of the present one.
    ///
    /// For services that make keys for users (WIRE §3.3).
    pub ReplaceUserKey = POST "/v1/iam/users/{owner}/{name}/keys" as "replaceUserKey",
    who: Who::Capability(CAPABILITY);
    caller: DirectoryCaller,
    path: (OrgName, String),
    query: KeyClass,
    reply: Documented<Enveloped<KeyText>>,
    error: RestError;
    replace_key
}

/// The text of a new key.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct KeyText {
    /// Shown once.
    access_key: String,
}

async fn replace_key(
    origin: &Origin,
    call: Call<'_, ReplaceUserKey>,
) -> Result<Documented<Enveloped<KeyText>>, RestError> {
    let caller = &call.caller;
    let found = read(origin, caller, &call.query, &call.path).await?;
    let ServiceKey { target, kind, name, present, client, presented } = found;
    let user = target.user;
    caller.may_make_keys(presented.as_ref())?;
    if let Some(present) = &present {
        keys::count_change(origin, &user.id).await?;
        within(caller, &KeyScope::stored(&present.scope))?;
    }
    // The new key has the limits and expiry of the key that creates it.
    let new = NewKey {
        owner: user.owner.clone(),
        name: Some(name),
        display_name: String::new(),
        kind,
        holder: Some((user.id, user.name)),
        application: confined_to(client, &user.owner)?,
        scope: caller.scope.clone(),
        act: false,
        platform: false,
        expires_at: expiry(origin, caller, None)?,
        creator: caller.actor(),
        limits: KeyLimits::default(),
        attributes: Map::new(),
    };
    let (key, text) = new.minted(origin);
    mint::replace(origin, present.as_ref(), &key).await?;
    Ok(enveloped(&KeyText { access_key: text.text().expose().clone() }))
}
