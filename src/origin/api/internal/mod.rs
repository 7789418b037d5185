//! Internal endpoints for edges and the operator, over the service binding with an edge proof:
//! snapshot, revocation feed, key records, key exposure reports, key usage reports, and the
//! bootstrap.

pub mod bootstrap;
pub mod policy;
pub mod usage;

use http::StatusCode;
use serde::Deserialize;

use crate::{
    core::{cors::CorsClass, revocation::Sequence},
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Empty, Internal, Who, endpoint},
        domain::{feed, publication},
        http::{RestError, response},
        store::keys,
    },
};

endpoint! {
    /// Returns what every edge holds: signing keys, audiences, routes.
    pub Snapshot = GET "/internal/edge" as "getEdgeSnapshot",
    who: Who::Edge, cors: CorsClass::None;
    reply: Internal,
    error: RestError;
    snapshot
}

endpoint! {
    /// Returns what was revoked after a number of the feed of a database: `?epoch=…&after=…&database=…`.
    pub Revocations = GET "/internal/revocations" as "listRevocations",
    who: Who::Edge, cors: CorsClass::None;
    reply: Internal,
    error: RestError;
    revocations
}

endpoint! {
    /// Returns the record of a key, for an edge that found none: KV remembers a miss.
    pub KeyRecord = GET "/internal/keys/{digest}" as "getKeyRecord",
    who: Who::Edge, cors: CorsClass::None;
    path: (String,),
    reply: Internal,
    error: RestError;
    key_record
}

endpoint! {
    /// Records that a key was sent in a URL or a cookie.
    ///
    /// A key that does not exist is no error: the edge does not ask first.
    pub ReportExposure = POST "/internal/exposures" as "reportExposure",
    who: Who::Edge, cors: CorsClass::None, audit: Audit::Nothing("counts what an edge saw");
    reply: Empty,
    error: RestError;
    report_exposure
}

async fn snapshot(origin: &Origin, _: Call<'_, Snapshot>) -> Result<Internal, RestError> {
    let snapshot = publication::edge_snapshot(origin).await?;
    Ok(Internal(response::json(StatusCode::OK, &snapshot)))
}

/// The reply is a [`crate::core::revocation::Page`].
async fn revocations(origin: &Origin, call: Call<'_, Revocations>) -> Result<Internal, RestError> {
    let query = call.request.query_parameters()?;
    let number = |name, limit| {
        let number = query.get(name).and_then(|text| text.parse::<u64>().ok());
        number.filter(|number| *number < limit).and_then(|number| i64::try_from(number).ok())
    };
    // A history cannot follow the last possible one.
    let (Some(epoch), Some(after)) =
        (number("epoch", Sequence::EPOCHS - 1), number("after", Sequence::LIMIT))
    else {
        return Err(RestError::new(StatusCode::BAD_REQUEST, "epoch and after must be numbers"));
    };
    let database = query.get("database").map_or(Some(0), |text| text.parse::<usize>().ok());
    let database = database.filter(|number| *number < origin.databases.count());
    let database = database.ok_or_else(RestError::not_found)?;
    let page = feed::page(&origin.at(database), epoch, after).await?;
    Ok(Internal(response::no_store(response::bytes(StatusCode::OK, page.to_bytes()))))
}

/// ATTACKS F-84.
async fn key_record(origin: &Origin, call: Call<'_, KeyRecord>) -> Result<Internal, RestError> {
    let record = publication::record_of(origin, &call.path.0).await?;
    Ok(Internal(response::json(StatusCode::OK, &record.ok_or_else(RestError::not_found)?)))
}

#[derive(Deserialize)]
struct Exposure {
    digest: String,
}

/// ATTACKS F-83.
async fn report_exposure(
    origin: &Origin,
    call: Call<'_, ReportExposure>,
) -> Result<Empty, RestError> {
    let exposure: Exposure = serde_json::from_slice(&call.request.body)
        .map_err(|_| RestError::new(StatusCode::BAD_REQUEST, "not an exposure"))?;
    origin.database.run(keys::expose(&exposure.digest, origin.clock.now())).await?;
    Ok(Empty)
}
