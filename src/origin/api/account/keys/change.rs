//! `PATCH` and `DELETE /v1/account/keys/{id}`

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Limits, scope, view::AccountApiKey};
use crate::{
    core::directory::{Count, Invalid, Line, List, Patch, Timestamp, read},
    origin::{
        Origin,
        api::{
            account::AccountCaller,
            directory::{
                keys::{
                    revoke::ended,
                    update::{Facts, changed},
                    visible,
                },
                versioned::Versioned,
            },
            endpoint::{Call, Entity, Patched, Who, endpoint},
        },
        domain::keys::{BudgetPatch, KeyPatch, MAXIMUM_RATE},
        http::RestError,
        store::{
            keys as rows,
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
    body: Patched<AccountKeyEdit>,
    reply: Entity<AccountApiKey>,
    error: RestError;
    update
}

endpoint! {
    /// Ends an API key forever; it stays in the list.
    pub DeleteAccountKey = DELETE "/v1/account/keys/{id}" as "deleteAccountKey",
    who: Who::Directory;
    caller: AccountCaller,
    path: (String,),
    reply: Entity<AccountApiKey>,
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

/// Applies the merge patch. `null` removes a limit, the name or the expiry.
fn edit(mut members: Map<String, Value>) -> Result<AccountKeyEdit, Invalid> {
    let none = |name: &str| match name {
        "name" | "expires" => "".into(),
        "limit" => json!([]),
        "rate" => 0.into(),
        "budget" => json!({"month": 0, "total": 0}),
        _ => Value::Null,
    };
    for (name, value) in &mut members {
        if value.is_null() {
            *value = none(name);
        }
        if let Value::Object(limits) = value {
            limits.values_mut().filter(|limit| limit.is_null()).for_each(|limit| *limit = 0.into());
        }
    }
    read(members)
}

async fn update(
    origin: &Origin,
    call: Call<'_, UpdateAccountKey>,
) -> Result<Entity<AccountApiKey>, RestError> {
    let (caller, id) = (&call.caller.0, call.path.0.as_str());
    let owner = caller.principal.owner.as_str();
    caller.has_role()?;
    let queries =
        (rows::by_id_in(owner, id), target(Named::HolderOfKey { owner, id }), caller.key());
    let (found, holder, presented) = load(&*origin.database, queries).await?;
    let before = visible(caller, owner, found)?;
    let sent = edit(call.body.members)?;
    let patch = KeyPatch {
        display_name: sent.name,
        scope: match sent.limit {
            Some(List(limits)) => Patch::Value(scope(before.kind, &limits)?),
            None => Patch::Absent,
        },
        expire_time: sent.expires,
        rate: sent.rate,
        budget: sent.budget,
        ..KeyPatch::default()
    };
    let facts = Facts { before, holder, presented };
    let key = changed(origin, caller, call.request, facts, &patch).await?;
    Ok(Entity::new(key.tag(), AccountApiKey::new(key, origin.clock.now())))
}

async fn revoke(
    origin: &Origin,
    call: Call<'_, DeleteAccountKey>,
) -> Result<Entity<AccountApiKey>, RestError> {
    let (caller, id) = (&call.caller.0, call.path.0.as_str());
    let owner = caller.principal.owner.as_str();
    caller.has_role()?;
    let queries = (rows::by_id_in(owner, id), target(Named::HolderOfKey { owner, id }));
    let (found, holder) = load(&*origin.database, queries).await?;
    let key = ended(origin, caller, call.request, owner, (found, holder.as_ref())).await?;
    Ok(Entity::new(key.tag(), AccountApiKey::new(key, origin.clock.now())))
}
