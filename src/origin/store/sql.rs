//! A statement builder for conditions.

use crate::ports::{Statement, Value};

/// The parameters of a statement whose text is being put together.
#[derive(Debug, Default)]
pub struct Sql {
    parameters: Vec<Value>,
}

impl Sql {
    /// Binds a value, and returns its placeholder.
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        self.parameters.push(value.into());
        format!("?{}", self.parameters.len())
    }

    /// The statement of that text.
    pub fn statement(self, text: String) -> Statement {
        Statement { sql: text.into(), parameters: self.parameters }
    }
}

/// The condition that the text of `expression` begins with `prefix`, as a range. No text has a
/// greater character than U+10FFFF after the prefix.
pub(super) fn starts_with(expression: &str, prefix: &str, sql: &mut Sql) -> String {
    let (from, to) = (sql.bind(prefix), sql.bind(format!("{prefix}\u{10ffff}")));
    format!("{expression} >= {from} AND {expression} < {to}")
}
