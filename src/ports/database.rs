//! The database, as D1 offers it: prepared statements, and `batch` as the only transaction.
//!
//! There are no interactive transactions. A one-time operation (redeem a code, consume a refresh
//! token) is one conditional `UPDATE … RETURNING`, or a batch.

use std::{borrow::Cow, fmt};

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use crate::core::time::UnixTime;

/// A SQL database with D1's abilities.
#[async_trait(?Send)]
pub trait Database {
    /// Runs one statement and returns its rows.
    async fn run(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError>;

    /// Runs all statements in one transaction, in order: all take effect or none does.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError>;
}

impl dyn Database + '_ {
    /// The rows of `statement`, each as a `T` (its fields named like the columns).
    pub async fn all<T: DeserializeOwned>(
        &self,
        statement: Statement,
    ) -> Result<Vec<T>, DatabaseError> {
        self.run(statement).await?.into_iter().map(Row::into_record).collect()
    }

    /// The first row of `statement`, if there is one.
    pub async fn first<T: DeserializeOwned>(
        &self,
        statement: Statement,
    ) -> Result<Option<T>, DatabaseError> {
        self.run(statement).await?.into_iter().next().map(Row::into_record).transpose()
    }
}

/// A statement and its parameters (`?1`, `?2`, …; D1 takes at most 100).
#[derive(Debug, Clone)]
pub struct Statement {
    /// SQL with numbered placeholders. Values never stand in it.
    pub sql: Cow<'static, str>,
    /// The values, in order.
    pub parameters: Vec<Value>,
}

impl Statement {
    /// A statement without parameters yet.
    pub fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        Self { sql: sql.into(), parameters: Vec::new() }
    }

    /// Binds the next placeholder.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.parameters.push(value.into());
        self
    }
}

/// A value of SQLite that we store. D1 carries integers as JavaScript numbers: below 2⁵³.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// `NULL`
    Null,
    /// `INTEGER`, booleans included
    Integer(i64),
    /// `TEXT`, JSON and base64url included
    Text(String),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<UnixTime> for Value {
    fn from(value: UnixTime) -> Self {
        Self::Integer(value.0)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row: a JSON object whose members are the columns.
#[derive(Debug, Clone)]
pub struct Row(pub serde_json::Map<String, serde_json::Value>);

impl Row {
    /// Whether the column holds a true boolean.
    pub fn is_set(&self, column: &str) -> bool {
        self.0.get(column).and_then(serde_json::Value::as_i64).is_some_and(|value| value != 0)
    }

    /// The row as a record.
    pub fn into_record<T: DeserializeOwned>(self) -> Result<T, DatabaseError> {
        // Of the map itself: what reads a `Value` would also read a record from a list.
        T::deserialize(self.0).map_err(|error| DatabaseError::Record(error.to_string()))
    }
}

/// Why a statement failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseError {
    /// A `UNIQUE` or `PRIMARY KEY` constraint: the row exists already.
    Conflict,
    /// A row has another version than the transaction is to change.
    Stale,
    /// The row does not have the expected form.
    Record(String),
    /// Any other database error.
    Failed(String),
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("database: the row exists already"),
            Self::Stale => {
                f.write_str("it has been changed by another request: please read it again")
            }
            Self::Record(why) => write!(f, "database: a row is not what was expected: {why}"),
            Self::Failed(why) => write!(f, "database: {why}"),
        }
    }
}

impl std::error::Error for DatabaseError {}

/// Reads a SQLite boolean (`0` or `1`); for `#[serde(deserialize_with = …)]`.
pub fn flag<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    use serde::Deserialize;
    Ok(i64::deserialize(deserializer)? != 0)
}

/// Reads a column that holds JSON text (`NULL` is the default); for
/// `#[serde(deserialize_with = …)]`.
pub fn json<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    use serde::Deserialize;
    Option::<String>::deserialize(deserializer)?.map_or_else(
        || Ok(T::default()),
        |text| serde_json::from_str(&text).map_err(serde::de::Error::custom),
    )
}
