//! Workspaces of organizations.

use serde::Deserialize;

use super::resource::{By, Filter, KeptBy, Meta, Record, Stored, Table};
use crate::{
    origin::store::json_text,
    ports::{Statement, Value, flag, json},
};

const TABLE: Table = Table {
    name: "workspaces",
    columns: &["description", "bucket", "is_default", "metadata", "tags"],
    computed: "",
    members: None,
    kept_by: Some(KeptBy {
        select: "SELECT 1 FROM projects WHERE workspace_id = {id}",
        refusal: "it has projects: delete these, or move them",
    }),
    filters: &[Filter {
        name: "isDefault",
        about: "Only the default one, or the others.",
        is_flag: true,
        by: By::Column("is_default"),
    }],
};

/// A workspace of an organization: it holds projects.
#[derive(Debug, Clone, Deserialize)]
pub struct Workspace {
    /// The common columns.
    #[serde(flatten)]
    pub meta: Meta,
    /// What it is for.
    pub description: String,
    /// Where services store its objects.
    pub bucket: String,
    /// Whether it is the organization's default.
    #[serde(deserialize_with = "flag")]
    pub is_default: bool,
    /// A text that services write and read.
    pub metadata: String,
    /// Labels.
    #[serde(deserialize_with = "json")]
    pub tags: Vec<String>,
}

impl Stored for Workspace {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn values(&self) -> Vec<Value> {
        vec![
            self.description.as_str().into(),
            self.bucket.as_str().into(),
            self.is_default.into(),
            self.metadata.as_str().into(),
            json_text(&self.tags).into(),
        ]
    }
}

impl Record for Workspace {
    const TABLE: &'static Table = &TABLE;

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }
}

impl Workspace {
    /// Makes the row the only default, if it is stored as one.
    pub fn only_default(&self) -> Option<Statement> {
        let statement = Statement::new(
            "UPDATE workspaces SET is_default = 0, version = version + 1 \
             WHERE owner = ?1 AND is_default AND id <> ?2 \
             AND EXISTS (SELECT 1 FROM workspaces WHERE id = ?2 AND is_default)",
        );
        let statement = statement.bind(&self.meta.owner).bind(&self.meta.id);
        self.is_default.then_some(statement)
    }
}
