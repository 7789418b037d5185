//! `POST /v1/iam/memberships`, `POST /v1/iam/delete-membership`, and `PUT`, `PATCH` and `DELETE
//! /v1/iam/memberships/{organization}/{owner}/{name}`
//!
//! An administrator adds users whom it administers at home, and no others: an account from elsewhere
//! comes by an invitation that its holder accepts. The refusal is the same whether or not there is
//! such an account.

use serde::{Deserialize, Serialize};

use super::{may_give, may_seek, member, named, view::MembershipView};
use crate::{
    core::{
        directory::{Invalid, OrgName, Patch, UserRef},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{
                caller::{DirectoryCaller, forbidden},
                envelope::{Enveloped, enveloped},
                errors::conflict,
            },
            endpoint::{Call, Deleted, Documented, Json, Verb, View, Who, endpoint},
        },
        domain::memberships,
        http::RestError,
        store::{
            keys::Key,
            memberships::{self as rows, Member},
            organizations,
            query::load,
            users::{Target, target},
        },
    },
};

endpoint! {
    /// Makes a user a member of an organization, or changes the role there.
    ///
    /// The user is a member already, or the caller administers its home organization: people from
    /// elsewhere are invited. Only an owner makes an owner.
    pub AddMembership = POST "/v1/iam/memberships" as "addMembership",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    body: Json<MembershipBody>,
    reply: Documented<Enveloped<MembershipView>>,
    error: RestError;
    add
}

endpoint! {
    /// Changes the role of a member.
    ///
    /// Only an owner makes an owner, or changes the role of one; the last owner stays one.
    pub UpdateMembership = PUT "/v1/iam/memberships/{organization}/{owner}/{name}"
    as "updateMembership", who: Who::SelfOr(Role::Admin), also: &[Verb::Patch];
    caller: DirectoryCaller,
    path: (OrgName, OrgName, String),
    body: Json<RoleBody>,
    reply: View<MembershipView>,
    error: RestError;
    update
}

endpoint! {
    /// Removes a member from an organization, or leaves it.
    ///
    /// Ends the keys that the user holds there and everything issued to the user for it.
    pub RemoveMembership = DELETE "/v1/iam/memberships/{organization}/{owner}/{name}"
    as "removeMembership", who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, OrgName, String),
    reply: View<Deleted>,
    error: RestError;
    remove
}

endpoint! {
    /// Removes a member from an organization, or leaves it, as earlier clients ask for it.
    pub DeleteMembership = POST "/v1/iam/delete-membership" as "deleteMembership",
    who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    body: Json<MembershipBody>,
    reply: Documented<Enveloped<Removed>>,
    error: RestError;
    delete
}

/// A membership to make or to end.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct MembershipBody {
    /// The user, as `owner/name`.
    pub user: Patch<UserRef>,
    /// The organization.
    pub org: Patch<OrgName>,
    /// The same as `org`.
    pub organization: Patch<OrgName>,
    /// `owner`, `admin` or `member`, the default.
    pub role: Option<Role>,
}

/// A role to give.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RoleBody {
    /// `owner`, `admin` or `member`.
    pub role: Role,
}

/// Whether there was a membership.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Removed {
    /// Always true: a refusal is an error.
    removed: bool,
}

impl MembershipBody {
    fn names(&self) -> Result<(&UserRef, &str), Invalid> {
        let user = self.user.as_given().ok_or_else(|| Invalid::member("user", "is required"))?;
        let organization = self.org.as_given().or(self.organization.as_given());
        let organization = organization.ok_or_else(|| Invalid::member("org", "is required"))?;
        Ok((user, organization.as_str()))
    }
}

async fn add(
    origin: &Origin,
    call: Call<'_, AddMembership>,
) -> Result<Documented<Enveloped<MembershipView>>, RestError> {
    let caller = &call.caller;
    let (user, organization) = call.body.0.names()?;
    let role = call.body.0.role.unwrap_or(Role::Member);
    caller.administering(organization)?;
    may_give(caller, organization, role)?;
    let named = named(&user.owner, &user.name);
    let exists = organizations::by_name(organization);
    let queries = (target(named), rows::of_user(named), exists, caller.key());
    let (found, known, exists, key) = load(&*origin.database, queries).await?;
    if exists.is_none() {
        return Err(Invalid::member("org", "is not an organization").into());
    }
    let is_member = |target: &Target| memberships::role(target, organization).is_some();
    let administers = caller.administers(&user.owner);
    let target = found.filter(|target| administers || is_member(target));
    let target = target.ok_or_else(|| {
        if administers {
            Invalid::member("user", "is not a user (owner/name)").into()
        } else {
            stranger()
        }
    })?;
    if !is_member(&target) {
        // Users with greater roles elsewhere must accept an invitation.
        caller.not_below(&target)?;
    }
    let view = changed(origin, caller, (&target, known, key), organization, role).await?;
    Ok(enveloped(&view))
}

fn stranger() -> RestError {
    forbidden(
        "only users of organizations that you administer are added: invite the person instead",
    )
}

async fn update(
    origin: &Origin,
    call: Call<'_, UpdateMembership>,
) -> Result<View<MembershipView>, RestError> {
    let (organization, owner, name) = &call.path;
    let (organization, owner) = (organization.as_str(), owner.as_str());
    may_seek(&call.caller, organization, (owner, name))?;
    let named = named(owner, name);
    let queries = (target(named), rows::of_user(named), call.caller.key());
    let (found, known, key) = load(&*origin.database, queries).await?;
    let (target, _) = member(found, organization)?;
    let role = call.body.0.role;
    changed(origin, &call.caller, (&target, known, key), organization, role).await.map(View)
}

/// Grants `target` the role, if the caller may grant it and revoke the current one. The key is the
/// caller's.
async fn changed(
    origin: &Origin,
    caller: &DirectoryCaller,
    (target, known, key): (&Target, Vec<Member>, Option<Key>),
    organization: &str,
    role: Role,
) -> Result<MembershipView, RestError> {
    let user = &target.user;
    let before = memberships::role(target, organization);
    if caller.is_self(&user.id) {
        caller.not_below(target)?;
    } else {
        caller.administering(organization)?;
    }
    may_give(caller, organization, role)?;
    if let Some(before) = before {
        may_give(caller, organization, before)?;
    }
    if role > Role::Member && Some(role) > before {
        caller.may_promote(key.as_ref())?;
    }
    let known = known.into_iter().find(|known| known.organization == organization);
    let view = MembershipView::of(target, organization, role, known, origin.clock.now());
    if before == Some(role) {
        return Ok(view);
    }
    if organization == user.owner {
        match (before, role) {
            (_, Role::Owner) => {
                memberships::join(origin, target, organization, role, &caller.actor()).await?;
            }
            (Some(Role::Owner), _) if (role == Role::Admin) == user.is_admin => {
                memberships::step_down(origin, target).await?;
            }
            _ => {
                return Err(conflict(
                    "whether a user administers the home organization is isAdmin of the user",
                ));
            }
        }
    } else {
        memberships::join(origin, target, organization, role, &caller.actor()).await?;
    }
    Ok(view)
}

async fn remove(
    origin: &Origin,
    call: Call<'_, RemoveMembership>,
) -> Result<View<Deleted>, RestError> {
    let (organization, owner, name) = &call.path;
    left(origin, &call.caller, organization.as_str(), (owner.as_str(), name)).await?;
    Ok(View(Deleted::default()))
}

async fn delete(
    origin: &Origin,
    call: Call<'_, DeleteMembership>,
) -> Result<Documented<Enveloped<Removed>>, RestError> {
    let (user, organization) = call.body.0.names()?;
    left(origin, &call.caller, organization, (&user.owner, &user.name)).await?;
    Ok(enveloped(&Removed { removed: true }))
}

async fn left(
    origin: &Origin,
    caller: &DirectoryCaller,
    organization: &str,
    (owner, name): (&str, &str),
) -> Result<(), RestError> {
    may_seek(caller, organization, (owner, name))?;
    let found = target(named(owner, name)).fetch(&*origin.database).await?;
    let (target, role) = member(found, organization)?;
    if caller.is_self(&target.user.id) {
        caller.not_below(&target)?;
    } else {
        caller.administering(organization)?;
        may_give(caller, organization, role)?;
    }
    if organization == target.user.owner {
        return Err(conflict("a user does not leave its home organization: delete the user"));
    }
    memberships::leave(origin, &target, organization, &caller.actor()).await?;
    Ok(())
}
