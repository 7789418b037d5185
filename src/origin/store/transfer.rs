//! Values that an import restores in addition to those set by the API: ids, times and digests.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::query::Query;
use crate::ports::{self, Statement, json};

/// Columns of the objects with those names that meet the condition, by name: members named as in
/// `columns`, which are pairs of a member and its column. An object without any is left out.
pub fn columns(
    (table, condition): (&str, &str),
    columns: &[(&str, &str)],
    owner: &str,
    names: &[&str],
) -> Query<Vec<(String, Map<String, Value>)>> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
        #[serde(deserialize_with = "json")]
        columns: Map<String, Value>,
    }
    let members: Vec<String> =
        columns.iter().map(|(member, column)| format!("'{member}', {column}")).collect();
    let statement = Statement::new(format!(
        "SELECT name, json_object({}) AS columns FROM {table} \
         WHERE owner = ?1 AND name IN (SELECT value FROM json_each(?2)) AND {condition}",
        members.join(", ")
    ));
    let rows: Query<Vec<Named>> = Query::all(statement.bind(owner).bind(super::json_text(&names)));
    rows.map(|rows| rows.into_iter().map(|row| (row.name, row.columns)).collect())
}

/// Whether there is an object of that name and it has not been changed since it was created.
pub fn is_as_created(table: &str, owner: &str, name: &str) -> Query<bool> {
    #[derive(Deserialize)]
    struct Found {}
    let sql = format!("SELECT id FROM {table} WHERE owner = ?1 AND name = ?2 AND version = 0");
    let found: Query<Vec<Found>> = Query::all(Statement::new(sql).bind(owner).bind(name));
    found.map(|found| !found.is_empty())
}

/// Sets columns of the object of that id, of its attributes the restrictions, and returns its name. An id
/// that belonged to a person whose data were erased is not set.
pub fn restore(
    table: &str,
    owner: &str,
    id: &str,
    values: Vec<(&'static str, ports::Value)>,
) -> Statement {
    let mut statement = Statement::new("").bind(owner).bind(id);
    let mut set = Vec::new();
    let mut is_free = String::new();
    for (column, value) in values {
        statement = statement.bind(value);
        let number = statement.parameters.len();
        set.push(match column {
            "attributes" => format!(
                "attributes = json_patch(attributes, json_object('restrictions', json(?{number})))"
            ),
            column => format!("{column} = ?{number}"),
        });
        if (table, column) == ("users", "id") {
            is_free = format!(" AND NOT EXISTS (SELECT 1 FROM erasures WHERE user_id = ?{number})");
        }
    }
    let set = set.join(", ");
    // Every organization has the owner `admin`.
    let of_owner = if table == "organizations" { "'admin' = ?1" } else { "owner = ?1" };
    statement.sql =
        format!("UPDATE {table} SET {set} WHERE {of_owner} AND id = ?2{is_free} RETURNING name")
            .into();
    statement
}
