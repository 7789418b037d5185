//! Workspaces: patches and the published form.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Actor, IGNORED, Resource, Scene};
use crate::{
    core::directory::{
        Attributes, Kept, Line, List, Metadata, ObjectName, OrgName, Paragraph, Patch, Timestamp,
        Unchecked,
    },
    origin::{
        domain::change_error::ChangeError,
        store::{
            resource::{Meta, Wanted},
            workspaces::Workspace,
        },
    },
    ports::Statement,
};

const ATTRIBUTES: Attributes = Attributes { ignored: IGNORED, maximum: 8 * 1024 };

/// What a request sets of a workspace. Absent members stay as they are.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct WorkspacePatch {
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
    /// Where services store its objects.
    pub bucket: Patch<Line>,
    /// Whether it is the organization's default; the one before stops being it.
    pub is_default: Option<bool>,
    /// A text that services write and read.
    pub metadata: Patch<Metadata>,
    /// Labels.
    pub tags: Option<List<Line>>,
    /// All other members.
    #[serde(flatten)]
    pub attributes: Kept<Unchecked>,
}

/// A workspace.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceView {
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
    /// Where services store its objects.
    pub bucket: String,
    /// Whether it is the organization's default.
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

impl Resource for Workspace {
    const KIND: &'static str = "workspace";
    const QUOTA: u32 = 500;
    type Patch = WorkspacePatch;
    type View = WorkspaceView;

    fn named(patch: &WorkspacePatch) -> (Option<&str>, Option<&str>) {
        let owner = patch.owner.as_given().or(patch.organization.as_given());
        (owner.map(OrgName::as_str), patch.name.as_given().map(ObjectName::as_str))
    }

    fn wanted(_: &WorkspacePatch, _: &str) -> Wanted {
        Wanted::default()
    }

    fn blank(meta: Meta, _: &Actor) -> Self {
        Self {
            meta,
            description: String::new(),
            bucket: String::new(),
            is_default: false,
            metadata: String::new(),
            tags: Vec::new(),
        }
    }

    fn apply(&mut self, patch: WorkspacePatch, _: &Scene<'_>) -> Result<(), ChangeError> {
        patch.display_name.set(&mut self.meta.display_name);
        patch.description.set(&mut self.description);
        patch.bucket.set(&mut self.bucket);
        patch.metadata.set(&mut self.metadata);
        if let Some(List(tags)) = patch.tags {
            self.tags = tags.into_iter().map(String::from).collect();
        }
        self.is_default = patch.is_default.unwrap_or(self.is_default);
        self.meta.attributes =
            ATTRIBUTES.merged(&self.meta.attributes, &patch.attributes.members)?;
        Ok(())
    }

    fn view(&self) -> WorkspaceView {
        let Meta { id, owner, name, display_name, attributes, created_at, updated_at, .. } =
            self.meta.clone();
        WorkspaceView {
            attributes,
            id,
            organization: owner.clone(),
            owner,
            name,
            display_name,
            description: self.description.clone(),
            bucket: self.bucket.clone(),
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
