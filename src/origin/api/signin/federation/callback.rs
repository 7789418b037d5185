//! `GET /v1/iam/oauth/callback`: the redirect URI for OAuth 2.0 and OpenID Connect providers.

use serde_json::Value;

use super::{arrived, refused};
use crate::{
    core::{cors::CorsClass, gateway::MAXIMUM_TARGET, redirect},
    origin::{
        Origin,
        api::{
            endpoint::{Audit, Call, Page, Rate, Verb, Who, endpoint},
            signin::{
                respond::{broken, issuer_host},
                schemas::CallbackQuery,
            },
        },
        authn::federation::{
            self,
            oauth::{self, Unfinished, callback_of},
        },
        domain::federation::{Refusal, requests::Journey},
        http::{Parameters, Request, Response, RestError, response},
    },
};

endpoint! {
    /// Takes the answer of an OAuth 2.0 or OpenID Connect provider (RFC 6749 §4.1.2), and leads back to the page
    /// that the browser came from.
    ///
    /// A provider that posts its answer (`form_post`) is led to the same address by GET, which has the cookie of
    /// the browser.
    pub ReceiveProviderAnswer = GET "/v1/iam/oauth/callback" as "receiveCallbackQuery",
    who: Who::Public, also: &[Verb::Post], cors: CorsClass::None, rate: Rate::Guesses,
    audit: Audit::Nothing("the sign-in leaves an entry");
    query: CallbackQuery,
    reply: Page,
    error: RestError;
    receive_provider_answer
}

async fn receive_provider_answer(
    origin: &Origin,
    call: Call<'_, ReceiveProviderAnswer>,
) -> Result<Page, RestError> {
    Ok(Page(received(origin, call.request).await))
}

endpoint! {
    /// Takes the answer of a provider of an organization, as the one above does of the platform's.
    pub ReceiveAnswerOfProvider = GET "/v1/iam/oauth/callback/{owner}/{provider}" as "receiveAnswerOfProvider",
    who: Who::Public, also: &[Verb::Post], cors: CorsClass::None, rate: Rate::Guesses,
    audit: Audit::Nothing("the sign-in leaves an entry");
    path: (String, String),
    query: CallbackQuery,
    reply: Page,
    error: RestError;
    receive_answer_of_provider
}

async fn receive_answer_of_provider(
    origin: &Origin,
    call: Call<'_, ReceiveAnswerOfProvider>,
) -> Result<Page, RestError> {
    Ok(Page(received(origin, call.request).await))
}

async fn received(origin: &Origin, http: &Request) -> Response {
    if let Some(elsewhere) = issuer_host(origin, http) {
        return elsewhere;
    }
    let failed = |detail: String| Refusal::new("callback", detail);
    let parameters = match http.collected_parameters() {
        Ok(parameters) => parameters,
        Err(error) => {
            return refused(origin, http, None, failed(error.to_string()).into(), None).await;
        }
    };
    if http.method == http::Method::POST {
        return match by_get(&http.path, &parameters) {
            Some(response) => response,
            None => {
                refused(origin, http, None, failed("it is too long".to_owned()).into(), None).await
            }
        };
    }
    let state = parameters.get("state").unwrap_or_default();
    let journey = match Journey::<Value>::returned(origin, state).await {
        Ok(Some(journey)) => journey,
        Ok(None) => {
            let why = failed("its state is unknown, has been used or has expired".to_owned());
            return refused(origin, http, None, why.into(), None).await;
        }
        Err(error) => return broken(&error),
    };
    let provider = match federation::provider_of(origin, &journey).await {
        Ok(Some(provider)) => provider,
        Ok(None) => {
            let why = failed(format!("the provider {}/{} is gone", journey.owner, journey.name));
            return refused(origin, http, None, why.into(), None).await;
        }
        Err(error) => return broken(&error),
    };
    // The code belongs to the provider with this callback path.
    if http.path != callback_of(&journey.owner, &journey.name) {
        let why = failed("it came to the address of another provider".to_owned());
        return refused(origin, http, Some(&provider), why.into(), None).await;
    }
    // The stored request is bound to the browser that started it.
    if !federation::is_of_browser(origin, http, &journey) {
        let why = failed("another browser was sent to the provider".to_owned());
        return refused(origin, http, Some(&provider), why.into(), None).await;
    }
    match oauth::finish(origin, &provider, &journey.content, &parameters).await {
        Ok(assertion) => arrived(origin, http, journey, assertion).await,
        Err(Unfinished::Declined) => response::redirect(journey.purpose.return_to())
            .unwrap_or_else(|| response::empty(http::StatusCode::NO_CONTENT)),
        Err(Unfinished::Failed(failure)) => {
            let back = Some(journey.purpose.return_to());
            refused(origin, http, Some(&provider), failure, back).await
        }
    }
}

/// Redirects to the same URL with the parameters in the query, because browsers send no
/// `SameSite=Lax` cookie with cross-site form posts.
fn by_get(path: &str, parameters: &Parameters) -> Option<Response> {
    let pairs: Vec<(&str, String)> =
        parameters.iter().map(|(name, value)| (name, value.to_owned())).collect();
    let address = format!("{path}?{}", redirect::encoded(&pairs));
    if address.len() > MAXIMUM_TARGET {
        return None;
    }
    response::redirect(&address)
}
