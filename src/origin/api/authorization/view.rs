//! Decisions and permissions in replies.

use serde::Serialize;

use crate::core::{
    directory::Timestamp,
    policy::{Certainty, Decision, Effective, GroupKind, Permission, Step},
};

/// The rule that decided.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RuleView {
    /// The permission, `owner/name`.
    permission: String,
    /// `Allow` or `Deny`.
    effect: &'static str,
    /// The roles and teams through which it concerns the user, the user's own first. Empty: it names
    /// the user, or everyone with an organization role.
    via: Vec<StepView>,
}

/// A role or team on the way from a user to a permission.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// `role` or `team`.
    kind: &'static str,
    /// `owner/name`.
    name: String,
}

impl RuleView {
    /// The rule of a decision in that organization.
    pub fn of(decision: &Decision<'_>, organization: &str) -> Option<Self> {
        let permission = decision.permission?;
        Some(Self {
            permission: format!("{organization}/{}", permission.name),
            effect: permission.effect.as_str(),
            via: steps(&decision.path, organization),
        })
    }
}

fn steps(path: &[Step<'_>], organization: &str) -> Vec<StepView> {
    let step = |step: &Step<'_>| StepView {
        kind: match step.kind {
            GroupKind::Role => "role",
            GroupKind::Team => "team",
        },
        name: format!("{organization}/{}", step.name),
    };
    path.iter().map(step).collect()
}

/// A decision with its reason.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DecisionView {
    /// Whether it is allowed.
    allow: bool,
    /// `allowed`, `denied`, `not_granted`, `not_a_member`, `credential_limited` or
    /// `policy_too_large`.
    code: &'static str,
    /// The code in words.
    reason: &'static str,
    /// The rule that decided; absent if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<RuleView>,
}

impl DecisionView {
    /// A decision in that organization.
    pub fn of(decision: &Decision<'_>, organization: &str) -> Self {
        Self {
            allow: decision.is_allowed(),
            code: decision.reason.code(),
            reason: decision.reason.describe(),
            rule: RuleView::of(decision, organization),
        }
    }
}

/// A permission that concerns a user.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EffectivePermission {
    owner: String,
    name: String,
    /// `Allow` or `Deny`.
    effect: &'static str,
    resource_type: String,
    resources: Vec<String>,
    actions: Vec<String>,
    /// Where it counts; empty: in every application.
    applications: Vec<String>,
    /// Where it counts; empty: in every project.
    projects: Vec<String>,
    /// Where it counts; empty: in every domain.
    domains: Vec<String>,
    /// Whether it, or a role on the way, is narrowed to some applications, projects or domains.
    is_narrowed: bool,
    /// When it, or the user's part in it, ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// What it names: `user`, `group`, or the organization role `member`, `admin` or `owner`.
    by: &'static str,
    /// The roles and teams through which it concerns the user, the user's own first.
    via: Vec<StepView>,
}

impl EffectivePermission {
    /// A permission of that organization.
    pub fn of(effective: &Effective<'_>, organization: &str) -> Self {
        let Permission { name, effect, resource_type, resources, actions, narrowing, .. } =
            effective.permission;
        Self {
            owner: organization.to_owned(),
            name: name.clone(),
            effect: effect.as_str(),
            resource_type: resource_type.clone(),
            resources: resources.clone(),
            actions: actions.clone(),
            applications: narrowing.applications.clone(),
            projects: narrowing.projects.clone(),
            domains: narrowing.domains.clone(),
            is_narrowed: effective.certainty == Certainty::Possible,
            expires_at: effective.expires_at.map(Timestamp),
            by: match effective.role {
                Some(role) => role.name(),
                None if effective.path.is_empty() => "user",
                None => "group",
            },
            via: steps(&effective.path, organization),
        }
    }
}
