//! `POST /v1/iam/oauth/backchannel-logout`: a provider ends sessions here.

use http::StatusCode;
use serde::Deserialize;

use crate::{
    core::cors::CorsClass,
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Page, Posted, Rate, Who, endpoint},
        authn::federation::{self, Failure, oauth::logout},
        http::{OAuthError, OAuthErrorCode, Request, Response, RestError, response},
        store::{providers::Provider, resource::find},
    },
};

endpoint! {
    /// Takes the logout token of a provider (OpenID Connect Back-Channel Logout 1.0 §2.5), and ends the sessions of
    /// the person here that began at an identity provider.
    ///
    /// To be registered there as `backchannel_logout_uri`.
    pub ReceiveLogoutToken = POST "/v1/iam/oauth/backchannel-logout/{owner}/{provider}" as "receiveLogoutToken",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Unlimited,
    audit: Audit::Nothing("the end of the sessions leaves entries");
    path: (String, String),
    body: Posted<LogoutTokenForm>,
    reply: Page,
    error: RestError;
    receive
}

/// A logout token.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LogoutTokenForm {
    /// The token.
    pub logout_token: String,
}

async fn receive(origin: &Origin, call: Call<'_, ReceiveLogoutToken>) -> Result<Page, RestError> {
    let (owner, name) = &call.path;
    let found = find::<Provider>(owner, name, origin.clock.now());
    let provider = found.fetch(&*origin.database).await?.ok_or_else(RestError::not_found)?;
    Ok(Page(response::no_store(received(origin, call.request, &provider).await?)))
}

async fn received(
    origin: &Origin,
    http: &Request,
    provider: &Provider,
) -> Result<Response, RestError> {
    let form = http.body_parameters().unwrap_or_default();
    let token = form.get("logout_token").unwrap_or_default();
    let refusal = match logout::logged_out(origin, provider, token).await {
        Ok(()) => return Ok(response::empty(StatusCode::OK)),
        Err(Failure::Database(error)) => return Err(error.into()),
        Err(Failure::Refused(refusal)) => refusal,
    };
    let refusal = federation::noted(origin, &http.client_ip, provider, "", refusal).await?;
    let error = OAuthError::new(OAuthErrorCode::InvalidRequest, "the logout token is refused");
    Ok(response::with_cause(error.into_response(), Some(refusal.to_string())))
}
