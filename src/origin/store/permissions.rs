//! Permissions: allowed and denied actions of subjects.

use serde::{Deserialize, Serialize};

use super::resource::{By, Filter, Member, Members, Meta, Record, Stored, Table};
use crate::{
    core::time::UnixTime,
    origin::store::json_text,
    ports::{Value, flag, json},
};

const TABLE: Table = Table {
    name: "permissions",
    columns: &[
        "description",
        "effect",
        "resource_type",
        "resources",
        "actions",
        "domains",
        "applications",
        "projects",
        "is_enabled",
        "state",
        "submitter_id",
        "submitter",
        "approver",
        "approved_at",
        "expires_at",
        "withdrawer_id",
        "withdrawer",
    ],
    computed: "",
    members: Some(Members { table: "permission_subjects", column: "permission_id" }),
    kept_by: None,
    filters: &[
        Filter {
            name: "isEnabled",
            about: "Only those that are enabled, or that are not.",
            is_flag: true,
            by: By::Column("is_enabled"),
        },
        Filter {
            name: "state",
            about: "Only those in that state: `Pending`, `Approved` or `Rejected`.",
            is_flag: false,
            by: By::Column("state"),
        },
        Filter {
            name: "effect",
            about: "Only those with that effect: `Allow` or `Deny`.",
            is_flag: false,
            by: By::Column("effect"),
        },
        Filter {
            name: "resourceType",
            about: "Only those for resources of that type.",
            is_flag: false,
            by: By::Column("resource_type"),
        },
        Filter {
            name: "user",
            about: "Only those that name this user (`owner/name`) directly.",
            is_flag: false,
            by: By::Condition(
                "id IN (SELECT permission_id FROM permission_subjects WHERE member_id = (SELECT id FROM users \
                 WHERE owner = substr({}, 1, instr({}, '/') - 1) \
                 AND name = substr({}, instr({}, '/') + 1)))",
            ),
        },
        Filter {
            name: "role",
            about: "Only those that name this role (`owner/name`) directly.",
            is_flag: false,
            by: By::Condition(
                "id IN (SELECT permission_id FROM permission_subjects WHERE member_id = (SELECT id FROM roles \
                 WHERE owner = substr({}, 1, instr({}, '/') - 1) \
                 AND name = substr({}, instr({}, '/') + 1)))",
            ),
        },
        Filter {
            name: "submitter",
            about: "Only those that this user (`owner/name`) submitted.",
            is_flag: false,
            by: By::Column("submitter"),
        },
    ],
};

/// A permission: which subjects may, or may not, do which actions on which resources.
#[derive(Debug, Clone, Deserialize)]
pub struct Permission {
    /// The common columns.
    #[serde(flatten)]
    pub meta: Meta,
    /// The description.
    pub description: String,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// The kind of the resources, as services name it.
    pub resource_type: String,
    /// The resources, as patterns of names.
    #[serde(deserialize_with = "json")]
    pub resources: Vec<String>,
    /// The actions.
    #[serde(deserialize_with = "json")]
    pub actions: Vec<String>,
    /// The domains that it is limited to; empty: none.
    #[serde(deserialize_with = "json")]
    pub domains: Vec<String>,
    /// The applications (names or client ids) that it is limited to; empty: none.
    #[serde(deserialize_with = "json")]
    pub applications: Vec<String>,
    /// The projects that it is limited to; empty: none.
    #[serde(deserialize_with = "json")]
    pub projects: Vec<String>,
    /// Whether it counts.
    #[serde(deserialize_with = "flag")]
    pub is_enabled: bool,
    /// Whether it has been approved.
    pub state: State,
    /// The submitter of this version: `users.id`, or `owner/name` of an application.
    pub submitter_id: String,
    /// The same as `owner/name`.
    pub submitter: String,
    /// The approver or rejecter, as `owner/name`; empty if undecided.
    pub approver: String,
    /// When.
    pub approved_at: Option<UnixTime>,
    /// When it ends, if it does.
    pub expires_at: Option<UnixTime>,
    /// The administrator who requests its withdrawal: `users.id`; empty if none.
    pub withdrawer_id: String,
    /// The same as `owner/name`.
    pub withdrawer: String,
    /// Whom it concerns.
    #[serde(deserialize_with = "json")]
    pub members: Vec<Member>,
}

/// What a permission does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Effect {
    /// Its subjects may.
    Allow,
    /// Its subjects may not, even if another permission allows it.
    Deny,
}

impl Effect {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// How far the approval of a permission is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum State {
    /// Not decided: it does not count.
    Pending,
    /// It counts.
    Approved,
    /// It does not count.
    Rejected,
}

impl State {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Approved => "Approved",
            Self::Rejected => "Rejected",
        }
    }
}

impl Stored for Permission {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn values(&self) -> Vec<Value> {
        vec![
            self.description.as_str().into(),
            self.effect.as_str().into(),
            self.resource_type.as_str().into(),
            json_text(&self.resources).into(),
            json_text(&self.actions).into(),
            json_text(&self.domains).into(),
            json_text(&self.applications).into(),
            json_text(&self.projects).into(),
            self.is_enabled.into(),
            self.state.as_str().into(),
            self.submitter_id.as_str().into(),
            self.submitter.as_str().into(),
            self.approver.as_str().into(),
            self.approved_at.into(),
            self.expires_at.into(),
            self.withdrawer_id.as_str().into(),
            self.withdrawer.as_str().into(),
        ]
    }

    fn members(&self) -> &[Member] {
        &self.members
    }
}

impl Record for Permission {
    const TABLE: &'static Table = &TABLE;

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }
}
