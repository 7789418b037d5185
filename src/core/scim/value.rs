//! Values of attributes as a client sends them, in the form in which resources hold them.
//!
//! Clients of identity providers take liberties, which are read as what they mean: `"True"` for a
//! flag, an object or text for a list of one, an id for a complex value that has an id, `""` for no
//! value. What a schema does not have is left out (RFC 7644 §3.3).

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{
    error::Refusal,
    schema::{Attribute, Kind, Mutability},
};

/// The most entries of a list.
const MAXIMUM_VALUES: usize = 1000;

/// The longest text, in bytes.
const MAXIMUM_TEXT: usize = 2048;

/// The text of a member; empty if it has none.
pub fn text<'a>(object: &'a Map<String, Value>, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Attribute {
    /// The value of this attribute that `sent` stands for; `None` if it is unassigned (RFC 7643
    /// §2.5).
    pub(super) fn read(&self, sent: &Value) -> Result<Option<Value>, Refusal> {
        if !self.multi_valued {
            return self.read_one(sent);
        }
        let one = std::slice::from_ref(sent);
        let sent = sent.as_array().map_or(one, Vec::as_slice);
        if sent.len() > MAXIMUM_VALUES {
            return Err(self.refused("has too many values"));
        }
        let mut values = Vec::new();
        for value in sent {
            values.extend(self.read_one(value)?);
        }
        if values.iter().filter(|value| is_primary(value)).count() > 1 {
            return Err(self.refused("has more than one primary value"));
        }
        without_repetition(&mut values);
        Ok((!values.is_empty()).then_some(Value::Array(values)))
    }

    /// One value of the attribute, or of the list that it is.
    pub(super) fn read_one(&self, sent: &Value) -> Result<Option<Value>, Refusal> {
        match (self.kind, sent) {
            (_, Value::Null) => Ok(None),
            (_, Value::String(text)) if text.is_empty() => Ok(None),
            (Kind::Complex, Value::Object(object)) => self.read_object(object),
            (Kind::Complex, Value::String(text)) if self.sub("value").is_some() => {
                let object = Map::from_iter([("value".to_owned(), text.as_str().into())]);
                self.read_object(&object)
            }
            (Kind::Complex, _) => Err(self.refused("must be an object")),
            (Kind::Boolean, Value::Bool(_)) => Ok(Some(sent.clone())),
            (Kind::Boolean, Value::String(text)) => match text.to_ascii_lowercase().as_str() {
                "true" => Ok(Some(true.into())),
                "false" => Ok(Some(false.into())),
                _ => Err(self.refused("must be true or false")),
            },
            (Kind::Boolean, _) => Err(self.refused("must be true or false")),
            (Kind::Integer, Value::Number(number)) if number.is_i64() => Ok(Some(sent.clone())),
            (Kind::Integer, _) => Err(self.refused("must be a whole number")),
            (_, Value::String(text)) if text.len() > MAXIMUM_TEXT => {
                Err(self.refused("is too long"))
            }
            (_, Value::String(text)) if text.contains('\0') => {
                Err(self.refused("contains a NUL character"))
            }
            (_, Value::String(_)) => Ok(Some(sent.clone())),
            _ => Err(self.refused("must be a string")),
        }
    }

    fn read_object(&self, sent: &Map<String, Value>) -> Result<Option<Value>, Refusal> {
        let mut object = Map::new();
        let mut reference = None;
        for (name, value) in sent {
            let Some(sub) = self.sub(name) else { continue };
            if sub.name == "$ref" {
                reference = value.as_str().and_then(|url| url.rsplit('/').next());
            } else if sub.mutability != Mutability::ReadOnly {
                let value = sub.read(value).map_err(|error| self.inside(&error))?;
                object.extend(value.map(|value| (sub.name.to_owned(), value)));
            }
        }
        // The URL is derived from the id, which a client may leave out beside it.
        if let Some(id) = reference.filter(|id| !id.is_empty() && !object.contains_key("value")) {
            object.insert("value".to_owned(), id.into());
        }
        Ok((!object.is_empty()).then_some(Value::Object(object)))
    }

    fn refused(&self, why: &str) -> Refusal {
        Refusal::value(format!("{} {why}", self.name))
    }

    fn inside(&self, error: &Refusal) -> Refusal {
        Refusal::new(error.scim_type, format!("{}.{}", self.name, error.detail))
    }
}

/// Whether a value of a list is the preferred one.
pub(super) fn is_primary(value: &Value) -> bool {
    value.get("primary").and_then(Value::as_bool) == Some(true)
}

/// What makes two values of a list the same one: the whole value, but of a member its id.
fn identity(value: &Value) -> String {
    let is_id = |(name, value): (&String, &Value)| {
        name == "value" || (name == "type" && value.as_str() == Some("User"))
    };
    match value.as_object() {
        Some(object) if object.iter().all(is_id) => text(object, "value").to_owned(),
        _ => value.to_string(),
    }
}

/// Removes values that occur before in the list.
pub(super) fn without_repetition(values: &mut Vec<Value>) {
    let mut seen = HashSet::new();
    values.retain(|value| seen.insert(identity(value)));
}
