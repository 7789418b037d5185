//! `GET /v1/iam/invitations/{owner}/{name}`

use super::view::InvitationView;
use crate::{
    core::{directory::OrgName, token::Role},
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, versioned::Versioned},
            endpoint::{Call, Entity, Who, endpoint},
        },
        http::RestError,
        store::invitations,
    },
};

endpoint! {
    /// Returns an invitation, without its code.
    pub GetInvitation = GET "/v1/iam/invitations/{owner}/{name}" as "getInvitation",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: Entity<InvitationView>,
    error: RestError;
    read
}

async fn read(
    origin: &Origin,
    call: Call<'_, GetInvitation>,
) -> Result<Entity<InvitationView>, RestError> {
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    call.caller.administering(owner)?;
    let found = invitations::named(owner, name).fetch(&*origin.database).await?;
    let found = found.ok_or_else(RestError::not_found)?;
    Ok(Entity::unless_known(found.tag(), found.into(), call.request))
}
