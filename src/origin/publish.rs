//! Publication: what the edges need, written in the request that changes the truth.
//!
//! A change calls [`publish_edge`] or [`publish_key`] after its statement; [`repair`], called by
//! the schedule, finds what a failed write left behind.

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Origin, authority,
    http::RestError,
    keyring,
    revocation::Moment,
    store::{
        applications,
        keys::{self, Key, KeyKind, KeyState},
        organizations, revocations,
        users::{self, User},
    },
};
use crate::{
    core::{
        authority::resource::is_directory,
        principal::PrincipalKind,
        publication::{EDGE_SNAPSHOT, EdgeSnapshot, Jwk, KeyRecord, key_record_name},
        revocation::{Sequence, Subject},
        time::UnixTime,
    },
    world::DatabaseError,
};

/// How long the record of a revoked key stays, so that edges refuse it without asking.
const REVOKED_FOR: u64 = 7 * 24 * 3600;

/// How many key records one run of [`repair`] looks at: a worker may make 1,000 requests.
const REPAIRED_AT_ONCE: i64 = 200;

/// Where the next run of [`repair`] goes on.
const REPAIR_CURSOR: &str = "repair";

/// What every edge holds, as of now.
pub async fn edge_snapshot(origin: &Origin) -> Result<EdgeSnapshot, RestError> {
    let keys = keyring::public_keys(origin).await?;
    Ok(EdgeSnapshot {
        published_at: origin.clock.now(),
        keys: keys.iter().filter_map(Jwk::of).collect(),
        audiences: audiences(origin).await?,
        routes: origin.config.routes.clone(),
    })
}

/// The audiences that every service accepts. A token for the directory is for the directory only.
pub async fn audiences(origin: &Origin) -> Result<Vec<String>, DatabaseError> {
    let issuers = origin.config.issuers();
    let mut audiences = applications::first_party_audiences(&*origin.database).await?;
    audiences.retain(|audience| !is_directory(audience, &issuers));
    Ok(audiences)
}

/// Publishes [`edge_snapshot`].
pub async fn publish_edge(origin: &Origin) -> Result<(), RestError> {
    let snapshot = edge_snapshot(origin).await?;
    put(origin, EDGE_SNAPSHOT, &snapshot, None).await
}

/// Publishes the record of the key of that id.
pub async fn publish_key(origin: &Origin, id: &str) -> Result<(), RestError> {
    let moment = Moment::read(origin).await?;
    match keys::find_by_id(&*origin.database, id).await? {
        Some(key) => publish_record(origin, moment, &key).await,
        None => Ok(()),
    }
}

/// Publishes the records of all of them: their holder or organization has changed.
pub async fn publish_keys(origin: &Origin, keys: &[Key]) -> Result<(), RestError> {
    for key in keys {
        publish_key(origin, &key.id).await?;
    }
    Ok(())
}

/// Publishes that keys which are no longer in the database do not work.
pub async fn withdraw_keys(origin: &Origin, keys: &[Key]) -> Result<(), RestError> {
    let moment = Moment::read(origin).await?;
    for key in keys {
        let record = dated(dead_record(key), moment);
        put(origin, &key_record_name(&key.digest), &record, Some(REVOKED_FOR)).await?;
    }
    Ok(())
}

/// What an edge is told of the key with that digest, if there is one.
pub async fn record_of_digest(
    origin: &Origin,
    digest: &str,
) -> Result<Option<KeyRecord>, DatabaseError> {
    let moment = Moment::read(origin).await?;
    let Some(key) = keys::find_by_digest(&*origin.database, digest).await? else { return Ok(None) };
    Ok(Some(dated(key_record(origin, &key).await?, moment)))
}

/// A record of rows that were read after `moment`.
fn dated(record: KeyRecord, Moment { now, sequence }: Moment) -> KeyRecord {
    KeyRecord { published_at: now, sequence, ..record }
}

/// What the rows say of `key`, without the moment: whether it works depends on its holder and
/// organization too.
pub async fn key_record(origin: &Origin, key: &Key) -> Result<KeyRecord, DatabaseError> {
    let database = &*origin.database;
    let record = dead_record(key);
    if key.state != KeyState::Active
        || !organizations::is_live(&*origin.database, &key.owner).await?
    {
        return Ok(record);
    }
    let client = match &key.application {
        Some(client_id) => applications::find_by_client_id(database, client_id).await?,
        None => None,
    };
    let bound = key.application.is_some();
    if bound && client.as_ref().is_none_or(|client| client.is_disabled) {
        return Ok(record);
    }
    let Some(user_id) = &key.user_id else { return Ok(KeyRecord { active: true, ..record }) };
    let Some(user) = users::find_by_id(database, user_id).await? else { return Ok(record) };
    let home_lives =
        user.owner == key.owner || organizations::is_live(&*origin.database, &user.owner).await?;
    let memberships = users::memberships(database, user_id).await?;
    let roles = user.roles(&memberships);
    let authority = authority::of_key(origin, key, &user, &roles, client.as_ref());
    let active = home_lives && !user.is_forbidden && !authority.is_void();
    if key.is_publishable() {
        // It stands in pages: of its holder it has only what a revocation is about.
        let orgs = authority.roles().to_vec();
        return Ok(KeyRecord { active, subject: user.id, orgs, ..record });
    }
    Ok(KeyRecord {
        active,
        kind: kind(&user),
        orgs: authority.roles().to_vec(),
        billing_account: format!("org:{}", user.owner),
        subject: user.id,
        owner: user.owner,
        name: user.name,
        email: user.email,
        ..record
    })
}

/// Looks for what is not published as it should be, a part of the keys at a time.
pub async fn repair(origin: &Origin) -> Result<(), RestError> {
    let mut truth = edge_snapshot(origin).await?;
    let published: Option<EdgeSnapshot> = get(origin, EDGE_SNAPSHOT).await?;
    if let Some(published) = &published {
        truth.published_at = published.published_at;
    }
    if published.as_ref() != Some(&truth) {
        truth.published_at = origin.clock.now();
        put(origin, EDGE_SNAPSHOT, &truth, None).await?;
    }
    // Of older records no edge knows whether the restored database has such a key.
    let restored = revocations::newest_of(&*origin.database, Subject::Everything).await?;
    let cursor = origin.snapshots.get(REPAIR_CURSOR).await?.unwrap_or_default();
    let moment = Moment::read(origin).await?;
    let keys = keys::after(&*origin.database, &cursor, REPAIRED_AT_ONCE).await?;
    for key in &keys {
        let mut record = key_record(origin, key).await?;
        let published: Option<KeyRecord> = get(origin, &key_record_name(&key.digest)).await?;
        let forgotten = key.state == KeyState::Revoked && published.is_none();
        if let Some(published) = published.as_ref().filter(|it| is_current(it, restored, moment)) {
            record.published_at = published.published_at;
            record.sequence = published.sequence;
        }
        let agrees = published.is_some_and(|published| published.agrees(&record, moment.now));
        if !forgotten && !agrees {
            publish_key(origin, &key.id).await?;
        }
    }
    let whole = i64::try_from(keys.len()).is_ok_and(|count| count < REPAIRED_AT_ONCE);
    let next = keys.last().filter(|_| !whole).map(|key| key.id.as_str()).unwrap_or_default();
    if next != cursor {
        origin.snapshots.put(REPAIR_CURSOR, next, None).await?;
    }
    Ok(())
}

/// Whether edges will believe the record for long enough.
fn is_current(record: &KeyRecord, restored: Sequence, moment: Moment) -> bool {
    let age = moment.now.since(record.published_at);
    record.sequence >= restored && age < KeyRecord::BELIEVED_FOR / 2
}

/// Publishes the record of `key`, which was read after `moment`.
async fn publish_record(origin: &Origin, moment: Moment, key: &Key) -> Result<(), RestError> {
    let record = dated(key_record(origin, key).await?, moment);
    let ttl = (key.state == KeyState::Revoked).then_some(REVOKED_FOR);
    put(origin, &key_record_name(&key.digest), &record, ttl).await
}

/// The record of a key that does not work, held by its organization.
fn dead_record(key: &Key) -> KeyRecord {
    KeyRecord {
        published_at: UnixTime::default(),
        sequence: Sequence::default(),
        id: key.id.clone(),
        active: false,
        publishable: key.kind == KeyKind::Publishable,
        expires_at: key.expires_at,
        scope: key.scope.clone(),
        subject: format!("{}/{}", key.owner, key.name),
        owner: key.owner.clone(),
        name: key.name.clone(),
        email: String::new(),
        kind: PrincipalKind::Machine,
        orgs: Vec::new(),
        client_id: key.application.clone().unwrap_or_default(),
        billing_account: format!("org:{}", key.owner),
        rate: key.rate,
        budget: key.limits().budget,
        spend: key.spend(),
    }
}

/// Whether the user is a person.
pub(super) fn kind(user: &User) -> PrincipalKind {
    if user.is_machine() { PrincipalKind::Machine } else { PrincipalKind::Person }
}

async fn put(
    origin: &Origin,
    name: &str,
    value: &impl Serialize,
    ttl: Option<u64>,
) -> Result<(), RestError> {
    let text = serde_json::to_string(value).unwrap_or_default();
    Ok(origin.snapshots.put(name, &text, ttl).await?)
}

async fn get<T: DeserializeOwned>(origin: &Origin, name: &str) -> Result<Option<T>, RestError> {
    let text = origin.snapshots.get(name).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}
