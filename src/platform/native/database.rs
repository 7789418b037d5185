//! SQLite in place of D1.

use std::{cell::RefCell, collections::BTreeMap, fmt, time::Duration};

use async_trait::async_trait;
use rusqlite::{Connection, ErrorCode, backup::Backup, types::ValueRef};

use crate::ports::{Database, DatabaseError, Row, Statement, Value};

/// An SQLite database in memory that behaves as D1 does: foreign keys on, `batch` atomic.
pub struct Sqlite {
    connection: RefCell<Connection>,
    observer: Option<Observer>,
}

/// Called with the text of each statement before it runs, and a function that returns its query plan.
pub type Observer = fn(&str, &dyn Fn() -> Vec<String>);

impl Sqlite {
    fn new(connection: Connection) -> Self {
        Self { connection: RefCell::new(connection), observer: None }
    }

    /// The database with an observer of its statements.
    #[must_use]
    pub fn observed(self, observer: Observer) -> Self {
        Self { observer: Some(observer), ..self }
    }

    fn execute(
        &self,
        connection: &Connection,
        statement: &Statement,
    ) -> Result<Vec<Row>, DatabaseError> {
        if let Some(observer) = self.observer {
            observer(&statement.sql, &|| plan(connection, &statement.sql).unwrap_or_default());
        }
        execute(connection, statement)
    }

    /// An empty database, migrated by `migrations` in order.
    pub fn migrated(migrations: &[&str]) -> Result<Self, DatabaseError> {
        let connection = Connection::open_in_memory().map_err(|error| failure(&error))?;
        connection.pragma_update(None, "foreign_keys", true).map_err(|error| failure(&error))?;
        for migration in migrations {
            connection.execute_batch(migration).map_err(|error| failure(&error))?;
        }
        Ok(Self::new(connection))
    }

    /// A backup: the database as it is now, which what comes later does not change.
    pub fn backup(&self) -> Result<Self, DatabaseError> {
        let mut copy = Connection::open_in_memory().map_err(|error| failure(&error))?;
        copy.pragma_update(None, "foreign_keys", true).map_err(|error| failure(&error))?;
        Backup::new(&self.connection.borrow(), &mut copy)
            .and_then(|backup| backup.run_to_completion(1000, Duration::ZERO, None))
            .map_err(|error| failure(&error))?;
        Ok(Self { observer: self.observer, ..Self::new(copy) })
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").finish_non_exhaustive()
    }
}

#[async_trait(?Send)]
impl Database for Sqlite {
    async fn run(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        self.execute(&self.connection.borrow(), &statement)
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        let mut connection = self.connection.borrow_mut();
        let transaction = connection.transaction().map_err(|error| failure(&error))?;
        let answers = statements
            .iter()
            .map(|statement| self.execute(&transaction, statement))
            .collect::<Result<_, _>>()?;
        transaction.commit().map_err(|error| failure(&error))?;
        Ok(answers)
    }
}

/// The steps of the plan of a statement, as `EXPLAIN QUERY PLAN` names them, two spaces for each level.
fn plan(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    let has_changed = connection.changes() > 0;
    let mut explained = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let mut levels = BTreeMap::from([(0, 0)]);
    let steps = explained.raw_query().mapped(|row| {
        let (id, parent): (i64, i64) = (row.get("id")?, row.get("parent")?);
        let level = levels.get(&parent).copied().unwrap_or_default();
        levels.insert(id, level + 1);
        Ok(format!("{}{}", "  ".repeat(level), row.get::<_, String>("detail")?))
    });
    let steps = steps.collect();
    if has_changed {
        // To explain a statement that writes sets `changes()` to 0, which the next statement may read.
        connection.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS explained (step); DELETE FROM temp.explained; \
             INSERT INTO temp.explained VALUES (1)",
        )?;
    }
    steps
}

fn execute(connection: &Connection, statement: &Statement) -> Result<Vec<Row>, DatabaseError> {
    let mut prepared = connection.prepare_cached(&statement.sql).map_err(|e| failure(&e))?;
    let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    let values = statement.parameters.iter().map(|value| match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Integer(integer) => rusqlite::types::Value::Integer(*integer),
        Value::Text(text) => rusqlite::types::Value::Text(text.clone()),
    });
    let mut cursor = prepared.query(rusqlite::params_from_iter(values)).map_err(|e| failure(&e))?;
    let mut rows = Vec::new();
    while let Some(row) = cursor.next().map_err(|e| failure(&e))? {
        let mut record = serde_json::Map::new();
        for (index, name) in names.iter().enumerate() {
            let value = match row.get_ref(index).map_err(|e| failure(&e))? {
                ValueRef::Integer(integer) => integer.into(),
                ValueRef::Real(real) => real.into(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
                ValueRef::Null | ValueRef::Blob(_) => serde_json::Value::Null,
            };
            record.insert(name.clone(), value);
        }
        rows.push(Row(record));
    }
    Ok(rows)
}

fn failure(error: &rusqlite::Error) -> DatabaseError {
    match error {
        rusqlite::Error::SqliteFailure(cause, text)
            if cause.code == ErrorCode::ConstraintViolation
                && text.as_deref().is_some_and(|text| text.starts_with("UNIQUE")) =>
        {
            DatabaseError::Conflict
        }
        other => DatabaseError::Failed(other.to_string()),
    }
}
