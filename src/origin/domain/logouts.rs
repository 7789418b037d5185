//! Front-channel logout (OpenID Connect Front-Channel Logout 1.0): the iframes of the signed-out
//! page. Back-channel logout is queued with every revocation of a session ([`super::revocation`]).

use super::change::{Change, Committed, Position};
use crate::{
    core::{oauth::frontchannel::Frame, time::UnixTime},
    origin::{
        Origin,
        store::{
            logouts::{self, Framed},
            sessions::Session,
        },
    },
    ports::DatabaseError,
};

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
        let told: Framed = row.clone().into_record()?;
        let issuer = if told.issuer.is_empty() { &origin.config.issuer } else { &told.issuer };
        frames.extend(Frame::new(&told.frontchannel_logout_uri, issuer, &told.session_id));
    }
    Ok(frames)
}
