//! Memberships: roles and state changes.

use serde_json::json;

use crate::{
    core::{audit::Members, token::Role},
    origin::{
        Origin,
        domain::{
            audit::Audited, change::Change, change_error::ChangeError, commit::commit, revocation,
        },
        store::{left::Left, memberships, publications, revocations::append, users::Target},
    },
};

/// The role of `target` in `organization`, whether or not that is suspended.
pub fn role(target: &Target, organization: &str) -> Option<Role> {
    target.roles().iter().find(|role| role.org == organization).map(|role| role.role)
}

/// Makes `target` a member of `organization`, or changes the role there, unless the organization has
/// as many members as its quota allows or would lose its last owner. A smaller role than before ends
/// every access token of the user.
pub async fn join(
    origin: &Origin,
    target: &Target,
    organization: &str,
    role: Role,
    by: &str,
) -> Result<(), ChangeError> {
    let now = origin.clock.now();
    let user_id = &target.user.id;
    let before = self::role(target, organization);
    let recorded = |role| Recorded::new(target, organization, role);
    let mut change = match before {
        Some(before) => Change::updated(&recorded(before), &recorded(role)),
        None => Change::created(&recorded(role)),
    };
    let quota = origin.config.limits.quotas.memberships;
    let joined = change.decide(memberships::join(user_id, organization, role, now, quota));
    if before.is_some_and(|before| role < before) {
        change.revoke(revocation::membership(user_id, organization, Left::Role(role), by, now));
    }
    change.publish_keys(publications::keys_of_user(user_id, now));
    if commit(origin, change).await?.took_effect(joined) {
        return Ok(());
    }
    match before {
        Some(Role::Owner) => Err(last_owner(organization)),
        _ => Err(ChangeError::Quota { organization: organization.to_owned(), kind: "memberships" }),
    }
}

/// Ends the membership of `target` in `organization` with what the user held there, unless the
/// organization would lose its last owner.
pub async fn leave(
    origin: &Origin,
    target: &Target,
    organization: &str,
    by: &str,
) -> Result<(), ChangeError> {
    let now = origin.clock.now();
    let user_id = &target.user.id;
    let before = role(target, organization).unwrap_or(Role::Member);
    let mut change = Change::deleted(&Recorded::new(target, organization, before));
    change.publish_keys(publications::keys_of_user(user_id, now));
    let removed = change.decide(memberships::remove(user_id, organization));
    change.revoke(revocation::membership(user_id, organization, Left::Nothing, by, now));
    if commit(origin, change).await?.took_effect(removed) {
        Ok(())
    } else {
        Err(last_owner(organization))
    }
}

/// Makes `target`, who owns the home organization, what the account says: an administrator or a
/// member, unless the organization would lose its last owner.
pub async fn step_down(origin: &Origin, target: &Target) -> Result<(), ChangeError> {
    let now = origin.clock.now();
    let (user_id, organization) = (&target.user.id, &target.user.owner);
    let after = if target.user.is_admin { Role::Admin } else { Role::Member };
    let recorded = |role| Recorded::new(target, organization, role);
    let mut change = Change::updated(&recorded(Role::Owner), &recorded(after));
    let removed = change.decide(memberships::remove(user_id, organization));
    change.revoke(vec![append::membership(user_id, organization, Left::Nothing, now)]);
    change.publish_keys(publications::keys_of_user(user_id, now));
    if commit(origin, change).await?.took_effect(removed) {
        Ok(())
    } else {
        Err(last_owner(organization))
    }
}

/// A membership, as the audit trail of its organization records it.
#[derive(Debug)]
pub struct Recorded<'a> {
    organization: &'a str,
    user: String,
    role: Role,
}

impl<'a> Recorded<'a> {
    /// The membership of `target` in `organization`.
    pub fn new(target: &Target, organization: &'a str, role: Role) -> Self {
        let user = format!("{}/{}", target.user.owner, target.user.name);
        Self { organization, user, role }
    }
}

impl Audited for Recorded<'_> {
    const KIND: &'static str = "membership";

    fn organization(&self) -> &str {
        self.organization
    }

    fn name(&self) -> &str {
        &self.user
    }

    fn members(&self) -> Members {
        Members::of(&json!({"role": self.role}), &[])
    }
}

fn last_owner(organization: &str) -> ChangeError {
    ChangeError::Conflict(format!(
        "the organization {organization} would have no owner: make another member an owner first"
    ))
}
