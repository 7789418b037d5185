//! Teams: users of an organization, nested.

use serde::Deserialize;

use super::{
    resource::{By, Filter, Guard, KeptBy, Member, Members, Meta, Record, Stored, Table},
    sql::Sql,
};
use crate::ports::{Value, flag, json};

const TABLE: Table = Table {
    name: "teams",
    columns: &["description", "parent_id", "is_enabled"],
    computed: ", (SELECT name FROM teams AS above WHERE above.id = teams.parent_id) AS parent",
    members: Some(Members { table: "team_members", column: "team_id" }),
    kept_by: Some(KeptBy {
        select: "SELECT 1 FROM teams AS below WHERE below.parent_id = {id}",
        refusal: "it has teams below it: delete these, or give them another parent",
    }),
    filters: &[
        Filter {
            name: "isEnabled",
            about: "Only those that are enabled, or that are not.",
            is_flag: true,
            by: By::Column("is_enabled"),
        },
        Filter {
            name: "parent",
            about: "Only those directly below the team of that name.",
            is_flag: false,
            by: By::Condition(
                "parent_id = (SELECT id FROM teams AS above WHERE above.owner = teams.owner \
                 AND above.name = {})",
            ),
        },
        Filter {
            name: "user",
            about: "Only those that name this user (`owner/name`) as a member.",
            is_flag: false,
            by: By::Condition(
                "id IN (SELECT team_id FROM team_members WHERE member_id = (SELECT id FROM users \
                 WHERE owner = substr({}, 1, instr({}, '/') - 1) \
                 AND name = substr({}, instr({}, '/') + 1)))",
            ),
        },
    ],
};

/// A team of users. The members of a team belong to its parent too.
#[derive(Debug, Clone, Deserialize)]
pub struct Team {
    /// The common columns.
    #[serde(flatten)]
    pub meta: Meta,
    /// The description.
    pub description: String,
    /// The team above it.
    pub parent_id: Option<String>,
    /// The name of the team above it.
    pub parent: Option<String>,
    /// Whether it counts.
    #[serde(deserialize_with = "flag")]
    pub is_enabled: bool,
    /// Its users.
    #[serde(deserialize_with = "json")]
    pub members: Vec<Member>,
}

impl Stored for Team {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn values(&self) -> Vec<Value> {
        vec![
            self.description.as_str().into(),
            self.parent_id.clone().into(),
            self.is_enabled.into(),
        ]
    }

    fn members(&self) -> &[Member] {
        &self.members
    }

    fn guards(&self, sql: &mut Sql) -> Vec<Guard> {
        let Some(parent) = &self.parent_id else { return Vec::new() };
        let (id, owner, parent) =
            (sql.bind(&self.meta.id), sql.bind(&self.meta.owner), sql.bind(parent));
        vec![
            Guard {
                condition: format!(
                    "EXISTS (SELECT 1 FROM teams WHERE id = {parent} AND owner = {owner})"
                ),
                refusal: "the parent has been deleted",
            },
            Guard {
                condition: format!(
                    "NOT EXISTS (WITH RECURSIVE above (id) AS (SELECT {parent} UNION \
                     SELECT parent_id FROM teams JOIN above USING (id) WHERE parent_id IS NOT NULL) \
                     SELECT 1 FROM above WHERE id = {id})"
                ),
                refusal: "the parent is below this team: a team cannot be above itself",
            },
        ]
    }
}

impl Record for Team {
    const TABLE: &'static Table = &TABLE;

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }
}
