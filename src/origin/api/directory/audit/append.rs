//! `POST /v1/iam/audit-logs`

use serde::Deserialize;
use serde_json::{Map, Value};

use super::view::AuditLogView;
use crate::{
    core::{
        directory::{Invalid, Line, ObjectName, OrgName, Patch},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, Json, View, Who, endpoint},
        },
        domain::{audit::Subject, change::Change, commit::commit},
        http::RestError,
        store::audit::{self, Selection},
    },
};

/// Maximum size of `detail`, in bytes.
const MAXIMUM_DETAIL: usize = 4096;

endpoint! {
    /// Appends an event of an application to the audit trail of an organization.
    ///
    /// Caller, time, address and request are this server's; an entry is never changed or removed.
    pub CreateAuditLog = POST "/v1/iam/audit-logs" as "createAuditLog",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    body: Json<AuditEvent>,
    reply: View<AuditLogView>,
    error: RestError;
    append
}

/// An event of an application.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct AuditEvent {
    /// The organization; the caller's if absent.
    owner: Patch<OrgName>,
    /// What happened: `invoice-paid`. Required.
    action: Patch<ObjectName>,
    /// What it happened to.
    object: Patch<Line>,
    /// Further facts.
    detail: Map<String, Value>,
}

async fn append(
    origin: &Origin,
    call: Call<'_, CreateAuditLog>,
) -> Result<View<AuditLogView>, RestError> {
    let Call { caller, body: Json(event), .. } = call;
    let owner = event.owner.as_given().map_or(caller.principal.owner.as_str(), AsRef::as_ref);
    let owner = owner.to_owned();
    caller.administering(&owner)?;
    let action = event.action.given();
    let action = action.ok_or_else(|| Invalid::member("action", "is required"))?;
    let detail = Value::Object(event.detail);
    if detail.to_string().len() > MAXIMUM_DETAIL {
        return Err(Invalid::member("detail", "must be at most 4096 bytes").into());
    }
    let object = event.object.given().map(String::from).unwrap_or_default();
    let facts = serde_json::json!({"action": action.as_str(), "detail": detail});
    commit(origin, Change::of(Subject::with(&owner, "event", &object, &facts))).await?;
    let selection = Selection {
        owner: &owner,
        kind: Some("event"),
        actor: Some(&caller.principal.subject),
        ..Selection::default()
    };
    let appended = audit::list(&selection, 1).fetch(&*origin.database).await?.pop();
    Ok(View(appended.ok_or_else(RestError::not_found)?.into()))
}
