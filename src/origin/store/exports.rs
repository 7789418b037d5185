//! The export of all data about a user, as one JSON object.

use serde_json::{Map, Value};

use super::{
    owned::{Exported, TABLES},
    query::Query,
};
use crate::{
    core::time::UnixTime,
    ports::{Row, Statement},
};

/// The rows of every table about the user, by member.
pub fn of_user(id: &str) -> Query<Map<String, Value>> {
    let sections = TABLES.iter().filter_map(|table| match table.exported {
        Exported::As(member, sql) => Some((member, sql)),
        _ => None,
    });
    let queries = sections.map(|(member, sql)| {
        Query::rows(Statement::new(sql).bind(id), move |rows| {
            let rows = rows.into_iter().map(published).collect();
            Ok((member.to_owned(), Value::Array(rows)))
        })
    });
    Query::list(queries).map(|sections| sections.into_iter().collect())
}

/// A row as the export writes it: times in RFC 3339, lists and objects as such, and nothing that is
/// `NULL`.
fn published(row: Row) -> Value {
    let member = |(name, value): (String, Value)| {
        let value = match value {
            Value::Null => return None,
            Value::Number(number) if name.ends_with("Time") => {
                Value::from(UnixTime(number.as_i64()?).to_string())
            }
            Value::Number(number) if name == "act" => Value::from(number.as_i64() != Some(0)),
            Value::String(text) if text.starts_with(['[', '{']) => {
                serde_json::from_str(&text).unwrap_or(Value::String(text))
            }
            other => other,
        };
        Some((name, value))
    };
    Value::Object(row.0.into_iter().filter_map(member).collect())
}
