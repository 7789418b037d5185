//! The list of tables against the schema: what becomes of each table's rows when an organization or a
//! user is deleted.

use std::collections::{BTreeMap, BTreeSet};

use hanzo_iam::origin::store::owned::{Exported, TABLES, Table, Tie};
use serde_json::json;

use crate::{oauth::sql, world::World};

fn tables() -> BTreeMap<&'static str, &'static Table> {
    TABLES.iter().map(|table| (table.name, table)).collect()
}

fn columns(world: &World, table: &str) -> BTreeSet<String> {
    let rows = sql(world, &format!("SELECT name FROM pragma_table_info('{table}')"));
    rows.into_iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

/// The tables that a deletion of their rows deletes rows of `table`.
fn cascades_from(world: &World, table: &str) -> Vec<String> {
    let sql_text = format!(
        "SELECT \"table\" AS parent FROM pragma_foreign_key_list('{table}') WHERE on_delete = 'CASCADE'"
    );
    sql(world, &sql_text)
        .into_iter()
        .map(|row| row["parent"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_table_is_in_the_list_and_no_other() {
    let world = World::empty();
    let known: BTreeSet<String> = tables().keys().map(|&name| name.to_owned()).collect();
    let schema = sql(
        &world,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    );
    let schema = schema.into_iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(known, schema, "src/origin/store/owned.rs has a line for each table");
    assert_eq!(known.len(), TABLES.len());
}

/// Whether rows of `table` go with those of `root`, by foreign keys or by a statement of their own.
fn goes_with(world: &World, table: &str, root: &str, tie: fn(&Table) -> Tie) -> bool {
    cascades_from(world, table).iter().filter(|parent| *parent != table).any(|parent| {
        parent == root
            || matches!(tie(tables()[parent.as_str()]), Tie::Column(_))
            || (tie(tables()[parent.as_str()]) == Tie::Cascades
                && goes_with(world, parent, root, tie))
    })
}

#[test]
fn each_tie_is_what_the_schema_says() {
    let world = World::empty();
    for table in TABLES {
        for (root, tie) in [
            ("organizations", (|it| it.organization) as fn(&Table) -> Tie),
            ("users", |it| it.user),
        ] {
            let about = format!("{} and {root}", table.name);
            match tie(table) {
                Tie::Cascades => assert!(goes_with(&world, table.name, root, tie), "{about}"),
                Tie::Column(column) => {
                    assert!(columns(&world, table.name).contains(column), "{about}");
                }
                Tie::Prevents => {
                    let parents = format!(
                        "SELECT 1 AS it FROM pragma_foreign_key_list('{}') WHERE \"table\" = '{root}' \
                         AND on_delete = 'NO ACTION'",
                        table.name
                    );
                    assert!(!sql(&world, &parents).is_empty(), "{about}");
                }
                // `nothing_of_a_deleted_organization_is_found_but_what_stays` shows it.
                Tie::Written => assert!(
                    [("populations", "organizations"), ("codes", "users")]
                        .contains(&(table.name, root))
                ),
                Tie::Stays(why) => assert!(!why.is_empty(), "{about}"),
                Tie::Unrelated => {
                    let named = if root == "users" {
                        ["user_id", "member_id"].as_slice()
                    } else {
                        ["owner", "organization"].as_slice()
                    };
                    let columns = columns(&world, table.name);
                    let has = named.iter().any(|name| columns.contains(*name));
                    // The queue of publications says what the record of a deleted key says.
                    assert!(!has || table.name == "publications", "{about}");
                }
            }
        }
        if columns(&world, table.name).contains("user_id")
            && table.exported == Exported::Nothing("")
        {
            assert_eq!(table.name, "erasures");
        }
    }
}

/// Rows in the tables of every kind, by way of the endpoints and otherwise; then no table names the
/// organization but those whose rows stay.
#[test]
fn nothing_of_a_deleted_organization_is_found_but_what_stays() {
    let world = World::demo();
    let name = json!({"name": "zzorg"});
    world.post("/v1/iam/organizations").of("root").json(&name).send().ok();
    world.join("hanzo", "bob", "zzorg", hanzo_iam::core::token::Role::Owner);
    let key = json!({"owner": "zzorg", "name": "k", "type": "Organization"});
    world.post("/v1/iam/keys").of("root").json(&key).send().ok();
    for (table, further) in [
        ("teams", ""),
        ("roles", ""),
        ("workspaces", ""),
        ("projects", ""),
        ("providers", ""),
        ("permissions", ", submitter_id, submitter"),
    ] {
        let values = if further.is_empty() { "" } else { ", 's', 's'" };
        sql(
            &world,
            &format!(
                "INSERT INTO {table} (id, owner, name, created_at, updated_at{further}) \
             VALUES ('{table}-1', 'zzorg', 'n', 1, 1{values})"
            ),
        );
    }
    for statement in [
        "INSERT INTO team_members (team_id, kind, member_id, owner) VALUES ('teams-1', 'user', 'u', 'zzorg')",
        "INSERT INTO role_members (role_id, kind, member_id, owner) VALUES ('roles-1', 'user', 'u', 'zzorg')",
        "INSERT INTO permission_subjects (permission_id, kind, member_id, owner) VALUES ('permissions-1', 'user', 'u', 'zzorg')",
        "INSERT INTO erasures (user_id, owner, erased_at) VALUES ('e', 'zzorg', 1)",
        "INSERT INTO invitations (id, owner, name, code_digest, role, inviter_id, inviter, expires_at, created_at, updated_at) \
         VALUES ('i', 'zzorg', 'n', 'd', 'member', 'u', 'n', 9, 1, 1)",
    ] {
        sql(&world, statement);
    }
    world.delete("/v1/iam/organizations/admin/zzorg").of("root").send().ok();
    let mut left = BTreeSet::new();
    for table in TABLES {
        let rows = sql(&world, &format!("SELECT * FROM {}", table.name));
        let text: String =
            rows.into_iter().map(|row| serde_json::Value::Object(row).to_string()).collect();
        if text.contains("zzorg") {
            left.insert(table.name);
        }
    }
    // The feed and the records of keys at the edges, which end by themselves.
    let stays = ["audit_entries", "publications", "revocations", "tombstones"];
    assert_eq!(left, BTreeSet::from(stays));
}
