//! Projects of organizations.

use serde::Deserialize;

use super::{
    resource::{By, Filter, Guard, Meta, Record, Stored, Table},
    sql::Sql,
};
use crate::{
    origin::store::json_text,
    ports::{Statement, Value, flag, json},
};

const TABLE: Table = Table {
    name: "projects",
    columns: &["description", "workspace_id", "is_default", "metadata", "tags"],
    computed: ", (SELECT name FROM workspaces WHERE workspaces.id = projects.workspace_id) AS workspace",
    members: None,
    kept_by: None,
    filters: &[
        Filter {
            name: "isDefault",
            about: "Only the default one, or the others.",
            is_flag: true,
            by: By::Column("is_default"),
        },
        Filter {
            name: "workspace",
            about: "Only those in the workspace of that name.",
            is_flag: false,
            by: By::Condition(
                "workspace_id = (SELECT id FROM workspaces WHERE workspaces.owner = projects.owner \
                 AND workspaces.name = {})",
            ),
        },
    ],
};

/// A project, in a workspace or in none.
#[derive(Debug, Clone, Deserialize)]
pub struct Project {
    /// The common columns.
    #[serde(flatten)]
    pub meta: Meta,
    /// The description.
    pub description: String,
    /// Its workspace.
    pub workspace_id: Option<String>,
    /// The name of its workspace.
    pub workspace: Option<String>,
    /// Whether it is the default of its workspace.
    #[serde(deserialize_with = "flag")]
    pub is_default: bool,
    /// A text that services write and read.
    pub metadata: String,
    /// Labels.
    #[serde(deserialize_with = "json")]
    pub tags: Vec<String>,
}

impl Stored for Project {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn values(&self) -> Vec<Value> {
        vec![
            self.description.as_str().into(),
            self.workspace_id.clone().into(),
            self.is_default.into(),
            self.metadata.as_str().into(),
            json_text(&self.tags).into(),
        ]
    }

    fn guards(&self, sql: &mut Sql) -> Vec<Guard> {
        let Some(workspace) = &self.workspace_id else { return Vec::new() };
        let (owner, workspace) = (sql.bind(&self.meta.owner), sql.bind(workspace));
        vec![Guard {
            condition: format!(
                "EXISTS (SELECT 1 FROM workspaces WHERE id = {workspace} AND owner = {owner})"
            ),
            refusal: "the workspace has been deleted",
        }]
    }
}

impl Record for Project {
    const TABLE: &'static Table = &TABLE;

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }
}

impl Project {
    /// Makes the row the only default, if it is stored as one.
    pub fn only_default(&self) -> Option<Statement> {
        let statement = Statement::new(
            "UPDATE projects SET is_default = 0, version = version + 1 \
             WHERE owner = ?1 AND is_default AND id <> ?2 AND workspace_id IS ?3 \
             AND EXISTS (SELECT 1 FROM projects WHERE id = ?2 AND is_default)",
        );
        let statement =
            statement.bind(&self.meta.owner).bind(&self.meta.id).bind(self.workspace_id.clone());
        self.is_default.then_some(statement)
    }
}
