//! Front-channel logout (OpenID Connect Front-Channel Logout 1.0): the frames of the signed-out page.
//!
//! The other way, the back channel, is queued with every revocation of a session ([`super::revocation`]).

use super::change::{Change, Committed, Position};
use crate::{
    core::{
        redirect::{encoded, web_origin},
        time::UnixTime,
    },
    origin::{
        Origin,
        store::{
            logouts::{self, Framed},
            sessions::Session,
        },
    },
    ports::DatabaseError,
};

/// A frame of the signed-out page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it loads, with issuer and session (§2).
    pub address: String,
    /// The web origin of that, for the page's content security policy.
    pub origin: String,
}

/// Has `change` read which applications of `session` are told in the browser. It has to come before the
/// revocation of the session.
pub fn read(change: &mut Change, session: &Session, now: UnixTime) -> Position {
    change.write(logouts::framed(&session.user_id, &session.id, now))
}

/// The frames that [`read`] found at those positions.
pub fn frames(
    origin: &Origin,
    committed: &Committed,
    positions: &[Position],
) -> Result<Vec<Frame>, DatabaseError> {
    let rows = positions.iter().flat_map(|position| committed.rows(*position));
    let mut frames = Vec::new();
    for row in rows {
        let Framed { frontchannel_logout_uri: uri, session_id, issuer } =
            row.clone().into_record()?;
        let issuer = if issuer.is_empty() { origin.config.issuer.clone() } else { issuer };
        let Some(origin) = web_origin(&uri) else { continue };
        let separator = if uri.contains('?') { '&' } else { '?' };
        let query = encoded(&[("iss", issuer), ("sid", session_id)]);
        frames.push(Frame { address: format!("{uri}{separator}{query}"), origin });
    }
    Ok(frames)
}
