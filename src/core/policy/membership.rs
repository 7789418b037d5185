//! The roles and teams that a principal belongs to, directly or through others.

use super::{
    GroupKind, Place,
    narrowing::Certainty,
    record::{Assignment, Group, MAXIMUM_DEPTH, Policy, Standing, is_current, of_id},
};
use crate::core::time::UnixTime;

/// The groups of a principal: for each place in [`Policy::groups`], how it is reached.
#[derive(Debug)]
pub(super) struct Memberships {
    reached: Vec<Option<Reached>>,
    /// Whether groups are nested deeper than [`MAXIMUM_DEPTH`].
    pub(super) is_too_deep: bool,
}

/// How a group is reached.
#[derive(Debug, Clone, Copy)]
struct Reached {
    certainty: Certainty,
    /// The group through which it is reached; `None`: the principal is a member itself.
    through: Option<usize>,
    depth: usize,
    /// The first end of a membership on the way.
    expires_at: Option<UnixTime>,
}

/// A role or team on the way from a principal to a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    /// Role or team.
    pub kind: GroupKind,
    /// Its name in the organization.
    pub name: &'a str,
}

impl Memberships {
    /// Searches breadth first, so that a way found is a shortest one, and visits each group once for
    /// each certainty, so that circles end: the time is linear in the memberships.
    pub(super) fn of(policy: &Policy, user: &str, place: &Place<'_>, now: UnixTime) -> Self {
        let mut found = Self { reached: vec![None; policy.groups.len()], is_too_deep: false };
        let direct = of_id(&policy.users, user).map(Vec::as_slice).unwrap_or_default();
        for least in [Certainty::Sure, Certainty::Possible] {
            found.search(policy, direct, place, least, now);
        }
        found
    }

    fn search(
        &mut self,
        policy: &Policy,
        direct: &[Assignment],
        place: &Place<'_>,
        least: Certainty,
        now: UnixTime,
    ) {
        let mut queue = Vec::new();
        let start =
            Reached { certainty: Certainty::Sure, through: None, depth: 0, expires_at: None };
        let mut seen = vec![false; policy.groups.len()];
        queue.push((None, start, direct));
        let mut next = 0;
        while let Some(&(through, way, assignments)) = queue.get(next) {
            next += 1;
            for assignment in assignments {
                let Some(group) = policy.groups.get(assignment.group) else { continue };
                let Some(certainty) = counts(group, assignment, place, now) else { continue };
                let certainty = certainty.min(way.certainty);
                let is_new = seen.get(assignment.group) == Some(&false);
                if certainty < least || !is_new {
                    continue;
                }
                if way.depth >= MAXIMUM_DEPTH {
                    self.is_too_deep = true;
                    continue;
                }
                let reached = Reached {
                    certainty,
                    through,
                    depth: way.depth + 1,
                    expires_at: sooner(way.expires_at, assignment.expires_at),
                };
                if let Some(seen) = seen.get_mut(assignment.group) {
                    *seen = true;
                }
                if let Some(known) = self.reached.get_mut(assignment.group) {
                    known.get_or_insert(reached);
                }
                queue.push((Some(assignment.group), reached, group.member_of.as_slice()));
            }
        }
    }

    /// Whether the principal belongs to a group.
    pub(super) fn certainty(&self, group: usize) -> Option<Certainty> {
        self.way(group).map(|reached| reached.certainty)
    }

    /// When the membership in a group ends.
    pub(super) fn expires_at(&self, group: usize) -> Option<UnixTime> {
        self.way(group)?.expires_at
    }

    /// The way to a group, the principal's own first.
    pub(super) fn path<'a>(&self, policy: &'a Policy, group: usize) -> Vec<Step<'a>> {
        let mut steps = Vec::new();
        let mut next = Some(group);
        while let Some(place) = next
            && steps.len() < MAXIMUM_DEPTH
            && let Some(group) = policy.groups.get(place)
        {
            steps.push(Step { kind: group.kind, name: &group.name });
            next = self.way(place).and_then(|reached| reached.through);
        }
        steps.reverse();
        steps
    }

    fn way(&self, group: usize) -> Option<&Reached> {
        self.reached.get(group)?.as_ref()
    }
}

/// The sooner of two ends.
pub(super) fn sooner(one: Option<UnixTime>, other: Option<UnixTime>) -> Option<UnixTime> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn counts(
    group: &Group,
    assignment: &Assignment,
    place: &Place<'_>,
    now: UnixTime,
) -> Option<Certainty> {
    let counts = group.standing == Standing::Active && is_current(assignment.expires_at, now);
    if counts { group.narrowing.admits(place) } else { None }
}
