//! Federated sign-in: redirects the browser to the provider, verifies the response, and returns to
//! the original page.
//!
//! A request is bound to one browser's cookie, one provider and one page. The protocols differ in
//! [`begin`] and in the endpoint that receives the response; the rest is shared.

pub mod checking;
pub mod ending;
pub mod kerberos;
pub mod linking;
pub mod oauth;
pub mod saml;
pub mod sampling;

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

/// Query parameter with the ticket of a returning browser.
pub const ARRIVED: &str = "arrived";

/// Limit of recorded refusals per network.
const NOTED: AttemptLimit = AttemptLimit::within(20, 3600);

/// Why a federated sign-in fails.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A check failed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// How the browser is sent to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leading {
    /// By a redirect.
    To(String),
    /// By an auto-submitted form.
    Posting {
        /// The target URL.
        action: String,
        /// The fields.
        fields: Vec<(&'static str, String)>,
    },
}

/// A request to a provider.
#[derive(Debug)]
pub struct Begun {
    /// How to send the browser.
    pub leading: Leading,
    /// The cookie to set, if the browser does not have one.
    pub cookie: Option<String>,
}

/// Parameters of the request to the provider.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The login hint; empty if none.
    pub login: &'a str,
    /// Whether reauthentication at the provider is required.
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

/// An outbound request.
#[derive(Debug)]
struct Departure {
    leading: Leading,
    /// The state that the provider returns.
    state: String,
    /// The protocol's data to store.
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

/// The current record of the provider of a request, if enabled.
pub async fn provider_of<T>(
    origin: &Origin,
    journey: &Journey<T>,
) -> Result<Option<Provider>, DatabaseError> {
    let home = homes::at(origin, &journey.owner).await?;
    let found = providers::by_id(&journey.provider_id).fetch(&*home.database).await?;
    Ok(found
        .filter(|provider| provider.meta().attributes.get("disableSignin") != Some(&true.into())))
}

/// Whether the journey belongs to the browser of this request.
pub fn is_of_browser<T>(origin: &Origin, http: &Request, journey: &Journey<T>) -> bool {
    csrf::binding(origin, http).is_some_and(|cookie| browser(cookie) == journey.browser)
}

/// Stores a verified result and returns its ticket.
pub async fn arrive<T: serde::Serialize + serde::de::DeserializeOwned>(
    origin: &Origin,
    journey: Journey<T>,
    assertion: Assertion,
) -> Result<String, DatabaseError> {
    journey.with(assertion).come_back(origin).await
}

/// The page URL with the ticket.
pub fn with_ticket(page: &str, ticket: &str) -> String {
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}{ARRIVED}={ticket}")
}

/// Maps the assertion with the mapping of the provider's record.
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

/// Records a refusal for the provider's administrators, and returns it for the log. Because anyone
/// can send invalid responses, records are limited per network of the address `from`.
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
