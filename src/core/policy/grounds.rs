//! The permissions that apply to a principal, and their grounds.

use super::{
    Certainty, Decision, Place, Reason, Step, Subject,
    membership::{Memberships, sooner},
    record::{Permission, Policy, Standing, is_current, of_id},
};
use crate::core::{time::UnixTime, token::Role};

/// The permissions of a policy that apply to a principal.
pub(super) struct Grounds<'a, 's> {
    policy: &'a Policy,
    memberships: Memberships,
    user: &'s str,
    role: Option<Role>,
    place: Place<'s>,
}

/// A permission, and how it applies to the principal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) permission: &'a Permission,
    pub(super) certainty: Certainty,
    by: By,
    /// The end of the naming and of the membership on the way.
    expires_at: Option<UnixTime>,
}

/// How a permission names a principal.
#[derive(Debug, Clone, Copy)]
enum By {
    User,
    Role(Role),
    Group(usize),
}

/// An applicable permission, for listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective<'a> {
    /// The permission.
    pub permission: &'a Permission,
    /// Whether it applies in every context.
    pub certainty: Certainty,
    /// The organization role, if it applies only through that.
    pub role: Option<Role>,
    /// The roles and teams through which it concerns the principal, the principal's own first.
    pub path: Vec<Step<'a>>,
    /// When it, or the membership on the path, expires.
    pub expires_at: Option<UnixTime>,
}

impl<'a, 's> Grounds<'a, 's> {
    pub(super) fn of(
        policy: &'a Policy,
        subject: &Subject<'s>,
        place: &Place<'s>,
        now: UnixTime,
    ) -> Self {
        let memberships = Memberships::of(policy, subject.user, place, now);
        Self { policy, memberships, user: subject.user, role: subject.role, place: *place }
    }

    pub(super) const fn is_too_deep(&self) -> bool {
        self.memberships.is_too_deep
    }

    /// The permissions that concern the principal, in the order of the policy.
    pub(super) fn iter(&self, now: UnixTime) -> impl Iterator<Item = Ground<'a>> {
        self.policy.permissions.iter().filter_map(move |permission| {
            let counts =
                permission.standing == Standing::Active && is_current(permission.expires_at, now);
            let certainty =
                if counts { permission.narrowing.admits(&self.place)? } else { return None };
            let ground = self.concerns(permission, now)?;
            Some(Ground { certainty: certainty.min(ground.certainty), ..ground })
        })
    }

    /// How a permission applies to the principal: by name, by organization role, or through a
    /// group, most certain first.
    fn concerns(&self, permission: &'a Permission, now: UnixTime) -> Option<Ground<'a>> {
        let current = |end: Option<UnixTime>| is_current(end, now).then_some(end);
        let ground = |by, certainty, expires_at| Ground { permission, certainty, by, expires_at };
        if let Some(end) = of_id(&permission.users, self.user).copied().and_then(current) {
            return Some(ground(By::User, Certainty::Sure, end));
        }
        for (role, end) in &permission.roles {
            if self.role >= Some(*role)
                && let Some(end) = current(*end)
            {
                return Some(ground(By::Role(*role), Certainty::Sure, end));
            }
        }
        let mut found: Option<Ground<'_>> = None;
        for named in &permission.groups {
            let Some(certainty) = self.memberships.certainty(named.group) else { continue };
            let Some(end) = current(named.expires_at) else { continue };
            if found.is_none_or(|found| certainty > found.certainty) {
                let end = sooner(end, self.memberships.expires_at(named.group));
                found = Some(ground(By::Group(named.group), certainty, end));
            }
        }
        found
    }

    pub(super) fn decision(&self, reason: Reason, ground: &Ground<'a>) -> Decision<'a> {
        Decision { reason, permission: Some(ground.permission), path: self.path(ground) }
    }

    fn path(&self, ground: &Ground<'a>) -> Vec<Step<'a>> {
        match ground.by {
            By::Group(group) => self.memberships.path(self.policy, group),
            By::User | By::Role(_) => Vec::new(),
        }
    }

    fn effective(&self, ground: &Ground<'a>) -> Effective<'a> {
        let Ground { permission, certainty, by, expires_at } = *ground;
        Effective {
            permission,
            certainty,
            role: if let By::Role(role) = by { Some(role) } else { None },
            path: self.path(ground),
            expires_at: sooner(permission.expires_at, expires_at),
        }
    }
}

impl Policy {
    /// The permissions that concern the principal at `now`, wherever they count, with the way to each.
    pub fn effective<'a>(&'a self, subject: &Subject<'_>, now: UnixTime) -> Vec<Effective<'a>> {
        if subject.role.is_none() {
            return Vec::new();
        }
        let grounds = Grounds::of(self, subject, &Place::default(), now);
        grounds.iter(now).map(|ground| grounds.effective(&ground)).collect()
    }
}
