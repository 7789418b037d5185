//! Reads of resources: one by name, and pages by owner and name.

use super::{Record, Table, members};
use crate::{
    core::time::UnixTime,
    origin::store::{
        filter,
        keyset::{BY_NAME, Part},
        query::Query,
        sql::Sql,
    },
    ports::{Statement, Value},
};

/// A part of a list.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The organization; `None`: all of them.
    pub owner: Option<String>,
    /// The beginning of the name, or of the display name in any case. Only together with an owner.
    pub prefix: Option<String>,
    /// What else an entry must satisfy.
    pub filters: Vec<(By, Value)>,
    /// Which of them, by owner and name.
    pub part: Part,
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

/// How many entries all pages have together; of all organizations at most 10,000.
pub fn count<R: Record>(page: &Page) -> Query<i64> {
    conditions(page, Sql::default()).count(R::TABLE.name, page.owner.is_none())
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
    let fixed = usize::from(page.owner.is_some());
    let select = format!("SELECT {columns} FROM {}", table.name);
    conditions(page, sql).part(&select, BY_NAME, fixed, &page.part)
}

fn columns(table: &Table, sql: &mut Sql, now: UnixTime) -> String {
    let Table { name, computed, .. } = table;
    let members = table.members.map_or_else(String::new, |of| {
        let members = members::selected(name, &of, &sql.bind(now));
        format!(", {members} AS members")
    });
    format!("{name}.*{computed}{members}")
}

/// The conditions on every page, in a statement that has the values of `sql` already.
fn conditions(page: &Page, sql: Sql) -> filter::Filter {
    let mut conditions = filter::Filter::over(sql);
    if let Some(owner) = &page.owner {
        let expressions = ["name", "lower(display_name)"];
        conditions = conditions.is("owner", Some(owner)).begins(
            ("owner", owner),
            &expressions,
            page.prefix.as_deref(),
        );
    }
    for (by, value) in &page.filters {
        conditions = match by {
            By::Column(column) => conditions.is(column, Some(value.clone())),
            By::Condition(condition) => {
                conditions.holds(&condition.replace("{}", "?"), value.clone())
            }
        };
    }
    conditions
}
