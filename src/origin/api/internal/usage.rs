//! `POST /internal/usage`: an isolate of the edge tells which keys have been used, and learns how
//! they stand.

use http::StatusCode;

use crate::{
    core::limit::{Batch, KeyUsage, UsageReply},
    origin::{
        Origin,
        domain::publication,
        http::{Request, Response, RestError, response},
        store::{publications, usage},
    },
};

/// Counts a batch once, however often it comes, and answers how its keys stand. The record of a
/// key that reaches its budget is published again, for the isolates that have not used it yet.
pub(super) async fn report(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    let batch = Batch::from_bytes(&request.body)
        .map_err(|error| RestError::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    let now = origin.clock.now();
    let counted = usage::count(&*origin.database, &batch, now).await?;
    let mut answer = UsageReply::default();
    for key in counted {
        let (budget, spend) = (key.budget(), key.spend());
        let over = budget.is_spent(spend, 0, now);
        let added = batch.counts.iter().filter(|(id, _)| *id == key.key_id);
        let before = spend.before(added.map(|(_, calls)| u64::from(*calls)).sum());
        // Also when the batch comes again: the first time, publishing may have failed.
        if over && !budget.is_spent(before, 0, now) {
            origin.database.run(publications::key(&key.key_id, now)).await?;
            publication::settle(origin).await;
        }
        answer.keys.push(KeyUsage { wait: key.wait(now), key: key.key_id, spend, over });
    }
    Ok(response::json(StatusCode::OK, &answer))
}
