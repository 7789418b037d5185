//! Permissions: patches, approval and publication. [`approval`] decides which permissions are in
//! force.

mod approval;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Actor, Expirations, ExpirationsView, References, Resource, Scene,
    members::{names, want},
};
use crate::{
    core::{
        directory::{
            Attributes, Invalid, Kept, Line, List, ObjectName, OrgName, Paragraph, Patch, Text,
            Timestamp, Unchecked,
        },
        policy::{is_action, is_pattern},
    },
    origin::{
        domain::change_error::ChangeError,
        store::{
            permissions::{Effect, Permission, State},
            resource::{Kind, Meta, Wanted},
        },
    },
};

const ATTRIBUTES: Attributes = Attributes {
    ignored: &[
        // This server sets them.
        "id",
        "createdTime",
        "createdAt",
        "updatedTime",
        "updatedAt",
        "deleted",
        "organization",
        "submitter",
        "approver",
        "approveTime",
        "withdrawer",
    ],
    maximum: 8 * 1024,
};

/// What a request sets of a permission. Absent members stay as they are.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct PermissionPatch {
    /// The organization; the caller's if absent. Cannot be changed.
    pub owner: Patch<OrgName>,
    /// Unique in the organization. Cannot be changed.
    pub name: Patch<ObjectName>,
    /// The name for people.
    pub display_name: Patch<Line>,
    /// What it is for.
    pub description: Patch<Paragraph>,
    /// Users whom it concerns, as `owner/name`; `*`: every user of the organization.
    pub users: Option<References>,
    /// Teams whose members it concerns.
    pub teams: Option<References>,
    /// Roles whose holders it concerns; `@member`, `@admin` and `@owner` are the organization roles.
    pub roles: Option<References>,
    /// When it stops concerning some of these.
    pub expirations: Option<Expirations>,
    /// The kind of the resources, as services name it.
    pub resource_type: Patch<Line>,
    /// The resources: names, or patterns that end in `*`.
    pub resources: Option<List<ResourcePattern>>,
    /// The actions.
    pub actions: Option<List<ActionPattern>>,
    /// `Allow` or `Deny`; a Deny prevails.
    pub effect: Option<Effect>,
    /// Where it counts; empty: everywhere.
    pub domains: Option<List<Line>>,
    /// The applications (names or client ids) that it is limited to; empty: none.
    pub applications: Option<List<Line>>,
    /// The projects that it is limited to; empty: none.
    pub projects: Option<List<Line>>,
    /// Whether it counts.
    pub is_enabled: Option<bool>,
    /// `Approved` and `Rejected` decide about it.
    pub state: Option<State>,
    /// When it ends; `""` or `null`: never. Also `expireTime`, as keys and invitations have it.
    #[serde(alias = "expireTime")]
    pub expires_at: Patch<Timestamp>,
    /// Asks that a Deny which counts is withdrawn, which another administrator may then do, or takes
    /// that back.
    pub withdraw: Option<bool>,
    /// All other members.
    #[serde(flatten)]
    pub attributes: Kept<Unchecked>,
}

/// Declares a pattern that permissions hold.
macro_rules! pattern {
    ($(#[$doc:meta])+ $name:ident, $check:path, $why:literal) => {
        $(#[$doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl Text for $name {
            fn read(text: &str) -> Result<Self, Invalid> {
                if $check(text) { Ok(Self(text.to_owned())) } else { Err(Invalid::new($why)) }
            }
        }

        #[cfg(not(target_arch = "wasm32"))]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "minLength": 1, "maxLength": 512})
            }
        }
    };
}

pattern! {
    /// A resource, or a pattern of names of resources.
    ResourcePattern,
    is_pattern,
    "must be a name, or a pattern in which `*` is a whole segment or the end"
}

pattern! {
    /// An action, or a pattern of names of actions.
    ActionPattern,
    is_action,
    "must be an action, or the beginning of one with `*` after it"
}

/// A permission.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PermissionView {
    /// Members without a field, as they were sent.
    #[serde(flatten)]
    pub attributes: Map<String, Value>,
    /// UUID.
    pub id: String,
    /// The organization.
    pub owner: String,
    /// Unique in the organization.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// Users whom it concerns, as `owner/name`; `owner/*`: every user of the organization.
    pub users: Vec<String>,
    /// Teams whose members it concerns, as `owner/name`.
    pub teams: Vec<String>,
    /// Roles whose holders it concerns, as `owner/name`.
    pub roles: Vec<String>,
    /// When it stops concerning some of these.
    #[serde(skip_serializing_if = "ExpirationsView::is_empty")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(default))]
    pub expirations: ExpirationsView,
    /// The kind of the resources.
    pub resource_type: String,
    /// The resources.
    pub resources: Vec<String>,
    /// The actions.
    pub actions: Vec<String>,
    /// `Allow` or `Deny`.
    pub effect: Effect,
    /// Where it counts; empty: everywhere.
    pub domains: Vec<String>,
    /// The applications that it is limited to; empty: none.
    pub applications: Vec<String>,
    /// The projects that it is limited to; empty: none.
    pub projects: Vec<String>,
    /// Whether it counts.
    pub is_enabled: bool,
    /// It counts only while it is `Approved`.
    pub state: State,
    /// Who submitted it as it is now, as `owner/name`.
    pub submitter: String,
    /// Who approved or rejected it, as `owner/name`; empty: nobody has.
    pub approver: String,
    /// When; empty: it has not been decided.
    pub approve_time: String,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Who asks that it is withdrawn, as `owner/name`.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(default))]
    pub withdrawer: String,
    /// When it was created.
    pub created_time: Timestamp,
    /// When it was last changed.
    pub updated_time: Timestamp,
}

fn texts<T: Into<String>>(list: List<T>) -> Vec<String> {
    list.0.into_iter().map(Into::into).collect()
}

impl From<ResourcePattern> for String {
    fn from(pattern: ResourcePattern) -> Self {
        pattern.0
    }
}

impl From<ActionPattern> for String {
    fn from(pattern: ActionPattern) -> Self {
        pattern.0
    }
}

impl Resource for Permission {
    const KIND: &'static str = "permission";
    const QUOTA: u32 = 500;
    const OWNERS_DECIDE: bool = true;
    type Patch = PermissionPatch;
    type View = PermissionView;

    fn named(patch: &PermissionPatch) -> (Option<&str>, Option<&str>) {
        let (owner, name) = (patch.owner.as_given(), patch.name.as_given());
        (owner.map(OrgName::as_str), name.map(ObjectName::as_str))
    }

    fn wanted(patch: &PermissionPatch, owner: &str) -> Wanted {
        let mut wanted = Wanted { owners: true, ..Wanted::default() };
        want(&mut wanted, Kind::User, patch.users.as_ref(), owner);
        want(&mut wanted, Kind::Team, patch.teams.as_ref(), owner);
        want(&mut wanted, Kind::Role, patch.roles.as_ref(), owner);
        wanted
    }

    fn blank(meta: Meta, by: &Actor) -> Self {
        Self {
            meta,
            description: String::new(),
            effect: Effect::Allow,
            resource_type: String::new(),
            resources: Vec::new(),
            actions: Vec::new(),
            domains: Vec::new(),
            applications: Vec::new(),
            projects: Vec::new(),
            is_enabled: true,
            state: State::Pending,
            submitter_id: by.id.clone(),
            submitter: by.name.clone(),
            approver: String::new(),
            approved_at: None,
            expires_at: None,
            withdrawer_id: String::new(),
            withdrawer: String::new(),
            members: Vec::new(),
        }
    }

    fn apply(&mut self, mut patch: PermissionPatch, scene: &Scene<'_>) -> Result<(), ChangeError> {
        let before = self.clone();
        patch.display_name.set(&mut self.meta.display_name);
        patch.description.set(&mut self.description);
        patch.resource_type.set(&mut self.resource_type);
        replace(&mut self.resources, patch.resources);
        replace(&mut self.actions, patch.actions);
        replace(&mut self.domains, patch.domains);
        replace(&mut self.applications, patch.applications);
        replace(&mut self.projects, patch.projects);
        self.effect = patch.effect.unwrap_or(self.effect);
        self.is_enabled = patch.is_enabled.unwrap_or(self.is_enabled);
        match patch.expires_at {
            Patch::Absent => {}
            Patch::Null | Patch::Blank => self.expires_at = None,
            Patch::Value(Timestamp(time)) if time <= scene.now() => {
                return Err(Invalid::member("expiresAt", "must be in the future").into());
            }
            Patch::Value(Timestamp(time)) => self.expires_at = Some(time),
        }
        scene.everyone(&mut self.members, &mut patch.users);
        scene.replace(&mut self.members, Kind::User, "users", patch.users)?;
        scene.replace(&mut self.members, Kind::Team, "teams", patch.teams)?;
        let standing = scene.organization_roles(&self.members, &mut patch.roles);
        scene.replace(&mut self.members, Kind::Role, "roles", patch.roles)?;
        self.members.extend(standing);
        scene.expire(&mut self.members, patch.expirations.as_ref())?;
        self.members.sort();
        self.meta.attributes =
            ATTRIBUTES.merged(&self.meta.attributes, &patch.attributes.members)?;
        self.decide(&before, patch.state, scene)?;
        self.ask(&before, patch.withdraw, scene)
    }

    fn may_go(&self, scene: &Scene<'_>) -> Result<(), ChangeError> {
        self.may_weaken(scene)
    }

    fn view(&self) -> PermissionView {
        let Meta { id, owner, name, display_name, attributes, created_at, updated_at, .. } =
            self.meta.clone();
        let mut users = names(&self.members, Kind::Everyone);
        users.extend(names(&self.members, Kind::User));
        // The store does not know the name that stands for every user.
        for everyone in users.iter_mut().filter(|name| name.is_empty()) {
            *everyone = format!("{owner}/*");
        }
        PermissionView {
            attributes,
            id,
            owner,
            name,
            display_name,
            description: self.description.clone(),
            users,
            teams: names(&self.members, Kind::Team),
            roles: names(&self.members, Kind::Role),
            expirations: ExpirationsView::of(&self.members),
            resource_type: self.resource_type.clone(),
            resources: self.resources.clone(),
            actions: self.actions.clone(),
            effect: self.effect,
            domains: self.domains.clone(),
            applications: self.applications.clone(),
            projects: self.projects.clone(),
            is_enabled: self.is_enabled,
            state: self.state,
            submitter: self.submitter.clone(),
            approver: self.approver.clone(),
            approve_time: self.approved_at.map(|time| time.to_string()).unwrap_or_default(),
            expires_at: self.expires_at.map(Timestamp),
            withdrawer: self.withdrawer.clone(),
            created_time: Timestamp(created_at),
            updated_time: Timestamp(updated_at),
        }
    }
}

fn replace<T: Into<String>>(stored: &mut Vec<String>, sent: Option<List<T>>) {
    if let Some(sent) = sent {
        *stored = texts(sent);
    }
}
