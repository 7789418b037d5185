//! `POST /v1/iam/invitations`, and `PUT`, `PATCH` and `DELETE /v1/iam/invitations/{owner}/{name}`

use super::view::InvitationView;
use crate::{
    core::{
        directory::{Invalid, OrgName},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{
                caller::{DirectoryCaller, forbidden},
                memberships::may_give,
                versioned::{Versioned, check, created, settled},
            },
            endpoint::{Call, Deleted, Entity, Json, Verb, Who, endpoint},
        },
        domain::invitations::{self, InvitationPatch, Inviter},
        http::RestError,
        store::{invitations as rows, organizations, query::load},
    },
};

endpoint! {
    /// Invites a person, or several, into an organization.
    ///
    /// The reply shows the code, once. The role is at most the caller's own. The invitation ends when
    /// the caller may not give that role any longer.
    pub CreateInvitation = POST "/v1/iam/invitations" as "createInvitation",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    body: Json<InvitationPatch>,
    reply: Entity<InvitationView>,
    error: RestError;
    create
}

endpoint! {
    /// Changes the sent members of an invitation.
    ///
    /// Who changes the role or the address, or lets in more people or later, is the inviter from then on.
    pub UpdateInvitation = PUT "/v1/iam/invitations/{owner}/{name}" as "updateInvitation",
    who: Who::Organization(Role::Admin), also: &[Verb::Patch];
    caller: DirectoryCaller,
    path: (OrgName, String),
    body: Json<InvitationPatch>,
    reply: Entity<InvitationView>,
    error: RestError;
    update
}

endpoint! {
    /// Deletes an invitation.
    ///
    /// Memberships that it gave stay.
    pub DeleteInvitation = DELETE "/v1/iam/invitations/{owner}/{name}" as "deleteInvitation",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: Entity<Deleted>,
    error: RestError;
    delete
}

/// The inviter, if the caller may grant `role`: an invitation outlives the credential that creates
/// it.
fn inviter(caller: &DirectoryCaller, organization: &str, role: Role) -> Result<Inviter, RestError> {
    may_give(caller, organization, role)?;
    if role > Role::Member {
        caller.whole()?;
    }
    let principal = &caller.principal;
    let id = if caller.is_user() {
        principal.subject.clone()
    } else if principal.authority.is_client() {
        principal.client_id.clone()
    } else {
        return Err(forbidden("a key of the organization invites nobody: a user or client does"));
    };
    Ok(Inviter { id, name: caller.actor() })
}

async fn create(
    origin: &Origin,
    call: Call<'_, CreateInvitation>,
) -> Result<Entity<InvitationView>, RestError> {
    let caller = &call.caller;
    let sent = call.body.0;
    let owner = sent.owner.as_given().map_or(caller.principal.owner.as_str(), AsRef::as_ref);
    let owner = owner.to_owned();
    caller.administering(&owner)?;
    let inviter = inviter(caller, &owner, sent.role.unwrap_or(Role::Member))?;
    let queries = (organizations::by_name(&owner), caller.key());
    let (organization, key) = load(&*origin.database, queries).await?;
    if organization.is_none() {
        return Err(Invalid::member("owner", "is not an organization").into());
    }
    caller.may_make_secrets(key.as_ref())?;
    let (invitation, code) = sent.create(origin, &owner, inviter)?;
    let created = created(origin, &invitation, invitation.clone().into());
    invitations::create(origin, &invitation).await?;
    Ok(created.map(|view: InvitationView| InvitationView { code, ..view }))
}

async fn update(
    origin: &Origin,
    call: Call<'_, UpdateInvitation>,
) -> Result<Entity<InvitationView>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    caller.administering(owner)?;
    let queries = (rows::named(owner, name), caller.key());
    let (found, key) = load(&*origin.database, queries).await?;
    let before = found.ok_or_else(RestError::not_found)?;
    may_give(caller, owner, before.role)?;
    caller.may_make_secrets(key.as_ref())?;
    check(origin, call.request, &before)?;
    let sent = call.body.0;
    sent.owner.unchanged("owner", owner)?;
    sent.name.unchanged("name", name)?;
    let mut invitation = before.clone();
    sent.apply(&mut invitation, origin.clock.now())?;
    if invitations::is_widened(&before, &invitation) {
        let inviter = inviter(caller, owner, invitation.role)?;
        (invitation.inviter_id, invitation.inviter) = (inviter.id, inviter.name);
    }
    let updated = invitations::update(origin, &before, &mut invitation).await;
    settled(origin, call.request, updated, || rows::named(owner, name)).await?;
    Ok(Entity::new(invitation.tag(), invitation.into()))
}

async fn delete(
    origin: &Origin,
    call: Call<'_, DeleteInvitation>,
) -> Result<Entity<Deleted>, RestError> {
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    call.caller.administering(owner)?;
    let found = rows::named(owner, name).fetch(&*origin.database).await?;
    let invitation = found.ok_or_else(RestError::not_found)?;
    check(origin, call.request, &invitation)?;
    let deleted = invitations::delete(origin, &invitation).await;
    settled(origin, call.request, deleted, || rows::named(owner, name)).await?;
    Ok(Entity::gone(Deleted::default()))
}
