//! `POST /v1/iam/scim/v2/Bulk`
//!
//! Each operation costs what the request alone would, less the authentication: two round trips for a
//! new user, up to eight for one who is disabled. Operations are done in order; one that refers to a
//! resource that a later one creates waits for it.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    body::ScimBody,
    caller::ScimCaller,
    conditions::Conditions,
    error::ScimError,
    groups::change as groups,
    reply::Scim,
    service::Service,
    shapes::{ScimBulk, ScimBulkResponse},
    users::{change as users, path::UserPath},
};
use crate::{
    core::{
        scim::{
            BULK_RESPONSE, Bulk, BulkMethod, BulkOperation, Edit, GROUPS, Refusal, Resource,
            ScimType, USERS, text,
        },
        token::Role,
    },
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Who, endpoint},
        http::RestError,
    },
};

/// Maximum number of operations with a password, because hashing is expensive.
const MAXIMUM_PASSWORDS: usize = 10;

endpoint! {
    /// Runs several operations of SCIM (RFC 7644 §3.7).
    ///
    /// They are not one transaction: `failOnErrors` says after how many errors the rest is left undone.
    pub RunScimBulk = POST "/v1/iam/scim/v2/Bulk" as "runScimBulk",
    who: Who::Organization(Role::Admin), audit: Audit::Nothing("each operation in it leaves its own");
    caller: ScimCaller,
    body: ScimBody<ScimBulk>,
    reply: Scim<ScimBulkResponse>,
    error: ScimError;
    run
}

async fn run(
    origin: &Origin,
    call: Call<'_, RunScimBulk>,
) -> Result<Scim<ScimBulkResponse>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    let bulk = Bulk::read(&call.body.0)?;
    let has_password = |operation: &&BulkOperation| {
        Value::Object(operation.data.clone()).to_string().to_lowercase().contains("\"password")
    };
    if bulk.operations.iter().filter(has_password).count() > MAXIMUM_PASSWORDS {
        let why = "a bulk request sets at most 10 passwords";
        return Err(Refusal::new(ScimType::TooMany, why).into());
    }
    let operations = Progress::new(bulk).run(&service).await;
    Ok(json!({"schemas": [BULK_RESPONSE], "Operations": operations}).into())
}

/// The progress of a bulk request.
struct Progress {
    waiting: Vec<(usize, BulkOperation)>,
    results: BTreeMap<usize, Value>,
    created: BTreeMap<String, String>,
    errors: usize,
    limit: usize,
}

impl Progress {
    fn new(bulk: Bulk) -> Self {
        Self {
            waiting: bulk.operations.into_iter().enumerate().collect(),
            results: BTreeMap::new(),
            created: BTreeMap::new(),
            errors: 0,
            limit: bulk.fail_on_errors.unwrap_or(usize::MAX),
        }
    }

    /// Runs the operations, each once its references exist, and returns their results in request
    /// order.
    async fn run(mut self, service: &Service<'_>) -> Vec<Value> {
        loop {
            let before = self.waiting.len();
            for (index, operation) in std::mem::take(&mut self.waiting) {
                if self.errors >= self.limit {
                    return self.results.into_values().collect();
                }
                let references = operation.references();
                if references.iter().all(|name| self.created.contains_key(name)) {
                    let operation = operation.resolved(&self.created);
                    let result = execute(service, &operation).await;
                    self.record(service, index, &operation, result);
                } else {
                    self.waiting.push((index, operation));
                }
            }
            if self.waiting.is_empty() {
                return self.results.into_values().collect();
            }
            if self.waiting.len() == before {
                break;
            }
        }
        // The remaining operations have unresolved or circular references.
        for (index, operation) in std::mem::take(&mut self.waiting) {
            if self.errors >= self.limit {
                break;
            }
            let missing: BTreeSet<String> = (operation.references().into_iter())
                .filter(|name| !self.created.contains_key(name))
                .collect();
            let missing = missing.into_iter().collect::<Vec<_>>().join(", ");
            let why = format!("nothing creates the bulkId {missing:.200} before this operation");
            let refusal = Refusal::new(ScimType::InvalidValue, why);
            self.record(service, index, &operation, Err(refusal.into()));
        }
        self.results.into_values().collect()
    }

    fn record(
        &mut self,
        service: &Service<'_>,
        index: usize,
        operation: &BulkOperation,
        result: Result<Option<Resource>, ScimError>,
    ) {
        let mut entry = Map::new();
        let mut set = |name: &str, value: Value| entry.insert(name.to_owned(), value);
        set("method", operation.method.as_str().into());
        if let Some(bulk_id) = &operation.bulk_id {
            set("bulkId", bulk_id.as_str().into());
        }
        if operation.method != BulkMethod::Post {
            set("location", [&service.base, &operation.path].map(String::as_str).concat().into());
        }
        match result {
            Ok(resource) => {
                let status = match (&resource, operation.method) {
                    (None, _) => StatusCode::NO_CONTENT,
                    (Some(_), BulkMethod::Post) => StatusCode::CREATED,
                    (Some(_), _) => StatusCode::OK,
                };
                set("status", status.as_u16().to_string().into());
                if let Some(resource) = resource {
                    let meta = resource.get("meta").and_then(Value::as_object);
                    for name in ["location", "version"] {
                        set(name, meta.map(|meta| text(meta, name)).unwrap_or_default().into());
                    }
                    if let (Some(name), BulkMethod::Post) = (&operation.bulk_id, operation.method) {
                        self.created.insert(name.clone(), text(&resource, "id").to_owned());
                    }
                }
            }
            Err(error) => {
                self.errors += 1;
                set("status", error.status.as_u16().to_string().into());
                set("response", error.body());
            }
        }
        self.results.insert(index, Value::Object(entry));
    }
}

/// The operation's own result: the resource, or nothing for a deletion.
async fn execute(
    service: &Service<'_>,
    operation: &BulkOperation,
) -> Result<Option<Resource>, ScimError> {
    let BulkOperation { method, data, .. } = operation;
    let conditions = Conditions::of_version(operation.version.clone());
    let segments: Vec<&str> = operation.path.trim_start_matches('/').split('/').collect();
    let resource = match (method, segments.as_slice()) {
        (BulkMethod::Post, ["Users"]) => users::create(service, data).await?,
        (BulkMethod::Put, ["Users", id]) => {
            let edit = Edit::whole(&USERS, data)?;
            users::update(service, UserPath::Id(id), &conditions, &edit).await?
        }
        (BulkMethod::Patch, ["Users", id]) => {
            let edit = Edit::operations(data)?;
            users::update(service, UserPath::Id(id), &conditions, &edit).await?
        }
        (BulkMethod::Delete, ["Users", id]) => {
            users::delete(service, UserPath::Id(id), &conditions).await?;
            return Ok(None);
        }
        (BulkMethod::Post, ["Groups"]) => groups::create(service, data).await?,
        (BulkMethod::Put, ["Groups", id]) => {
            groups::update(service, id, &conditions, &Edit::whole(&GROUPS, data)?).await?
        }
        (BulkMethod::Patch, ["Groups", id]) => {
            groups::update(service, id, &conditions, &Edit::operations(data)?).await?
        }
        (BulkMethod::Delete, ["Groups", id]) => {
            groups::delete(service, id, &conditions).await?;
            return Ok(None);
        }
        (_, ["Users" | "Groups"] | ["Users" | "Groups", _]) => {
            return Err(RestError::method("").into());
        }
        _ => return Err(RestError::not_found().into()),
    };
    Ok(Some(resource))
}
