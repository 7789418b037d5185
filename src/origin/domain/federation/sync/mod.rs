//! Synchronizations of directories with accounts: how they begin, go on with each tick of the schedule, and end.
//!
//! A run reads the directory in ranges (`core::ldap`). A range is read and applied whole; a tick that dies
//! repeats its range, which changes nothing twice. An account that an administrator has disabled stays so, and
//! the directory says nothing of accounts that hold more than its administrators.

mod apply;

use crate::{
    core::{
        encoding::uuid,
        ldap::{Cursor, Directory, Pull, Safeguard, SyncScope, disables},
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

/// How long a tick works, in seconds.
const TICK: i64 = 20;

/// How long a tick may hold a run, in seconds.
const LEASE: i64 = 120;

/// How long a directory may take for a range, in milliseconds.
const DEADLINE: u32 = 30_000;

/// The most ranges that a tick reads: a dozen statements each, of the thousand that D1 allows an invocation.
const RANGES: u32 = 40;

/// The most accounts that a tick changes one by one. Those that are made are made a range at a time.
const CHANGES: u64 = 100;

/// How often a directory may fail, one tick after another, before the run does.
const FAILURES: i64 = 10;

/// Seconds before the latest change that the next run over changes begins at: servers replicate late.
const OVERLAP: i64 = 900;

/// Why a run does not begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// One is under way.
    #[error("a run of the directory is under way: cancel it first, or wait for its end")]
    UnderWay,
    /// The record cannot be used.
    #[error("{0}")]
    Settings(String),
    /// No run has seen what changes since.
    #[error("a run over changes needs a full run before it")]
    NoFullRun,
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// How a run is made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Whether nothing is applied.
    pub is_dry_run: bool,
    /// Whether only entries are read that have changed since the last run. Who has left is not seen.
    pub changes_only: bool,
}

/// Begins a run; `by`: `owner/name` of who starts it, or empty.
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

/// Ends a run that is under way; what it has applied stays. Returns whether it was.
pub async fn cancel(origin: &Origin, sync: &Sync) -> Result<bool, DatabaseError> {
    let facts = serde_json::json!({"provider": sync.provider, "state": "cancelled"});
    let mut change = Change::of(Subject::with(&sync.owner, "ldap-sync", &sync.id, &facts));
    let cancelled = change.decide(rows::cancel(&sync.id, origin.clock.now()));
    Ok(commit(origin, change).await?.took_effect(cancelled))
}

/// Begins the runs that are due, and goes on with those under way, as far as a tick of the schedule gets.
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
            Err(error) => origin.failed("ldap.sync", error),
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

/// What a tick may still do.
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

/// Why a run ends, or waits for the next tick.
enum Stop {
    /// It cannot go on.
    Failed(String),
    /// The directory does not answer: the next tick tries again.
    Later(String),
    /// The database did not answer: the next tick repeats the range.
    Database(DatabaseError),
}

impl From<DatabaseError> for Stop {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

/// Goes on with a run until it ends or the tick does.
async fn work(origin: &Origin, mut sync: Sync, tick: &mut Tick) -> Result<(), DatabaseError> {
    loop {
        let done = step(origin, &mut sync, tick).await;
        let mut goes_on = false;
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
                tick.ranges = 0;
            }
            Err(Stop::Database(error)) => return Err(error),
        }
        let now = origin.clock.now();
        let mut change = if sync.state == "running" || is_uneventful(&sync) {
            Change::unrecorded(Unrecorded::Continuation)
        } else {
            Change::of(ended(&sync))
        };
        let stored = change.decide(rows::store(&sync, goes_on, now));
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

/// Reads and applies the range that is due, or disables who has left. Returns whether the run is over.
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
    let changed = run.apply(sync, &batch, guard(&provider, &directory)).await?;
    sync.cursor.advance(&batch).map_err(|error| Stop::Failed(error.to_string()))?;
    tick.changed(changed);
    Ok(sync.cursor.due().is_none() && sync.cursor.scope != SyncScope::Full)
}

fn guard(provider: &Provider, _: &Directory) -> Safeguard {
    let percent = provider.meta().attributes.get("syncDisablePercent");
    let percent = percent.and_then(serde_json::Value::as_u64);
    let percent = percent.and_then(|percent| u8::try_from(percent).ok());
    let usual = Safeguard::default();
    Safeguard { percent: percent.unwrap_or(usual.percent), ..usual }
}

/// Disables the accounts of those who have left the directory, as many as the tick gets to. Returns whether
/// none is left.
async fn finish(run: apply::Run<'_>, sync: &mut Sync, tick: &mut Tick) -> Result<bool, Stop> {
    let guard = guard(run.provider, run.directory);
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
