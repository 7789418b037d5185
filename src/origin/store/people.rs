//! Pages of an organization's users, for lists of their sessions and grants. A page is bounded by
//! the users read, however few of them have any.

use serde::Deserialize;

use super::{
    query::Query,
    users::{self, Target},
};
use crate::ports::Statement;

/// The most rows that a page of people shows of what belongs to them.
pub const MAXIMUM_ROWS: i64 = 2000;

/// The users of a page.
#[derive(Debug, Clone, Copy)]
pub struct People<'a> {
    /// The organization.
    pub owner: &'a str,
    /// The selection of its users.
    pub which: Which<'a>,
    /// How many at most.
    pub limit: i64,
}

/// A selection of an organization's users.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// The one of that id.
    Id(&'a str),
    /// The one of that name.
    Name(&'a str),
    /// Those after that name.
    After(&'a str),
}

impl People<'_> {
    /// `WITH people (id, name) …`, which binds `?1` to `?3`.
    pub(super) fn with(&self, rest: &str) -> Statement {
        let (condition, value) = match self.which {
            Which::Id(id) => ("id = ?2 AND owner = ?1", id),
            Which::Name(name) => ("owner = ?1 AND name = ?2", name),
            Which::After(name) => ("owner = ?1 AND name > ?2", name),
        };
        let sql = format!(
            "WITH people (id, name) AS (SELECT id, name FROM users WHERE {condition} \
             ORDER BY name LIMIT ?3) {rest}"
        );
        Statement::new(sql).bind(self.owner).bind(value).bind(self.limit)
    }
}

/// The people of a page who have rows in `table`, and the name of the last one read if there may be
/// more.
pub(super) fn having(people: People<'_>, table: &str) -> Query<(Vec<Target>, Option<String>)> {
    #[derive(Deserialize)]
    struct Read {
        count: i64,
        last: Option<String>,
    }
    let owners = people.with(&users::targets(&format!(
        "id IN (SELECT id FROM people) \
         AND EXISTS (SELECT 1 FROM {table} WHERE {table}.user_id = users.id)"
    )));
    let read = people.with("SELECT count(*) AS count, max(name) AS last FROM people");
    let limit = people.limit;
    let last = Query::<Option<Read>>::first(read)
        .map(move |read| read.filter(|read| read.count >= limit).and_then(|read| read.last));
    users::all_targets(owners).and(last)
}
