//! Logout notifications: applications with a live grant in a session, and the queue of logout
//! tokens, shared with all deliveries.

use serde::Deserialize;

use crate::{core::time::UnixTime, ports::Statement};

/// Which sessions of a user end, and for which application.
#[derive(Debug, Clone, Copy)]
pub enum Ending<'a> {
    /// All of them, for all applications.
    Every,
    /// One of them, for all applications.
    Session(&'a str),
    /// All of them, for one application.
    Client(&'a str),
    /// One of them, for one application.
    ClientInSession(&'a str, &'a str),
}

/// Queues a logout token for each application with a live grant in the sessions that end. It has to run
/// before the statements that end the grants and the sessions.
pub fn queue(user_id: &str, ending: Ending<'_>, now: UnixTime) -> Statement {
    let (session_id, client_id) = match ending {
        Ending::Every => (None, None),
        Ending::Session(id) => (Some(id), None),
        Ending::Client(client_id) => (None, Some(client_id)),
        Ending::ClientInSession(client_id, id) => (Some(id), Some(client_id)),
    };
    Statement::new(
        "INSERT INTO deliveries (receiver, number, organization_id, client_id, subject, \
         session_id, issuer, due_at, created_at) \
         SELECT DISTINCT 'logout:' || grants.client_id || ':' || session_id, 0, '', \
         grants.client_id, grants.user_id, session_id, coalesce(sessions.issuer, ''), ?2, ?2 \
         FROM grants JOIN applications ON applications.client_id = grants.client_id \
         LEFT JOIN sessions ON sessions.user_id = grants.user_id AND sessions.id = session_id \
         WHERE grants.user_id = ?1 AND session_id IS NOT NULL AND revoked_at IS NULL \
         AND grants.expires_at > ?2 AND (?3 IS NULL OR session_id = ?3) \
         AND (?4 IS NULL OR grants.client_id = ?4) \
         AND backchannel_logout_uri <> '' AND NOT is_disabled \
         ON CONFLICT (receiver, number) DO UPDATE SET state = 'pending', attempts = 0, \
         due_at = excluded.due_at",
    )
    .bind(user_id)
    .bind(now)
    .bind(session_id)
    .bind(client_id)
}

/// An application that the signed-out page loads in a frame.
#[derive(Debug, Clone, Deserialize)]
pub struct Framed {
    /// Its address.
    pub frontchannel_logout_uri: String,
    /// The session that ends.
    pub session_id: String,
    /// The issuer of the session's tokens; empty: the default one.
    pub issuer: String,
}

/// The most frames of a page.
const FRAMES: i64 = 20;

/// The applications with a live grant in a session that are told in the browser ([`Framed`]). It has to run
/// before the statements that end the grants.
pub fn framed(user_id: &str, session_id: &str, now: UnixTime) -> Statement {
    Statement::new(
        "SELECT DISTINCT frontchannel_logout_uri, session_id, coalesce(sessions.issuer, '') AS issuer \
         FROM grants JOIN applications ON applications.client_id = grants.client_id \
         LEFT JOIN sessions ON sessions.user_id = grants.user_id AND sessions.id = session_id \
         WHERE grants.user_id = ?1 AND session_id = ?2 AND revoked_at IS NULL \
         AND grants.expires_at > ?3 AND frontchannel_logout_uri <> '' AND NOT is_disabled \
         ORDER BY frontchannel_logout_uri LIMIT ?4",
    )
    .bind(user_id)
    .bind(session_id)
    .bind(now)
    .bind(FRAMES)
}
