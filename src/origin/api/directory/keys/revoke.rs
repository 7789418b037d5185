//! `DELETE /v1/iam/keys/{owner}/{name}`

use super::{may_seek, visible};
use crate::{
    core::{directory::OrgName, token::Role},
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                versioned::{check, settled},
            },
            endpoint::{Call, Deleted, Entity, Who, endpoint},
        },
        domain::keys,
        http::{Request, RestError},
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
    reply: Entity<Deleted>,
    error: RestError;
    revoke
}

async fn revoke(origin: &Origin, call: Call<'_, DeleteKey>) -> Result<Entity<Deleted>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    may_seek(caller, owner)?;
    let queries = (rows::named(owner, name), target(Named::HolderOf { owner, key: name }));
    let (found, holder) = load(&*origin.database, queries).await?;
    ended(origin, caller, call.request, owner, (found, holder.as_ref())).await?;
    Ok(Entity::gone(Deleted::default()))
}

/// Revokes the key `found` of `owner` and `holder`, if `caller` may, and returns it.
pub async fn ended(
    origin: &Origin,
    caller: &DirectoryCaller,
    request: &Request,
    owner: &str,
    (found, holder): (Option<Key>, Option<&Target>),
) -> Result<Key, RestError> {
    let mut key = visible(caller, owner, found)?;
    if let Some(holder) = holder {
        caller.not_below(holder)?;
    }
    check(origin, request, &key)?;
    let by = (caller.actor(), &caller.principal.subject);
    let revoked = keys::revoke(origin, &mut key, &by.0, by.1).await;
    settled(origin, request, revoked, || rows::by_id(&key.id)).await?;
    Ok(key)
}
