//! A browser that goes to an identity provider and comes back.
//!
//! Away: the provider returns a state, whose digest names the row with what the protocol has to remember. Back:
//! what the provider said has been verified, and the browser is led, with a ticket, to the page that it came
//! from. Each row belongs to the cookie of one browser, and is taken once. They are in the first database: a
//! state says nothing about an organization.

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

/// How long a person may take at the provider, in seconds.
const AWAY: i64 = 15 * 60;

/// How long the way back to the page may take, in seconds; a person may read a page of ours on it.
const BACK: i64 = 10 * 60;

/// What a browser is sent to a provider for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "for")]
pub enum Purpose {
    /// A sign-in.
    #[serde(rename_all = "camelCase")]
    SignIn {
        /// The client; empty: the person's own account.
        client_id: String,
        /// The page, a path of ours, to which the browser goes back.
        return_to: String,
    },
    /// The link of an identity to the account of a session.
    #[serde(rename_all = "camelCase")]
    Link {
        /// The session.
        session_id: String,
        /// The page.
        return_to: String,
    },
}

impl Purpose {
    /// The page to which the browser goes back.
    pub fn return_to(&self) -> &str {
        match self {
            Self::SignIn { return_to, .. } | Self::Link { return_to, .. } => return_to,
        }
    }
}

/// A browser that is away, or back.
#[derive(Debug, Clone)]
pub struct Journey<T> {
    /// `providers.id`
    pub provider_id: String,
    /// `providers.owner`
    pub owner: String,
    /// `providers.name`
    pub name: String,
    /// Digest of the cookie of the browser ([`browser`]).
    pub browser: String,
    /// What it is for.
    pub purpose: Purpose,
    /// What the protocol has to remember, or what the provider has said.
    pub content: T,
}

/// The digest of the cookie of a browser.
pub fn browser(cookie: &str) -> String {
    digest(&format!("federation:{cookie}"))
}

/// A new state or ticket.
pub fn new_state(origin: &Origin) -> String {
    base64url(&origin.random.bytes::<32>())
}

impl<T: Serialize + DeserializeOwned> Journey<T> {
    /// A journey to `provider`.
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

    /// The same journey with other content.
    pub fn with<U>(self, content: U) -> Journey<U> {
        let Self { provider_id, owner, name, browser, purpose, .. } = self;
        Journey { provider_id, owner, name, browser, purpose, content }
    }

    /// Remembers that the browser is away, under `state`.
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

    /// Remembers that the browser signs out at the provider, under `state`.
    pub async fn sign_out(&self, origin: &Origin, state: &str) -> Result<(), DatabaseError> {
        self.store(origin, "out", state, AWAY).await
    }

    /// Takes the sign-out to which `state` belongs.
    pub async fn signed_out(origin: &Origin, state: &str) -> Result<Option<Self>, DatabaseError> {
        Self::take(origin, "out", state).await
    }

    /// Takes the journey to which `state` belongs.
    pub async fn returned(origin: &Origin, state: &str) -> Result<Option<Self>, DatabaseError> {
        Self::take(origin, "away", state).await
    }
}

impl Journey<Assertion> {
    /// Remembers what was said, and returns the ticket for it.
    pub async fn come_back(&self, origin: &Origin) -> Result<String, DatabaseError> {
        let ticket = new_state(origin);
        self.store(origin, "back", &ticket, BACK).await?;
        Ok(ticket)
    }

    /// Remembers what was said without having been asked for, until a person confirms it, and returns the ticket
    /// for it. It is of no browser yet.
    pub async fn wait(&self, origin: &Origin) -> Result<String, DatabaseError> {
        let ticket = new_state(origin);
        self.store(origin, "unasked", &ticket, BACK).await?;
        Ok(ticket)
    }

    /// What waits for `ticket`.
    pub async fn waiting(origin: &Origin, ticket: &str) -> Result<Option<Self>, DatabaseError> {
        let found = rows::find(&digest(ticket), "unasked", origin.clock.now());
        let found = found.fetch(&*origin.directory().database).await?;
        found.map(Self::read).transpose()
    }

    /// Takes what waits for `ticket`, for the browser whose person confirms it.
    pub async fn confirmed(
        origin: &Origin,
        ticket: &str,
        cookie: &str,
    ) -> Result<Option<Self>, DatabaseError> {
        let taken = Self::take(origin, "unasked", ticket).await?;
        Ok(taken.map(|journey| Self { browser: browser(cookie), ..journey }))
    }

    /// Takes what was said for `ticket`, whichever browser brings it.
    pub async fn came_back(origin: &Origin, ticket: &str) -> Result<Option<Self>, DatabaseError> {
        Self::take(origin, "back", ticket).await
    }

    /// Takes what was said for `ticket`, if the browser has that cookie.
    pub async fn arrived(
        origin: &Origin,
        ticket: &str,
        cookie: &str,
    ) -> Result<Option<Self>, DatabaseError> {
        let arrived = Self::take(origin, "back", ticket).await?;
        Ok(arrived.filter(|arrived| arrived.browser == browser(cookie)))
    }
}
