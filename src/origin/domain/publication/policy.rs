//! The published policy of an organization.

use super::put;
use crate::{
    core::publication::{PolicyRecord, policy_record_name},
    origin::{
        Origin,
        domain::patience::within_patience,
        store::{
            policy::{self, Facts},
            query::load,
            revocations,
        },
    },
    ports::DatabaseError,
};

/// Lifetime of a record in KV, in seconds: as long as edges accept it.
const KEPT_FOR: u64 = PolicyRecord::BELIEVED_FOR.unsigned_abs();

/// The current record: the feed's number and the rows are read in one transaction. A policy that is
/// incomplete or larger than an edge holds is not in it.
pub async fn record(origin: &Origin, organization: &str) -> Result<PolicyRecord, DatabaseError> {
    let rows = (revocations::newest(), policy::of_organization(organization));
    let (sequence, Facts { policy, is_complete }) = load(&*origin.database, rows).await?;
    let published_at = origin.clock.now();
    let policy = is_complete.then(|| policy.in_force(published_at).encode());
    let size = |texts: &[String]| texts.iter().map(|text| text.len() + 3).sum::<usize>();
    let policy = policy.filter(|texts| size(texts) <= PolicyRecord::LARGEST);
    Ok(PolicyRecord { published_at, sequence, policy })
}

/// Publishes the current record after a change. A failure fails nothing: edges do not use the record
/// before the change, and ask for the current one.
pub async fn publish(origin: &Origin, organization: &str) {
    let published = async {
        let record = record(origin, organization).await?;
        put(origin, &policy_record_name(organization), &record, Some(KEPT_FOR)).await
    };
    within_patience(origin, published).await;
}

/// Publishes a record that has just been read.
pub async fn put_record(origin: &Origin, organization: &str, record: &PolicyRecord) {
    let name = policy_record_name(organization);
    within_patience(origin, put(origin, &name, record, Some(KEPT_FOR))).await;
}
