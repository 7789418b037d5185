//! Bounds of agents: an agent has at most the authority of its responsible user at the time of use,
//! and never that of the platform.

use crate::{
    core::{
        principal::PLATFORM_ORGANIZATION,
        time::UnixTime,
        token::{OrganizationRole, Role},
    },
    origin::store::agents::Bound,
};

/// The remaining `roles` of an account at `now` under its `bound`, if it is an agent. `None` if the
/// agent has expired or lost its home organization with its responsible user.
pub fn bounded(
    roles: Vec<OrganizationRole>,
    bound: Option<&Bound>,
    now: UnixTime,
) -> Option<Vec<OrganizationRole>> {
    let Some(Bound { expires_at, sponsor }) = bound else { return Some(roles) };
    let sponsor = sponsor.as_ref().filter(|it| !it.is_forbidden && it.home_is_live)?;
    if now >= *expires_at {
        return None;
    }
    let home = roles.first()?.org.clone();
    let above = sponsor.roles();
    let within = |role: OrganizationRole| {
        let most = above.iter().find(|known| known.org == role.org)?.role;
        let most = if role.org == PLATFORM_ORGANIZATION { Role::Member } else { most };
        Some(OrganizationRole { role: role.role.min(most), ..role })
    };
    let roles: Vec<OrganizationRole> = roles.into_iter().filter_map(within).collect();
    roles.first().is_some_and(|role| role.org == home).then_some(roles)
}
