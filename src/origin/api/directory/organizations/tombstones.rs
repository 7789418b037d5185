//! `GET` and `DELETE /v1/iam/organizations/tombstones/admin/{name}`: names of deleted organizations.

use serde::Serialize;

use super::view::TombstoneView;
use crate::{
    core::{
        directory::{OrgName, Timestamp},
        principal::PLATFORM_ORGANIZATION,
    },
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, View, Who, endpoint},
        },
        domain::organizations,
        http::RestError,
        store::organizations as rows,
    },
};

endpoint! {
    /// Returns the tombstone of a deleted organization.
    pub GetTombstone = GET "/v1/iam/organizations/tombstones/admin/{name}" as "getTombstone",
    who: Who::Platform;
    caller: DirectoryCaller,
    path: (OrgName,),
    reply: View<TombstoneView>,
    error: RestError;
    read
}

endpoint! {
    /// Releases the name of a deleted organization, so that it may be given again.
    pub ReleaseTombstone = DELETE "/v1/iam/organizations/tombstones/admin/{name}"
    as "releaseTombstone", who: Who::Platform;
    caller: DirectoryCaller,
    path: (OrgName,),
    reply: View<Released>,
    error: RestError;
    release
}

/// What the release of a name returns.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Released {
    /// Always true: a refusal is an error.
    released: bool,
}

async fn read(
    origin: &Origin,
    call: Call<'_, GetTombstone>,
) -> Result<View<TombstoneView>, RestError> {
    let found = rows::tombstone(call.path.0.as_str()).fetch(&*origin.database).await?;
    let found = found.ok_or_else(RestError::not_found)?;
    Ok(View(TombstoneView {
        owner: PLATFORM_ORGANIZATION,
        name: found.name,
        id: found.id,
        created_time: Timestamp(found.created_at),
    }))
}

async fn release(
    origin: &Origin,
    call: Call<'_, ReleaseTombstone>,
) -> Result<View<Released>, RestError> {
    if organizations::release(origin, call.path.0.as_str()).await? {
        Ok(View(Released { released: true }))
    } else {
        Err(RestError::not_found())
    }
}
