//! Sealing: the schedule gives each entry the hash that covers it and the entry before it.
//!
//! A change appends its entry without a hash, so that changes of an organization do not wait for each
//! other. Two instances that seal at the same time compute the same hashes.

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

/// The most entries that one statement seals.
const BATCH: i64 = 500;

/// The most organizations that one run of the schedule seals.
const ORGANIZATIONS: i64 = 200;

/// Seals the entries of every organization, as far as one run of the schedule goes.
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
