//! Callback endpoints of identity providers.

pub mod callback;
pub mod logout;

use super::respond::{broken, plain_look};
use crate::{
    core::federation::Assertion,
    origin::{
        Origin,
        authn::federation::{self, Failure},
        domain::federation::{Refusal, requests::Journey},
        http::{Request, Response, response},
        pages,
        store::providers::Provider,
    },
};

/// Redirects the browser to the original page with a ticket for the verified result.
pub async fn arrived<T: serde::Serialize + serde::de::DeserializeOwned>(
    origin: &Origin,
    http: &Request,
    journey: Journey<T>,
    assertion: Assertion,
) -> Response {
    let page = journey.purpose.return_to().to_owned();
    match federation::arrive(origin, journey, assertion).await {
        Ok(ticket) => response::redirect(&federation::with_ticket(&page, &ticket))
            .unwrap_or_else(|| unverified(origin, http, "the page has no address", None)),
        Err(error) => broken(&error),
    }
}

/// The page for a refused response. The reason goes to the log and the provider's administrators. `back` is the page
/// that offers other ways.
pub async fn refused(
    origin: &Origin,
    http: &Request,
    provider: Option<&Provider>,
    failure: Failure,
    back: Option<&str>,
) -> Response {
    let refusal = match failure {
        Failure::Database(error) => return broken(&error),
        Failure::Refused(refusal) => refusal,
    };
    match note(origin, http, provider, refusal).await {
        Ok(refusal) => unverified(origin, http, &refusal.to_string(), back),
        Err(error) => broken(&error),
    }
}

async fn note(
    origin: &Origin,
    http: &Request,
    provider: Option<&Provider>,
    refusal: Refusal,
) -> Result<Refusal, crate::ports::DatabaseError> {
    match provider {
        Some(provider) => federation::noted(origin, &http.client_ip, provider, "", refusal).await,
        None => Ok(refusal),
    }
}

fn unverified(origin: &Origin, http: &Request, why: &str, back: Option<&str>) -> Response {
    let look = plain_look(origin, http);
    let page = pages::signin::unverified(&look, &http.request_id, back).response();
    response::with_cause(page, Some(why.to_owned()))
}
