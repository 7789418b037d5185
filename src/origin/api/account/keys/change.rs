//! `PATCH` and `DELETE /v1/account/keys/{id}`

use serde::Deserialize;

use super::{Limits, scope, view::AccountApiKey};
use crate::{
    core::directory::{Count, Line, List, Patch, Timestamp},
    origin::{
        Origin,
        api::{
            account::AccountCaller,
            directory::keys::{
                revoke::ended,
                update::{Facts, changed},
            },
            endpoint::{Call, Json, View, Who, endpoint},
        },
        domain::keys::{BudgetPatch, KeyPatch, MAXIMUM_RATE},
        http::RestError,
        store::{
            keys::{self as rows, KeyKind},
            query::load,
            users::{Named, target},
        },
    },
};

endpoint! {
    /// Changes the name, limits, rate, budget or end of an API key; what is not sent stays.
    ///
    /// Its holder may narrow a key; limits that an administrator has set only an administrator lifts.
    pub UpdateAccountKey = PATCH "/v1/account/keys/{id}" as "updateAccountKey",
    who: Who::Directory;
    caller: AccountCaller,
    path: (String,),
    body: Json<AccountKeyEdit>,
    reply: View<AccountApiKey>,
    error: RestError;
    update
}

endpoint! {
    /// Ends an API key forever; it stays in the list.
    pub DeleteAccountKey = DELETE "/v1/account/keys/{id}" as "deleteAccountKey",
    who: Who::Directory;
    caller: AccountCaller,
    path: (String,),
    reply: View<AccountApiKey>,
    error: RestError;
    revoke
}

/// What a request changes of a key.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AccountKeyEdit {
    /// The name for people.
    name: Patch<Line>,
    /// What it may reach, as `kind:name`; an empty list is unlimited.
    limit: Limits,
    /// Calls a minute; 0: unlimited.
    rate: Option<Count<MAXIMUM_RATE>>,
    /// Calls in all; 0: unlimited.
    budget: Option<BudgetPatch>,
    /// When it ends; `""`: never.
    expires: Patch<Timestamp>,
}

async fn update(
    origin: &Origin,
    call: Call<'_, UpdateAccountKey>,
) -> Result<View<AccountApiKey>, RestError> {
    let (caller, id) = (&call.caller.0, call.path.0.as_str());
    let owner = caller.principal.owner.as_str();
    caller.has_role()?;
    let queries =
        (rows::by_id_in(owner, id), target(Named::HolderOfKey { owner, id }), caller.key());
    let (found, holder, presented) = load(&*origin.database, queries).await?;
    let Json(sent) = call.body;
    let kind = found.as_ref().map_or(KeyKind::Secret, |key| key.kind);
    let patch = KeyPatch {
        display_name: sent.name,
        scope: match sent.limit {
            Some(List(limits)) => Patch::Value(scope(kind, &limits)?),
            None => Patch::Absent,
        },
        expire_time: sent.expires,
        rate: sent.rate,
        budget: sent.budget,
        ..KeyPatch::default()
    };
    let facts = Facts { found, holder, presented };
    let key = changed(origin, caller, owner, facts, &patch).await?;
    Ok(View(AccountApiKey::new(key, origin.clock.now())))
}

async fn revoke(
    origin: &Origin,
    call: Call<'_, DeleteAccountKey>,
) -> Result<View<AccountApiKey>, RestError> {
    let (caller, id) = (&call.caller.0, call.path.0.as_str());
    let owner = caller.principal.owner.as_str();
    caller.has_role()?;
    let queries = (rows::by_id_in(owner, id), target(Named::HolderOfKey { owner, id }));
    let (found, holder) = load(&*origin.database, queries).await?;
    let key = ended(origin, caller, owner, found, holder.as_ref()).await?;
    Ok(View(AccountApiKey::new(key, origin.clock.now())))
}
