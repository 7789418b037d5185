//! Sign-in at identity providers: sends the browser away, verifies what comes back, and leads to the page that the
//! browser came from.
//!
//! A sign-in away belongs to the cookie of one browser, one provider and one page. The protocols differ in
//! [`begin`] and in the endpoint that takes the answer; both ends are the same.

pub mod checking;
pub mod ending;
pub mod kerberos;
pub mod linking;
pub mod oauth;
pub mod saml;

use serde_json::Value;

use super::csrf;
use crate::{
    core::{
        federation::{Assertion, Mapping, Profile, Protocol},
        limit::AttemptLimit,
        network::network,
    },
    origin::{
        Origin,
        domain::{
            federation::{
                Refusal, SETTINGS, attempts,
                offered::Offered,
                requests::{Journey, Purpose, browser},
            },
            homes,
        },
        http::Request,
        store::{
            attempts::{self as counted, Attempt},
            providers::{self, Provider},
            resource::Stored,
        },
    },
    ports::DatabaseError,
};

/// The parameter of a page's address that has the ticket of a browser that has come back.
pub const ARRIVED: &str = "arrived";

/// How many refusals are noted of one network.
const NOTED: AttemptLimit = AttemptLimit::within(20, 3600);

/// Why a sign-in by a provider does not go on.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A check failed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// How the browser gets to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leading {
    /// By a redirect.
    To(String),
    /// By a form that posts itself.
    Posting {
        /// Where to.
        action: String,
        /// The fields.
        fields: Vec<(&'static str, String)>,
    },
}

/// A browser that is sent away.
#[derive(Debug)]
pub struct Begun {
    /// How.
    pub leading: Leading,
    /// The cookie to set, if the browser has none yet.
    pub cookie: Option<String>,
}

/// What the provider is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What was typed as the login; empty: nothing.
    pub login: &'a str,
    /// Whether the person signs in there anew, although a session of theirs may go on.
    pub is_anew: bool,
}

/// Sends the browser to the provider.
pub async fn begin(
    origin: &Origin,
    http: &Request,
    offered: &Offered,
    purpose: Purpose,
    asked: Asked<'_>,
) -> Result<Begun, Failure> {
    let (value, cookie) = csrf::bound(origin, http);
    let Departure { leading, state, content } = departure(origin, http, offered, asked).await?;
    let journey = Journey::to(&offered.provider, browser(&value), purpose, content);
    journey.leave(origin, &state).await?;
    Ok(Begun { leading, cookie })
}

/// How a browser leaves for a provider.
#[derive(Debug)]
struct Departure {
    leading: Leading,
    /// The state that the provider returns.
    state: String,
    /// What the protocol has to remember.
    content: Value,
}

async fn departure(
    origin: &Origin,
    http: &Request,
    offered: &Offered,
    asked: Asked<'_>,
) -> Result<Departure, Failure> {
    let provider = &offered.provider;
    match offered.protocol {
        Protocol::OAuth => oauth::begin(origin, http, provider, asked).await,
        Protocol::Saml => saml::begin(origin, http, provider, asked.is_anew).await,
        Protocol::Ldap | Protocol::Kerberos => {
            Err(Refusal::new(SETTINGS, "no page leads to a provider of this category").into())
        }
    }
}

/// The provider that a browser was sent to, as it is now, if it is in use.
pub async fn provider_of<T>(
    origin: &Origin,
    journey: &Journey<T>,
) -> Result<Option<Provider>, DatabaseError> {
    let home = homes::at(origin, &journey.owner).await?;
    let found = providers::by_id(&journey.provider_id).fetch(&*home.database).await?;
    Ok(found
        .filter(|provider| provider.meta().attributes.get("disableSignin") != Some(&true.into())))
}

/// Whether the journey is of the browser that sends the request.
pub fn is_of_browser<T>(origin: &Origin, http: &Request, journey: &Journey<T>) -> bool {
    csrf::binding(origin, http).is_some_and(|cookie| browser(cookie) == journey.browser)
}

/// The ticket for what the provider has said and its protocol has verified.
pub async fn arrive<T: serde::Serialize + serde::de::DeserializeOwned>(
    origin: &Origin,
    journey: Journey<T>,
    assertion: Assertion,
) -> Result<String, DatabaseError> {
    journey.with(assertion).come_back(origin).await
}

/// The address of the page with the ticket.
pub fn with_ticket(page: &str, ticket: &str) -> String {
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}{ARRIVED}={ticket}")
}

/// What an account takes of the assertion, by the mapping of the provider's record.
pub fn profile_of(
    provider: &Provider,
    assertion: &Assertion,
) -> Result<(Mapping, Profile), Refusal> {
    let mapping = Mapping::read(&provider.meta().attributes);
    let mut mapping = mapping.map_err(|error| Refusal::of(SETTINGS, error))?;
    if Protocol::of_category(&provider.category) == Some(Protocol::OAuth) {
        mapping = mapping.keeping_subject();
    }
    let profile = mapping.profile(assertion);
    if profile.subject.is_empty() {
        return Err(Refusal::new("subject", "the provider names no subject"));
    }
    Ok((mapping, profile))
}

/// Notes a refusal for the administrators of the provider, and returns it for the log. Anyone may send what is no
/// answer of the provider, so few are noted of one network: that of the address `from`.
pub async fn noted(
    origin: &Origin,
    from: &str,
    provider: &Provider,
    subject: &str,
    refusal: Refusal,
) -> Result<Refusal, DatabaseError> {
    let slot = origin.slot("federation", &network(from));
    match counted::count(&*origin.database, &slot, NOTED, origin.clock.now()).await? {
        Attempt::Allowed => attempts::refused(origin, provider, subject, &refusal).await?,
        Attempt::Refused(_) => {}
    }
    Ok(refusal)
}
