//! `DELETE /v1/iam/users/{owner}/{name}`

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
        domain::users,
        http::RestError,
        store::{
            memberships::owned_alone,
            organizations::{Organization, by_name},
            query::load,
            users::{Named, Target, by_id, target},
        },
    },
};

endpoint! {
    /// Deletes a user with all that belongs to it.
    ///
    /// In an organization with `enableSoftDeletion` the first call marks the user as deleted, and a
    /// second one deletes it.
    pub DeleteUser = DELETE "/v1/iam/users/{owner}/{name}" as "deleteUser", who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: Entity<Deleted>,
    error: RestError;
    delete
}

async fn delete(origin: &Origin, call: Call<'_, DeleteUser>) -> Result<Entity<Deleted>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    caller.administering(owner)?;
    let named = Named::Path { owner, name };
    let queries = (target(named), owned_alone(named), by_name(owner));
    let (found, alone, organization) = load(&*origin.database, queries).await?;
    let target = caller.found(owner, found)?;
    check(origin, call.request, &target.user)?;
    let removed = remove(origin, caller, &target, &alone, organization.as_ref()).await;
    settled(origin, call.request, removed, || by_id(&target.user.id)).await?;
    Ok(Entity::gone(Deleted::default()))
}

/// Deletes the user, if the caller may; soft-deletes it if `organization` keeps deleted users.
/// `alone` are the organizations of which the user is the only owner.
pub async fn remove(
    origin: &Origin,
    caller: &DirectoryCaller,
    target: &Target,
    alone: &[String],
    organization: Option<&Organization>,
) -> Result<(), RestError> {
    caller.not_below(target)?;
    // An account disabled by the platform must not be recreated either.
    let restrictions = Restrictions::of(&target.user.attributes);
    for member in ["isForbidden", "isDeleted"] {
        caller.may_widen(restrictions.needed(member, Move::Wider), &target.user.owner)?;
    }
    users::may_go(alone)?;
    let keeps = organization.is_some_and(Organization::keeps_deleted_users);
    if keeps && target.user.deleted_at.is_none() {
        let mut user = target.user.clone();
        users::set_deleted(&mut user, true, origin.clock.now());
        users::update(origin, &target.user, &mut user).await?;
    } else {
        users::delete(origin, &target.user).await?;
    }
    Ok(())
}
