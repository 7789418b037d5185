//! `GET /v1/iam/keys/{owner}/{name}`

use super::{may_seek, view::KeyView, visible};
use crate::{
    core::{directory::OrgName, token::Role},
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, versioned::Versioned},
            endpoint::{Call, Entity, Who, endpoint},
        },
        http::RestError,
        store::keys,
    },
};

endpoint! {
    /// Returns a key, without its text.
    pub GetKey = GET "/v1/iam/keys/{owner}/{name}" as "getKey", who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: Entity<KeyView>,
    error: RestError;
    read
}

async fn read(origin: &Origin, call: Call<'_, GetKey>) -> Result<Entity<KeyView>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    may_seek(caller, owner)?;
    let found = keys::named(owner, name).fetch(&*origin.database).await?;
    let key = visible(caller, owner, found)?;
    Ok(Entity::unless_known(key.tag(), KeyView::new(key, origin.clock.now()), call.request))
}
