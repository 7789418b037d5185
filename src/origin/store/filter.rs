//! The conditions of a list, from the filters that a request gives.
//!
//! A filter that is absent is no part of the statement: `?1 IS NULL OR column = ?1` cannot be searched
//! by an index.

use crate::ports::{Statement, Value};

/// Conditions that all hold, with their values.
#[derive(Debug, Default)]
pub(super) struct Filter {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Filter {
    /// `column = value`, if a value is given.
    pub(super) fn is(self, column: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.holds(&format!("{column} = ?"), value),
            None => self,
        }
    }

    /// `condition`, in which `?` stands for `value`.
    pub(super) fn holds(mut self, condition: &str, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        let parameter = format!("?{}", self.values.len());
        self.conditions.push(condition.replace('?', &parameter));
        self
    }

    /// The rows before those `values` of the two `columns`, in an order that descends.
    pub(super) fn before(
        mut self,
        columns: [&str; 2],
        first: impl Into<Value>,
        second: impl Into<Value>,
    ) -> Self {
        self.values.extend([first.into(), second.into()]);
        let last = self.values.len();
        let [a, b] = columns;
        self.conditions.push(format!("({a}, {b}) < (?{}, ?{last})", last - 1));
        self
    }

    /// `condition`, which has no value.
    pub(super) fn also(mut self, condition: &str) -> Self {
        self.conditions.push(condition.to_owned());
        self
    }

    /// `{select} WHERE … {rest}`, in which `{rest}` may bind the placeholders from `next` on.
    pub(super) fn statement(self, select: &str, rest: impl FnOnce(usize) -> String) -> Statement {
        let Self { conditions, values } = self;
        let rest = rest(values.len() + 1);
        let sql = if conditions.is_empty() {
            format!("{select} {rest}")
        } else {
            format!("{select} WHERE {} {rest}", conditions.join(" AND "))
        };
        Statement { sql: sql.into(), parameters: values }
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;

    #[test]
    fn an_absent_filter_is_no_part_of_the_statement() {
        let none = Filter::default()
            .is("owner", None::<&str>)
            .statement("SELECT 1 FROM t", |_| String::new());
        assert_eq!((none.sql.trim(), none.parameters.len()), ("SELECT 1 FROM t", 0));
        let both = Filter::default().is("owner", Some("a")).also("x").is("name", Some("b"));
        let both = both.statement("SELECT 1 FROM t", |next| format!("LIMIT ?{next}"));
        assert_eq!(both.sql, "SELECT 1 FROM t WHERE owner = ?1 AND x AND name = ?2 LIMIT ?3");
    }
}
