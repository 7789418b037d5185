//! Rows copied to every database, and the propagation of their changes.
//!
//! Triggers record a change in `relays`, in its own transaction (migration 0021). Rows are copied
//! as a whole: a column added by a later migration needs no change here.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{query::Query, revocations::Entry};
use crate::{
    core::{revocation::Sequence, time::UnixTime},
    ports::{Row, Statement},
};

/// A table that each database has a copy of.
#[derive(Debug, Clone, Copy)]
struct Table {
    name: &'static str,
    /// What a relay names: one row, or for `are_replaced` the rows of one thing.
    key: &'static str,
    /// What an update depends on; `None`: a row never changes.
    newer: Option<&'static str>,
    /// Whether the rows that a relay names take the place of all earlier ones.
    are_replaced: bool,
}

/// In the order in which rows refer to each other.
const TABLES: [Table; 6] = [
    table("organizations", "id", Some("excluded.version > organizations.version")),
    table("tombstones", "name", None),
    table("applications", "id", Some("excluded.version > applications.version")),
    Table { are_replaced: true, ..table("client_secrets", "application_id", None) },
    table("signing_keys", "kid", Some("true")),
    table("token_horizon", "id", Some("excluded.until > token_horizon.until")),
];

const fn table(name: &'static str, key: &'static str, newer: Option<&'static str>) -> Table {
    Table { name, key, newer, are_replaced: false }
}

/// The tables that each database has a copy of.
pub fn copied() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.name)
}

/// A change that the other databases have to learn.
#[derive(Debug, Clone, Deserialize)]
pub struct Relay {
    /// Its number.
    pub seq: i64,
    /// The table.
    pub kind: String,
    /// The key of the row, as text.
    pub id: String,
}

fn number(database: usize) -> i64 {
    i64::try_from(database).unwrap_or(i64::MAX)
}

/// What the database `target` has not learned yet, in order.
pub fn due(target: usize, limit: i64) -> Query<Vec<Relay>> {
    let statement = Statement::new(
        "SELECT seq, kind, id FROM relays \
         WHERE seq > coalesce((SELECT seq FROM relayed WHERE number = ?1), 0) \
         ORDER BY seq LIMIT ?2",
    );
    Query::all(statement.bind(number(target)).bind(limit))
}

/// Notes that `target` has learned everything up to `seq`.
pub fn reached(target: usize, seq: i64) -> Statement {
    Statement::new(
        "INSERT INTO relayed (number, seq) VALUES (?1, ?2) \
         ON CONFLICT (number) DO UPDATE SET seq = max(seq, excluded.seq)",
    )
    .bind(number(target))
    .bind(seq)
}

/// Removes what all of `others` databases have learned.
pub fn purge(others: usize) -> Statement {
    Statement::new(
        "DELETE FROM relays WHERE seq <= (SELECT min(seq) FROM relayed) \
         AND (SELECT count(*) FROM relayed) >= ?1",
    )
    .bind(number(others))
}

/// The present rows of a batch of relays.
#[derive(Debug)]
pub struct Present {
    rows: Vec<(Table, Vec<String>, Vec<Row>)>,
    entries: Vec<Entry>,
}

/// Reads the rows that the relays name, as they are now.
pub fn present(relays: &[Relay]) -> Query<Present> {
    let mut ids: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for relay in relays {
        ids.entry(relay.kind.as_str()).or_default().push(relay.id.clone());
    }
    let of_table = |table: Table| {
        let ids = ids.get(table.name).cloned().unwrap_or_default();
        if ids.is_empty() {
            return Query::ready((table, ids, Vec::new()));
        }
        let (name, key) = (table.name, table.key);
        let sql = format!("SELECT * FROM {name} WHERE {key} IN (SELECT value FROM json_each(?1))");
        let statement = Statement::new(sql).bind(super::json_text(&ids));
        Query::rows(statement, move |rows| Ok((table, ids, rows)))
    };
    let numbers: Vec<i64> = ids
        .get("revocations")
        .map(|ids| ids.iter().filter_map(|id| id.parse().ok()).collect())
        .unwrap_or_default();
    let entries = if numbers.is_empty() {
        Query::ready(Vec::new())
    } else {
        Query::all(
            Statement::new(
                "SELECT seq, kind, id, until, cause FROM revocations \
                 WHERE seq IN (SELECT value FROM json_each(?1)) ORDER BY seq",
            )
            .bind(super::json_text(&numbers)),
        )
    };
    Query::list(TABLES.into_iter().map(of_table))
        .and(entries)
        .map(|(rows, entries)| Present { rows, entries })
}

impl Present {
    /// The statements that give another database the same rows and revocations. Those that append to its
    /// feed return their entries.
    pub fn applied(&self, now: UnixTime) -> Vec<Statement> {
        let mut statements = vec![applying(true)];
        for (table, ids, rows) in &self.rows {
            if table.are_replaced && !rows.is_empty() {
                statements.push(removed(*table, &ids.iter().collect::<Vec<_>>()));
            }
            statements.extend(upsert(*table, rows));
        }
        for (table, ids, rows) in self.rows.iter().rev() {
            let key = |row: &Row| row.0.get(table.key).map(text);
            let known: Vec<String> = rows.iter().filter_map(key).collect();
            let gone: Vec<&String> = ids.iter().filter(|id| !known.contains(id)).collect();
            if !gone.is_empty() {
                statements.push(removed(*table, &gone));
            }
        }
        for entry in &self.entries {
            let insert = Statement::new(
                "INSERT INTO revocations (kind, id, until, cause, recorded_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5) RETURNING seq, kind, id, until, cause",
            );
            statements.push(
                insert
                    .bind(&entry.kind)
                    .bind(&entry.id)
                    .bind(entry.until)
                    .bind(&entry.cause)
                    .bind(now),
            );
        }
        statements.push(applying(false));
        statements
    }
}

fn removed(Table { name, key, .. }: Table, ids: &[&String]) -> Statement {
    let sql = format!("DELETE FROM {name} WHERE {key} IN (SELECT value FROM json_each(?1))");
    Statement::new(sql).bind(super::json_text(&ids))
}

/// A key as text.
fn text(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether the triggers take the next statements of the transaction for changes of this database.
pub fn applying(is_applying: bool) -> Statement {
    Statement::new("UPDATE topology SET is_applying = ?1").bind(is_applying)
}

/// Inserts rows that another database has, with the columns of the first; `conflict` is the clause for those
/// that exist. `None` if there is none.
pub fn inserted(table: &str, rows: &[Row], conflict: &str) -> Option<Statement> {
    let columns: Vec<&String> = rows.first()?.0.keys().collect();
    let list = |each: fn(&str) -> String| {
        columns.iter().map(|column| each(column)).collect::<Vec<_>>().join(", ")
    };
    let names = list(|column| format!("\"{column}\""));
    let values = list(|column| format!("json_extract(value, '$.{column}')"));
    let rows: Vec<_> = rows.iter().map(|row| &row.0).collect();
    let sql = format!(
        "INSERT INTO {table} ({names}) SELECT {values} FROM json_each(?1) WHERE true {conflict}"
    );
    Some(Statement::new(sql).bind(super::json_text(&rows)))
}

fn upsert(table: Table, rows: &[Row]) -> Option<Statement> {
    let Table { key, newer, .. } = table;
    let conflict = match (newer, rows.first()) {
        (Some(newer), Some(row)) => {
            let others = row.0.keys().filter(|column| *column != key);
            let set: Vec<String> =
                others.map(|column| format!("\"{column}\" = excluded.\"{column}\"")).collect();
            format!("ON CONFLICT ({key}) DO UPDATE SET {} WHERE {newer}", set.join(", "))
        }
        _ => "ON CONFLICT DO NOTHING".to_owned(),
    };
    inserted(table.name, rows, &conflict)
}

/// The number that a database was given; `None`: it is not used as one of several yet.
pub fn topology() -> Query<Option<usize>> {
    #[derive(Deserialize)]
    struct Topology {
        number: usize,
    }
    let statement = Statement::new("SELECT number FROM topology WHERE is_several");
    Query::<Option<Topology>>::first(statement).map(|row| row.map(|row| row.number))
}

/// Makes a database one of several: its feed begins at the first number of the database.
pub fn prepare(database: usize, now: UnixTime) -> Vec<Statement> {
    let first = i64::try_from(Sequence::first_of(0, database).0).unwrap_or(i64::MAX);
    let begin = Statement::new(
        "INSERT INTO revocations (seq, kind, id, until, recorded_at) \
         SELECT ?1, 'database', ?1, ?2, ?3 WHERE ?1 > 0 \
         AND NOT EXISTS (SELECT 1 FROM revocations WHERE seq >= ?1)",
    );
    vec![
        Statement::new("UPDATE topology SET number = ?1, is_several = 1").bind(number(database)),
        begin.bind(first).bind(crate::core::revocation::NEVER).bind(now),
    ]
}

/// Has everything that each database has a copy of relayed once more, to a database that is new.
pub fn everything() -> Vec<Statement> {
    let relay = |table: Table| {
        let Table { name, key, .. } = table;
        let sql =
            format!("INSERT INTO relays (kind, id) SELECT DISTINCT '{name}', {key} FROM {name}");
        Statement::new(sql)
    };
    TABLES.into_iter().map(relay).collect()
}
