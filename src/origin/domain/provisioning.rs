//! Provisioning: an organization with its first user and that user's membership, as one change.

use super::{
    audit::Subject,
    change::{Change, Unrecorded},
    change_error::ChangeError,
    commit::commit,
    memberships::{self, Recorded},
};
use crate::{
    core::token::Role,
    origin::{
        Origin,
        store::{
            memberships as membership_rows, organizations, organizations::Organization,
            preconditions, publications, users, users::Target,
        },
    },
};

/// The desired state.
#[derive(Debug)]
pub struct Provision<'a> {
    /// The organization.
    pub organization: &'a Organization,
    /// Whether it does not exist yet.
    pub is_new_organization: bool,
    /// The user.
    pub target: &'a Target,
    /// Whether the user does not exist yet.
    pub is_new_user: bool,
    /// The role of the user in the organization: at least this one.
    pub role: Role,
}

/// The result of a provision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provisioned {
    /// The organization was created.
    Created,
    /// The organization existed: the user or the membership was added, or the role became greater.
    Updated,
    /// All of it existed.
    Unchanged,
}

/// Creates what does not exist yet of the organization, its user and the membership: all of that, or
/// nothing. What exists stays as it is, but for a smaller role.
pub async fn provision(
    origin: &Origin,
    provision: Provision<'_>,
) -> Result<Provisioned, ChangeError> {
    let Provision { organization, is_new_organization, target, is_new_user, role } = provision;
    let (user, name, now) = (&target.user, &organization.name, origin.clock.now());
    let quotas = origin.config.limits.quotas;
    let mut change = Change::unrecorded(Unrecorded::Step);
    if is_new_organization {
        change.record(Subject::created(organization));
        change.decide(organizations::insert(organization));
        change.write(preconditions::is_version("organizations", &organization.id, 0));
        change.publish_snapshot();
    }
    if is_new_user {
        change.record(Subject::created(user));
        change.decide(users::insert(user, quotas.users));
        change.write(preconditions::is_version("users", &user.id, 0));
    }
    let before = memberships::role(target, name);
    if before < Some(role) {
        let recorded = |role| Recorded::new(target, name, role);
        change.record(match before {
            Some(before) => Subject::updated(&recorded(before), &recorded(role)),
            None => Subject::created(&recorded(role)),
        });
        let quota = quotas.memberships;
        change.decide(membership_rows::join(&user.id, name, role, now, quota));
        change.write(preconditions::is_member(&user.id, name));
        change.publish_keys(publications::keys_of_user(&user.id, now));
    }
    if change.is_empty() {
        return Ok(Provisioned::Unchanged);
    }
    commit(origin, change).await?;
    Ok(if is_new_organization { Provisioned::Created } else { Provisioned::Updated })
}
