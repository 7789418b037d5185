//! `GET /v1/iam/applications/{owner}/{name}`

use super::{may_seek, view::ApplicationView, visible};
use crate::{
    core::{directory::OrgName, token::Role},
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, versioned::Versioned},
            endpoint::{Call, Entity, Who, endpoint},
        },
        http::RestError,
        store::applications,
    },
};

endpoint! {
    /// Returns an application.
    pub GetApplication = GET "/v1/iam/applications/{owner}/{name}" as "getApplication", who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: Entity<ApplicationView>,
    error: RestError;
    read
}

async fn read(
    origin: &Origin,
    call: Call<'_, GetApplication>,
) -> Result<Entity<ApplicationView>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    may_seek(caller, owner)?;
    let found = applications::named(owner, name).fetch(&*origin.database).await?;
    let found = visible(caller, found)?;
    Ok(Entity::unless_known(found.tag(), ApplicationView::from(found), call.request))
}
