//! Directory synchronizations and their account state.

use serde::Deserialize;

use super::{json_text, providers::Provider, query::Query, resource::Stored};
use crate::{
    core::{ldap::Cursor, time::UnixTime},
    ports::{Statement, flag, json},
};

/// How many runs of each provider are kept.
const KEPT: i64 = 50;

/// A run.
#[derive(Debug, Clone, Deserialize)]
pub struct Sync {
    /// UUID.
    pub id: String,
    /// `providers.owner`
    pub owner: String,
    /// `providers.id`
    pub provider_id: String,
    /// `providers.name`
    pub provider: String,
    /// `running`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// Whether nothing is applied.
    #[serde(deserialize_with = "flag")]
    pub is_dry_run: bool,
    /// What is left to read, and the report.
    #[serde(deserialize_with = "json")]
    pub cursor: Cursor,
    /// Active accounts of the directory when it began.
    pub active: i64,
    /// Of these, those that were seen.
    pub seen: i64,
    /// Failures of the directory, one after another.
    pub failures: i64,
    /// Why it failed, or the last failure.
    pub why: String,
    /// `owner/name`; empty: the schedule.
    pub started_by: String,
    /// Until then a tick of the schedule works at it.
    pub leased_until: UnixTime,
    /// When it began.
    pub created_at: UnixTime,
    /// When it last went on.
    pub updated_at: UnixTime,
    /// When it ended.
    pub ended_at: Option<UnixTime>,
}

/// An account of a directory.
#[derive(Debug, Clone, Deserialize)]
pub struct Member {
    /// `identities.subject`
    pub subject: String,
    /// `users.id`
    pub user_id: String,
    /// Of the entry as it was last taken over; empty: it was not.
    pub fingerprint: String,
    /// Whether the account is disabled or deleted.
    #[serde(deserialize_with = "flag")]
    pub is_barred: bool,
    /// Whether a synchronization has disabled it.
    #[serde(deserialize_with = "flag")]
    pub is_left: bool,
}

/// Stores a run that begins, unless one of the provider is under way. Counts the active accounts.
pub fn begin(sync: &Sync, identities: &str) -> Statement {
    let sql = "INSERT INTO ldap_syncs (id, owner, provider_id, provider, state, is_dry_run, cursor, \
               active, started_by, created_at, updated_at) \
               SELECT ?1, ?2, ?3, ?4, 'running', ?5, ?6, (SELECT count(*) FROM identities \
               JOIN users ON users.id = user_id WHERE identities.owner = ?2 \
               AND identities.provider = ?9 AND NOT is_forbidden AND deleted_at IS NULL), ?7, ?8, ?8 \
               WHERE NOT EXISTS (SELECT 1 FROM ldap_syncs WHERE provider_id = ?3 AND state = 'running') \
               RETURNING id";
    new_row(sql, sync).bind(identities)
}

/// Stores a run that the schedule could not begin, as failed.
pub fn fail(sync: &Sync) -> Statement {
    let sql = "INSERT INTO ldap_syncs (id, owner, provider_id, provider, state, is_dry_run, cursor, active, why, \
               started_by, created_at, updated_at, ended_at) \
               VALUES (?1, ?2, ?3, ?4, 'failed', ?5, ?6, 0, ?9, ?7, ?8, ?8, ?8)";
    new_row(sql, sync).bind(&sync.why)
}

/// `sql` with what every new row has, as `?1` to `?8`.
fn new_row(sql: &'static str, sync: &Sync) -> Statement {
    Statement::new(sql)
        .bind(&sync.id)
        .bind(&sync.owner)
        .bind(&sync.provider_id)
        .bind(&sync.provider)
        .bind(sync.is_dry_run)
        .bind(json_text(&sync.cursor))
        .bind(&sync.started_by)
        .bind(sync.created_at)
}

/// Removes the oldest runs of the provider, except the last full ones: the schedule counts from them.
pub fn purge(provider_id: &str) -> Statement {
    let sql = format!(
        "DELETE FROM ldap_syncs WHERE provider_id = ?1 AND state <> 'running' AND id NOT IN \
         (SELECT id FROM ldap_syncs WHERE provider_id = ?1 ORDER BY created_at DESC LIMIT ?2) \
         AND id NOT IN (SELECT id FROM ldap_syncs WHERE provider_id = ?1 AND {IS_FULL} \
         ORDER BY created_at DESC LIMIT 1) \
         AND id NOT IN (SELECT id FROM ldap_syncs WHERE provider_id = ?1 AND {IS_FULL} \
         AND state = 'done' ORDER BY created_at DESC LIMIT 1)"
    );
    Statement::new(sql).bind(provider_id).bind(KEPT)
}

/// The condition that a run reads the whole directory and applies it.
const IS_FULL: &str = "json_extract(cursor, '$.scope') = 'full' AND NOT is_dry_run";

/// Takes the run that has waited longest, until the lease ends. Those whose directory has just failed come last: a
/// directory that does not respond takes the time of a tick.
pub fn lease(now: UnixTime, until: UnixTime) -> Query<Option<Sync>> {
    let sql = "UPDATE ldap_syncs SET leased_until = ?2 WHERE id = (SELECT id FROM ldap_syncs \
               WHERE state = 'running' AND leased_until <= ?1 \
               ORDER BY failures > 0, leased_until LIMIT 1) \
               RETURNING *";
    Query::first(Statement::new(sql).bind(now).bind(until))
}

/// Stores how far a run has come. Other ticks may take it at `free_at`; `None`: this one goes on. Returns a row unless it was
/// cancelled, or another tick has taken it.
pub fn store(sync: &Sync, free_at: Option<UnixTime>, now: UnixTime) -> Statement {
    // Later runs come first: `leased_until` is the order in which they wait.
    let sql = "UPDATE ldap_syncs SET state = ?2, cursor = ?3, seen = ?4, failures = ?5, why = ?6, \
               leased_until = coalesce(?7, leased_until), updated_at = ?8, \
               ended_at = iif(?2 = 'running', NULL, ?8) \
               WHERE id = ?1 AND state = 'running' AND leased_until = ?9 RETURNING id";
    Statement::new(sql)
        .bind(&sync.id)
        .bind(&sync.state)
        .bind(json_text(&sync.cursor))
        .bind(sync.seen)
        .bind(sync.failures)
        .bind(&sync.why)
        .bind(free_at)
        .bind(now)
        .bind(sync.leased_until)
}

/// Cancels a run. Returns a row if it was under way.
pub fn cancel(id: &str, now: UnixTime) -> Statement {
    let sql = "UPDATE ldap_syncs SET state = 'cancelled', updated_at = ?2, ended_at = ?2 \
               WHERE id = ?1 AND state = 'running' RETURNING id";
    Statement::new(sql).bind(id).bind(now)
}

/// The run of that organization with that id.
pub fn find(owner: &str, id: &str) -> Query<Option<Sync>> {
    let sql = "SELECT * FROM ldap_syncs WHERE id = ?1 AND owner = ?2";
    Query::first(Statement::new(sql).bind(id).bind(owner))
}

/// The last runs of an organization, the latest first.
pub fn list(owner: &str) -> Query<Vec<Sync>> {
    let sql = "SELECT * FROM ldap_syncs WHERE owner = ?1 ORDER BY created_at DESC, id LIMIT ?2";
    Query::all(Statement::new(sql).bind(owner).bind(KEPT))
}

/// The last run of the provider that was applied to its end.
pub fn last_done(provider_id: &str) -> Query<Option<Sync>> {
    let sql = "SELECT * FROM ldap_syncs WHERE provider_id = ?1 AND state = 'done' AND NOT is_dry_run \
               ORDER BY created_at DESC LIMIT 1";
    Query::first(Statement::new(sql).bind(provider_id))
}

/// The providers whose next full run is due, those that have waited longest first.
pub fn due(now: UnixTime) -> Query<Vec<Provider>> {
    let last = format!("max(iif({IS_FULL}, ldap_syncs.created_at, 0))");
    due_since(&last, "3600 * json_extract(attributes, '$.syncEvery')", "1", now)
}

/// The providers whose next run over changes is due: not before a full run was applied to its end.
pub fn due_for_changes(now: UnixTime) -> Query<Vec<Provider>> {
    let is_known = format!("total(state = 'done' AND {IS_FULL}) > 0");
    let last = "max(iif(is_dry_run, 0, ldap_syncs.created_at))";
    due_since(last, "60 * json_extract(attributes, '$.syncChangesEvery')", &is_known, now)
}

/// The providers without a run under way for whom `interval` seconds have passed since `last`; both conditions are over
/// the provider's runs.
fn due_since(last: &str, interval: &str, condition: &str, now: UnixTime) -> Query<Vec<Provider>> {
    let sql = format!(
        "SELECT providers.* FROM providers JOIN (SELECT providers.id, coalesce({last}, 0) AS last, \
         total(state = 'running') AS running, {condition} AS is_ready FROM providers \
         LEFT JOIN ldap_syncs ON provider_id = providers.id WHERE lower(category) = 'ldap' \
         AND {interval} > 0 GROUP BY providers.id) AS known ON known.id = providers.id \
         WHERE running = 0 AND is_ready AND last <= ?1 - {interval} ORDER BY last, providers.id LIMIT 20"
    );
    Query::all(Statement::new(sql).bind(now))
}

/// The accounts in `owner` of these people of a directory.
pub fn members(owner: &str, identities: &str, subjects: &[&str]) -> Query<Vec<Member>> {
    let sql = "SELECT subject, user_id, fingerprint, \
               (is_left AND json_extract(users.attributes, '$.restrictions.isForbidden') IS NULL) AS is_left, \
               (is_forbidden OR deleted_at IS NOT NULL) AS is_barred \
               FROM json_each(?3) AS wanted CROSS JOIN identities ON identities.owner = ?1 \
               AND identities.provider = ?2 AND identities.subject = wanted.value \
               JOIN users ON users.id = user_id";
    let subjects = json_text(&subjects);
    Query::all(Statement::new(sql).bind(owner).bind(identities).bind(subjects))
}

/// The active accounts of a directory that the run `id` has not seen.
pub fn missing(owner: &str, identities: &str, id: &str) -> Query<Vec<Member>> {
    let sql = "SELECT subject, user_id, fingerprint, is_left, 0 AS is_barred FROM identities \
               JOIN users ON users.id = user_id WHERE identities.owner = ?1 \
               AND identities.provider = ?2 AND seen_by <> ?3 AND NOT is_forbidden \
               AND deleted_at IS NULL ORDER BY subject";
    Query::all(Statement::new(sql).bind(owner).bind(identities).bind(id))
}

/// What a run notes of an identity: the subject, a new digest (`None`: as it was), and whether the account has been
/// disabled because the directory says so (`None`: as it was).
pub type Noted<'a> = (&'a str, Option<String>, Option<bool>);

/// Notes that the run `id` has seen these.
pub fn note(owner: &str, identities: &str, id: &str, noted: &[Noted<'_>]) -> Statement {
    // Materialized, or SQLite reads the list once for each identity of the provider.
    let sql = "WITH noted AS MATERIALIZED (SELECT ?1 AS owner, ?2 AS provider, value ->> 0 AS subject, \
               value ->> 1 AS fingerprint, value ->> 2 AS is_left FROM json_each(?4)) \
               UPDATE identities SET seen_by = ?3, fingerprint = coalesce(noted.fingerprint, identities.fingerprint), \
               is_left = coalesce(noted.is_left, identities.is_left) FROM noted \
               WHERE identities.owner = noted.owner AND identities.provider = noted.provider \
               AND identities.subject = noted.subject";
    Statement::new(sql).bind(owner).bind(identities).bind(id).bind(json_text(&noted))
}

/// The usernames and addresses of `owner` among these.
pub fn taken(owner: &str, names: &[String]) -> Query<Vec<Taken>> {
    let sql = "SELECT users.name AS text FROM json_each(?2) AS wanted CROSS JOIN users \
               ON users.owner = ?1 AND users.name = wanted.value UNION \
               SELECT users.email FROM json_each(?2) AS wanted CROSS JOIN users \
               ON users.owner = ?1 AND users.email = wanted.value AND users.email <> '' UNION \
               SELECT users.phone FROM json_each(?2) AS wanted CROSS JOIN users \
               ON users.owner = ?1 AND users.phone = wanted.value AND users.phone <> ''";
    Query::all(Statement::new(sql).bind(owner).bind(json_text(&names)))
}

/// A login that a user has.
#[derive(Debug, Deserialize)]
pub struct Taken {
    /// The username or address.
    pub text: String,
}

/// The run of `provider` that begins now.
pub fn new(provider: &Provider, id: String, cursor: Cursor, now: UnixTime) -> Sync {
    let meta = provider.meta();
    Sync {
        id,
        owner: meta.owner.clone(),
        provider_id: meta.id.clone(),
        provider: meta.name.clone(),
        state: "running".to_owned(),
        is_dry_run: false,
        cursor,
        active: 0,
        seen: 0,
        failures: 0,
        why: String::new(),
        started_by: String::new(),
        leased_until: UnixTime(0),
        created_at: now,
        updated_at: now,
        ended_at: None,
    }
}
