//! Web Authentication ceremonies that have begun, outside the steps of a sign-in: by which a sign-in begins,
//! and registrations of a person who is signed in.
//!
//! A ceremony is a row whose id is derived from its challenge and from what only this browser has: the cookie
//! of the form token, or the session. The finish takes the row, so that a challenge is answered once, in time,
//! and by the browser that asked for it. Pages in several tabs each have their own.

use super::csrf;
use crate::{
    core::{
        encoding::digest,
        limit::AttemptLimit,
        network::network,
        time::UnixTime,
        webauthn::{Challenge, TIMEOUT_SECONDS},
    },
    origin::{
        Origin,
        http::Request,
        store::{
            attempts::{self, Attempt},
            flows::{self, FlowRow},
            query::Query,
        },
    },
    ports::{DatabaseError, Statement},
};

/// Sign-ins by passkey that a network begins: the page of each visitor does.
const CHALLENGES: AttemptLimit = AttemptLimit::within(1000, 600);

/// A ceremony, named by what only this browser has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceremony(String);

impl Ceremony {
    /// A sign-in of the browser whose cookie of the form token has that value.
    pub fn of_browser(binding: &str, challenge: &Challenge) -> Self {
        Self(digest(&format!("assertion:{binding}:{challenge}")))
    }

    /// A sign-in of the browser that sent `request`; `None`: it has no cookie of a form token.
    pub fn of_request(origin: &Origin, request: &Request, challenge: &Challenge) -> Option<Self> {
        Some(Self::of_browser(csrf::binding(origin, request)?, challenge))
    }

    /// A registration in the session with that id.
    pub fn of_session(session: &str, challenge: &Challenge) -> Self {
        Self(digest(&format!("registration:{session}:{challenge}")))
    }

    /// Begins a sign-in, in the first of several databases: which one the person lives in is known when the
    /// passkey has been used. `false`: the network has begun too many.
    pub async fn begin_of_network(
        &self,
        origin: &Origin,
        request: &Request,
    ) -> Result<bool, DatabaseError> {
        let now = origin.clock.now();
        let slot = origin.slot("challenge", &network(&request.client_ip));
        let database = &*origin.directory().database;
        if attempts::count(database, &slot, CHALLENGES, now).await? != Attempt::Allowed {
            return Ok(false);
        }
        database.run(self.begin(now)).await?;
        Ok(true)
    }

    /// Begins it.
    pub fn begin(&self, now: UnixTime) -> Statement {
        flows::begin(&FlowRow {
            id: self.0.clone(),
            user_id: None,
            login: String::new(),
            state: "{}".to_owned(),
            revision: String::new(),
            expires_at: now.plus(TIMEOUT_SECONDS.into()),
        })
    }

    /// Takes it: whether it was begun and has not ended.
    pub fn take(&self, now: UnixTime) -> Query<bool> {
        flows::take(&self.0, now).map(|row| row.is_some())
    }
}
