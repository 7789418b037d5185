//! Teams: patches and the published form.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Actor, IGNORED, References, Resource, Scene,
    members::{Reference, names, want},
};
use crate::{
    core::directory::{
        Attributes, Invalid, Kept, Line, ObjectName, OrgName, Paragraph, Patch, Timestamp,
        Unchecked,
    },
    origin::{
        domain::change_error::ChangeError,
        store::{
            resource::{Kind, Meta, Wanted},
            teams::Team,
        },
    },
};

const ATTRIBUTES: Attributes = Attributes { ignored: IGNORED, maximum: 8 * 1024 };

/// What a request sets of a team. Absent members stay as they are.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct TeamPatch {
    /// The same as `organization`.
    pub owner: Patch<OrgName>,
    /// The organization; the caller's if absent. Cannot be changed.
    pub organization: Patch<OrgName>,
    /// Unique in the organization. Cannot be changed.
    pub name: Patch<ObjectName>,
    /// The name for people.
    pub display_name: Patch<Line>,
    /// What it is for.
    pub description: Patch<Paragraph>,
    /// The team above it, of which its members are members too; `""`: none.
    pub parent: Patch<Reference>,
    /// Its users, as `owner/name`: users of the organization or members of it.
    pub users: Option<References>,
    /// Whether it counts.
    pub is_enabled: Option<bool>,
    /// All other members.
    #[serde(flatten)]
    pub attributes: Kept<Unchecked>,
}

/// A team.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TeamView {
    /// Members without a field, as they were sent.
    #[serde(flatten)]
    pub attributes: Map<String, Value>,
    /// UUID.
    pub id: String,
    /// The organization.
    pub owner: String,
    /// The same as `owner`.
    pub organization: String,
    /// Unique in the organization.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// The name of the team above it; empty: none.
    pub parent: String,
    /// Its users, as `owner/name`.
    pub users: Vec<String>,
    /// Whether it counts.
    pub is_enabled: bool,
    /// When it was created.
    pub created_time: Timestamp,
    /// When it was last changed.
    pub updated_time: Timestamp,
}

impl Resource for Team {
    const KIND: &'static str = "team";
    const QUOTA: u32 = 500;
    type Patch = TeamPatch;
    type View = TeamView;

    fn named(patch: &TeamPatch) -> (Option<&str>, Option<&str>) {
        let owner = patch.owner.as_given().or(patch.organization.as_given());
        (owner.map(OrgName::as_str), patch.name.as_given().map(ObjectName::as_str))
    }

    fn wanted(patch: &TeamPatch, owner: &str) -> Wanted {
        let mut wanted = Wanted::default();
        want(&mut wanted, Kind::User, patch.users.as_ref(), owner);
        let parent = patch.parent.as_given().and_then(|parent| parent.of(owner));
        wanted.teams.extend(parent.map(str::to_owned));
        wanted
    }

    fn blank(meta: Meta, _: &Actor) -> Self {
        Self {
            meta,
            description: String::new(),
            parent_id: None,
            parent: None,
            is_enabled: true,
            members: Vec::new(),
        }
    }

    fn apply(&mut self, patch: TeamPatch, scene: &Scene<'_>) -> Result<(), ChangeError> {
        patch.display_name.set(&mut self.meta.display_name);
        patch.description.set(&mut self.description);
        if let Some(parent) = patch.parent.change() {
            let parent = parent.map(|parent| {
                let name = parent.of(scene.owner).unwrap_or_default();
                let id = scene.resolved.team(name);
                let id = id.ok_or_else(|| {
                    Invalid::member("parent", "is not a team of the organization")
                })?;
                Ok::<_, Invalid>((id.to_owned(), name.to_owned()))
            });
            (self.parent_id, self.parent) = parent.transpose()?.unzip();
        }
        self.is_enabled = patch.is_enabled.unwrap_or(self.is_enabled);
        scene.replace(&mut self.members, Kind::User, "users", patch.users)?;
        self.members.sort();
        self.meta.attributes =
            ATTRIBUTES.merged(&self.meta.attributes, &patch.attributes.members)?;
        Ok(())
    }

    fn view(&self) -> TeamView {
        let Meta { id, owner, name, display_name, attributes, created_at, updated_at, .. } =
            self.meta.clone();
        TeamView {
            attributes,
            id,
            organization: owner.clone(),
            owner,
            name,
            display_name,
            description: self.description.clone(),
            parent: self.parent.clone().unwrap_or_default(),
            users: names(&self.members, Kind::User),
            is_enabled: self.is_enabled,
            created_time: Timestamp(created_at),
            updated_time: Timestamp(updated_at),
        }
    }
}
