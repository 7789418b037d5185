//! Removal of expired rows, a part of a table at a time.
//!
//! An index of ends would cost a written row for each token and session. A walk through a table reads the
//! next rows in the order of the primary key instead; the table `purges` remembers where it stands.

use crate::ports::Statement;

/// How many rows of a table one run reads, about.
const PART: usize = 20_000;

/// The key that a walk is through a table by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// Its column.
    pub(super) column: &'static str,
    /// What is below each of its values, in SQL.
    pub(super) least: &'static str,
}

impl Key {
    /// A column of texts.
    pub(super) const fn text(column: &'static str) -> Self {
        Self { column, least: "''" }
    }
}

/// Goes on to the next part of `table`, or begins a walk if `begins`, and removes the rows of the part
/// that are `expired`, a condition over `?1`.
pub(super) fn part(table: &str, key: Key, begins: bool, expired: &str) -> [Statement; 2] {
    let Key { column, least } = key;
    // A blob is above every text and number: between two walks nothing is after `start`.
    let start = format!(
        "CASE WHEN stop IS NOT NULL THEN stop WHEN {} THEN {least} ELSE x'' END",
        i32::from(begins)
    );
    let advance = format!(
        "UPDATE purges SET start = {start}, stop = (SELECT {column} FROM {table} \
         WHERE {column} > {start} ORDER BY {column} LIMIT 1 OFFSET {PART}) WHERE name = '{table}'"
    );
    let position = |column: &str| format!("SELECT {column} FROM purges WHERE name = '{table}'");
    let (start, stop) = (position("start"), position("coalesce(stop, x'')"));
    let remove = format!(
        "DELETE FROM {table} WHERE {column} > ({start}) AND {column} <= ({stop}) AND {expired}"
    );
    [Statement::new(advance), Statement::new(remove)]
}
