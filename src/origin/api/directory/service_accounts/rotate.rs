//! `POST /v1/iam/service-accounts/{name}/keys`

use serde::Deserialize;

use super::{
    MOST_KEYS,
    create::key_of,
    existing, no_key,
    view::{NewKeyView, ServiceAccountView},
};
use crate::{
    core::{
        apikey::KeyScope,
        directory::{Count, Patch, Timestamp},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{
                acting::may_leave_a_key,
                caller::DirectoryCaller,
                envelope::{Enveloped, enveloped},
                keys::within,
            },
            endpoint::{Call, Documented, OptionalJson, Who, endpoint},
        },
        domain::keys::mint,
        http::RestError,
        store::{
            agents, keys,
            query::load,
            users::{Named, target},
        },
    },
};

/// Maximum overlap of a key and its successor, in seconds: a week.
const LONGEST_OVERLAP: u64 = 7 * 24 * 3600;

endpoint! {
    /// Makes another key for a service account of the caller's organization; the present ones end.
    ///
    /// At once, or after `overlap` seconds. The key has the limits of the newest of them. The reply
    /// shows its text, once.
    pub RotateServiceAccountKey = POST "/v1/iam/service-accounts/{name}/keys"
    as "rotateServiceAccountKey", who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (String,),
    body: OptionalJson<RotationIn>,
    reply: Documented<Enveloped<NewKeyView>>,
    error: RestError;
    rotate
}

/// How a key is replaced.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct RotationIn {
    /// For how many seconds the present keys still work: at most 7 days; 0 if absent.
    overlap: Option<Count<LONGEST_OVERLAP>>,
    /// When the new key ends; with the account if absent.
    expire_time: Patch<Timestamp>,
}

async fn rotate(
    origin: &Origin,
    call: Call<'_, RotateServiceAccountKey>,
) -> Result<Documented<Enveloped<NewKeyView>>, RestError> {
    let (caller, name) = (&call.caller, call.path.0.as_str());
    let owner = caller.principal.owner.as_str();
    caller.administering(owner)?;
    caller.whole()?;
    let now = origin.clock.now();
    let queries = (
        agents::named(owner, name),
        target(Named::Name { owner, name }),
        keys::live_of_agent(owner, name, now),
        caller.key(),
    );
    let (found, account, present, presented) = load(&*origin.database, queries).await?;
    let found = existing(found)?;
    let account = account.ok_or_else(RestError::not_found)?;
    caller.may_impersonate(&account)?;
    caller.may_make_keys(presented.as_ref())?;
    may_leave_a_key(origin, caller).await?;
    let OptionalJson(sent) = call.body;
    let agent = found.agent.clone();
    if agent.expires_at <= now {
        return Err(no_key("the service account has ended: make another one"));
    }
    let overlap = sent.overlap.map_or(0, |Count(seconds)| seconds);
    let end = i64::try_from(overlap).ok().filter(|seconds| *seconds > 0);
    let end = end.map(|seconds| now.plus(seconds));
    if end.is_some() && present.len() >= MOST_KEYS {
        return Err(no_key("the service account has 10 keys that work: end some first"));
    }
    let scope = match present.first() {
        Some(newest) => KeyScope::stored(&newest.scope),
        None => caller.scope.clone(),
    };
    within(caller, &scope)?;
    let wanted = sent.expire_time.as_given().map(|Timestamp(end)| *end);
    let (key, text) = key_of(origin, caller, &agent, scope, wanted)?.minted(origin);
    mint::rotate(origin, &present, &key, end).await?;
    let end = end.filter(|_| !present.is_empty());
    let view = ServiceAccountView::new(found, now);
    Ok(enveloped(&NewKeyView::new(view, key, text.text(), end)))
}
