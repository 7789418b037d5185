//! Bulk requests (RFC 7644 §3.7): their operations, and the references between these.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::error::{Refusal, ScimType};

/// The schema of a bulk request.
pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// The schema of a bulk response.
pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// The most operations of one request.
pub const MAXIMUM_OPERATIONS: usize = 50;

/// The most bytes of one request.
pub(super) const MAXIMUM_PAYLOAD: usize = 256 * 1024;

const REFERENCE: &str = "bulkId:";

/// A bulk request.
#[derive(Debug)]
pub struct Bulk {
    /// The operations, in order.
    pub operations: Vec<BulkOperation>,
    /// After how many errors the rest is left undone; `None`: never.
    pub fail_on_errors: Option<usize>,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its RFC's own word")]
pub enum BulkMethod {
    Post,
    Put,
    Patch,
    Delete,
}

impl BulkMethod {
    /// The method as it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One operation.
#[derive(Debug, Clone)]
pub struct BulkOperation {
    /// What it does.
    pub method: BulkMethod,
    /// The client's name for the resource that it creates.
    pub bulk_id: Option<String>,
    /// The version that the resource must have.
    pub version: Option<String>,
    /// The path below the base of the service.
    pub path: String,
    /// The body.
    pub data: Map<String, Value>,
}

impl Bulk {
    /// Reads the body of a request.
    pub fn read(body: &Map<String, Value>) -> Result<Self, Refusal> {
        let named = body.get("schemas").and_then(Value::as_array);
        if !named.is_some_and(|named| named.iter().any(|urn| urn.as_str() == Some(BULK_REQUEST))) {
            return Err(Refusal::syntax(format!("schemas must contain {BULK_REQUEST}")));
        }
        let fail_on_errors = match body.get("failOnErrors") {
            None | Some(Value::Null) => None,
            Some(number) => {
                let number = number.as_u64().and_then(|number| usize::try_from(number).ok());
                let why = || Refusal::value("failOnErrors must be a whole number from 1");
                Some(number.filter(|number| *number > 0).ok_or_else(why)?)
            }
        };
        let sent = body.get("Operations").and_then(Value::as_array);
        let sent = sent.ok_or_else(|| Refusal::syntax("Operations must be a list"))?;
        if sent.len() > MAXIMUM_OPERATIONS {
            let why = format!("a bulk request has at most {MAXIMUM_OPERATIONS} operations");
            return Err(Refusal::new(ScimType::TooMany, why));
        }
        let operations: Vec<_> = sent.iter().map(BulkOperation::read).collect::<Result<_, _>>()?;
        let mut ids = BTreeSet::new();
        for id in operations.iter().filter_map(|operation| operation.bulk_id.as_deref()) {
            if !ids.insert(id) {
                return Err(Refusal::value(format!("the bulkId {id:.100} occurs twice")));
            }
        }
        Ok(Self { operations, fail_on_errors })
    }
}

impl BulkOperation {
    fn read(sent: &Value) -> Result<Self, Refusal> {
        let text = |name: &str| sent.get(name).and_then(Value::as_str);
        let method = match text("method").unwrap_or_default().to_ascii_uppercase().as_str() {
            "POST" => BulkMethod::Post,
            "PUT" => BulkMethod::Put,
            "PATCH" => BulkMethod::Patch,
            "DELETE" => BulkMethod::Delete,
            _ => return Err(Refusal::syntax("method must be POST, PUT, PATCH or DELETE")),
        };
        let bulk_id = text("bulkId").filter(|id| !id.is_empty()).map(str::to_owned);
        if method == BulkMethod::Post && bulk_id.is_none() {
            return Err(Refusal::syntax("a POST needs a bulkId"));
        }
        let path = text("path").ok_or_else(|| Refusal::syntax("an operation needs a path"))?;
        let data = sent.get("data").and_then(Value::as_object).cloned();
        if data.is_none() && method != BulkMethod::Delete {
            return Err(Refusal::syntax("an operation needs data"));
        }
        Ok(Self {
            method,
            bulk_id,
            version: text("version").map(str::to_owned),
            path: path.to_owned(),
            data: data.unwrap_or_default(),
        })
    }

    /// The bulkIds that the path and the data refer to.
    pub fn references(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let in_path = self.path.rsplit('/').next().unwrap_or_default();
        found.extend(reference(in_path).map(str::to_owned));
        for value in self.data.values() {
            collect(value, &mut found);
        }
        found
    }

    /// The operation with the ids of `created` in the place of references.
    #[must_use]
    pub fn resolved(mut self, created: &BTreeMap<String, String>) -> Self {
        if let Some((before, last)) = self.path.rsplit_once('/')
            && let Some(id) = reference(last).and_then(|name| created.get(name))
        {
            self.path = format!("{before}/{id}");
        }
        for value in self.data.values_mut() {
            resolve(value, created);
        }
        self
    }
}

fn reference(text: &str) -> Option<&str> {
    text.strip_prefix(REFERENCE)
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => found.extend(reference(text).map(str::to_owned)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(object) => object.values().for_each(|value| collect(value, found)),
        _ => {}
    }
}

fn resolve(value: &mut Value, created: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(id) = reference(text).and_then(|name| created.get(name)) {
                text.clone_from(id);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| resolve(value, created)),
        Value::Object(object) => object.values_mut().for_each(|value| resolve(value, created)),
        _ => {}
    }
}
