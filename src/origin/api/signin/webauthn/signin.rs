//! `webauthn/signin/begin` and `finish`: sign-in with a discoverable passkey.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::{
    login,
    schemas::{InEnvelope, Object},
};
use crate::{
    core::{
        cors::CorsClass,
        webauthn::{AuthenticationResponse, Challenge},
    },
    origin::{
        Origin,
        api::{
            endpoint::{Call, Documented, Rate, Unread, Who, endpoint},
            signin::schemas::ApplicationQuery,
        },
        authn::{ceremony::Ceremony, csrf, session},
        domain::passkeys,
        http::{Envelope, Request, Response, RestError, response},
        store::organizations,
    },
};

endpoint! {
    /// Begins a sign-in by passkey: returns the options for `navigator.credentials.get`, in `publicKey`.
    ///
    /// They name no credentials, so that they are the same whether or not an account exists: the passkey says
    /// who signs in. They are valid for 5 minutes in this browser, which keeps a cookie for it.
    pub BeginSignin = GET "/v1/iam/webauthn/signin/begin" as "beginWebauthnSignin",
    who: Who::Public, cors: CorsClass::Sessions, rate: Rate::Guesses;
    query: ApplicationQuery,
    reply: Documented<Object>,
    error: RestError;
    begin
}

endpoint! {
    /// Completes a sign-in by passkey with what `navigator.credentials.get` returned, as JSON.
    ///
    /// The other parameters, in the query, and the reply are those of `POST /v1/iam/login`.
    pub FinishSignin = POST "/v1/iam/webauthn/signin/finish" as "finishWebauthnSignin",
    who: Who::Public, cors: CorsClass::Sessions, rate: Rate::Passwords;
    body: Unread<AuthenticationResponse>,
    reply: InEnvelope<String>,
    error: RestError;
    finish
}

async fn begin(
    origin: &Origin,
    call: Call<'_, BeginSignin>,
) -> Result<Documented<Object>, RestError> {
    Ok(begun(origin, call.request).await?.into())
}

async fn begun(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    if !csrf::is_from_ours(origin, request) {
        let why = "the request comes from another site";
        return Err(RestError::new(StatusCode::FORBIDDEN, why).coded("cross_site"));
    }
    let (binding, cookie) = csrf::bound(origin, request);
    let challenge = Challenge::new(&*origin.random);
    let ceremony = Ceremony::of_browser(&binding, &challenge);
    if !ceremony.begin_of_network(origin, request).await? {
        let why = "too many requests, please try again later";
        return Err(RestError::new(StatusCode::TOO_MANY_REQUESTS, why));
    }
    let parameters = request.query_parameters()?;
    let organization = match parameters.any(&["clientId", "client_id"]) {
        Some(client_id) => organizations::of_client(client_id).fetch(&*origin.database).await?,
        None => None,
    };
    let policy = passkeys::policy(organization.as_ref());
    let relying_party = passkeys::relying_party(origin, &request.base);
    let options: Value = passkeys::request(&relying_party, &policy, &challenge, &[]);
    let body = json!({ "publicKey": options });
    let response = response::no_store(response::json(StatusCode::OK, &body));
    Ok(match cookie {
        Some(cookie) => session::with_cookie(response, &cookie),
        None => response,
    })
}

async fn finish(
    origin: &Origin,
    call: Call<'_, FinishSignin>,
) -> Result<InEnvelope<String>, RestError> {
    let Ok(response) = serde_json::from_slice(&call.request.body) else {
        let why = "the body must be what navigator.credentials.get returned, as JSON";
        return Ok(Envelope::error(why).code("invalid_request").into_response().into());
    };
    {
        let presented = login::Presented::Passkey(Box::new(response));
        Ok(login::with(origin, call.request, presented).await.into())
    }
}
