//! Federation state: pending requests, replay cache, recent attempts per provider, and cached
//! provider documents.

use serde::Deserialize;

use super::query::Query;
use crate::{core::time::UnixTime, ports::Statement};

/// How many of the last sign-ins by a provider are kept.
const KEPT: i64 = 50;

/// A browser that is at an identity provider, or has come back from one.
#[derive(Debug, Clone, Deserialize)]
pub struct RequestRow {
    /// Digest of the state that the provider returns, or of the ticket.
    pub id: String,
    /// `away` or `back`.
    pub stage: String,
    /// `providers.id`
    pub provider_id: String,
    /// `providers.owner`
    pub owner: String,
    /// `providers.name`
    pub name: String,
    /// Digest of the cookie of the browser.
    pub browser: String,
    /// The purpose, as JSON.
    pub purpose: String,
    /// JSON: the protocol's data of a pending request, or the provider's assertion of a result.
    pub content: String,
    /// When it ends.
    pub expires_at: UnixTime,
}

/// Stores the row.
pub fn insert(row: &RequestRow) -> Statement {
    let sql = "INSERT INTO federation_requests (id, stage, provider_id, owner, name, browser, purpose, \
               content, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    Statement::new(sql)
        .bind(&row.id)
        .bind(&row.stage)
        .bind(&row.provider_id)
        .bind(&row.owner)
        .bind(&row.name)
        .bind(&row.browser)
        .bind(&row.purpose)
        .bind(&row.content)
        .bind(row.expires_at)
}

/// The row with that id.
pub fn find(id: &str, stage: &str, now: UnixTime) -> Query<Option<RequestRow>> {
    let sql = "SELECT * FROM federation_requests WHERE id = ?1 AND stage = ?2 AND expires_at > ?3";
    Query::first(Statement::new(sql).bind(id).bind(stage).bind(now))
}

/// Takes the row with that id out of the table: it is answered once, right or wrong.
pub fn take(id: &str, stage: &str, now: UnixTime) -> Query<Option<RequestRow>> {
    let sql = "DELETE FROM federation_requests WHERE id = ?1 AND stage = ?2 AND expires_at > ?3 \
               RETURNING *";
    Query::first(Statement::new(sql).bind(id).bind(stage).bind(now))
}

/// Notes what may be accepted once. Returns a row if it was not noted before.
pub fn once(id: &str, until: UnixTime) -> Statement {
    let sql = "INSERT INTO federation_replays (id, expires_at) VALUES (?1, ?2) \
               ON CONFLICT (id) DO NOTHING RETURNING id";
    Statement::new(sql).bind(id).bind(until)
}

/// A sign-in by a provider, for its administrators.
#[derive(Debug, Clone, Deserialize)]
pub struct Attempt {
    /// `providers.id`
    pub provider_id: String,
    /// When.
    pub at: UnixTime,
    /// The request id shown to the user.
    pub request_id: String,
    /// `providers.owner`
    pub owner: String,
    /// `accepted` or `refused`.
    pub outcome: String,
    /// Which check refused.
    pub check_name: String,
    /// The finding.
    pub detail: String,
    /// Whom the provider named, if that was verified.
    pub subject: String,
}

/// Notes the attempt, and forgets those before the last fifty of the provider.
pub fn note(attempt: &Attempt) -> [Statement; 2] {
    let noted = Statement::new(
        "INSERT INTO federation_attempts (provider_id, at, request_id, owner, outcome, check_name, \
         detail, subject) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
    )
    .bind(&attempt.provider_id)
    .bind(attempt.at)
    .bind(&attempt.request_id)
    .bind(&attempt.owner)
    .bind(&attempt.outcome)
    .bind(&attempt.check_name)
    .bind(&attempt.detail)
    .bind(&attempt.subject);
    let forgotten = Statement::new(
        "DELETE FROM federation_attempts WHERE provider_id = ?1 AND (at, request_id) < (SELECT at, \
         request_id FROM federation_attempts WHERE provider_id = ?1 ORDER BY at DESC, request_id DESC \
         LIMIT 1 OFFSET ?2)",
    )
    .bind(&attempt.provider_id)
    .bind(KEPT - 1);
    [noted, forgotten]
}

/// The last sign-ins by the provider, the latest first.
pub fn attempts(provider_id: &str) -> Query<Vec<Attempt>> {
    let sql = "SELECT * FROM federation_attempts WHERE provider_id = ?1 \
               ORDER BY at DESC, request_id DESC";
    Query::all(Statement::new(sql).bind(provider_id))
}

/// A document that a provider publishes.
#[derive(Debug, Clone, Deserialize)]
pub struct Document {
    /// Where.
    pub url: String,
    /// What.
    pub body: String,
    /// When it was fetched.
    pub fetched_at: UnixTime,
}

/// The document as it was last fetched.
pub fn document(url: &str) -> Query<Option<Document>> {
    let sql = "SELECT * FROM federation_documents WHERE url = ?1";
    Query::first(Statement::new(sql).bind(url))
}

/// Keeps the document in place of an older one.
pub fn keep(document: &Document) -> Statement {
    let sql = "INSERT INTO federation_documents (url, body, fetched_at) VALUES (?1, ?2, ?3) \
               ON CONFLICT (url) DO UPDATE SET body = ?2, fetched_at = ?3";
    Statement::new(sql).bind(&document.url).bind(&document.body).bind(document.fetched_at)
}

/// Removes rows expired by `now`, and documents unused for a month.
pub fn purge(now: UnixTime) -> [Statement; 3] {
    let ended = |table: &str| {
        Statement::new(format!("DELETE FROM {table} WHERE expires_at <= ?1")).bind(now)
    };
    [
        ended("federation_requests"),
        ended("federation_replays"),
        Statement::new("DELETE FROM federation_documents WHERE fetched_at <= ?1")
            .bind(now.plus(-30 * 24 * 3600)),
    ]
}
