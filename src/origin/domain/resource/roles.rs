//! Roles: patches and the published form.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Actor, Expirations, ExpirationsView, IGNORED, References, Resource, Scene,
    members::{names, want},
};
use crate::{
    core::directory::{
        Attributes, Kept, Line, List, ObjectName, OrgName, Paragraph, Patch, Timestamp, Unchecked,
    },
    origin::{
        domain::change_error::ChangeError,
        store::{
            resource::{Kind, Meta, Wanted},
            roles::Role,
        },
    },
};

const ATTRIBUTES: Attributes = Attributes { ignored: IGNORED, maximum: 8 * 1024 };

/// What a request sets of a role. Absent members stay as they are.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct RolePatch {
    /// The organization; the caller's if absent. Cannot be changed.
    pub owner: Patch<OrgName>,
    /// Unique in the organization. Cannot be changed.
    pub name: Patch<ObjectName>,
    /// The name for people.
    pub display_name: Patch<Line>,
    /// What it is for.
    pub description: Patch<Paragraph>,
    /// Users who have it, as `owner/name`: users of the organization or members of it.
    pub users: Option<References>,
    /// Users who have it from now on, besides those who have it.
    pub add_users: Option<References>,
    /// Users who no longer have it by themselves; who does not have it is left out.
    pub remove_users: Option<References>,
    /// Teams whose members have it.
    pub teams: Option<References>,
    /// Roles whose holders have it too.
    pub roles: Option<References>,
    /// When some of these stop having it.
    pub expirations: Option<Expirations>,
    /// Where it counts: domains, `application:<name>`, `project:<name>`; empty: everywhere.
    pub domains: Option<List<Line>>,
    /// Whether it counts.
    pub is_enabled: Option<bool>,
    /// All other members.
    #[serde(flatten)]
    pub attributes: Kept<Unchecked>,
}

/// A role.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RoleView {
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
    /// Users who have it, as `owner/name`.
    pub users: Vec<String>,
    /// Teams whose members have it, as `owner/name`.
    pub teams: Vec<String>,
    /// Roles whose holders have it too, as `owner/name`.
    pub roles: Vec<String>,
    /// When some of these stop having it.
    #[serde(skip_serializing_if = "ExpirationsView::is_empty")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(default))]
    pub expirations: ExpirationsView,
    /// Where it counts; empty: everywhere.
    pub domains: Vec<String>,
    /// Whether it counts.
    pub is_enabled: bool,
    /// When it was created.
    pub created_time: Timestamp,
    /// When it was last changed.
    pub updated_time: Timestamp,
}

impl Resource for Role {
    const KIND: &'static str = "role";
    const QUOTA: u32 = 500;
    type Patch = RolePatch;
    type View = RoleView;

    fn named(patch: &RolePatch) -> (Option<&str>, Option<&str>) {
        let (owner, name) = (patch.owner.as_given(), patch.name.as_given());
        (owner.map(OrgName::as_str), name.map(ObjectName::as_str))
    }

    fn wanted(patch: &RolePatch, owner: &str) -> Wanted {
        let mut wanted = Wanted::default();
        for users in [&patch.users, &patch.add_users, &patch.remove_users] {
            want(&mut wanted, Kind::User, users.as_ref(), owner);
        }
        want(&mut wanted, Kind::Team, patch.teams.as_ref(), owner);
        want(&mut wanted, Kind::Role, patch.roles.as_ref(), owner);
        wanted
    }

    fn blank(meta: Meta, _: &Actor) -> Self {
        Self {
            meta,
            description: String::new(),
            domains: Vec::new(),
            is_enabled: true,
            members: Vec::new(),
        }
    }

    fn apply(&mut self, patch: RolePatch, scene: &Scene<'_>) -> Result<(), ChangeError> {
        patch.display_name.set(&mut self.meta.display_name);
        patch.description.set(&mut self.description);
        if let Some(List(domains)) = patch.domains {
            self.domains = domains.into_iter().map(String::from).collect();
        }
        self.is_enabled = patch.is_enabled.unwrap_or(self.is_enabled);
        scene.replace(&mut self.members, Kind::User, "users", patch.users)?;
        scene.add(&mut self.members, Kind::User, "addUsers", patch.add_users)?;
        scene.remove(&mut self.members, Kind::User, "removeUsers", patch.remove_users)?;
        scene.replace(&mut self.members, Kind::Team, "teams", patch.teams)?;
        scene.replace(&mut self.members, Kind::Role, "roles", patch.roles)?;
        scene.expire(&mut self.members, patch.expirations.as_ref())?;
        self.members.sort();
        self.meta.attributes =
            ATTRIBUTES.merged(&self.meta.attributes, &patch.attributes.members)?;
        Ok(())
    }

    fn view(&self) -> RoleView {
        let Meta { id, owner, name, display_name, attributes, created_at, updated_at, .. } =
            self.meta.clone();
        RoleView {
            attributes,
            id,
            owner,
            name,
            display_name,
            description: self.description.clone(),
            users: names(&self.members, Kind::User),
            teams: names(&self.members, Kind::Team),
            roles: names(&self.members, Kind::Role),
            expirations: ExpirationsView::of(&self.members),
            domains: self.domains.clone(),
            is_enabled: self.is_enabled,
            created_time: Timestamp(created_at),
            updated_time: Timestamp(updated_at),
        }
    }
}
