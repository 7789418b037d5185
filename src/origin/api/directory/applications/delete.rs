//! `DELETE /v1/iam/applications/{owner}/{name}`

use super::{changeable, may_seek};
use crate::{
    core::{
        directory::{Move, OrgName, Restrictions},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                versioned::{check, settled},
            },
            endpoint::{Call, Deleted, Entity, Who, endpoint},
        },
        domain::applications,
        http::RestError,
        store::applications as rows,
    },
};

endpoint! {
    /// Deletes an application with all that was given to it.
    pub DeleteApplication = DELETE "/v1/iam/applications/{owner}/{name}" as "deleteApplication",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: Entity<Deleted>,
    error: RestError;
    delete
}

async fn delete(
    origin: &Origin,
    call: Call<'_, DeleteApplication>,
) -> Result<Entity<Deleted>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    may_seek(caller, owner)?;
    let found = rows::named(owner, name).fetch(&*origin.database).await?;
    let application = changeable(caller, found)?;
    // A client disabled by the platform must not be recreated either.
    let restrictions = Restrictions::of(&application.attributes);
    let needed = restrictions.needed("isDisabled", Move::Wider);
    caller.may_widen(needed, &application.organization)?;
    check(origin, call.request, &application)?;
    let deleted = applications::delete(origin, &application).await;
    settled(origin, call.request, deleted, || rows::named(owner, name)).await?;
    Ok(Entity::gone(Deleted::default()))
}
