//! Directory synchronization: start, progress on each schedule tick, and completion.
//!
//! A run reads the directory in ranges (`core::ldap`). A range is read and applied as a whole;
//! after a failed tick, the range is repeated, which is idempotent. An account disabled by an
//! administrator stays disabled, and accounts with more authority than the directory's
//! administrators are left unchanged.

mod apply;

use crate::{
    core::{
        encoding::uuid,
        ldap::{Cursor, Pull, Safeguard, SyncScope, disables},
    },
    origin::{
        Origin,
        domain::{
            audit::Subject,
            change::{Change, Unrecorded},
            commit::commit,
            federation::{directory, reference},
        },
        store::{
            ldap_syncs::{self as rows, Sync},
            providers::{self, Provider},
            resource::Stored,
        },
    },
    ports::DatabaseError,
};

/// Working time of a tick, in seconds.
const TICK: i64 = 20;

/// Lease of a run by a tick, in seconds.
const LEASE: i64 = 120;

/// Timeout for reading a range, in milliseconds.
const DEADLINE: u32 = 30_000;

/// Maximum number of ranges per tick: each takes a dozen of the thousand statements that D1 allows
/// per invocation.
const RANGES: u32 = 40;

/// Maximum number of individual account changes per tick. New accounts are created per range.
const CHANGES: u64 = 100;

/// Consecutive failed ticks after which the run fails.
const FAILURES: i64 = 10;

/// How long a run waits after the directory has failed, in seconds: until the next tick.
const PAUSE: i64 = 45;

/// Overlap in seconds of consecutive incremental runs, because servers replicate late.
const OVERLAP: i64 = 900;

/// Why a run cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another run is in progress.
    #[error("a run of the directory is under way: cancel it first, or wait for its end")]
    UnderWay,
    /// The record is invalid.
    #[error("{0}")]
    Settings(String),
    /// There is no completed full run to compare with.
    #[error("a run over changes needs a full run before it")]
    NoFullRun,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Options of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Whether changes are only reported.
    pub is_dry_run: bool,
    /// Whether only entries changed since the last run are read. Departed users are not detected.
    pub changes_only: bool,
}

/// Starts a run; `by` is the initiator as `owner/name`, or empty.
pub async fn start(
    origin: &Origin,
    provider: &Provider,
    options: Options,
    by: &str,
) -> Result<Sync, StartError> {
    directory::of(origin, provider).map_err(|why| StartError::Settings(why.detail))?;
    let now = origin.clock.now();
    let scope = if options.changes_only {
        let last = rows::last_done(&provider.meta().id).fetch(&*origin.database).await?;
        let since = last.and_then(|last| last.cursor.next_since(OVERLAP));
        SyncScope::Changes(since.ok_or(StartError::NoFullRun)?)
    } else {
        SyncScope::Full
    };
    let id = uuid(origin.random.bytes());
    let mut sync = rows::new(provider, id, Cursor::new(scope), now);
    sync.is_dry_run = options.is_dry_run;
    by.clone_into(&mut sync.started_by);
    let facts = serde_json::json!({
        "provider": sync.provider, "dryRun": sync.is_dry_run, "changesOnly": options.changes_only,
    });
    // Every few minutes: what such a run changes is recorded at its end.
    let is_routine = by.is_empty() && options.changes_only;
    let mut change = if is_routine {
        Change::unrecorded(Unrecorded::Continuation)
    } else {
        Change::of(Subject::with(&sync.owner, "ldap-sync", &sync.id, &facts))
    };
    let begun = change.decide(rows::begin(&sync, &reference(provider)));
    change.write(rows::purge(&sync.provider_id));
    if commit(origin, change).await?.took_effect(begun) {
        Ok(sync)
    } else {
        Err(StartError::UnderWay)
    }
}

/// Stores a run of the schedule that cannot begin, so that the next one is due after the interval of the record and not
/// at each tick, before those of others.
async fn fail(
    origin: &Origin,
    provider: &Provider,
    options: Options,
    why: &StartError,
) -> Result<(), DatabaseError> {
    origin.failed("ldap.sync", why);
    let now = origin.clock.now();
    let scope = if options.changes_only { SyncScope::Changes(now) } else { SyncScope::Full };
    let mut sync = rows::new(provider, uuid(origin.random.bytes()), Cursor::new(scope), now);
    sync.why = why.to_string();
    let mut change = Change::unrecorded(Unrecorded::Continuation);
    change.write(rows::fail(&sync));
    change.write(rows::purge(&sync.provider_id));
    commit(origin, change).await.map(drop)
}

/// Cancels a run, keeping the changes already applied. Returns whether it was in progress.
pub async fn cancel(origin: &Origin, sync: &Sync) -> Result<bool, DatabaseError> {
    let facts = serde_json::json!({"provider": sync.provider, "state": "cancelled"});
    let mut change = Change::of(Subject::with(&sync.owner, "ldap-sync", &sync.id, &facts));
    let cancelled = change.decide(rows::cancel(&sync.id, origin.clock.now()));
    Ok(commit(origin, change).await?.took_effect(cancelled))
}

/// Starts due runs and continues active ones, within the limits of one tick.
pub async fn tend(origin: &Origin) -> Result<(), DatabaseError> {
    let began = origin.clock.now();
    let due = rows::due(began).and(rows::due_for_changes(began));
    let (full, changes) = due.fetch(&*origin.database).await?;
    let full = full.iter().map(|provider| (provider, false));
    // Where both are due, the full run covers the changes: the other one is refused as under way.
    for (provider, changes_only) in full.chain(changes.iter().map(|provider| (provider, true))) {
        let options = Options { changes_only, ..Options::default() };
        match start(origin, provider, options, "").await {
            Ok(_) | Err(StartError::UnderWay) => {}
            Err(StartError::Database(error)) => return Err(error),
            Err(error) => fail(origin, provider, options, &error).await?,
        }
    }
    let mut tick = Tick { ends_at: began.plus(TICK), ranges: RANGES, changes: CHANGES };
    while tick.goes_on(origin) {
        let now = origin.clock.now();
        let leased = rows::lease(now, now.plus(LEASE)).fetch(&*origin.database).await?;
        let Some(sync) = leased else { break };
        work(origin, sync, &mut tick).await?;
    }
    Ok(())
}

/// The remaining budget of a tick.
#[derive(Debug)]
struct Tick {
    ends_at: crate::core::time::UnixTime,
    ranges: u32,
    changes: u64,
}

impl Tick {
    fn goes_on(&self, origin: &Origin) -> bool {
        self.ranges > 0 && self.changes > 0 && origin.clock.now() < self.ends_at
    }

    const fn changed(&mut self, count: u64) {
        self.changes = self.changes.saturating_sub(count);
    }
}

/// Why a run stops or waits for the next tick.
enum Stop {
    /// A permanent failure.
    Failed(String),
    /// The directory is unavailable: the next tick retries.
    Later(String),
    /// The database failed: the next tick repeats the range.
    Database(DatabaseError),
}

impl From<DatabaseError> for Stop {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

/// Continues a run until the run or the tick ends.
async fn work(origin: &Origin, mut sync: Sync, tick: &mut Tick) -> Result<(), DatabaseError> {
    loop {
        let done = step(origin, &mut sync, tick).await;
        let (mut goes_on, mut pause) = (false, 0);
        match done {
            Ok(true) => {
                "done".clone_into(&mut sync.state);
                sync.why.clear();
            }
            Ok(false) => {
                sync.failures = 0;
                sync.why.clear();
                goes_on = tick.goes_on(origin);
            }
            Err(Stop::Failed(why)) => {
                "failed".clone_into(&mut sync.state);
                sync.why = why;
            }
            Err(Stop::Later(why)) => {
                sync.failures += 1;
                if sync.failures >= FAILURES {
                    "failed".clone_into(&mut sync.state);
                }
                sync.why = why;
                pause = PAUSE;
            }
            Err(Stop::Database(error)) => return Err(error),
        }
        let now = origin.clock.now();
        let free_at = (!goes_on).then(|| now.plus(pause));
        let mut change = if sync.state == "running" || is_uneventful(&sync) {
            Change::unrecorded(Unrecorded::Continuation)
        } else {
            Change::of(ended(&sync))
        };
        let stored = change.decide(rows::store(&sync, free_at, now));
        let is_ours = commit(origin, change).await?.took_effect(stored);
        if !is_ours || !goes_on {
            return Ok(());
        }
    }
}

/// Whether the schedule has read the changes of a directory, and nothing came of it.
fn is_uneventful(sync: &Sync) -> bool {
    let report = &sync.cursor.report;
    let changed =
        report.created + report.updated + report.enabled + report.disabled + report.refused;
    let is_routine = sync.started_by.is_empty() && sync.cursor.scope != SyncScope::Full;
    is_routine && sync.state == "done" && changed == 0
}

fn ended(sync: &Sync) -> Subject {
    let report = &sync.cursor.report;
    let facts = serde_json::json!({
        "provider": sync.provider, "state": sync.state, "dryRun": sync.is_dry_run, "why": sync.why,
        "created": report.created, "updated": report.updated, "enabled": report.enabled,
        "disabled": report.disabled, "refused": report.refused,
    });
    Subject::with(&sync.owner, "ldap-sync", &sync.id, &facts)
}

/// Reads and applies the next range, or disables departed users. Returns whether the run is
/// complete.
async fn step(origin: &Origin, sync: &mut Sync, tick: &mut Tick) -> Result<bool, Stop> {
    let provider = providers::by_id(&sync.provider_id).fetch(&*origin.database).await?;
    let gone = || Stop::Failed("the provider is gone".to_owned());
    let provider = provider.ok_or_else(gone)?;
    if super::offered::protocol_in_use(&provider) != Some(crate::core::federation::Protocol::Ldap) {
        return Err(Stop::Failed("the provider is not in use as a directory".to_owned()));
    }
    let directory = directory::of(origin, &provider);
    let directory = directory.map_err(|refusal| Stop::Failed(refusal.to_string()))?;
    let run = apply::Run { origin, provider: &provider, directory: &directory };
    let Some(pull) = Pull::new(&sync.cursor) else {
        return finish(run, sync, tick).await;
    };
    tick.ranges = tick.ranges.saturating_sub(1);
    let batch = directory::exchange(origin, &provider, &directory, pull, DEADLINE).await;
    let batch = batch.map_err(|failed| {
        let why = failed.refusal.to_string();
        let is_lasting = matches!(
            failed.refusal.check,
            "settings" | "service account" | "search" | "pages" | "entry"
        );
        if is_lasting { Stop::Failed(why) } else { Stop::Later(why) }
    })?;
    let changed = run.apply(sync, &batch, guard(&provider)).await?;
    sync.cursor.advance(&batch).map_err(|error| Stop::Failed(error.to_string()))?;
    tick.changed(changed);
    Ok(sync.cursor.due().is_none() && sync.cursor.scope != SyncScope::Full)
}

fn guard(provider: &Provider) -> Safeguard {
    let percent = provider.meta().attributes.get("syncDisablePercent");
    let percent = percent.and_then(serde_json::Value::as_u64);
    let percent = percent.and_then(|percent| u8::try_from(percent).ok());
    let usual = Safeguard::default();
    Safeguard { percent: percent.unwrap_or(usual.percent), ..usual }
}

/// Disables the accounts of departed users, within the tick's budget. Returns whether none remain.
async fn finish(run: apply::Run<'_>, sync: &mut Sync, tick: &mut Tick) -> Result<bool, Stop> {
    let guard = guard(run.provider);
    let refused = |error: crate::core::ldap::SafeguardError| Stop::Failed(error.to_string());
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    let report = &mut sync.cursor.report;
    if sync.is_dry_run {
        let missing = count(sync.active).saturating_sub(count(sync.seen));
        if missing > 0 {
            guard.allows(report.disabled + missing, count(sync.active)).map_err(refused)?;
            report.disabled += missing;
        }
        return Ok(true);
    }
    let missing = rows::missing(&sync.owner, &reference(run.provider), &sync.id);
    let missing = missing.fetch(&*run.origin.database).await?;
    let subjects: Vec<String> = missing.iter().map(|member| member.subject.clone()).collect();
    let (seen, disabled) = (report.people, report.disabled);
    disables(SyncScope::Full, &subjects, seen, count(sync.active), disabled, guard)
        .map_err(refused)?;
    let now = usize::try_from(tick.changes).unwrap_or(usize::MAX).min(missing.len());
    for member in missing.iter().take(now) {
        run.disable(sync, member, "is not in the directory any more").await?;
    }
    tick.changed(u64::try_from(now).unwrap_or(u64::MAX));
    Ok(now == missing.len())
}
