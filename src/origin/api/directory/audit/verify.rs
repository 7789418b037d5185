//! `GET /v1/iam/audit-logs/verify`

use serde::Serialize;

use super::part::Part;
use crate::{
    core::{
        audit::{Finding, verify},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, View, Who, endpoint},
        },
        domain,
        http::RestError,
        store::{audit, query::load},
    },
};

/// Maximum number of entries checked per request.
const CHECKED: i64 = 5000;

endpoint! {
    /// Checks the hashes of the audit trail of an organization.
    ///
    /// One request checks 5000 entries; `after` goes on where the last one ended.
    pub VerifyAuditLogs = GET "/v1/iam/audit-logs/verify" as "verifyAuditLogs",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    query: Part,
    reply: View<Verification>,
    error: RestError;
    check
}

/// The outcome of a check.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Whether every entry that was checked is as it was written, and none is missing.
    valid: bool,
    /// How many entries were checked.
    checked: usize,
    /// The number of the last entry that was checked: `after` of the next request.
    through: i64,
    /// Whether there are further entries.
    more: bool,
    /// The hash of that entry. Kept elsewhere, it shows later whether the trail was written anew.
    hash: String,
    /// The first entry that was changed or is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<i64>,
}

async fn check(
    origin: &Origin,
    call: Call<'_, VerifyAuditLogs>,
) -> Result<View<Verification>, RestError> {
    let Call { caller, query, .. } = call;
    let owner = query.owner.as_deref().unwrap_or(&caller.principal.owner);
    caller.administering(owner)?;
    let organization_id = audit::organization_id(owner).fetch(&*origin.database).await?;
    domain::audit::seal(origin, &organization_id).await?;
    let after = query.after;
    let queries = (
        audit::find(owner, after),
        audit::sealed_from(owner, after.saturating_add(1), CHECKED),
        audit::count(owner),
    );
    let (before, entries, total) = load(&*origin.database, queries).await?;
    let previous = before.and_then(|entry| entry.hash).unwrap_or_default();
    let finding = verify(after, &previous, &entries);
    let through = entries.last().map_or(after, |entry| entry.number);
    // Entries removed from the end leave no gap: the last one lacks a hash, or there is none.
    let (broken, hash) = match finding {
        Finding::Broken(number) => (Some(number), String::new()),
        Finding::Intact(hash) => (None, hash),
    };
    Ok(View(Verification {
        valid: broken.is_none(),
        checked: entries.len(),
        through,
        more: through < total,
        hash,
        broken,
    }))
}
