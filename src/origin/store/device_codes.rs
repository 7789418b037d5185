//! Device codes (RFC 8628): requested by a device, approved by a user, redeemed once.

use serde::Deserialize;

use super::{
    clients::{self, Registered},
    consents::Consent,
    organizations::Organization,
    purges::{self, Key},
    query::Query,
};
use crate::{
    core::time::UnixTime,
    ports::{Database, DatabaseError, Statement, flag, json},
};

/// A device code as stored: its digest only. The user code is short-lived and worth nothing
/// without a session.
#[derive(Debug, Clone, Deserialize)]
pub struct DeviceCode {
    /// base64url(SHA-256) of the `device_code`.
    pub digest: String,
    /// The user code.
    pub user_code: String,
    /// The client that asked.
    pub client_id: String,
    /// For what.
    pub scope: String,
    /// The requested audience (RFC 8707).
    pub resource: Option<String>,
    /// `pending`, `approved`, `denied` or `redeemed`.
    pub state: String,
    /// Asked for without a client secret.
    #[serde(deserialize_with = "flag")]
    pub is_public: bool,
    /// The user who approved it.
    pub user_id: Option<String>,
    /// In which browser session.
    pub session_id: Option<String>,
    /// When that user signed in.
    pub auth_time: Option<UnixTime>,
    /// How (`amr`).
    #[serde(deserialize_with = "json")]
    pub methods: Vec<String>,
    /// Whether that user was asked for platform authority.
    #[serde(deserialize_with = "flag", default)]
    pub platform_asked: bool,
    /// Seconds that must pass between polls.
    pub poll_interval: i64,
    /// The last poll.
    pub polled_at: Option<UnixTime>,
    /// When it ends.
    pub expires_at: UnixTime,
    /// When it was requested.
    pub created_at: UnixTime,
}

/// The user who decides about a device, and their sign-in.
#[derive(Debug, Clone)]
pub struct Approver {
    /// `users.id`
    pub user_id: String,
    /// `sessions.id`
    pub session_id: Option<String>,
    /// When the user signed in.
    pub auth_time: UnixTime,
    /// How (`amr`).
    pub methods: Vec<String>,
    /// Whether the user was asked for platform authority.
    pub platform_asked: bool,
}

/// Adds a device code. A user code that is in use already is a conflict.
pub async fn insert(database: &dyn Database, code: &DeviceCode) -> Result<(), DatabaseError> {
    let statement = Statement::new(
        "INSERT INTO device_codes (digest, user_code, client_id, scope, resource, is_public, \
         poll_interval, expires_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )
    .bind(&code.digest)
    .bind(&code.user_code)
    .bind(&code.client_id)
    .bind(&code.scope)
    .bind(code.resource.as_deref())
    .bind(code.is_public)
    .bind(code.poll_interval)
    .bind(code.expires_at)
    .bind(code.created_at);
    database.run(statement).await.map(drop)
}

/// The device code with that digest, in any state.
pub fn find(digest: &str) -> Query<Option<DeviceCode>> {
    Query::first(Statement::new("SELECT * FROM device_codes WHERE digest = ?1").bind(digest))
}

/// The device code that waits for a decision under `user_code`.
pub fn find_pending(user_code: &str, now: UnixTime) -> Query<Option<DeviceCode>> {
    let statement = Statement::new(
        "SELECT * FROM device_codes WHERE user_code = ?1 AND state = 'pending' AND expires_at > ?2",
    )
    .bind(user_code)
    .bind(now);
    Query::first(statement)
}

/// Removes a code that waits for a decision, and returns its digest if there was one.
pub fn take_pending(digest: &str) -> Statement {
    Statement::new(
        "DELETE FROM device_codes WHERE digest = ?1 AND state = 'pending' RETURNING digest",
    )
    .bind(digest)
}

/// The client of the pending `user_code`.
pub fn client(user_code: &str) -> Query<Option<Registered>> {
    clients::selected(
        "client_id = (SELECT client_id FROM device_codes WHERE user_code = ?1)",
        user_code,
    )
}

/// The organization of the client of the pending `user_code`.
pub fn organization(user_code: &str) -> Query<Option<Organization>> {
    let statement = Statement::new(
        "SELECT * FROM organizations WHERE name = (SELECT organization FROM applications \
         WHERE client_id = (SELECT client_id FROM device_codes WHERE user_code = ?1))",
    );
    Query::first(statement.bind(user_code))
}

/// The consents of these users to the client of the pending `user_code`.
pub fn consents(user_code: &str, user_ids: &[String]) -> Query<Vec<Consent>> {
    let statement = Statement::new(
        "SELECT * FROM consents WHERE user_id IN (SELECT value FROM json_each(?1)) \
         AND client_id = (SELECT client_id FROM device_codes WHERE user_code = ?2)",
    );
    Query::all(statement.bind(super::json_text(&user_ids)).bind(user_code))
}

/// Approves or denies what waits under `user_code`, once and while the session lasts in which that is
/// decided. A row comes back for the call that does it.
pub fn decision(user_code: &str, approver: &Approver, allow: bool, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE device_codes SET state = ?2, user_id = ?3, session_id = ?4, auth_time = ?5, \
         methods = ?6, platform_asked = ?8 WHERE user_code = ?1 AND state = 'pending' AND expires_at > ?7 \
         AND (?4 IS NULL OR EXISTS (SELECT 1 FROM sessions WHERE id = ?4 AND user_id = ?3)) \
         RETURNING digest",
    )
    .bind(user_code)
    .bind(if allow { "approved" } else { "denied" })
    .bind(&approver.user_id)
    .bind(approver.session_id.as_deref())
    .bind(approver.auth_time)
    .bind(super::json_text(&approver.methods))
    .bind(now)
    .bind(approver.platform_asked)
}

/// Remembers a poll and the interval that it leaves.
pub async fn polled(
    database: &dyn Database,
    digest: &str,
    interval: i64,
    now: UnixTime,
) -> Result<(), DatabaseError> {
    let statement = Statement::new(
        "UPDATE device_codes SET polled_at = ?3, poll_interval = MAX(poll_interval, ?2) \
         WHERE digest = ?1",
    )
    .bind(digest)
    .bind(interval)
    .bind(now);
    database.run(statement).await.map(drop)
}

/// Redeems an approved device code for the grant `grant_id`, once. Returns a row if this statement
/// did it.
pub fn redemption(digest: &str, grant_id: &str, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE device_codes SET state = 'redeemed', grant_id = ?2 \
         WHERE digest = ?1 AND state = 'approved' AND expires_at > ?3 RETURNING digest",
    )
    .bind(digest)
    .bind(grant_id)
    .bind(now)
}

/// Denies the unredeemed codes that the user approved in the session.
pub fn voiding_in_session(user_id: &str, session_id: &str) -> Statement {
    Statement::new(
        "UPDATE device_codes SET state = 'denied' \
         WHERE user_id = ?1 AND session_id = ?2 AND state = 'approved'",
    )
    .bind(user_id)
    .bind(session_id)
}

/// Denies the unredeemed codes that the user approved.
pub fn voiding_of_user(user_id: &str) -> Statement {
    Statement::new(
        "UPDATE device_codes SET state = 'denied' WHERE user_id = ?1 AND state = 'approved'",
    )
    .bind(user_id)
}

/// Denies the unredeemed codes that the user approved for the client.
pub fn voiding_between(user_id: &str, client_id: &str) -> Statement {
    Statement::new(
        "UPDATE device_codes SET state = 'denied' \
         WHERE user_id = ?1 AND client_id = ?2 AND state = 'approved'",
    )
    .bind(user_id)
    .bind(client_id)
}

/// Removes, in parts, the device codes that expired before `before`.
pub fn purge(before: UnixTime, begins: bool) -> [Statement; 2] {
    let [advance, remove] =
        purges::part("device_codes", Key::text("digest"), begins, "expires_at < ?1");
    [advance, remove.bind(before)]
}
