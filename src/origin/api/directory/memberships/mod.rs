//! Memberships: how users belong to organizations (WIRE §5, "memberships").

pub mod change;
pub mod list;
pub mod read;
pub mod view;

use super::caller::{DirectoryCaller, forbidden};
use crate::{
    core::{directory::folded, token::Role},
    origin::{
        domain::memberships,
        http::RestError,
        store::users::{Named, Target},
    },
};

/// Whether the caller is the user `owner`/`name`.
fn is_own(caller: &DirectoryCaller, owner: &str, name: &str) -> bool {
    let principal = &caller.principal;
    let named = folded(name) == principal.name || caller.is_self(name);
    caller.is_user() && owner == principal.home && named
}

/// Refuses a caller that may not see the memberships of others in `organization`, unless the user
/// `owner`/`name` is the caller.
fn may_seek(
    caller: &DirectoryCaller,
    organization: &str,
    (owner, name): (&str, &str),
) -> Result<(), RestError> {
    caller.scoped_to(organization)?;
    if is_own(caller, owner, name) { Ok(()) } else { caller.administering(organization) }
}

/// The user named in a path.
const fn named<'a>(owner: &'a str, name: &'a str) -> Named<'a> {
    Named::Path { owner, name }
}

/// The user and the role in `organization`; 404 for non-members, whether or not the user exists.
fn member(target: Option<Target>, organization: &str) -> Result<(Target, Role), RestError> {
    let target = target.ok_or_else(RestError::not_found)?;
    let role = memberships::role(&target, organization).ok_or_else(RestError::not_found)?;
    Ok((target, role))
}

/// Refuses to grant or revoke a greater role than the caller has in `organization`.
pub(super) fn may_give(
    caller: &DirectoryCaller,
    organization: &str,
    role: Role,
) -> Result<(), RestError> {
    if caller.principal.role_in(organization) >= Some(role) {
        return Ok(());
    }
    Err(forbidden(format!("this needs the role {} in organization {organization}", role.name())))
}
