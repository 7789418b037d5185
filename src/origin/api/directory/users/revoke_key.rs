//! `DELETE /v1/iam/users/{owner}/{name}/keys?type=`

use serde::Serialize;

use super::service_keys::{CAPABILITY, KeyClass, read};
use crate::{
    core::{apikey::KeyScope, directory::OrgName},
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                envelope::{Enveloped, enveloped},
                keys::within,
            },
            endpoint::{Call, Documented, Who, endpoint},
        },
        domain::keys,
        http::RestError,
        store::keys::KeyState,
    },
};

endpoint! {
    /// Ends the user's key of a class, if there is one.
    pub RevokeUserKey = DELETE "/v1/iam/users/{owner}/{name}/keys" as "revokeUserKey",
    who: Who::Capability(CAPABILITY);
    caller: DirectoryCaller,
    path: (OrgName, String),
    query: KeyClass,
    reply: Documented<Enveloped<Affected>>,
    error: RestError;
    revoke_key
}

/// Whether there was a key.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Affected {
    /// Whether a key was ended.
    affected: bool,
}

async fn revoke_key(
    origin: &Origin,
    call: Call<'_, RevokeUserKey>,
) -> Result<Documented<Enveloped<Affected>>, RestError> {
    let caller = &call.caller;
    let found = read(origin, caller, &call.query, &call.path).await?;
    let live = found.present.filter(|key| key.state != KeyState::Revoked);
    let affected = live.is_some();
    if let Some(mut key) = live {
        within(caller, &KeyScope::stored(&key.scope))?;
        keys::revoke(origin, &mut key, &caller.actor(), &found.target.user.id).await?;
    }
    Ok(enveloped(&Affected { affected }))
}
