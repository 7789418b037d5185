//! The assertion consumer service (SAML profiles §4.1.4).
//!
//! The cross-site form post carries none of our cookies: the response is verified here, and the
//! page to which the browser is redirected checks the cookie.

use serde_json::Value;

use super::{super::MessageForm, provider};
use crate::{
    core::{cors::CorsClass, saml::binding::from_form},
    origin::{
        Origin,
        api::{
            endpoint::{Audit, Call, Page, Posted, Rate, Who, endpoint},
            signin::{
                federation::{arrived, refused},
                respond::{broken, issuer_host},
            },
        },
        authn::federation::{
            Failure, provider_of,
            saml::{self, RESPONSE},
        },
        domain::federation::{
            Refusal,
            requests::{Journey, Purpose},
        },
        http::{Request, Response, RestError, response},
        store::{providers::Provider, resource::Stored},
    },
};

/// Reason for not auditing a sign-in that continues elsewhere.
const LATER: &str = "the sign-in that follows leaves an entry";

endpoint! {
    /// Takes the response of an identity provider, and leads back to the page that the browser came from.
    pub ConsumeAssertion = POST "/v1/iam/saml/sp/{owner}/{provider}/acs" as "consumeSamlAssertion",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Unlimited, audit: Audit::Nothing(LATER);
    path: (String, String),
    body: Posted<MessageForm>,
    reply: Page,
    error: RestError;
    consume
}

async fn consume(origin: &Origin, call: Call<'_, ConsumeAssertion>) -> Result<Page, RestError> {
    let (owner, name) = &call.path;
    if let Some(elsewhere) = issuer_host(origin, call.request) {
        return Ok(Page(elsewhere));
    }
    let provider = provider(origin, owner, name).await?.ok_or_else(RestError::not_found)?;
    Ok(Page(consumed(origin, call.request, Some(provider)).await))
}

endpoint! {
    /// Takes the response of an identity provider that knows the address of Casdoor's service. The request that
    /// is answered says which provider it is of.
    pub ConsumeAssertionAtOlderAddress = POST "/api/acs" as "consumeSamlAssertionAtOlderAddress",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Unlimited, audit: Audit::Nothing(LATER);
    body: Posted<MessageForm>,
    reply: Page,
    error: RestError;
    consume_at_older_address
}

async fn consume_at_older_address(
    origin: &Origin,
    call: Call<'_, ConsumeAssertionAtOlderAddress>,
) -> Result<Page, RestError> {
    if let Some(elsewhere) = issuer_host(origin, call.request) {
        return Ok(Page(elsewhere));
    }
    Ok(Page(consumed(origin, call.request, None).await))
}

/// Handles a form. `at` is the provider of the request URL.
async fn consumed(origin: &Origin, http: &Request, at: Option<Provider>) -> Response {
    match accepted(origin, http, at.as_ref()).await {
        Ok(response) => response,
        Err((provider, failure)) => {
            refused(origin, http, provider.as_ref().or(at.as_ref()), failure, None).await
        }
    }
}

async fn accepted(
    origin: &Origin,
    http: &Request,
    at: Option<&Provider>,
) -> Result<Response, (Option<Provider>, Failure)> {
    let unread = |detail: String| (None, Refusal::new(RESPONSE, detail).into());
    let form = http.body_parameters().map_err(|error| unread(error.to_string()))?;
    let value = form.get("SAMLResponse").ok_or_else(|| unread("there is none".to_owned()))?;
    let message = from_form(value).map_err(|error| unread(error.to_string()))?;
    let Some(request) = saml::claimed_request(&message) else {
        let Some(provider) = at else {
            return Err(unread("the response answers no request".to_owned()));
        };
        let introduced = unasked(origin, http, provider, &message).await;
        return introduced.map_err(|failure| (None, failure));
    };
    let journey = Journey::<Value>::returned(origin, saml::state_of(&request)).await;
    let journey = journey.map_err(|error| (None, error.into()))?;
    let Some(journey) = journey else {
        return Err(unread(
            "the response answers another request than one that is open".to_owned(),
        ));
    };
    let provider = provider_of(origin, &journey).await.map_err(|error| (None, error.into()))?;
    let Some(provider) = provider else { return Err(unread("the provider is gone".to_owned())) };
    if at.is_some_and(|at| at.meta().id != provider.meta().id) {
        return Err(unread("the response answers a request to another provider".to_owned()));
    }
    match saml::answered(origin, http, &provider, &message, Some(&request)).await {
        Ok(assertion) => Ok(arrived(origin, http, journey, assertion).await),
        Err(failure) => Err((Some(provider), failure)),
    }
}

/// Redirects to the confirmation page for an unsolicited response, because any site can post a
/// response issued to its own operator.
async fn unasked(
    origin: &Origin,
    http: &Request,
    provider: &Provider,
    message: &[u8],
) -> Result<Response, Failure> {
    let assertion = saml::answered(origin, http, provider, message, None).await?;
    let owner = &provider.meta().owner;
    let return_to = format!("/login?again=1&organization={owner}");
    let purpose = Purpose::SignIn { client_id: String::new(), return_to };
    let journey = Journey::to(provider, String::new(), purpose, assertion);
    let ticket = journey.wait(origin).await?;
    let page = saml::addresses(origin, http, provider).at("confirm");
    let page = format!("{page}?ticket={ticket}");
    Ok(response::redirect(&page).unwrap_or_else(|| broken(&"the page has no address")))
}
