//! Moving an organization from one database to another.
//!
//! The command calls [`advance`] until the move is done; each call is bounded and idempotent. From
//! the first call until the target is opened neither database takes writes of the organization:
//! they get 503 and `Retry-After`. Reads go on: in the source while rows are copied, then in the
//! target. The target is opened only when no isolate can remember the source any more, so that no
//! revocation is committed where a reader does not look.

use thiserror::Error;

use super::{audit::Subject, change::Change, commit::commit, feed, homes, relay};
use crate::{
    core::principal::PLATFORM_ORGANIZATION,
    origin::{
        Databases, Origin,
        store::{
            homes as home_rows,
            moves::{self, Move, PASSES, State},
            organizations, publications, relays,
            revocations::append,
        },
    },
    ports::DatabaseError,
};

/// How many rows are copied in one transaction.
const ROWS: usize = 200;

/// How many are removed in one.
const CLEARED: usize = 2_000;

/// How many transactions one call makes.
const CHUNKS: usize = 20;

/// How many entries of the feed are copied at once.
const ENTRIES: i64 = 200;

/// How long the target stays closed after the organization has got there, in seconds.
const SETTLED_AFTER: i64 = 2 * Databases::REMEMBERED_FOR;

/// Why an organization cannot be moved.
#[derive(Debug, Error)]
pub enum MoveError {
    /// There is no such organization.
    #[error("there is no such organization")]
    Unknown,
    /// The platform's organization stays in database 0.
    #[error("the organization of the platform stays in database 0")]
    Platform,
    /// There is no database of that number.
    #[error("there is no database of that number")]
    NoDatabase,
    /// The organization is being moved to another database.
    #[error("the organization is on its way to another database")]
    UnderWay,
    /// The target does not know all organizations and applications yet.
    #[error(
        "the database does not have a copy of all applications yet: try again after the next run of the schedule"
    )]
    NotReady,
    /// Keys would need the rows of two organizations in one database.
    #[error(
        "people of other organizations hold keys of this one, or the other way round: revoke and delete these keys first"
    )]
    SharedKeys,
    /// What ends a membership would have to be written in two databases.
    #[error(
        "teams, roles or permissions of this organization have people of other organizations, or the other way round: remove them first"
    )]
    SharedPlaces,
    /// Rows are missing in the target.
    #[error("rows of {0} are missing in the target")]
    Incomplete(&'static str),
    /// A database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Begins the move of `organization` to the database `target`, or goes on with it; returns how far it is.
pub async fn advance(
    origin: &Origin,
    organization: &str,
    target: usize,
) -> Result<Move, MoveError> {
    let directory = origin.directory();
    let known = moves::find(organization).fetch(&*directory.database).await?;
    let mut moved = match known {
        Some(known) if known.state != State::Done && known.target != target => {
            return Err(MoveError::UnderWay);
        }
        Some(known) if known.state != State::Done => known,
        _ => begin(origin, organization, target).await?,
    };
    match moved.state {
        State::Copying => copy(origin, &mut moved).await?,
        State::Settling => settle(origin, &mut moved).await?,
        State::Clearing => clear(origin, &mut moved).await?,
        State::Done => {}
    }
    Ok(moved)
}

async fn begin(origin: &Origin, organization: &str, target: usize) -> Result<Move, MoveError> {
    if organization == PLATFORM_ORGANIZATION {
        return Err(MoveError::Platform);
    }
    if target >= origin.databases.count() {
        return Err(MoveError::NoDatabase);
    }
    origin.databases.forget();
    let source = homes::number_of(origin, organization).await?;
    let from = origin.at(source);
    let exists = organizations::find(&*from.database, organization).await?.is_some();
    if !exists {
        return Err(MoveError::Unknown);
    }
    if target != 0 && !relay::is_complete(origin, target).await? {
        return Err(MoveError::NotReady);
    }
    if moves::shares_keys(organization).fetch(&*from.database).await? {
        return Err(MoveError::SharedKeys);
    }
    if moves::shares_places(organization).fetch(&*from.database).await? {
        return Err(MoveError::SharedPlaces);
    }
    let change = Change::of(Subject::new(organization, "organization", organization));
    commit(&from, change).await?;
    let state = if source == target { State::Done } else { State::Copying };
    let moved = Move {
        organization: organization.to_owned(),
        source,
        target,
        state,
        step: 0,
        after: String::new(),
        copied: 0,
        changed_at: origin.clock.now(),
    };
    if state == State::Copying {
        store(origin, &moved).await?;
    }
    Ok(moved)
}

async fn store(origin: &Origin, moved: &Move) -> Result<(), DatabaseError> {
    origin.directory().database.run(moves::store(moved)).await.map(drop)
}

async fn copy(origin: &Origin, moved: &mut Move) -> Result<(), MoveError> {
    let (source, target) = (origin.at(moved.source), origin.at(moved.target));
    let name = moved.organization.clone();
    // What has begun before the fence is committed; what comes after it fails.
    source.database.run(moves::fence(&name)).await?;
    target.database.run(moves::fence(&name)).await?;
    for _ in 0..CHUNKS {
        let Some(pass) = PASSES.get(moved.step) else { return arrive(origin, moved).await };
        let after = Some(moved.after.as_str()).filter(|after| !after.is_empty());
        let limit = i64::try_from(ROWS).unwrap_or(i64::MAX);
        let rows = pass.read(&name, after, limit).fetch(&*source.database).await?;
        let is_last = rows.len() < ROWS;
        moved.copied += i64::try_from(rows.len()).unwrap_or_default();
        let position = rows.last().map(|row| pass.position(row));
        if let Some(write) = pass.written(rows) {
            let batch = vec![relays::applying(true), write, relays::applying(false)];
            target.database.batch(batch).await?;
        }
        if is_last {
            moved.step += 1;
            moved.after.clear();
        } else {
            moved.after = position.unwrap_or_default();
        }
        store(origin, moved).await?;
    }
    Ok(())
}

/// Everything is copied: the organization lives in the target from here on.
async fn arrive(origin: &Origin, moved: &mut Move) -> Result<(), MoveError> {
    let (source, target) = (origin.at(moved.source), origin.at(moved.target));
    let (name, now) = (moved.organization.clone(), origin.clock.now());
    for pass in PASSES {
        let here = pass.count(&name).fetch(&*target.database).await?;
        // Expired rows may have been purged in the source meanwhile, or be purged in the target.
        if here < pass.count(&name).fetch(&*source.database).await? {
            return Err(MoveError::Incomplete(pass.table));
        }
    }
    copy_entries(&source, &target).await?;
    target.database.run(publications::keys_of_organization(&name, now)).await?;
    // Before the organization is in the target: what the source has issued carries a smaller number.
    feed::append(&source, vec![append::departure(&name, now)]).await?;
    moved.state = State::Settling;
    moved.changed_at = origin.clock.now();
    let flip = vec![home_rows::place(&name, moved.target), moves::store(moved)];
    origin.directory().database.batch(flip).await?;
    origin.databases.forget();
    Ok(())
}

/// Copies the live revocations of single credentials: the target checks them too.
async fn copy_entries(source: &Origin, target: &Origin) -> Result<(), DatabaseError> {
    let (mut after, now) = (0, source.clock.now());
    loop {
        let entries = moves::entries(after, now, ENTRIES).fetch(&*source.database).await?;
        let Some(last) = entries.last() else { return Ok(()) };
        after = last.seq;
        let appended = entries.iter().map(|entry| moves::appended(entry, now)).collect();
        feed::append(target, appended).await?;
    }
}

async fn settle(origin: &Origin, moved: &mut Move) -> Result<(), MoveError> {
    let now = origin.clock.now();
    if now.since(moved.changed_at) <= SETTLED_AFTER {
        return Ok(());
    }
    let target = origin.at(moved.target);
    target.database.run(moves::open(&moved.organization)).await?;
    moved.state = State::Clearing;
    moved.step = PASSES.len();
    moved.changed_at = now;
    Ok(store(origin, moved).await?)
}

async fn clear(origin: &Origin, moved: &mut Move) -> Result<(), MoveError> {
    let source = origin.at(moved.source);
    for _ in 0..CHUNKS {
        let Some(pass) = moved.step.checked_sub(1).and_then(|step| PASSES.get(step)) else {
            source.database.run(publications::forget(&moved.organization)).await?;
            moved.state = State::Done;
            moved.changed_at = origin.clock.now();
            break;
        };
        if !pass.is_cleared() {
            moved.step -= 1;
            continue;
        }
        let limit = i64::try_from(CLEARED).unwrap_or(i64::MAX);
        let remove = pass.cleared(&moved.organization, limit);
        let batch = vec![relays::applying(true), remove, relays::applying(false)];
        let mut results = source.database.batch(batch).await?;
        if results.drain(..).nth(1).is_none_or(|rows| rows.len() < CLEARED) {
            moved.step -= 1;
        }
    }
    Ok(store(origin, moved).await?)
}
