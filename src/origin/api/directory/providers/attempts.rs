//! Recent sign-ins at a provider.

use serde::Serialize;

use super::{super::caller::DirectoryCaller, found};
use crate::{
    core::{
        directory::{ObjectName, OrgName, Timestamp},
        token::Role,
    },
    origin::{
        Origin,
        api::endpoint::{Call, View, Who, endpoint},
        http::RestError,
        store::{
            federation::{self, Attempt},
            resource::Stored,
        },
    },
};

endpoint! {
    /// Lists the last fifty sign-ins by a provider, the latest first, and which check refused those that failed.
    ///
    /// A person whose sign-in failed was shown the id of the request.
    pub ListAttempts = GET "/v1/iam/providers/{owner}/{name}/attempts" as "listProviderAttempts",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, ObjectName),
    reply: View<AttemptList>,
    error: RestError;
    list
}

/// The last sign-ins by a provider.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "ProviderAttempts"))]
pub struct AttemptList {
    /// The latest first.
    attempts: Vec<AttemptView>,
}

/// A sign-in by a provider.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "ProviderAttempt"))]
#[serde(rename_all = "camelCase")]
pub struct AttemptView {
    /// When.
    time: Timestamp,
    /// The id of the request.
    request_id: String,
    /// `accepted` or `refused`.
    outcome: String,
    /// Which check refused; empty: none.
    check: String,
    /// What it found.
    detail: String,
    /// Whom the provider named, if its answer was verified.
    subject: String,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        let Attempt { at, request_id, outcome, check_name, detail, subject, .. } = attempt;
        Self { time: Timestamp(at), request_id, outcome, check: check_name, detail, subject }
    }
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListAttempts>,
) -> Result<View<AttemptList>, RestError> {
    let provider = found(origin, &call.caller, &call.path).await?;
    let id = &provider.meta().id;
    let found = federation::attempts(id).fetch(&*origin.directory().database).await?;
    Ok(View(AttemptList { attempts: found.into_iter().map(AttemptView::from).collect() }))
}
