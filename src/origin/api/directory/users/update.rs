//! `PUT` and `PATCH /v1/iam/users/{owner}/{name}`

use super::view::{UserBody, UserView};
use crate::{
    core::{
        directory::{Move, OrgName, Restrictions},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{
                acting::{may_take_over, signed_in_recently},
                caller::{DirectoryCaller, forbidden},
                versioned::{Versioned, check, settled},
            },
            endpoint::{Call, Entity, Patched, Verb, Who, endpoint},
        },
        domain::users::{self, Reach},
        http::RestError,
        store::{
            keys::Key,
            memberships::owned_alone,
            query::load,
            users::{Named, Target, User, by_id, target},
        },
    },
};

endpoint! {
    /// Changes the sent members of a user.
    ///
    /// Users change their profile, administrators everything. A new password, or the loss of a role,
    /// ends every session and token of the user.
    pub UpdateUser = PUT "/v1/iam/users/{owner}/{name}" as "updateUser",
    who: Who::SelfOr(Role::Admin), also: &[Verb::Patch];
    caller: DirectoryCaller,
    path: (OrgName, String),
    body: Patched<UserBody>,
    reply: Entity<UserView>,
    error: RestError;
    update
}

async fn update(
    origin: &Origin,
    call: Call<'_, UpdateUser>,
) -> Result<Entity<UserView>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    caller.may_seek(owner, name)?;
    let named = Named::Path { owner, name };
    let queries = (target(named), caller.key(), owned_alone(named));
    let (found, key, alone) = load(&*origin.database, queries).await?;
    let target = caller.found(owner, found)?;
    check(origin, call.request, &target.user)?;
    let body = UserBody::sent(call.body, &target.user)?;
    if body.user.is_deleted == Some(true) && caller.administers(owner) {
        users::may_go(&alone)?;
    }
    let changed = changed(origin, caller, &target, key.as_ref(), body).await;
    let user = settled(origin, call.request, changed, || by_id(&target.user.id)).await?;
    Ok(Entity::new(user.tag(), UserView::from(user)))
}

/// Applies `body` to the user, if the caller may, and returns it. `key` is
/// [`DirectoryCaller::key`].
pub(super) async fn changed(
    origin: &Origin,
    caller: &DirectoryCaller,
    target: &Target,
    key: Option<&Key>,
    UserBody { user: patch, password }: UserBody,
) -> Result<User, RestError> {
    let before = &target.user;
    let deleted = patch.is_deleted;
    let confirms = patch.is_forbidden == Some(true) && before.is_forbidden;
    patch.owner.unchanged("owner", &before.owner)?;
    patch.name.unchanged("name", &before.name)?;
    let mut user = before.clone();
    let mut reach = patch.apply(&mut user)?;
    if let Some(deleted) = deleted {
        reach = reach.max(users::set_deleted(&mut user, deleted, origin.clock.now()));
    }
    if let Some(password) = &password {
        if caller.is_self(&user.id) {
            return Err(forbidden("your own password is changed with the old one"));
        }
        caller.may_impersonate(target)?;
        caller.may_make_secrets(key)?;
        may_take_over(origin, caller, target).await?;
        users::set_password(origin, &mut user, password).await?;
        reach = Reach::Standing;
    }
    permitted(caller, target, &mut user, reach)?;
    if confirms {
        let mut restrictions = Restrictions::of(&user.attributes);
        restrictions.confirmed("isForbidden", caller.administrator(Some(&before.id)));
        restrictions.store(&mut user.attributes);
    }
    if user.is_admin && !before.is_admin {
        caller.may_promote(key)?;
    }
    caller.may_readdress(target, &user, key)?;
    // Sign-in codes go to the address, so a stolen session alone must not change it.
    if addresses(&user) != addresses(before) {
        if caller.is_self(&user.id) {
            signed_in_recently(origin, caller).await?;
        } else {
            may_take_over(origin, caller, target).await?;
        }
    }
    users::update(origin, before, &mut user).await?;
    Ok(user)
}

/// The addresses to which codes are sent.
fn addresses(user: &User) -> (&str, bool, &str) {
    (&user.email, user.email_verified, &user.phone)
}

/// Refuses changes beyond the caller's rights; records that a platform administrator disabled an
/// account, so that only the platform can enable it again.
pub fn permitted(
    caller: &DirectoryCaller,
    target: &Target,
    after: &mut User,
    reach: Reach,
) -> Result<(), RestError> {
    let before = &target.user;
    if reach > Reach::Profile {
        caller.administering(&before.owner)?;
    }
    if reach > Reach::Nothing {
        caller.not_below(target)?;
    }
    let mut restrictions = Restrictions::of(&after.attributes);
    let by = caller.administrator(Some(&before.id));
    for (member, was, is) in [
        ("isForbidden", before.is_forbidden, after.is_forbidden),
        ("isDeleted", before.deleted_at.is_some(), after.deleted_at.is_some()),
    ] {
        let disabling = Move::of_switch(was, is);
        caller.may_widen(restrictions.needed(member, disabling), &before.owner)?;
        restrictions.changed(member, disabling, !is, by);
    }
    restrictions.store(&mut after.attributes);
    // ATTACKS H-110: users do not change their own role.
    if before.is_admin != after.is_admin && caller.is_self(&before.id) && !caller.is_platform() {
        return Err(forbidden("your own role is another administrator's to change"));
    }
    Ok(())
}
