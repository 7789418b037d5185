//! Writes of resources. Each is conditional on the version read, the quota, and the record's guards
//! ([`Stored::guards`]). [`diagnose`] explains a write that changes nothing.

use super::{Meta, Record, Stored, Table, members};
use crate::{
    origin::store::{json_text, query::Query, sql::Sql},
    ports::{Row, Statement},
};

/// The most members that all rows of a table have together in one organization.
const MAXIMUM_MEMBERS: i64 = 20_000;

/// A condition under which a state may be stored.
#[derive(Debug, Clone)]
pub struct Guard {
    /// The condition.
    pub condition: String,
    /// What the client is told if it does not hold.
    pub refusal: &'static str,
}

/// Stores a new resource with its members, and returns its id, unless the organization has as many as
/// its quota allows (`quota`, if it has none of its own). The id is returned by the first statement.
pub fn insert(record: &dyn Stored, quota: u32) -> Vec<Statement> {
    let table = record.table();
    let Meta { id, owner, name, display_name, attributes, created_at, updated_at, .. } =
        record.meta();
    let mut sql = Sql::default();
    let mut values = vec![
        sql.bind(id),
        sql.bind(owner),
        sql.bind(name),
        sql.bind(display_name),
        sql.bind(json_text(attributes)),
        sql.bind(*created_at),
        sql.bind(*updated_at),
    ];
    values.extend(record.values().into_iter().map(|value| sql.bind(value)));
    let mut columns =
        vec!["id", "owner", "name", "display_name", "attributes", "created_at", "updated_at"];
    columns.extend(table.columns);
    if table.members.is_some() {
        columns.push("member_count");
        values.push(sql.bind(count(record)));
    }
    let quota = sql.bind(i64::from(quota));
    let room = has_room(table.name, "?2", &quota);
    let guards = guards(record, &mut sql);
    let conditions: Vec<_> = guards.into_iter().map(|guard| guard.condition).collect();
    let conditions = [vec![room], conditions].concat().join(" AND ");
    let mut statements = vec![sql.statement(format!(
        "INSERT INTO {} ({}) SELECT {} WHERE {conditions} RETURNING id",
        table.name,
        columns.join(", "),
        values.join(", "),
    ))];
    if let Some(of) = &table.members
        && !record.members().is_empty()
    {
        let [_, added] = members::replace(record, of, &|sql: &mut Sql| {
            format!("EXISTS (SELECT 1 FROM {} WHERE id = {})", table.name, sql.bind(id))
        });
        statements.push(added);
    }
    statements
}

/// Stores what has changed since the version of `record` was read, the members too if
/// `with_members`. The last statement returns the id, unless a condition does not hold; then none of
/// them changes anything.
pub fn update(record: &dyn Stored, with_members: bool) -> Vec<Statement> {
    let table = record.table();
    let meta = record.meta();
    let mut statements = Vec::new();
    if let Some(of) = table.members.filter(|_| with_members) {
        // Before the row itself, whose version then still is the one that was read.
        statements.extend(members::replace(record, &of, &|sql: &mut Sql| {
            let (id, owner, version) =
                (sql.bind(&meta.id), sql.bind(&meta.owner), sql.bind(meta.version));
            let guards = and(&guards(record, sql));
            format!(
                "EXISTS (SELECT 1 FROM {} WHERE id = {id} AND owner = {owner} \
                 AND version = {version}{guards})",
                table.name
            )
        }));
    }
    let mut sql = Sql::default();
    let (id, owner, version) = (sql.bind(&meta.id), sql.bind(&meta.owner), sql.bind(meta.version));
    let mut set = vec![
        format!("display_name = {}", sql.bind(&meta.display_name)),
        format!("attributes = {}", sql.bind(json_text(&meta.attributes))),
        format!("updated_at = {}", sql.bind(meta.updated_at)),
    ];
    let own = table.columns.iter().zip(record.values());
    set.extend(own.map(|(column, value)| format!("{column} = {}", sql.bind(value))));
    if table.members.is_some() && with_members {
        set.push(format!("member_count = {}", sql.bind(count(record))));
    }
    let guards = and(&guards(record, &mut sql));
    statements.push(sql.statement(format!(
        "UPDATE {} SET {}, version = version + 1 \
         WHERE id = {id} AND owner = {owner} AND version = {version}{guards} RETURNING id",
        table.name,
        set.join(", "),
    )));
    statements
}

/// Records of which `columns`, as SQL, contain a text that is sealed under the root key of `head`, at
/// most `limit`.
pub fn sealed_under<R: Record>(columns: &str, head: &str, limit: i64) -> Query<Vec<R>> {
    let sql = format!("SELECT * FROM {} WHERE instr({columns}, ?1) > 0 LIMIT ?2", R::TABLE.name);
    Query::all(Statement::new(sql).bind(head).bind(limit))
}

/// Stores the own columns of a record that has not changed since it was read, as the same version.
pub fn rewritten(record: &dyn Stored) -> Statement {
    let (table, meta) = (record.table(), record.meta());
    let mut sql = Sql::default();
    let (id, owner, version) = (sql.bind(&meta.id), sql.bind(&meta.owner), sql.bind(meta.version));
    let own = table.columns.iter().zip(record.values());
    let set: Vec<_> =
        own.map(|(column, value)| format!("{column} = {}", sql.bind(value))).collect();
    sql.statement(format!(
        "UPDATE {} SET {} WHERE id = {id} AND owner = {owner} AND version = {version}",
        table.name,
        set.join(", "),
    ))
}

/// Deletes a resource, if it still has the version that was read and nothing keeps it. The first
/// statement returns the id if it did.
pub fn delete(record: &dyn Stored) -> Vec<Statement> {
    let table = record.table();
    let meta = record.meta();
    let mut sql = Sql::default();
    let (id, owner, version) = (sql.bind(&meta.id), sql.bind(&meta.owner), sql.bind(meta.version));
    let free = is_free(table, &id);
    let deleted = sql.statement(format!(
        "DELETE FROM {} WHERE id = {id} AND owner = {owner} AND version = {version} AND {free} \
         RETURNING id",
        table.name
    ));
    vec![deleted]
}

/// Why a write of `record` changed nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The row is gone or has another version.
    Stale,
    /// The organization has as many as its quota allows.
    Quota,
    /// A guard does not hold.
    Guard(&'static str),
}

/// Looks up why a write of `record` changed nothing. `quota`: it was an insertion.
pub fn diagnose(record: &dyn Stored, quota: Option<u32>) -> Query<Obstacle> {
    let table = record.table();
    let meta = record.meta();
    let mut sql = Sql::default();
    let (id, owner, version) = (sql.bind(&meta.id), sql.bind(&meta.owner), sql.bind(meta.version));
    let first = match quota {
        Some(quota) => {
            let quota = sql.bind(i64::from(quota));
            has_room(table.name, &owner, &quota)
        }
        None => format!(
            "EXISTS (SELECT 1 FROM {} WHERE id = {id} AND owner = {owner} AND version = {version})",
            table.name
        ),
    };
    let guards = guards(record, &mut sql);
    let mut columns = vec![format!("{first} AS first")];
    columns.extend(
        guards.iter().enumerate().map(|(at, guard)| format!("({}) AS guard{at}", guard.condition)),
    );
    let statement = sql.statement(format!("SELECT {}", columns.join(", ")));
    let missing = if quota.is_some() { Obstacle::Quota } else { Obstacle::Stale };
    Query::rows(statement, move |rows| {
        let row = rows.into_iter().next().unwrap_or_else(|| Row(serde_json::Map::new()));
        if !row.is_set("first") {
            return Ok(missing);
        }
        let failed = guards.iter().enumerate().find(|(at, _)| !row.is_set(&format!("guard{at}")));
        Ok(failed.map_or(Obstacle::Stale, |(_, guard)| Obstacle::Guard(guard.refusal)))
    })
}

/// Looks up why `record` was not deleted.
pub fn why_kept(record: &dyn Stored) -> Query<Obstacle> {
    let table = record.table();
    let meta = record.meta();
    let mut sql = Sql::default();
    let (id, owner, version) = (sql.bind(&meta.id), sql.bind(&meta.owner), sql.bind(meta.version));
    let free = is_free(table, &id);
    let statement = sql.statement(format!(
        "SELECT {free} AS free FROM {} WHERE id = {id} AND owner = {owner} AND version = {version}",
        table.name
    ));
    let kept_by = table.kept_by;
    Query::rows(statement, move |rows| {
        let kept_by = kept_by.filter(|_| rows.first().is_some_and(|row| !row.is_set("free")));
        Ok(kept_by.map_or(Obstacle::Stale, |kept_by| Obstacle::Guard(kept_by.refusal)))
    })
}

/// The condition that the organization may have one more row: fewer than `quota`, or than its own
/// record says.
fn has_room(table: &str, owner: &str, quota: &str) -> String {
    format!(
        "(SELECT count(*) FROM {table} WHERE owner = {owner}) < coalesce((SELECT \
         json_extract(attributes, '$.quotas.{table}') FROM organizations WHERE name = {owner}), {quota})"
    )
}

fn is_free(table: &Table, id: &str) -> String {
    table.kept_by.map_or_else(
        || "1".to_owned(),
        |kept_by| format!("NOT EXISTS ({})", kept_by.select.replace("{id}", id)),
    )
}

/// The conditions, each after ` AND `.
fn and(guards: &[Guard]) -> String {
    guards.iter().flat_map(|guard| [" AND ", guard.condition.as_str()]).collect()
}

fn count(record: &dyn Stored) -> i64 {
    i64::try_from(record.members().len()).unwrap_or(i64::MAX)
}

fn guards(record: &dyn Stored, sql: &mut Sql) -> Vec<Guard> {
    let table = record.table();
    let mut guards = record.guards(sql);
    if table.members.is_some() && !record.members().is_empty() {
        let meta = record.meta();
        let (id, owner) = (sql.bind(&meta.id), sql.bind(&meta.owner));
        let (own, most) = (sql.bind(count(record)), sql.bind(MAXIMUM_MEMBERS));
        guards.push(Guard {
            condition: format!(
                "(SELECT total(member_count) FROM {} WHERE owner = {owner} AND id <> {id}) + {own} \
                 <= {most}",
                table.name
            ),
            refusal: "the organization has as many members of these as it may have",
        });
    }
    guards
}
