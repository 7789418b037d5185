//! Single logout with an identity provider (SAML profiles §4.4).

use super::provider;
use crate::{
    core::cors::CorsClass,
    origin::{
        Origin,
        api::{
            endpoint::{Call, Page, Rate, Verb, Who, endpoint},
            saml::led,
            signin::{
                federation::refused,
                respond::{broken, issuer_host, plain_look},
            },
        },
        authn::{
            federation::{
                Failure,
                saml::{
                    logout,
                    messages::{Arrived, Incoming},
                },
            },
            session,
        },
        domain::federation::{documents::Age, saml::identity_provider},
        http::{Request, Response, RestError, response},
        pages,
        store::providers::Provider,
    },
};

endpoint! {
    /// Takes a request of an identity provider to end a person's sessions, or its response to ours.
    ///
    /// A request must be signed. It ends the sessions that began at an identity provider.
    pub ServiceProviderLogout = GET "/v1/iam/saml/sp/{owner}/{provider}/slo" as "samlServiceProviderLogout",
    who: Who::Public, also: &[Verb::Post], cors: CorsClass::None, rate: Rate::Unlimited;
    path: (String, String),
    reply: Page,
    error: RestError;
    log_out
}

async fn log_out(
    origin: &Origin,
    call: Call<'_, ServiceProviderLogout>,
) -> Result<Page, RestError> {
    let (owner, name) = &call.path;
    let http = call.request;
    if let Some(elsewhere) = issuer_host(origin, http) {
        return Ok(Page(elsewhere));
    }
    let provider = provider(origin, owner, name).await?.ok_or_else(RestError::not_found)?;
    Ok(Page(match logged_out(origin, http, &provider).await {
        Ok(response) => response,
        Err(failure) => refused(origin, http, Some(&provider), failure, None).await,
    }))
}

async fn logged_out(
    origin: &Origin,
    http: &Request,
    provider: &Provider,
) -> Result<Response, Failure> {
    let arrived = Arrived::of(http)?;
    if let Some(state) = arrived.answers() {
        let to = logout::returned(origin, provider, state).await?;
        let look = plain_look(origin, http);
        let to = to.unwrap_or_else(|| look.link("/login?signed_out=1"));
        return Ok(response::redirect(&to).unwrap_or_else(|| broken(&"the page has no address")));
    }
    let known = identity_provider(origin, provider, Age::Usual).await?;
    let (partner, algorithms) = (&known.partner, known.settings.algorithms);
    let incoming: Incoming = arrived.of_partner(origin, partner, algorithms, true).await?;
    let answer = logout::requested(origin, http, provider, &known, &incoming).await?;
    let look = plain_look(origin, http);
    let response = match answer {
        Some(leading) => led(&look, leading),
        None => pages::signin::signed_out(&look, "/login").response(),
    };
    // If the browser's session is still live, another user's session ended, and the browser is not
    // signed out.
    let is_live = session::current(origin, http).await?.is_some();
    Ok(if is_live { response } else { session::forget(origin, http, response) })
}
