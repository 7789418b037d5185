//! Projects: patches and the published form.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Actor, IGNORED, Resource, Scene, members::Reference};
use crate::{
    core::directory::{
        Attributes, Invalid, Kept, Line, List, Metadata, ObjectName, OrgName, Paragraph, Patch,
        Timestamp, Unchecked,
    },
    origin::{
        domain::change_error::ChangeError,
        store::{
            projects::Project,
            resource::{Meta, Wanted},
        },
    },
    ports::Statement,
};

const ATTRIBUTES: Attributes = Attributes { ignored: IGNORED, maximum: 8 * 1024 };

/// What a request sets of a project. Absent members stay as they are.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct ProjectPatch {
    /// The organization; the caller's if absent. Cannot be changed.
    pub owner: Patch<OrgName>,
    /// The same as `owner`.
    pub organization: Patch<OrgName>,
    /// Unique in the organization. Cannot be changed.
    pub name: Patch<ObjectName>,
    /// The name for people.
    pub display_name: Patch<Line>,
    /// What it is for.
    pub description: Patch<Paragraph>,
    /// The workspace that it is in; `""`: none.
    pub workspace: Patch<Reference>,
    /// Whether it is the default of its workspace; the one before stops being it.
    pub is_default: Option<bool>,
    /// A text that services write and read.
    pub metadata: Patch<Metadata>,
    /// Labels.
    pub tags: Option<List<Line>>,
    /// All other members.
    #[serde(flatten)]
    pub attributes: Kept<Unchecked>,
}

/// A project.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProjectView {
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
    /// The name of the workspace that it is in; empty: none.
    pub workspace: String,
    /// Whether it is the default of its workspace.
    pub is_default: bool,
    /// A text that services write and read.
    pub metadata: String,
    /// Labels.
    pub tags: Vec<String>,
    /// When it was created.
    pub created_time: Timestamp,
    /// When it was last changed.
    pub updated_time: Timestamp,
}

impl Resource for Project {
    const KIND: &'static str = "project";
    const QUOTA: u32 = 500;
    type Patch = ProjectPatch;
    type View = ProjectView;

    fn named(patch: &ProjectPatch) -> (Option<&str>, Option<&str>) {
        let owner = patch.owner.as_given().or(patch.organization.as_given());
        (owner.map(OrgName::as_str), patch.name.as_given().map(ObjectName::as_str))
    }

    fn wanted(patch: &ProjectPatch, owner: &str) -> Wanted {
        let workspace = patch.workspace.as_given().and_then(|workspace| workspace.of(owner));
        let workspaces = workspace.map(str::to_owned).into_iter().collect();
        Wanted { workspaces, ..Wanted::default() }
    }

    fn blank(meta: Meta, _: &Actor) -> Self {
        Self {
            meta,
            description: String::new(),
            workspace_id: None,
            workspace: None,
            is_default: false,
            metadata: String::new(),
            tags: Vec::new(),
        }
    }

    fn apply(&mut self, patch: ProjectPatch, scene: &Scene<'_>) -> Result<(), ChangeError> {
        patch.display_name.set(&mut self.meta.display_name);
        patch.description.set(&mut self.description);
        if let Some(workspace) = patch.workspace.change() {
            let workspace = workspace.map(|workspace| {
                let name = workspace.of(scene.owner).unwrap_or_default();
                let id = scene.resolved.workspace(name);
                let id = id.ok_or_else(|| {
                    Invalid::member("workspace", "is not a workspace of the organization")
                })?;
                Ok::<_, Invalid>((id.to_owned(), name.to_owned()))
            });
            (self.workspace_id, self.workspace) = workspace.transpose()?.unzip();
        }
        patch.metadata.set(&mut self.metadata);
        if let Some(List(tags)) = patch.tags {
            self.tags = tags.into_iter().map(String::from).collect();
        }
        self.is_default = patch.is_default.unwrap_or(self.is_default);
        self.meta.attributes =
            ATTRIBUTES.merged(&self.meta.attributes, &patch.attributes.members)?;
        Ok(())
    }

    fn view(&self) -> ProjectView {
        let Meta { id, owner, name, display_name, attributes, created_at, updated_at, .. } =
            self.meta.clone();
        ProjectView {
            attributes,
            id,
            organization: owner.clone(),
            owner,
            name,
            display_name,
            description: self.description.clone(),
            workspace: self.workspace.clone().unwrap_or_default(),
            is_default: self.is_default,
            metadata: self.metadata.clone(),
            tags: self.tags.clone(),
            created_time: Timestamp(created_at),
            updated_time: Timestamp(updated_at),
        }
    }

    fn besides(&self) -> Vec<Statement> {
        self.only_default().into_iter().collect()
    }
}
