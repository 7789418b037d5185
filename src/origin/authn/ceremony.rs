//! Pending Web Authentication ceremonies outside the steps of a sign-in: those that begin a
//! sign-in, and registrations of a signed-in user.
//!
//! A ceremony is a row whose id is derived from its challenge and from the browser's form-token
//! cookie or session. The finish consumes the row, so that a challenge is answered once, in time,
//! and by the browser that requested it. Pages in several tabs each have their own.

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

/// Limit of passkey ceremonies per network; every visit of the page starts one.
const CHALLENGES: AttemptLimit = AttemptLimit::within(1000, 600);

/// A ceremony bound to a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceremony(String);

impl Ceremony {
    /// A sign-in of the browser with that form-token cookie.
    pub fn of_browser(binding: &str, challenge: &Challenge) -> Self {
        Self(digest(&format!("assertion:{binding}:{challenge}")))
    }

    /// A sign-in of the browser that sent `request`; `None` without a form-token cookie.
    pub fn of_request(origin: &Origin, request: &Request, challenge: &Challenge) -> Option<Self> {
        Some(Self::of_browser(csrf::binding(origin, request)?, challenge))
    }

    /// A registration in the session with that id.
    pub fn of_session(session: &str, challenge: &Challenge) -> Self {
        Self(digest(&format!("registration:{session}:{challenge}")))
    }

    /// Starts a sign-in in database 0, because the user's database is unknown until the passkey is
    /// used; `false` if the network has started too many.
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

    /// Starts the ceremony.
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

    /// Consumes the ceremony; returns whether it was pending.
    pub fn take(&self, now: UnixTime) -> Query<bool> {
        flows::take(&self.0, now).map(|row| row.is_some())
    }
}
