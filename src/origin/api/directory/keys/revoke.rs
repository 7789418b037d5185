//! `DELETE /v1/iam/keys/{owner}/{name}`

use super::{may_seek, visible};
use crate::{
    core::{directory::OrgName, token::Role},
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, Deleted, View, Who, endpoint},
        },
        domain::keys,
        http::RestError,
        store::{
            keys::{self as rows, Key},
            query::load,
            users::{Named, Target, target},
        },
    },
};

endpoint! {
    /// Ends a key forever.
    pub DeleteKey = DELETE "/v1/iam/keys/{owner}/{name}" as "deleteKey", who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: View<Deleted>,
    error: RestError;
    revoke
}

async fn revoke(origin: &Origin, call: Call<'_, DeleteKey>) -> Result<View<Deleted>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    may_seek(caller, owner)?;
    let queries = (rows::named(owner, name), target(Named::HolderOf { owner, key: name }));
    let (found, holder) = load(&*origin.database, queries).await?;
    ended(origin, caller, owner, found, holder.as_ref()).await?;
    Ok(View(Deleted::default()))
}

/// The key `found` of `owner` and `holder` after its end, if `caller` may end it.
pub async fn ended(
    origin: &Origin,
    caller: &DirectoryCaller,
    owner: &str,
    found: Option<Key>,
    holder: Option<&Target>,
) -> Result<Key, RestError> {
    let mut key = visible(caller, owner, found)?;
    if let Some(holder) = holder {
        caller.not_below(holder)?;
    }
    keys::revoke(origin, &mut key, &caller.actor(), &caller.principal.subject).await?;
    Ok(key)
}
