//! Replication between several databases: the rows copied to each (organizations, applications,
//! signing keys) and the revocations that concern credentials of each.
//!
//! A change is committed in one database. Its relays are committed with it, and applied to the
//! others after the commit and by the schedule. In each other database, the rows and the revocation
//! are one transaction: credentials issued there from the older rows have a smaller number than the
//! revocation.

use super::{feed, patience::within_patience};
use crate::{
    origin::{Origin, store::relays},
    ports::DatabaseError,
};

/// How many changes are relayed in one transaction.
const AT_ONCE: i64 = 50;

/// How many transactions one run makes for each database.
const BATCHES: usize = 40;

/// Brings what the database of `origin` has to tell to the others. A failure is for the schedule.
pub(super) async fn after_commit(origin: &Origin) {
    if origin.databases.are_several() {
        within_patience(origin, told(origin)).await;
    }
}

/// Makes databases that are new part of the deployment, and brings what each has to tell to the others;
/// the scheduled job.
pub async fn tend(origin: &Origin) -> Result<(), DatabaseError> {
    if !origin.databases.are_several() {
        return Ok(());
    }
    for (number, database) in origin.everywhere().enumerate() {
        if relays::topology().fetch(&*database.database).await? != Some(number) {
            let prepared = relays::prepare(number, origin.clock.now());
            database.database.batch(prepared).await?;
            if number > 0 {
                origin.directory().database.batch(relays::everything()).await?;
            }
        }
    }
    let mut first = Ok(());
    for source in origin.everywhere() {
        first = first.and(told(&source).await);
        let others = origin.databases.count() - 1;
        source.database.run(relays::purge(others)).await?;
    }
    first
}

/// Whether `target` has learned everything that the directory database has to tell.
pub async fn is_complete(origin: &Origin, target: usize) -> Result<bool, DatabaseError> {
    Ok(relays::due(target, 1).fetch(&*origin.directory().database).await?.is_empty())
}

async fn told(source: &Origin) -> Result<(), DatabaseError> {
    let mut first = Ok(());
    for target in source.everywhere() {
        if target.place.number != source.place.number {
            first = first.and(told_to(source, &target).await);
        }
    }
    first
}

/// Brings what `source` has to tell to the database `target`.
pub(super) async fn told_to(source: &Origin, target: &Origin) -> Result<(), DatabaseError> {
    let number = target.place.number;
    for _ in 0..BATCHES {
        let due = relays::due(number, AT_ONCE).fetch(&*source.database).await?;
        let Some(last) = due.last() else { return Ok(()) };
        let present = relays::present(&due).fetch(&*source.database).await?;
        feed::append(target, present.applied(source.clock.now())).await?;
        source.database.run(relays::reached(number, last.seq)).await?;
    }
    Ok(())
}
