//! Directory synchronizations: start, progress, report, cancellation.

use serde::{Deserialize, Serialize};

use super::{caller::DirectoryCaller, owner_query::OwnerQuery, providers};
use crate::{
    core::{
        directory::{Invalid, ObjectName, OrgName, Text, Timestamp},
        federation::Protocol,
        ldap::{Report, SyncScope},
        token::Role,
    },
    origin::{
        Origin,
        api::endpoint::{Call, Json, View, Who, endpoint},
        domain::federation::sync::{self, Options, StartError},
        http::RestError,
        store::ldap_syncs::{self as rows, Sync},
    },
};

endpoint! {
    /// Lists the last fifty synchronizations of the directories of an organization, the latest first.
    pub ListSyncs = GET "/v1/iam/ldap-syncs" as "listLdapSyncs",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    query: OwnerQuery,
    reply: View<SyncList>,
    error: RestError;
    list
}

endpoint! {
    /// Starts a synchronization of a directory with the accounts of its organization.
    ///
    /// It goes on with each tick of the schedule until it has read all people. Accounts are made, updated and
    /// disabled, but not more of them than `syncDisablePercent` of the provider allows; none is deleted. With
    /// `dryRun` nothing is changed, and the report says what would be.
    pub StartSync = POST "/v1/iam/ldap-syncs" as "startLdapSync",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    body: Json<NewSync>,
    reply: View<SyncResult>,
    error: RestError;
    start
}

endpoint! {
    /// Returns the progress and the report of a synchronization.
    pub GetSync = GET "/v1/iam/ldap-syncs/{owner}/{id}" as "getLdapSync",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, ObjectName),
    reply: View<SyncResult>,
    error: RestError;
    get
}

endpoint! {
    /// Ends a synchronization that is under way. What it has changed stays.
    pub CancelSync = POST "/v1/iam/ldap-syncs/{owner}/{id}/cancel" as "cancelLdapSync",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, ObjectName),
    reply: View<SyncResult>,
    error: RestError;
    cancel
}

/// A synchronization that is to start.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "NewLdapSync"))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSync {
    /// The organization.
    owner: String,
    /// The name of the provider, of category `LDAP`.
    provider: String,
    /// Whether nothing is changed.
    #[serde(default)]
    dry_run: bool,
    /// Whether only entries are read that have changed since the last run: who has left is not seen.
    #[serde(default)]
    changes_only: bool,
}

/// Synchronizations.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "LdapSyncs"))]
#[serde(rename_all = "camelCase")]
pub struct SyncList {
    /// The latest first.
    ldap_syncs: Vec<SyncView>,
}

/// A synchronization.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "LdapSyncResult"))]
#[serde(rename_all = "camelCase")]
pub struct SyncResult {
    /// The synchronization.
    ldap_sync: SyncView,
}

/// A synchronization.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "LdapSync"))]
#[serde(rename_all = "camelCase")]
pub struct SyncView {
    /// UUID.
    id: String,
    /// The organization.
    owner: String,
    /// The name of the provider.
    provider: String,
    /// `running`, `done`, `failed` or `cancelled`.
    state: String,
    /// Whether nothing is changed.
    dry_run: bool,
    /// Whether only entries are read that have changed.
    changes_only: bool,
    /// Why it failed, or what the directory did not answer last.
    why: String,
    /// Who started it, `owner/name`; empty: the schedule.
    started_by: String,
    /// Ranges that are left to read, as far as is known.
    ranges_left: usize,
    /// What it has changed so far, or would have.
    report: Report,
    /// When it started.
    created_time: Timestamp,
    /// When it last went on.
    updated_time: Timestamp,
    /// When it ended; absent: it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_time: Option<Timestamp>,
}

impl From<Sync> for SyncView {
    fn from(sync: Sync) -> Self {
        Self {
            ranges_left: sync.cursor.ranges_left(),
            changes_only: sync.cursor.scope != SyncScope::Full,
            id: sync.id,
            owner: sync.owner,
            provider: sync.provider,
            state: sync.state,
            dry_run: sync.is_dry_run,
            why: sync.why,
            started_by: sync.started_by,
            report: sync.cursor.report,
            created_time: Timestamp(sync.created_at),
            updated_time: Timestamp(sync.updated_at),
            ended_time: sync.ended_at.map(Timestamp),
        }
    }
}

impl From<StartError> for RestError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Database(error) => error.into(),
            StartError::UnderWay => Self::new(http::StatusCode::CONFLICT, error.to_string()),
            StartError::Settings(why) => Invalid::member("provider", &why).into(),
            StartError::NoFullRun => Invalid::member("changesOnly", &error.to_string()).into(),
        }
    }
}

async fn list(origin: &Origin, call: Call<'_, ListSyncs>) -> Result<View<SyncList>, RestError> {
    let owner = call.query.owner(&call.caller);
    call.caller.administering(owner)?;
    let found = rows::list(owner).fetch(&*origin.database).await?;
    Ok(View(SyncList { ldap_syncs: found.into_iter().map(SyncView::from).collect() }))
}

async fn start(origin: &Origin, call: Call<'_, StartSync>) -> Result<View<SyncResult>, RestError> {
    let Json(NewSync { owner, provider, dry_run, changes_only }) = call.body;
    let owner = OrgName::read(&owner).map_err(|error| Invalid::member("owner", &error.why))?;
    let provider = ObjectName::read(&provider);
    let provider = provider.map_err(|error| Invalid::member("provider", &error.why))?;
    call.caller.writing(owner.as_str(), true)?;
    let found = providers::found(origin, &call.caller, &(owner, provider)).await?;
    if Protocol::of_category(&found.category) != Some(Protocol::Ldap) {
        return Err(Invalid::member("provider", "is not of the category LDAP").into());
    }
    let options = Options { is_dry_run: dry_run, changes_only };
    let sync = sync::start(origin, &found, options, &call.caller.actor()).await?;
    Ok(View(SyncResult { ldap_sync: sync.into() }))
}

async fn found(
    origin: &Origin,
    caller: &DirectoryCaller,
    (owner, id): &(OrgName, ObjectName),
) -> Result<Sync, RestError> {
    caller.administering(owner.as_str())?;
    let found = rows::find(owner.as_str(), id.as_str()).fetch(&*origin.database).await?;
    found.ok_or_else(RestError::not_found)
}

async fn get(origin: &Origin, call: Call<'_, GetSync>) -> Result<View<SyncResult>, RestError> {
    let sync = found(origin, &call.caller, &call.path).await?;
    Ok(View(SyncResult { ldap_sync: sync.into() }))
}

async fn cancel(
    origin: &Origin,
    call: Call<'_, CancelSync>,
) -> Result<View<SyncResult>, RestError> {
    call.caller.writing(call.path.0.as_str(), true)?;
    let sync = found(origin, &call.caller, &call.path).await?;
    sync::cancel(origin, &sync).await?;
    let sync = found(origin, &call.caller, &call.path).await?;
    Ok(View(SyncResult { ldap_sync: sync.into() }))
}
