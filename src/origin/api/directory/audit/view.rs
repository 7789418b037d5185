//! `IamAuditLog`, with this server's extensions.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::core::{
    audit::{Actor, Entry, Record},
    directory::Timestamp,
};

/// An entry of the audit trail.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "AuditLog"))]
#[serde(rename_all = "camelCase")]
pub struct AuditLogView {
    /// Unique on this server.
    id: String,
    /// The organization.
    owner: String,
    /// The same as `owner`.
    organization: String,
    /// The number, as a text.
    name: String,
    /// The number in the trail of the organization, from 1 without gaps.
    number: i64,
    /// When.
    created_time: Timestamp,
    /// The operation id, or the name of a job.
    action: String,
    /// The kind of the object.
    kind: String,
    /// The name of the object in the organization.
    object: String,
    /// The caller as `owner/name`; empty for a job.
    user: String,
    /// The caller and the credential; absent for a job.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Actor>,
    /// The method of the request.
    method: String,
    /// The path of the request.
    request_uri: String,
    /// The id of the request.
    request_id: String,
    /// The client's address.
    client_ip: String,
    /// The members of the object before the change that it touched; a secret is `***`.
    before: Map<String, Value>,
    /// The same members after it.
    after: Map<String, Value>,
    /// The hash over the entry and the hash of the one before it; empty until the next minute.
    hash: String,
}

impl From<Entry> for AuditLogView {
    fn from(entry: Entry) -> Self {
        let Record { caller, method, path, request_id, address, before, after } = entry.content();
        Self {
            id: format!("{}:{}", entry.organization_id, entry.number),
            organization: entry.owner.clone(),
            owner: entry.owner,
            name: entry.number.to_string(),
            number: entry.number,
            created_time: Timestamp(entry.recorded_at),
            action: entry.action,
            kind: entry.kind,
            object: entry.name,
            user: caller.as_ref().map(|caller| caller.name.clone()).unwrap_or_default(),
            actor: caller,
            method,
            request_uri: path,
            request_id,
            client_ip: address,
            before,
            after,
            hash: entry.hash.unwrap_or_default(),
        }
    }
}
