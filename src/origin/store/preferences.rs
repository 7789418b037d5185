//! User preferences and accepted terms.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::query::Query;
use crate::{
    core::time::UnixTime,
    ports::{Statement, json},
};

/// The preferences of a user.
pub fn of_user(user_id: &str) -> Query<Map<String, Value>> {
    #[derive(Deserialize)]
    struct Stored {
        #[serde(deserialize_with = "json")]
        value: Map<String, Value>,
    }
    let statement = Statement::new("SELECT value FROM preferences WHERE user_id = ?1");
    let stored = Query::<Option<Stored>>::first(statement.bind(user_id));
    stored.map(|stored| stored.map(|stored| stored.value).unwrap_or_default())
}

/// Stores the preferences of a user.
pub fn put(user_id: &str, value: &Map<String, Value>, now: UnixTime) -> Statement {
    Statement::new(
        "INSERT INTO preferences (user_id, value, updated_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (user_id) DO UPDATE SET value = excluded.value, \
         updated_at = excluded.updated_at RETURNING user_id",
    )
    .bind(user_id)
    .bind(super::json_text(value))
    .bind(now)
}

/// Notes that the user accepted a version of a document (`terms` or `aup`); the first time stays.
pub fn accept(user_id: &str, document: &str, version: &str, now: UnixTime) -> Statement {
    Statement::new(
        "INSERT INTO acceptances (user_id, document, version, accepted_at) \
         VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING RETURNING user_id",
    )
    .bind(user_id)
    .bind(document)
    .bind(version)
    .bind(now)
}
