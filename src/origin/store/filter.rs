//! The conditions of a list, built from request filters. An absent filter is omitted from the
//! statement, because `?1 IS NULL OR column = ?1` cannot use an index.

use serde::Deserialize;

use super::{
    keyset::{Order, Part},
    query::Query,
    sql::{Sql, starts_with},
};
use crate::ports::{Statement, Value};

/// How far rows are counted whose number has no other bound.
const COUNTED: i64 = 10_000;

/// Conditions that all hold, with their values.
#[derive(Debug, Default)]
pub(super) struct Filter {
    conditions: Vec<String>,
    sql: Sql,
}

impl Filter {
    /// No condition yet, in a statement that has the values of `sql` already.
    pub(super) const fn over(sql: Sql) -> Self {
        Self { conditions: Vec::new(), sql }
    }

    /// `column = value`, if a value is given.
    pub(super) fn is(self, column: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.holds(&format!("{column} = ?"), value),
            None => self,
        }
    }

    /// `condition`, in which `?` stands for `value`.
    pub(super) fn holds(mut self, condition: &str, value: impl Into<Value>) -> Self {
        let parameter = self.sql.bind(value);
        self.conditions.push(condition.replace('?', &parameter));
        self
    }

    /// `condition`, which has no value.
    pub(super) fn also(mut self, condition: &str) -> Self {
        self.conditions.push(condition.to_owned());
        self
    }

    /// The rows of `owner` of which one of the expressions begins with `prefix`: as it is stored, or,
    /// if it is in lower case, in any case. Each is a range of an index that begins with the owner.
    pub(super) fn begins(
        mut self,
        owner: (&str, &str),
        expressions: &[&str],
        prefix: Option<&str>,
    ) -> Self {
        let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) else { return self };
        let (column, owner) = (owner.0, self.sql.bind(owner.1));
        let branch = |expression: &&str| {
            let folded = expression.starts_with("lower(");
            let prefix = if folded { prefix.to_ascii_lowercase() } else { prefix.to_owned() };
            let begins = starts_with(expression, &prefix, &mut self.sql);
            format!("({column} = {owner} AND {begins})")
        };
        let branches: Vec<_> = expressions.iter().map(branch).collect();
        self.conditions.push(format!("({})", branches.join(" OR ")));
        self
    }

    /// `{select} WHERE …`
    pub(super) fn statement(self, select: &str) -> Statement {
        let text = format!("{select}{}", self.conditions());
        self.sql.statement(text)
    }

    /// The conditions after ` WHERE `, or nothing.
    fn conditions(&self) -> String {
        if self.conditions.is_empty() {
            return String::new();
        }
        format!(" WHERE {}", self.conditions.join(" AND "))
    }

    /// How many rows of `table` satisfy the conditions; if `bounded`, at most 10,000.
    pub(super) fn count(mut self, table: &str, bounded: bool) -> Query<i64> {
        #[derive(Deserialize)]
        struct Count {
            count: i64,
        }
        let conditions = self.conditions();
        let text = if bounded {
            let most = self.sql.bind(COUNTED);
            format!(
                "SELECT count(*) AS count FROM (SELECT 1 FROM {table}{conditions} LIMIT {most})"
            )
        } else {
            format!("SELECT count(*) AS count FROM {table}{conditions}")
        };
        let count = Query::<Option<Count>>::first(self.sql.statement(text));
        count.map(|row| row.map_or(0, |row| row.count))
    }

    /// The part of the list `{select} WHERE …` in that order. The first `fixed` columns of the order
    /// have one value each, by the conditions.
    pub(super) fn part(
        mut self,
        select: &str,
        order: Order,
        fixed: usize,
        part: &Part,
    ) -> Statement {
        let Order { columns, descends, .. } = order;
        let direction = if descends { " DESC" } else { "" };
        let free = columns.get(fixed..).unwrap_or_default();
        if let Some(after) = &part.after {
            let values = after.iter().skip(fixed).map(|value| self.sql.bind(value.clone()));
            let values: Vec<_> = values.collect();
            let beyond = if descends { "<" } else { ">" };
            // A single column without parentheses: SQLite compares it as it is.
            self.conditions.push(match (free, values.as_slice()) {
                ([column], [value]) => format!("{column} {beyond} {value}"),
                _ => format!("({}) {beyond} ({})", free.join(", "), values.join(", ")),
            });
        }
        let by: Vec<_> = columns.iter().map(|column| format!("{column}{direction}")).collect();
        let (conditions, by) = (self.conditions(), by.join(", "));
        let (limit, offset) = (self.sql.bind(part.limit), self.sql.bind(part.offset));
        self.sql
            .statement(format!("{select}{conditions} ORDER BY {by} LIMIT {limit} OFFSET {offset}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_filter_is_no_part_of_the_statement() {
        let none = Filter::default().is("owner", None::<&str>).statement("SELECT 1 FROM t");
        assert_eq!((&*none.sql, none.parameters.len()), ("SELECT 1 FROM t", 0));
        let both = Filter::default().is("owner", Some("a")).also("x").is("name", Some("b"));
        let both = both.statement("SELECT 1 FROM t");
        assert_eq!(both.sql, "SELECT 1 FROM t WHERE owner = ?1 AND x AND name = ?2");
    }

    #[test]
    fn a_part_begins_after_the_last_entry_of_the_one_before() {
        const NEWEST: Order = Order { name: "-t", columns: &["owner", "t", "id"], descends: true };
        let after = Some(vec!["a".into(), 5.into(), "x".into()]);
        let part = Part { after, limit: 3, offset: 0 };
        let filter = || Filter::default().is("owner", Some("a"));
        assert_eq!(
            filter().part("SELECT 1 FROM t", NEWEST, 1, &part).sql,
            "SELECT 1 FROM t WHERE owner = ?1 AND (t, id) < (?2, ?3) \
             ORDER BY owner DESC, t DESC, id DESC LIMIT ?4 OFFSET ?5"
        );
        let names = Order { name: "name", columns: &["owner", "name"], descends: false };
        let part = Part { after: Some(vec!["a".into(), "b".into()]), ..part };
        assert_eq!(
            filter().part("SELECT 1 FROM t", names, 1, &part).sql,
            "SELECT 1 FROM t WHERE owner = ?1 AND name > ?2 ORDER BY owner, name LIMIT ?3 OFFSET ?4"
        );
    }
}
