//! D1.

use async_trait::async_trait;
use js_sys::{Array, JSON, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use worker::worker_sys::types::{D1Database, D1PreparedStatement};

use super::message;
use crate::ports::{Database, DatabaseError, Row, Statement, Value};

/// A D1 database. The rows of a result cross the boundary as one JSON text.
#[derive(Debug, Clone)]
pub struct D1(pub D1Database);

impl D1 {
    fn prepare(&self, statement: &Statement) -> Result<D1PreparedStatement, DatabaseError> {
        let prepared = self.0.prepare(&statement.sql).map_err(|error| failure(&error))?;
        if statement.parameters.is_empty() {
            return Ok(prepared);
        }
        let values: Array = statement.parameters.iter().map(parameter).collect();
        prepared.bind(values).map_err(|error| failure(&error))
    }
}

#[async_trait(?Send)]
impl Database for D1 {
    async fn run(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        let answer = self.prepare(&statement)?.all().map_err(|error| failure(&error))?;
        rows(&JsFuture::from(answer).await.map_err(|error| failure(&error))?)
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        let prepared = Array::new();
        for statement in &statements {
            prepared.push(self.prepare(statement)?.as_ref());
        }
        let answers = self.0.batch(prepared).map_err(|error| failure(&error))?;
        let answers = JsFuture::from(answers).await.map_err(|error| failure(&error))?;
        Array::from(&answers).iter().map(|answer| rows(&answer)).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "`Value::Integer` is below 2⁵³")]
fn parameter(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Integer(integer) => JsValue::from_f64(*integer as f64),
        Value::Text(text) => JsValue::from_str(text),
    }
}

fn rows(answer: &JsValue) -> Result<Vec<Row>, DatabaseError> {
    let results =
        Reflect::get(answer, &JsValue::from_str("results")).map_err(|error| failure(&error))?;
    if results.is_null() || results.is_undefined() {
        return Ok(Vec::new());
    }
    let text = JSON::stringify(&results).map_err(|error| failure(&error))?;
    let records: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(&String::from(text))
            .map_err(|error| DatabaseError::Record(error.to_string()))?;
    Ok(records.into_iter().map(Row).collect())
}

/// D1 tells everything by its message: `D1_ERROR: UNIQUE constraint failed: users.name: …`.
fn failure(error: &JsValue) -> DatabaseError {
    let message = message(error);
    if message.contains("UNIQUE constraint failed") {
        DatabaseError::Conflict
    } else {
        DatabaseError::Failed(message)
    }
}
