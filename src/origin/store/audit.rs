//! The audit trail: entries are appended and sealed, never changed.

use serde::Deserialize;

use super::query::Query;
use crate::{
    core::{audit::Entry, time::UnixTime},
    ports::{Statement, Value},
};

/// The id of the organization `?1`, also of one that was; empty if there is none.
const CONCERNED: &str = "coalesce((SELECT id FROM organizations WHERE name = ?1), \
     (SELECT id FROM tombstones WHERE name = ?1), '')";

/// An entry that is to be appended.
#[derive(Debug, Clone, Copy)]
pub struct NewEntry<'a> {
    /// The name of the organization.
    pub owner: &'a str,
    /// The operation id, or the name of a job.
    pub action: &'a str,
    /// The kind of the object.
    pub kind: &'a str,
    /// The name of the object.
    pub name: &'a str,
    /// The caller's subject; empty for a job.
    pub actor: &'a str,
    /// The text of a [`Record`](crate::core::audit::Record).
    pub record: &'a str,
    /// Now.
    pub now: UnixTime,
}

/// Appends an entry to the trail of its organization, also of one that the same transaction deletes.
/// With `if_changed`: only if the statement before it in the batch has changed a row. Returns the number.
pub fn append(entry: &NewEntry<'_>, if_changed: bool) -> Statement {
    let condition = if if_changed { " WHERE changes() > 0" } else { "" };
    Statement::new(format!(
        "INSERT INTO audit_entries (organization_id, number, owner, action, kind, name, actor, \
         record, recorded_at) \
         SELECT id, 1 + coalesce((SELECT max(number) FROM audit_entries \
         WHERE organization_id = concerned.id), 0), ?1, ?2, ?3, ?4, ?5, ?6, ?7 \
         FROM (SELECT {CONCERNED} AS id) AS concerned{condition} RETURNING number"
    ))
    .bind(entry.owner)
    .bind(entry.action)
    .bind(entry.kind)
    .bind(entry.name)
    .bind(entry.actor)
    .bind(entry.record)
    .bind(entry.now)
}

/// Organizations whose last entry is not sealed, by id, at most `limit`.
pub fn unsealed(limit: i64) -> Query<Vec<String>> {
    #[derive(Deserialize)]
    struct Unsealed {
        id: String,
    }
    let statement = Statement::new(
        "SELECT id FROM (SELECT id FROM organizations UNION ALL SELECT id FROM tombstones \
         UNION ALL SELECT '' AS id) AS known WHERE EXISTS (SELECT 1 FROM audit_entries \
         WHERE organization_id = known.id AND hash IS NULL AND number = \
         (SELECT max(number) FROM audit_entries WHERE organization_id = known.id)) LIMIT ?1",
    );
    Query::<Vec<Unsealed>>::all(statement.bind(limit))
        .map(|found| found.into_iter().map(|unsealed| unsealed.id).collect())
}

/// The last sealed entry of an organization.
pub fn last_sealed(organization_id: &str) -> Query<Option<Entry>> {
    Query::first(
        Statement::new(
            "SELECT * FROM audit_entries WHERE organization_id = ?1 AND hash IS NOT NULL \
             ORDER BY number DESC LIMIT 1",
        )
        .bind(organization_id),
    )
}

/// The entries of an organization after the last sealed one, at most `limit`, by number.
pub fn after_last_sealed(organization_id: &str, limit: i64) -> Query<Vec<Entry>> {
    Query::all(
        Statement::new(
            "SELECT * FROM audit_entries WHERE organization_id = ?1 AND number > coalesce(\
             (SELECT number FROM audit_entries WHERE organization_id = ?1 AND hash IS NOT NULL \
             ORDER BY number DESC LIMIT 1), 0) ORDER BY number LIMIT ?2",
        )
        .bind(organization_id)
        .bind(limit),
    )
}

/// Seals entries of an organization: their numbers and hashes.
pub fn seal(organization_id: &str, hashes: &[(i64, String)]) -> Statement {
    // Materialized, or SQLite reads the list once for each entry of the organization.
    Statement::new(
        "WITH sealed AS MATERIALIZED (SELECT ?1 AS organization_id, value ->> 0 AS number, \
         value ->> 1 AS hash FROM json_each(?2)) \
         UPDATE audit_entries SET hash = sealed.hash FROM sealed \
         WHERE audit_entries.organization_id = sealed.organization_id \
         AND audit_entries.number = sealed.number AND audit_entries.hash IS NULL",
    )
    .bind(organization_id)
    .bind(super::json_text(&hashes))
}

/// The id by which the trail of the organization of that name is found.
pub fn organization_id(owner: &str) -> Query<String> {
    #[derive(Deserialize)]
    struct Concerned {
        id: String,
    }
    let statement = Statement::new(format!("SELECT {CONCERNED} AS id"));
    Query::<Option<Concerned>>::first(statement.bind(owner))
        .map(|found| found.map(|concerned| concerned.id).unwrap_or_default())
}

/// Which entries of the organization `owner` are listed.
#[derive(Debug, Clone, Default)]
pub struct Selection<'a> {
    /// The name of the organization.
    pub owner: &'a str,
    /// Only entries with a lower number.
    pub before: Option<i64>,
    /// How many entries are left out before the first.
    pub skipped: i64,
    /// Only entries of that operation.
    pub action: Option<&'a str>,
    /// Only entries of that caller.
    pub actor: Option<&'a str>,
    /// Only entries about objects of that kind.
    pub kind: Option<&'a str>,
    /// Only entries about objects of that name.
    pub name: Option<&'a str>,
    /// Only entries appended at or after.
    pub since: Option<UnixTime>,
    /// Only entries appended at or before.
    pub until: Option<UnixTime>,
}

/// The most entries that one list looks at.
pub const WINDOW: i64 = 10_000;

/// The selected entries, the latest first, at most `limit`, among the [`WINDOW`] entries from
/// `before` on.
pub fn list(selection: &Selection<'_>, limit: i64) -> Query<Vec<Entry>> {
    let end = format!(
        "(coalesce(?3, (SELECT max(number) + 1 FROM audit_entries WHERE organization_id = {CONCERNED})) - ?4)"
    );
    let filters: [(&str, Option<Value>); 6] = [
        ("action =", selection.action.map(Value::from)),
        ("actor =", selection.actor.map(Value::from)),
        ("kind =", selection.kind.map(Value::from)),
        ("name =", selection.name.map(Value::from)),
        ("recorded_at >=", selection.since.map(Value::from)),
        ("recorded_at <=", selection.until.map(Value::from)),
    ];
    let mut parameters = vec![
        selection.owner.into(),
        limit.into(),
        selection.before.into(),
        selection.skipped.into(),
    ];
    let mut conditions =
        format!("organization_id = {CONCERNED} AND number < {end} AND number >= {end} - {WINDOW}");
    for (condition, value) in filters {
        if let Some(value) = value {
            parameters.push(value);
            conditions = format!("{conditions} AND {condition} ?{}", parameters.len());
        }
    }
    let sql =
        format!("SELECT * FROM audit_entries WHERE {conditions} ORDER BY number DESC LIMIT ?2");
    Query::all(Statement { sql: sql.into(), parameters })
}

/// The number of entries of the organization `owner`.
pub fn count(owner: &str) -> Query<i64> {
    #[derive(Deserialize)]
    struct Count {
        number: Option<i64>,
    }
    let sql = format!(
        "SELECT max(number) AS number FROM audit_entries WHERE organization_id = {CONCERNED}"
    );
    Query::<Option<Count>>::first(Statement::new(sql).bind(owner))
        .map(|row| row.and_then(|row| row.number).unwrap_or(0))
}

/// The entry of that number in the trail of the organization `owner`.
pub fn find(owner: &str, number: i64) -> Query<Option<Entry>> {
    let sql =
        format!("SELECT * FROM audit_entries WHERE organization_id = {CONCERNED} AND number = ?2");
    Query::first(Statement::new(sql).bind(owner).bind(number))
}

/// Sealed entries of the organization `owner` from `number` on, by number, at most `limit`.
pub fn sealed_from(owner: &str, number: i64, limit: i64) -> Query<Vec<Entry>> {
    let sql = format!(
        "SELECT * FROM audit_entries WHERE organization_id = {CONCERNED} AND number >= ?2 AND hash IS NOT NULL \
         ORDER BY number LIMIT ?3"
    );
    Query::all(Statement::new(sql).bind(owner).bind(number).bind(limit))
}
