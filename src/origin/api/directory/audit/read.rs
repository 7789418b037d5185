//! `GET /v1/iam/audit-logs/{owner}/{name}`

use super::view::AuditLogView;
use crate::{
    core::{directory::OrgName, token::Role},
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, Segment, View, Who, endpoint},
        },
        http::RestError,
        store::audit,
    },
};

endpoint! {
    /// Returns an entry of the audit trail by its number.
    pub GetAuditLog = GET "/v1/iam/audit-logs/{owner}/{name}" as "getAuditLog",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, Number),
    reply: View<AuditLogView>,
    error: RestError;
    get
}

/// The number of an entry.
#[derive(Debug, Clone, Copy)]
pub struct Number(pub i64);

impl Segment for Number {
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number| *number > 0).map(Self)
    }
}

async fn get(
    origin: &Origin,
    call: Call<'_, GetAuditLog>,
) -> Result<View<AuditLogView>, RestError> {
    let (owner, Number(number)) = &call.path;
    call.caller.administering(owner.as_str())?;
    let found = audit::find(owner.as_str(), *number).fetch(&*origin.database).await?;
    Ok(View(found.ok_or_else(RestError::not_found)?.into()))
}
