//! The policy of an organization as data. It names users by id, and groups by their place in the
//! list.

use super::Narrowing;
use crate::core::{time::UnixTime, token::Role};

/// Maximum nesting depth of roles and teams. Deeper nesting leads to a denial, not to ignored
/// rules.
pub const MAXIMUM_DEPTH: usize = 16;

/// Roles and teams with their members, and permissions: of a whole organization, or the part for
/// one principal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// Roles and teams.
    pub groups: Vec<Group>,
    /// The groups of each user, in the order of the users' ids.
    pub users: Vec<(String, Vec<Assignment>)>,
    /// The permissions.
    pub permissions: Vec<Permission>,
}

/// A role or a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Role or team.
    pub kind: GroupKind,
    /// Its name in the organization.
    pub name: String,
    /// Its standing.
    pub standing: Standing,
    /// Its restriction.
    pub narrowing: Narrowing,
    /// The groups that it is a member of.
    pub member_of: Vec<Assignment>,
}

/// Role or team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is its own word")]
pub enum GroupKind {
    Role,
    Team,
}

/// A membership in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// The place of the group in [`Policy::groups`].
    pub group: usize,
    /// When it ends.
    pub expires_at: Option<UnixTime>,
}

/// A permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Its name in the organization.
    pub name: String,
    /// Its effect.
    pub effect: Effect,
    /// Its standing.
    pub standing: Standing,
    /// The type of its resources; empty or `*`: every type.
    pub resource_type: String,
    /// Name patterns. A permission without patterns matches nothing.
    pub resources: Vec<String>,
    /// Patterns of actions.
    pub actions: Vec<String>,
    /// Its restriction.
    pub narrowing: Narrowing,
    /// The ids of the users that it names, in their order, and until when.
    pub users: Vec<(String, Option<UnixTime>)>,
    /// The groups that it names, and until when.
    pub groups: Vec<Assignment>,
    /// The organization roles that it names, each with those above it, and until when.
    pub roles: Vec<(Role, Option<UnixTime>)>,
    /// When it ends.
    pub expires_at: Option<UnixTime>,
}

/// The effect of a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is its own word")]
pub enum Effect {
    Allow,
    Deny,
}

impl Effect {
    /// The effect that is stored as `text`. Only `Allow` allows.
    pub fn stored(text: &str) -> Self {
        if text.eq_ignore_ascii_case("allow") { Self::Allow } else { Self::Deny }
    }

    /// How it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// Whether something is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// In force.
    #[default]
    Active,
    /// It was disabled.
    Disabled,
    /// It was not approved.
    Unapproved,
}

/// Whether `end` has not passed at `now`.
pub(super) fn is_current(end: Option<UnixTime>, now: UnixTime) -> bool {
    end.is_none_or(|end| now < end)
}

/// The value of `id` in a list in the order of ids.
pub(super) fn of_id<'a, T>(list: &'a [(String, T)], id: &str) -> Option<&'a T> {
    let place = list.binary_search_by(|(known, _)| known.as_str().cmp(id)).ok()?;
    list.get(place).map(|(_, value)| value)
}

impl Policy {
    /// Removes everything no longer in force at `now`, for publication.
    #[must_use]
    pub fn in_force(mut self, now: UnixTime) -> Self {
        let counts =
            |it: &Permission| it.standing == Standing::Active && is_current(it.expires_at, now);
        self.permissions.retain(counts);
        for permission in &mut self.permissions {
            permission.users.retain(|(_, end)| is_current(*end, now));
            permission.groups.retain(|it| is_current(it.expires_at, now));
            permission.roles.retain(|(_, end)| is_current(*end, now));
        }
        let current = |it: &Assignment| is_current(it.expires_at, now);
        for group in &mut self.groups {
            group.member_of.retain(current);
        }
        for (_, assignments) in &mut self.users {
            assignments.retain(current);
        }
        self.users.retain(|(_, assignments)| !assignments.is_empty());
        self
    }
}
