//! The decision and its reason.

use super::{
    Certainty, Effect, Limits, Place, Step,
    grounds::{Ground, Grounds},
    pattern,
    record::{Permission, Policy},
};
use crate::core::{time::UnixTime, token::Role};

/// The principal of a query.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The user's id; empty if the credential is not a user's.
    pub user: &'a str,
    /// The role in the organization; `None`: not a member, who is denied everything.
    pub role: Option<Role>,
    /// The limits of the credential.
    pub limits: Limits<'a>,
}

/// The action, resource and context of a query.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The names of one action (`GET` and `read`): a permission that names any of them applies.
    pub actions: &'a [&'a str],
    /// The type of the resource; `None`: not known.
    pub resource_type: Option<&'a str>,
    /// The names of one resource, as different readers may see it: a Deny needs to match one of
    /// them, an Allow all.
    pub names: &'a [&'a str],
    /// The context.
    pub place: Place<'a>,
}

/// The result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<'a> {
    /// Why.
    pub reason: Reason,
    /// The permission that decided.
    pub permission: Option<&'a Permission>,
    /// The roles and teams through which the permission applies, starting with the principal's own;
    /// empty if it names the principal or an organization role.
    pub path: Vec<Step<'a>>,
}

/// Why something is allowed or denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A permission allows it and none denies it.
    Allowed,
    /// A permission denies it.
    Denied,
    /// No permission allows it.
    NotGranted,
    /// The principal is no member of the organization.
    NotMember,
    /// The credential's limits exclude it.
    Limited,
    /// The policy nests deeper than [`MAXIMUM_DEPTH`](super::MAXIMUM_DEPTH), or has more parts
    /// than one decision reads.
    TooLarge,
}

impl Reason {
    /// The stable code of the reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::NotGranted => "not_granted",
            Self::NotMember => "not_a_member",
            Self::Limited => "credential_limited",
            Self::TooLarge => "policy_too_large",
        }
    }

    /// A description of the reason.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Allowed => "a permission allows it and none denies it",
            Self::Denied => "a permission denies it",
            Self::NotGranted => "no permission allows it",
            Self::NotMember => "the principal is not a member of the organization",
            Self::Limited => "the credential carries less than its holder may do",
            Self::TooLarge => "roles and teams nest too deeply, or are too many, for a decision",
        }
    }
}

impl Decision<'_> {
    /// Whether it is allowed.
    pub const fn is_allowed(&self) -> bool {
        matches!(self.reason, Reason::Allowed)
    }

    /// A decision without a permission.
    pub const fn without_rule(reason: Reason) -> Self {
        Self { reason, permission: None, path: Vec::new() }
    }
}

impl Policy {
    /// Decides at `now`. The time is linear in the memberships and permissions.
    pub fn decide<'a>(
        &'a self,
        subject: &Subject<'_>,
        question: &Question<'_>,
        now: UnixTime,
    ) -> Decision<'a> {
        if subject.role.is_none() {
            return Decision::without_rule(Reason::NotMember);
        }
        if !subject.limits.permit(question) {
            return Decision::without_rule(Reason::Limited);
        }
        let grounds = Grounds::of(self, subject, &question.place, now);
        let denies = |ground: &Ground<'_>| {
            ground.permission.effect == Effect::Deny && denies(ground.permission, question)
        };
        if let Some(ground) = grounds.iter(now).find(denies) {
            return grounds.decision(Reason::Denied, &ground);
        }
        if grounds.is_too_deep() {
            return Decision::without_rule(Reason::TooLarge);
        }
        let allows = |ground: &Ground<'_>| {
            ground.permission.effect == Effect::Allow
                && ground.certainty == Certainty::Sure
                && allows(ground.permission, question)
        };
        match grounds.iter(now).find(allows) {
            Some(ground) => grounds.decision(Reason::Allowed, &ground),
            None => Decision::without_rule(Reason::NotGranted),
        }
    }
}

/// Whether a Deny matches the query. Invalid patterns match everything, and an unknown type may
/// match.
fn denies(permission: &Permission, question: &Question<'_>) -> bool {
    let unclear = |matched: Option<bool>| matched.unwrap_or(true);
    is_of_type(permission, question.resource_type)
        && permission.actions.iter().any(|pattern| {
            question.actions.iter().any(|action| unclear(pattern::names_action(pattern, action)))
        })
        && permission.resources.iter().any(|pattern| {
            question.names.iter().any(|name| unclear(pattern::matches(pattern, name)))
        })
}

fn allows(permission: &Permission, question: &Question<'_>) -> bool {
    let clear = |matched: Option<bool>| matched.unwrap_or(false);
    is_of_type(permission, question.resource_type)
        && permission.actions.iter().any(|pattern| {
            question.actions.iter().any(|action| clear(pattern::names_action(pattern, action)))
        })
        && !question.names.is_empty()
        && question.names.iter().all(|name| {
            permission.resources.iter().any(|pattern| clear(pattern::matches(pattern, name)))
        })
}

/// Whether a permission applies to resources of that type. A query without a type, as from Casdoor,
/// matches by name alone.
fn is_of_type(permission: &Permission, asked: Option<&str>) -> bool {
    let own = permission.resource_type.as_str();
    matches!(own, "" | "*") || asked.is_none_or(|asked| own.eq_ignore_ascii_case(asked))
}
