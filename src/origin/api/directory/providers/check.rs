//! Checks the record of a provider.

use serde::Serialize;

use super::{super::caller::DirectoryCaller, found};
use crate::{
    core::{
        directory::{ObjectName, OrgName},
        token::Role,
    },
    origin::{
        Origin,
        api::endpoint::{Audit, Call, View, Who, endpoint},
        authn::federation::{
            Failure,
            checking::{self, Check},
        },
        http::RestError,
    },
};

endpoint! {
    /// Checks the record of a provider, and what the provider publishes: which check fails, and why.
    ///
    /// Changes nothing, and signs no one in.
    pub CheckProvider = POST "/v1/iam/providers/{owner}/{name}/check" as "checkProvider",
    who: Who::Organization(Role::Admin), audit: Audit::Nothing("changes nothing");
    caller: DirectoryCaller,
    path: (OrgName, ObjectName),
    reply: View<CheckList>,
    error: RestError;
    check
}

/// The checks of a provider's record.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "ProviderChecks"))]
pub struct CheckList {
    /// Whether all succeed.
    ok: bool,
    /// In the order in which they are made; those after one that fails may be missing.
    checks: Vec<CheckView>,
}

/// A check of a provider's record.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "ProviderCheck"))]
pub struct CheckView {
    /// Its name, as the attempts of the provider have it.
    name: &'static str,
    /// Whether it succeeds.
    ok: bool,
    /// What it found, or why it fails.
    detail: String,
}

impl From<Check> for CheckView {
    fn from(Check { name, result }: Check) -> Self {
        let ok = result.is_ok();
        let (Ok(detail) | Err(detail)) = result;
        Self { name, ok, detail }
    }
}

async fn check(
    origin: &Origin,
    call: Call<'_, CheckProvider>,
) -> Result<View<CheckList>, RestError> {
    let provider = found(origin, &call.caller, &call.path).await?;
    let checks = match checking::check(origin, &provider).await {
        Ok(checks) => checks,
        Err(Failure::Database(error)) => return Err(error.into()),
        Err(Failure::Refused(refusal)) => {
            vec![Check { name: refusal.check, result: Err(refusal.detail) }]
        }
    };
    let checks: Vec<CheckView> = checks.into_iter().map(CheckView::from).collect();
    Ok(View(CheckList { ok: checks.iter().all(|check| check.ok), checks }))
}
