//! Roles: named groups of users, teams and other roles.

use serde::Deserialize;

use super::{
    resource::{By, Filter, Guard, Kind, Member, Members, Meta, Record, Stored, Table},
    sql::Sql,
};
use crate::{
    origin::store::json_text,
    ports::{Value, flag, json},
};

const TABLE: Table = Table {
    name: "roles",
    columns: &["description", "domains", "is_enabled"],
    computed: "",
    members: Some(Members { table: "role_members", column: "role_id" }),
    kept_by: None,
    filters: &[
        Filter {
            name: "isEnabled",
            about: "Only those that are enabled, or that are not.",
            is_flag: true,
            by: By::Column("is_enabled"),
        },
        Filter {
            name: "user",
            about: "Only those that name this user (`owner/name`) directly.",
            is_flag: false,
            by: By::Condition(
                "id IN (SELECT role_id FROM role_members WHERE member_id = (SELECT id FROM users \
                 WHERE owner = substr({}, 1, instr({}, '/') - 1) \
                 AND name = substr({}, instr({}, '/') + 1)))",
            ),
        },
    ],
};

/// A role, referenced by permissions of an organization.
#[derive(Debug, Clone, Deserialize)]
pub struct Role {
    /// The common columns.
    #[serde(flatten)]
    pub meta: Meta,
    /// The description.
    pub description: String,
    /// The domains that it is limited to; empty: none.
    #[serde(deserialize_with = "json")]
    pub domains: Vec<String>,
    /// Whether it counts.
    #[serde(deserialize_with = "flag")]
    pub is_enabled: bool,
    /// Its holders: users, teams, and holders of other roles.
    #[serde(deserialize_with = "json")]
    pub members: Vec<Member>,
}

impl Stored for Role {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn values(&self) -> Vec<Value> {
        vec![
            self.description.as_str().into(),
            json_text(&self.domains).into(),
            self.is_enabled.into(),
        ]
    }

    fn members(&self) -> &[Member] {
        &self.members
    }

    fn guards(&self, sql: &mut Sql) -> Vec<Guard> {
        let roles = self.members.iter().filter(|member| member.kind == Kind::Role);
        let roles: Vec<&str> = roles.map(|member| member.id.as_str()).collect();
        if roles.is_empty() {
            return Vec::new();
        }
        let (id, roles) = (sql.bind(&self.meta.id), sql.bind(json_text(&roles)));
        vec![Guard {
            condition: format!(
                "NOT EXISTS (WITH RECURSIVE below (id) AS (SELECT value FROM json_each({roles}) UNION \
                 SELECT member_id FROM role_members JOIN below ON role_id = below.id \
                 WHERE kind = 'role') SELECT 1 FROM below WHERE id = {id})"
            ),
            refusal: "one of the roles contains this role: a role cannot contain itself",
        }]
    }
}

impl Record for Role {
    const TABLE: &'static Table = &TABLE;

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }
}
