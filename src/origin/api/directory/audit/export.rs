//! `GET /v1/iam/audit-logs/export`

use serde::Serialize;
use serde_json::value::RawValue;

use super::part::Part;
use crate::{
    core::{audit::Entry, token::Role},
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, Lines, Who, endpoint},
        },
        domain,
        http::RestError,
        store::audit,
    },
};

/// Maximum number of entries per reply of the origin; the worker continues with the next.
const LINES: i64 = 2000;

endpoint! {
    /// Exports the audit trail of an organization as NDJSON, the first entry first.
    ///
    /// Each line holds the fields that the hash covers, and the hash: a trail can be verified without
    /// this server. `after` leaves out what was exported before.
    pub ExportAuditLogs = GET "/v1/iam/audit-logs/export" as "exportAuditLogs",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    query: Part,
    reply: Lines<Line>,
    error: RestError;
    export
}

/// A line of the export: the fields in the order in which they are hashed.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "AuditLine"))]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The id of the organization.
    organization_id: String,
    /// From 1, without gaps.
    number: i64,
    /// The name of the organization.
    owner: String,
    /// The operation id, or the name of a job.
    action: String,
    /// The kind of the object.
    kind: String,
    /// The name of the object.
    name: String,
    /// The subject of the caller.
    actor: String,
    /// The caller, the request, and the members before and after.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schemars(with = "serde_json::Map<String, serde_json::Value>")
    )]
    record: Option<Box<RawValue>>,
    /// Unix time.
    recorded_at: i64,
    /// SHA-256, in hexadecimal.
    hash: String,
}

impl From<Entry> for Line {
    fn from(entry: Entry) -> Self {
        Self {
            organization_id: entry.organization_id,
            number: entry.number,
            owner: entry.owner,
            action: entry.action,
            kind: entry.kind,
            name: entry.name,
            actor: entry.actor,
            record: RawValue::from_string(entry.record).ok(),
            recorded_at: entry.recorded_at.0,
            hash: entry.hash.unwrap_or_default(),
        }
    }
}

async fn export(
    origin: &Origin,
    call: Call<'_, ExportAuditLogs>,
) -> Result<Lines<Line>, RestError> {
    let Call { caller, query, request, .. } = call;
    let owner = query.owner.as_deref().unwrap_or(&caller.principal.owner);
    caller.administering(owner)?;
    if query.after == 0 {
        request.trace.read_of(owner);
    }
    let organization_id = audit::organization_id(owner).fetch(&*origin.database).await?;
    domain::audit::seal(origin, &organization_id).await?;
    let from = query.after.saturating_add(1);
    let entries = audit::sealed_from(owner, from, LINES).fetch(&*origin.database).await?;
    let last = entries.last().map(|entry| entry.number);
    let is_full = i64::try_from(entries.len()).is_ok_and(|count| count >= LINES);
    let next = last
        .filter(|_| is_full)
        .map(|last| format!("/v1/iam/audit-logs/export?owner={owner}&after={last}"));
    Ok(Lines { lines: entries.into_iter().map(Line::from).collect(), next })
}
