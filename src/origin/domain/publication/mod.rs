//! Publication: writes what the edges need to KV, after the change has been committed.
//!
//! A change queues the keys that it concerns in its own transaction ([`store::publications`]); then
//! the request calls [`settle`], which writes the first records. Neither that nor [`edge`] fails the
//! request: the change is committed, and the caller needs the response, which may hold a secret that is
//! shown once. The schedule writes the rest ([`settle_queue`]) and finds what drifted ([`repair`]).
//!
//! [`store::publications`]: super::store::publications

pub mod policy;
mod record;

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

pub use record::kind;

use super::{
    keyring::{self, KeyringError},
    moment::Moment,
    patience::within_patience,
};
use crate::{
    core::{
        authority::resource::is_directory,
        publication::{EDGE_SNAPSHOT, EdgeSnapshot, Jwk, KeyRecord, key_record_name},
        revocation::{Sequence, Subject},
        time::UnixTime,
    },
    origin::{
        Origin,
        store::{
            applications,
            keys::{self, Key, KeyState},
            publications::{self, Order, Publication},
            revocations,
        },
    },
    ports::{DatabaseError, SnapshotsError},
};

/// How long the record of a key that never works again stays, in seconds: edges refuse it without
/// asking the origin.
const DEAD_FOR: u64 = 400 * 24 * 3600;

/// How many records a request writes; the schedule writes the rest.
const BY_REQUEST: i64 = 50;

/// How many records one run of the schedule writes or compares: a worker may make 1,000 requests.
const BY_SCHEDULE: i64 = 400;

/// How many key records one run of [`repair`] compares.
const REPAIRED_AT_ONCE: i64 = 100;

/// How many keys are read in one transaction.
const CHUNK: usize = 100;

/// Seconds after which a record that was written is compared once more: KV shows it by then, and a
/// request that read the rows before the change has ended.
const COMPARED_AFTER: i64 = 150;

/// Where the next run of [`repair`] continues.
const REPAIR_CURSOR: &str = "repair";

/// The current snapshot of the edges.
pub async fn edge_snapshot(origin: &Origin) -> Result<EdgeSnapshot, PublicationError> {
    let origin = &origin.directory();
    let keys = keyring::public_keys(origin).await?;
    Ok(EdgeSnapshot {
        published_at: origin.clock.now(),
        keys: keys.iter().filter_map(Jwk::of).collect(),
        audiences: audiences(origin).await?,
        routes: origin.config.routes.clone(),
        databases: origin.databases.count(),
    })
}

/// The audiences that every service accepts. A token for the directory is for the directory only.
pub async fn audiences(origin: &Origin) -> Result<Vec<String>, DatabaseError> {
    let issuers = origin.config.issuers();
    let mut audiences = applications::first_party_audiences(&*origin.database).await?;
    audiences.retain(|audience| !is_directory(audience, &issuers));
    Ok(audiences)
}

/// Publishes [`edge_snapshot`] after a change. A failure is repaired by the schedule.
pub async fn edge(origin: &Origin) {
    let published = async {
        let snapshot = edge_snapshot(origin).await?;
        put(origin, EDGE_SNAPSHOT, &snapshot, None).await
    };
    within_patience(origin, published).await;
}

/// Publishes the records that were queued last, as many as fit into a request. A failure, or what
/// is left, is for the schedule.
pub async fn settle(origin: &Origin) {
    within_patience(origin, settle_some(origin, Order::Newest, BY_REQUEST)).await;
}

/// Publishes queued records, the oldest first; the scheduled job.
pub async fn settle_queue(origin: &Origin) -> Result<(), PublicationError> {
    settle_some(origin, Order::Oldest, BY_SCHEDULE).await
}

/// The current record of the key with that digest; `None` if there is no such key.
pub async fn record_of(origin: &Origin, digest: &str) -> Result<Option<KeyRecord>, DatabaseError> {
    let found = record::of_digests(origin, &[digest]).await?;
    Ok(found.into_iter().next().map(|(_, record)| record))
}

/// The current record of `key`; an inactive one if the key has been deleted concurrently.
pub async fn key_record(origin: &Origin, key: &Key) -> Result<KeyRecord, DatabaseError> {
    Ok(record_of(origin, &key.digest).await?.unwrap_or_else(|| record::dead(key)))
}

async fn settle_some(origin: &Origin, order: Order, limit: i64) -> Result<(), PublicationError> {
    let due = publications::due(&*origin.database, order, limit, origin.clock.now()).await?;
    for chunk in due.chunks(CHUNK) {
        settle_chunk(origin, chunk).await?;
    }
    Ok(())
}

/// Writes the records that were never written or differ, and removes the correct ones from the queue.
/// A record that cannot be written stays in the queue and keeps no other from being written.
async fn settle_chunk(origin: &Origin, due: &[Publication]) -> Result<(), PublicationError> {
    let digests: Vec<&str> = due.iter().map(|publication| publication.digest.as_str()).collect();
    let moment = Moment::read(origin).await?;
    let records = record::of_digests(origin, &digests).await?.into_iter();
    let records: BTreeMap<String, (Key, KeyRecord)> =
        records.map(|(key, record)| (key.digest.clone(), (key, record))).collect();
    let settled = due.iter().map(async |publication| {
        let (record, ttl) = match records.get(&publication.digest) {
            Some((key, record)) => (record.clone(), ttl(key)),
            None => (record::deleted(publication, moment), Some(DEAD_FOR)),
        };
        let name = key_record_name(&publication.digest);
        if publication.is_written && is_published(origin, &name, &record).await? {
            return Ok::<_, PublicationError>((publication.seq, true));
        }
        put(origin, &name, &record, ttl).await?;
        Ok((publication.seq, false))
    });
    let (mut written, mut correct, mut failure) = (Vec::new(), Vec::new(), None);
    for result in join_all(settled).await {
        match result {
            Ok((seq, true)) => correct.push(seq),
            Ok((seq, false)) => written.push(seq),
            Err(error) => failure = Some(error),
        }
    }
    let compared_at = origin.clock.now().plus(COMPARED_AFTER);
    let mut statements = Vec::new();
    if !written.is_empty() {
        statements.push(publications::written(&written, compared_at));
    }
    if !correct.is_empty() {
        statements.push(publications::settled(&correct));
    }
    if !statements.is_empty() {
        origin.database.batch(statements).await?;
    }
    failure.map_or(Ok(()), Err)
}

/// Writes the snapshot if it differs from the database.
pub async fn repair_snapshot(origin: &Origin) -> Result<(), PublicationError> {
    let mut truth = edge_snapshot(origin).await?;
    let published: Option<EdgeSnapshot> = get(origin, EDGE_SNAPSHOT).await?;
    if let Some(published) = &published {
        truth.published_at = published.published_at;
    }
    if published.as_ref() != Some(&truth) {
        truth.published_at = origin.clock.now();
        put(origin, EDGE_SNAPSHOT, &truth, None).await?;
    }
    Ok(())
}

/// Writes the records that differ from the database, a part of the keys at a time.
pub async fn repair_keys(origin: &Origin) -> Result<(), PublicationError> {
    // Edges do not believe records that are older than the last restored backup.
    let restored = revocations::newest_of(&*origin.database, Subject::Everything).await?;
    let cursor =
        origin.snapshots.get(&origin.name_in_snapshots(REPAIR_CURSOR)).await?.unwrap_or_default();
    let keys = keys::after(&*origin.database, &cursor, REPAIRED_AT_ONCE).await?;
    let digests: Vec<&str> = keys.iter().map(|(_, digest)| digest.as_str()).collect();
    for (key, record) in record::of_digests(origin, &digests).await? {
        let name = key_record_name(&key.digest);
        let published: Option<KeyRecord> = get(origin, &name).await?;
        let forgotten = key.state == KeyState::Revoked && published.is_none();
        let now = origin.clock.now();
        let agrees =
            published.is_some_and(|it| is_current(&it, restored, now) && agree(&it, &record, now));
        if !forgotten && !agrees {
            put(origin, &name, &record, ttl(&key)).await?;
        }
    }
    let whole = i64::try_from(keys.len()).is_ok_and(|count| count < REPAIRED_AT_ONCE);
    let next = keys.last().filter(|_| !whole).map(|(id, _)| id.as_str()).unwrap_or_default();
    if next != cursor {
        origin.snapshots.put(&origin.name_in_snapshots(REPAIR_CURSOR), next, None).await?;
    }
    Ok(())
}

/// Whether edges will believe the record for long enough.
fn is_current(record: &KeyRecord, restored: Sequence, now: UnixTime) -> bool {
    let age = now.since(record.published_at);
    record.sequence >= restored && (!record.active || age < KeyRecord::BELIEVED_FOR / 2)
}

/// Whether two records agree about a key, whenever each was written.
fn agree(one: &KeyRecord, other: &KeyRecord, now: UnixTime) -> bool {
    let KeyRecord { published_at, sequence, .. } = *one;
    one.agrees(&KeyRecord { published_at, sequence, ..other.clone() }, now)
}

async fn is_published(
    origin: &Origin,
    name: &str,
    record: &KeyRecord,
) -> Result<bool, PublicationError> {
    let published: Option<KeyRecord> = get(origin, name).await?;
    let now = origin.clock.now();
    Ok(published.is_some_and(|it| agree(&it, record, now) || !(it.active || record.active)))
}

fn ttl(key: &Key) -> Option<u64> {
    (key.state == KeyState::Revoked).then_some(DEAD_FOR)
}

async fn put(
    origin: &Origin,
    name: &str,
    value: &impl Serialize,
    ttl: Option<u64>,
) -> Result<(), PublicationError> {
    let text = serde_json::to_string(value).unwrap_or_default();
    Ok(origin.snapshots.put(name, &text, ttl).await?)
}

async fn get<T: DeserializeOwned>(
    origin: &Origin,
    name: &str,
) -> Result<Option<T>, PublicationError> {
    let text = origin.snapshots.get(name).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Why something could not be published.
#[derive(Debug, Error)]
pub enum PublicationError {
    /// The signing keys could not be read or made.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// KV failed.
    #[error(transparent)]
    Snapshots(#[from] SnapshotsError),
}
