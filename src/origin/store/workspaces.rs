//! Workspaces of organizations.

use serde::Deserialize;

use super::resource::{By, Filter, Meta, Record, Stored, Table};
use crate::{
    origin::store::json_text,
    ports::{Value, flag, json},
};

const TABLE: Table = Table {
    name: "workspaces",
    columns: &["description", "bucket", "is_default", "metadata", "tags"],
    computed: "",
    members: None,
    blocked_by: "SELECT 1 FROM projects WHERE workspace_id = {id}",
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
