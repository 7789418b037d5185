//! Sealing: the schedule sets the hash of each entry, which covers the entry and the previous hash.
//!
//! A change appends its entry without a hash, so that changes of an organization do not wait for
//! each other. Concurrent sealing instances compute the same hashes.

use crate::{
    core::audit::chain,
    origin::{
        Origin,
        store::{
            audit::{after_last_sealed, last_sealed, unsealed},
            query::load,
        },
    },
    ports::DatabaseError,
};

/// Maximum number of entries sealed per statement.
const BATCH: i64 = 500;

/// Maximum number of organizations sealed per schedule run.
const ORGANIZATIONS: i64 = 200;

/// Seals the entries of every organization, within the limits of one schedule run.
pub async fn seal_all(origin: &Origin) -> Result<(), DatabaseError> {
    for organization_id in unsealed(ORGANIZATIONS).fetch(&*origin.database).await? {
        seal(origin, &organization_id).await?;
    }
    Ok(())
}

/// Seals all entries of an organization.
pub async fn seal(origin: &Origin, organization_id: &str) -> Result<(), DatabaseError> {
    let database = &*origin.database;
    loop {
        let queries = (last_sealed(organization_id), after_last_sealed(organization_id, BATCH));
        let (last, entries) = load(database, queries).await?;
        if entries.is_empty() {
            return Ok(());
        }
        let previous = last.and_then(|entry| entry.hash).unwrap_or_default();
        let numbers = entries.iter().map(|entry| entry.number);
        let hashes: Vec<(i64, String)> = numbers.zip(chain(&previous, &entries)).collect();
        database.run(crate::origin::store::audit::seal(organization_id, &hashes)).await?;
        if i64::try_from(entries.len()).is_ok_and(|count| count < BATCH) {
            return Ok(());
        }
    }
}
