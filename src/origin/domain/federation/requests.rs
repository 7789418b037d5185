//! Pending requests to identity providers.
//!
//! Outbound: the provider returns a state, whose digest is the key of the row with the protocol's
//! data. Inbound: the verified assertion is stored under a ticket, with which the browser returns
//! to the page it came from. Each row is bound to one browser's cookie and consumed once. The rows
//! are in database 0, because a state does not identify an organization.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    core::{
        encoding::{base64url, digest},
        federation::Assertion,
    },
    origin::{
        Origin,
        store::{
            federation::{self as rows, RequestRow},
            json_text,
            providers::Provider,
            resource::Stored,
        },
    },
    ports::DatabaseError,
};

/// Lifetime of an outbound request, in seconds.
const AWAY: i64 = 15 * 60;

/// Lifetime of a ticket, in seconds; it includes the time on an interstitial page.
const BACK: i64 = 10 * 60;

/// The purpose of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "for")]
pub enum Purpose {
    /// A sign-in.
    #[serde(rename_all = "camelCase")]
    SignIn {
        /// The client; empty for the account pages.
        client_id: String,
        /// The local path to return to.
        return_to: String,
    },
    /// Linking an identity to the account of a session.
    #[serde(rename_all = "camelCase")]
    Link {
        /// The session.
        session_id: String,
        /// The page.
        return_to: String,
    },
}

impl Purpose {
    /// The page to return to.
    pub fn return_to(&self) -> &str {
        match self {
            Self::SignIn { return_to, .. } | Self::Link { return_to, .. } => return_to,
        }
    }
}

/// A pending request or a stored result.
#[derive(Debug, Clone)]
pub struct Journey<T> {
    /// `providers.id`
    pub provider_id: String,
    /// `providers.owner`
    pub owner: String,
    /// `providers.name`
    pub name: String,
    /// Digest of the browser's cookie ([`browser`]).
    pub browser: String,
    /// What it is for.
    pub purpose: Purpose,
    /// The protocol's data, or the provider's assertion.
    pub content: T,
}

/// The digest of a browser's cookie.
pub fn browser(cookie: &str) -> String {
    digest(&format!("federation:{cookie}"))
}

/// A new state or ticket.
pub fn new_state(origin: &Origin) -> String {
    base64url(&origin.random.bytes::<32>())
}

impl<T: Serialize + DeserializeOwned> Journey<T> {
    /// A new request to `provider`.
    pub fn to(provider: &Provider, browser: String, purpose: Purpose, content: T) -> Self {
        let meta = provider.meta();
        Self {
            provider_id: meta.id.clone(),
            owner: meta.owner.clone(),
            name: meta.name.clone(),
            browser,
            purpose,
            content,
        }
    }

    /// The same request with other content.
    pub fn with<U>(self, content: U) -> Journey<U> {
        let Self { provider_id, owner, name, browser, purpose, .. } = self;
        Journey { provider_id, owner, name, browser, purpose, content }
    }

    /// Stores the request under `state`.
    pub async fn leave(&self, origin: &Origin, state: &str) -> Result<(), DatabaseError> {
        self.store(origin, "away", state, AWAY).await
    }

    async fn store(
        &self,
        origin: &Origin,
        stage: &str,
        known_by: &str,
        lifetime: i64,
    ) -> Result<(), DatabaseError> {
        let row = RequestRow {
            id: digest(known_by),
            stage: stage.to_owned(),
            provider_id: self.provider_id.clone(),
            owner: self.owner.clone(),
            name: self.name.clone(),
            browser: self.browser.clone(),
            purpose: json_text(&self.purpose),
            content: json_text(&self.content),
            expires_at: origin.clock.now().plus(lifetime),
        };
        origin.directory().database.run(rows::insert(&row)).await.map(drop)
    }

    async fn take(
        origin: &Origin,
        stage: &str,
        known_by: &str,
    ) -> Result<Option<Self>, DatabaseError> {
        let taken = rows::take(&digest(known_by), stage, origin.clock.now());
        let row = taken.fetch(&*origin.directory().database).await?;
        row.map(Self::read).transpose()
    }

    fn read(row: RequestRow) -> Result<Self, DatabaseError> {
        let failed = |error| DatabaseError::Record(format!("federation_requests: {error}"));
        let purpose = serde_json::from_str(&row.purpose).map_err(failed)?;
        let content = serde_json::from_str(&row.content).map_err(failed)?;
        let RequestRow { provider_id, owner, name, browser, .. } = row;
        Ok(Self { provider_id, owner, name, browser, purpose, content })
    }

    /// Stores a sign-out at the provider under `state`.
    pub async fn sign_out(&self, origin: &Origin, state: &str) -> Result<(), DatabaseError> {
        self.store(origin, "out", state, AWAY).await
    }

    /// Consumes the sign-out for `state`.
    pub async fn signed_out(origin: &Origin, state: &str) -> Result<Option<Self>, DatabaseError> {
        Self::take(origin, "out", state).await
    }

    /// Consumes the request for `state`.
    pub async fn returned(origin: &Origin, state: &str) -> Result<Option<Self>, DatabaseError> {
        Self::take(origin, "away", state).await
    }
}

impl Journey<Assertion> {
    /// Stores the result and returns its ticket.
    pub async fn come_back(&self, origin: &Origin) -> Result<String, DatabaseError> {
        let ticket = new_state(origin);
        self.store(origin, "back", &ticket, BACK).await?;
        Ok(ticket)
    }

    /// Stores an unsolicited result until the user confirms it, and returns its ticket. It is not
    /// bound to a browser yet.
    pub async fn wait(&self, origin: &Origin) -> Result<String, DatabaseError> {
        let ticket = new_state(origin);
        self.store(origin, "unasked", &ticket, BACK).await?;
        Ok(ticket)
    }

    /// The result awaiting confirmation under `ticket`.
    pub async fn waiting(origin: &Origin, ticket: &str) -> Result<Option<Self>, DatabaseError> {
        let found = rows::find(&digest(ticket), "unasked", origin.clock.now());
        let found = found.fetch(&*origin.directory().database).await?;
        found.map(Self::read).transpose()
    }

    /// Consumes the result under `ticket` and binds it to the confirming browser.
    pub async fn confirmed(
        origin: &Origin,
        ticket: &str,
        cookie: &str,
    ) -> Result<Option<Self>, DatabaseError> {
        let taken = Self::take(origin, "unasked", ticket).await?;
        Ok(taken.map(|journey| Self { browser: browser(cookie), ..journey }))
    }

    /// Consumes the result under `ticket`, from any browser.
    pub async fn came_back(origin: &Origin, ticket: &str) -> Result<Option<Self>, DatabaseError> {
        Self::take(origin, "back", ticket).await
    }

    /// Consumes the result under `ticket` if the browser has the matching cookie.
    pub async fn arrived(
        origin: &Origin,
        ticket: &str,
        cookie: &str,
    ) -> Result<Option<Self>, DatabaseError> {
        let arrived = Self::take(origin, "back", ticket).await?;
        Ok(arrived.filter(|arrived| arrived.browser == browser(cookie)))
    }
}
