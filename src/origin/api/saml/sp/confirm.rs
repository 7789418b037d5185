//! The page on which the user confirms an IdP-initiated sign-in.

use http::StatusCode;

use super::provider;
use crate::{
    core::{cors::CorsClass, federation::Assertion},
    origin::{
        Origin,
        api::{
            endpoint::{Audit, Call, Page, Parameter, Posted, Query, Who, endpoint},
            signin::{
                federation::refused,
                respond::{issuer_host, plain_look, refusing, with_token_cookie},
            },
        },
        authn::{
            csrf::{self, FormToken},
            federation::{saml::RESPONSE, with_ticket},
        },
        domain::federation::{Refusal, requests::Journey},
        http::{Parameters, Request, Response, RestError},
        pages::{onward, signin::Introduction, text::Common},
        store::{providers::Provider, resource::Stored},
    },
};

/// The query of the page.
#[derive(Debug)]
pub struct TicketQuery {
    ticket: String,
}

impl Query for TicketQuery {
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::optional("ticket", "The ticket of what the identity provider has said.")];

    fn read(parameters: &Parameters) -> Result<Self, crate::core::directory::Invalid> {
        Ok(Self { ticket: parameters.get("ticket").unwrap_or_default().to_owned() })
    }
}

endpoint! {
    /// Returns the page that asks whether to sign in as the person whom an identity provider has named unasked.
    pub ConfirmIntroductionPage = GET "/v1/iam/saml/sp/{owner}/{provider}/confirm" as "getSamlConfirmationPage",
    who: Who::Public, cors: CorsClass::None;
    path: (String, String),
    query: TicketQuery,
    reply: Page,
    error: RestError;
    confirm_page
}

async fn confirm_page(
    origin: &Origin,
    call: Call<'_, ConfirmIntroductionPage>,
) -> Result<Page, RestError> {
    let (owner, name) = &call.path;
    if let Some(elsewhere) = issuer_host(origin, call.request) {
        return Ok(Page(elsewhere));
    }
    let provider = provider(origin, owner, name).await?.ok_or_else(RestError::not_found)?;
    Ok(Page(shown(origin, call.request, &provider, &call.query.ticket, None).await?))
}

/// The form of the page.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ConfirmForm {
    /// The token of the page that the form is on.
    pub form_token: Option<String>,
    /// The ticket.
    pub ticket: Option<String>,
}

endpoint! {
    /// Goes on with a sign-in that an identity provider began, in the browser whose person confirms it.
    pub ConfirmIntroduction = POST "/v1/iam/saml/sp/{owner}/{provider}/confirm" as "confirmSamlSignIn",
    who: Who::Public, cors: CorsClass::None, audit: Audit::Nothing("the sign-in that follows leaves an entry");
    path: (String, String),
    body: Posted<ConfirmForm>,
    reply: Page,
    error: RestError;
    confirm
}

async fn confirm(origin: &Origin, call: Call<'_, ConfirmIntroduction>) -> Result<Page, RestError> {
    let (owner, name) = &call.path;
    let http = call.request;
    let provider = provider(origin, owner, name).await?.ok_or_else(RestError::not_found)?;
    let form = http.body_parameters()?;
    let ticket = form.get("ticket").unwrap_or_default();
    if !csrf::is_genuine(origin, http, form.get(csrf::FIELD)) {
        let again = Common::of(plain_look(origin, http).language).page_expired;
        return Ok(Page(shown(origin, http, &provider, ticket, Some(again)).await?));
    }
    let cookie = csrf::binding(origin, http).unwrap_or_default();
    let confirmed = Journey::<Assertion>::confirmed(origin, ticket, cookie).await?;
    let confirmed = confirmed.filter(|journey| journey.provider_id == provider.meta().id);
    let Some(journey) = confirmed else { return Ok(Page(ended(origin, http).await)) };
    let ticket = journey.come_back(origin).await?;
    let page = with_ticket(journey.purpose.return_to(), &ticket);
    let look = plain_look(origin, http);
    Ok(Page(onward(&look, &look.link(&page))))
}

async fn shown(
    origin: &Origin,
    http: &Request,
    provider: &Provider,
    ticket: &str,
    error: Option<&str>,
) -> Result<Response, RestError> {
    let waiting = Journey::<Assertion>::waiting(origin, ticket).await?;
    let waiting = waiting.filter(|journey| journey.provider_id == provider.meta().id);
    let Some(journey) = waiting else { return Ok(ended(origin, http).await) };
    let look = plain_look(origin, http);
    let token = FormToken::issue(origin, http);
    let Assertion { name, email, subject, .. } = &journey.content;
    let meta = provider.meta();
    let shown = [&meta.display_name, &provider.r#type, &meta.name];
    let introduction = Introduction {
        action: &http.path,
        token: &token.token,
        ticket,
        provider: shown.into_iter().find(|text| !text.is_empty()).map_or("", String::as_str),
        person: [name, email, subject].map(String::as_str),
        error,
    };
    let status = if error.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    let page = introduction.view(&look, status).response();
    Ok(with_token_cookie(refusing(page, error), token))
}

async fn ended(origin: &Origin, http: &Request) -> Response {
    let refusal = Refusal::new(RESPONSE, "the ticket of an unsolicited response has ended");
    refused(origin, http, None, refusal.into(), None).await
}
