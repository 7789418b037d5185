//! Key usage reports of edge isolates.

use http::StatusCode;

use crate::{
    core::{
        cors::CorsClass,
        limit::{Batch, KeyUsage, UsageReply},
    },
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Internal, Who, endpoint},
        domain::publication,
        http::{RestError, response},
        store::{publications, usage},
    },
    ports::DatabaseError,
};

endpoint! {
    /// Counts a batch of calls of keys, once however often it is sent.
    ///
    /// Returns the state of its keys.
    pub ReportUsage = POST "/internal/usage" as "reportUsage",
    who: Who::Edge, cors: CorsClass::None, audit: Audit::Nothing("counts what an edge saw");
    reply: Internal,
    error: RestError;
    report
}

/// Counts a report. The record of a key that reaches its budget is republished, for isolates that
/// have not used it yet.
async fn report(origin: &Origin, call: Call<'_, ReportUsage>) -> Result<Internal, RestError> {
    let batch = Batch::from_bytes(&call.request.body)
        .map_err(|error| RestError::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    let mut answer = UsageReply::default();
    // Each database counts the calls of its own keys.
    for origin in origin.everywhere() {
        count(&origin, &batch, &mut answer).await?;
    }
    Ok(Internal(response::json(StatusCode::OK, &answer)))
}

async fn count(
    origin: &Origin,
    batch: &Batch,
    answer: &mut UsageReply,
) -> Result<(), DatabaseError> {
    let now = origin.clock.now();
    for key in usage::count(&*origin.database, batch, now).await? {
        let (budget, spend) = (key.budget(), key.spend());
        let over = budget.is_spent(spend, 0, now);
        let added = batch.counts.iter().filter(|(id, _)| *id == key.key_id);
        let before = spend.before(added.map(|(_, calls)| u64::from(*calls)).sum());
        // Also for a repeated batch: publishing may have failed the first time.
        if over && !budget.is_spent(before, 0, now) {
            origin.database.run(publications::key(&key.key_id, now)).await?;
            publication::settle(origin).await;
        }
        answer.keys.push(KeyUsage { wait: key.wait(now), key: key.key_id, spend, over });
    }
    Ok(())
}
