//! Storage of multi-step sign-ins between requests.
//!
//! The row's id is derived from the form-token cookie ([`csrf`]) and the client: a browser has one
//! sign-in per client, no other browser knows its id, and forms do not carry it. Every step names
//! the revision that it read, so that one of two concurrent steps is refused, and each challenge is
//! answered once.

use super::{csrf, session};
use crate::{
    core::{
        encoding::{base64url, digest},
        signin::Flow,
        time::UnixTime,
    },
    origin::{
        Origin,
        domain::change::{Change, Position},
        http::Request,
        store::{
            flows::{self, FlowRow},
            json_text,
            query::Query,
        },
    },
    ports::{DatabaseError, Statement},
};

/// A pending sign-in.
#[derive(Debug, Clone)]
pub struct Pending {
    id: String,
    /// The entered login.
    pub login: String,
    /// Its state.
    pub flow: Flow,
    /// The revision read; `None` if not stored yet.
    revision: Option<String>,
}

/// The id of the browser's sign-in to `client_id` (empty for the account pages); `None` without a
/// form-token cookie.
pub fn id(origin: &Origin, request: &Request, client_id: &str) -> Option<String> {
    let binding = csrf::binding(origin, request)?;
    Some(id_of(binding, client_id))
}

/// [`id`], with the cookie to set if the browser has none.
pub fn bound_id(origin: &Origin, request: &Request, client_id: &str) -> (String, Option<String>) {
    let (binding, cookie) = csrf::bound(origin, request);
    (id_of(&binding, client_id), cookie)
}

/// The id of a sign-in to `client_id` by a caller without cookies, identified by its `nonce`.
pub fn id_of_nonce(nonce: &str, client_id: &str) -> String {
    digest(&format!("nonce:{nonce}:{client_id}"))
}

fn id_of(binding: &str, client_id: &str) -> String {
    digest(&format!("flow:{binding}:{client_id}"))
}

/// The sign-in with that id.
pub fn find(id: &str, now: UnixTime) -> Query<Option<Pending>> {
    flows::find(id, now).and_then(|row| row.map(Pending::read).transpose())
}

/// Consumes the sign-in with that id, if no factor has been proven in it.
pub fn take(id: &str, now: UnixTime) -> Query<Option<Flow>> {
    flows::take(id, now).and_then(|row| row.as_ref().map(flow_of).transpose())
}

fn flow_of(row: &FlowRow) -> Result<Flow, DatabaseError> {
    serde_json::from_str(&row.state)
        .map_err(|error| DatabaseError::Record(format!("flows: {error}")))
}

impl Pending {
    /// A new sign-in with that id.
    pub fn begin(id: String, login: &str, flow: Flow) -> Self {
        Self { id, login: login.to_owned(), flow, revision: None }
    }

    fn read(row: FlowRow) -> Result<Self, DatabaseError> {
        let flow = flow_of(&row)?;
        Ok(Self { id: row.id, login: row.login, flow, revision: Some(row.revision) })
    }

    /// The id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The same sign-in after a step.
    #[must_use]
    pub fn with(self, flow: Flow) -> Self {
        Self { flow, ..self }
    }

    /// Adds the statement that stores the sign-in. It returns a row unless a concurrent step has been
    /// stored.
    pub fn store(&self, origin: &Origin, change: &mut Change) -> Position {
        let row = self.row(origin, &self.flow);
        change.write(self.stored(&row))
    }

    /// Adds the statement that counts an answer to the challenge as wrong before it is compared;
    /// the challenge ends after the last of `most` tries. It returns a row unless a concurrent step
    /// was stored; the sign-in continues from it.
    #[must_use]
    pub fn tried(self, origin: &Origin, most: u32, change: &mut Change) -> (Self, Position) {
        let row = self.row(origin, &self.flow.clone().failed(most));
        let position = change.write(self.stored(&row));
        (Self { revision: Some(row.revision), ..self }, position)
    }

    fn row(&self, origin: &Origin, flow: &Flow) -> FlowRow {
        FlowRow {
            id: self.id.clone(),
            user_id: flow.user_id().map(str::to_owned),
            login: self.login.clone(),
            state: json_text(flow),
            revision: base64url(&origin.random.bytes::<12>()),
            expires_at: flow.expires_at(),
        }
    }

    fn stored(&self, row: &FlowRow) -> Statement {
        match &self.revision {
            Some(revision) => flows::advance(row, revision),
            None => flows::begin(row),
        }
    }

    /// Adds the statement that ends the sign-in, which returns a row once; `None` if it was never
    /// stored.
    pub fn end(&self, change: &mut Change) -> Option<Position> {
        let revision = self.revision.as_deref()?;
        Some(change.write(flows::end(&self.id, revision)))
    }
}

/// The remembered-browser cookie (second factor).
const BROWSER: &str = "hanzo_browser";

/// The digest of the browser's cookie, if any.
pub fn browser(origin: &Origin, request: &Request) -> Option<String> {
    let name = browser_cookie(origin, request);
    request.cookie(&name).filter(|value| value.len() == 43).map(browser_digest)
}

/// The stored digest of such a cookie.
pub fn browser_digest(value: &str) -> String {
    digest(&format!("browser:{value}"))
}

/// The remembered-browser cookie for `lifetime` seconds.
pub fn remembering_cookie(
    origin: &Origin,
    request: &Request,
    value: &str,
    lifetime: i64,
) -> String {
    let name = browser_cookie(origin, request);
    session::set_cookie(origin, request, &name, value, Some(lifetime))
}

fn browser_cookie(origin: &Origin, request: &Request) -> String {
    let prefix = if session::is_secure(origin, request) { "__Host-" } else { "" };
    format!("{prefix}{BROWSER}")
}
