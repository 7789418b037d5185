//! Reads of resources: one by name, and pages by owner and name.

use super::{Record, Sql, Table, members};
use crate::{
    core::time::UnixTime,
    origin::store::query::Query,
    ports::{Statement, Value},
};

/// A part of a list.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The organization; `None`: all of them.
    pub owner: Option<String>,
    /// Owner and name of the last entry of the page before.
    pub after: Option<(String, String)>,
    /// The beginning of the name, or of the display name in any case. Only together with an owner.
    pub prefix: Option<String>,
    /// What else an entry must satisfy.
    pub filters: Vec<(By, Value)>,
    /// How many entries.
    pub limit: i64,
    /// How many entries are left out before the first.
    pub offset: i64,
}

/// A parameter that a list may be filtered by.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// The name of the parameter.
    pub name: &'static str,
    /// What it says, for readers of the documentation.
    pub about: &'static str,
    /// Whether its value is `true` or `false`.
    pub is_flag: bool,
    /// The condition on a row.
    pub by: By,
}

/// What a list is filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A column that has the value.
    Column(&'static str),
    /// A condition on the row in which `{}` is the value.
    Condition(&'static str),
}

/// The entries of the page, by owner and name.
pub fn list<R: Record>(page: &Page, now: UnixTime) -> Query<Vec<R>> {
    Query::all(selected(R::TABLE, page, now))
}

/// How far the entries of all organizations are counted.
const COUNTED: i64 = 10_000;

/// How many entries all pages have together; of all organizations at most 10,000.
pub fn count<R: Record>(page: &Page) -> Query<i64> {
    #[derive(serde::Deserialize)]
    struct Count {
        count: i64,
    }
    let table = R::TABLE.name;
    let mut sql = Sql::default();
    let conditions = conditions(page, &mut sql);
    let text = if page.owner.is_some() {
        format!("SELECT count(*) AS count FROM {table}{conditions}")
    } else {
        let most = sql.bind(COUNTED);
        format!("SELECT count(*) AS count FROM (SELECT 1 FROM {table}{conditions} LIMIT {most})")
    };
    let count = Query::<Option<Count>>::first(sql.statement(text));
    count.map(|row| row.map_or(0, |row| row.count))
}

pub(super) fn find(table: &Table, owner: &str, name: &str, now: UnixTime) -> Statement {
    let mut sql = Sql::default();
    let columns = columns(table, &mut sql, now);
    let (owner, name) = (sql.bind(owner), sql.bind(name));
    let text =
        format!("SELECT {columns} FROM {} WHERE owner = {owner} AND name = {name}", table.name);
    sql.statement(text)
}

fn selected(table: &Table, page: &Page, now: UnixTime) -> Statement {
    let mut sql = Sql::default();
    let columns = columns(table, &mut sql, now);
    let mut conditions = conditions(page, &mut sql);
    if let Some((owner, name)) = &page.after {
        let after = match &page.owner {
            // The index continues at the name: its first column is fixed.
            Some(_) => format!("name > {}", sql.bind(name)),
            None => format!("(owner, name) > ({}, {})", sql.bind(owner), sql.bind(name)),
        };
        conditions.push_str(if conditions.is_empty() { " WHERE " } else { " AND " });
        conditions.push_str(&after);
    }
    let (limit, offset) = (sql.bind(page.limit), sql.bind(page.offset));
    let table = table.name;
    sql.statement(format!(
        "SELECT {columns} FROM {table}{conditions} ORDER BY owner, name LIMIT {limit} OFFSET {offset}"
    ))
}

fn columns(table: &Table, sql: &mut Sql, now: UnixTime) -> String {
    let Table { name, computed, .. } = table;
    let members = table.members.map_or_else(String::new, |of| {
        let members = members::selected(name, &of, &sql.bind(now));
        format!(", {members} AS members")
    });
    format!("{name}.*{computed}{members}")
}

/// The conditions on every page, with ` WHERE `, or nothing.
fn conditions(page: &Page, sql: &mut Sql) -> String {
    let mut conditions = Vec::new();
    if let Some(owner) = &page.owner {
        let owner = sql.bind(owner);
        conditions.push(format!("owner = {owner}"));
        if let Some(prefix) = page.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            let name = starts_with("name", prefix, sql);
            let display = starts_with("lower(display_name)", &prefix.to_ascii_lowercase(), sql);
            // The owner again in each branch: either is a range of an index.
            conditions
                .push(format!("((owner = {owner} AND {name}) OR (owner = {owner} AND {display}))"));
        }
    }
    for (by, value) in &page.filters {
        let value = sql.bind(value.clone());
        conditions.push(match by {
            By::Column(column) => format!("{column} = {value}"),
            By::Condition(condition) => condition.replace("{}", &value),
        });
    }
    if conditions.is_empty() {
        return String::new();
    }
    format!(" WHERE {}", conditions.join(" AND "))
}

/// The condition that the text of `expression` begins with `prefix`, as a range. No text has a
/// greater character than U+10FFFF after the prefix.
pub(in crate::origin::store) fn starts_with(
    expression: &str,
    prefix: &str,
    sql: &mut Sql,
) -> String {
    let (from, to) = (sql.bind(prefix), sql.bind(format!("{prefix}\u{10ffff}")));
    format!("{expression} >= {from} AND {expression} < {to}")
}
