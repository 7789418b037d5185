//! Single logout with applications (SAML profiles §4.4).

use http::StatusCode;

use super::{application, failed};
use crate::{
    core::cors::CorsClass,
    origin::{
        Origin,
        api::{
            endpoint::{Call, Page, Rate, Verb, Who, endpoint},
            saml::led,
            signin::respond::{issuer_host, plain_look},
        },
        authn::{
            federation::{
                Failure, Leading,
                saml::{
                    clients::{LoggedOut, logout_requested},
                    messages::Arrived,
                },
            },
            session,
        },
        http::{Request, Response, RestError, response},
        pages,
        store::applications::Application,
    },
};

endpoint! {
    /// Takes a request of an application to end the session that it knows, or its response to ours.
    ///
    /// A request must be signed. Other applications that know of the session are told in frames.
    pub IdentityProviderLogout = GET "/v1/iam/saml/idp/{owner}/{application}/slo" as "samlIdentityProviderLogout",
    who: Who::Public, also: &[Verb::Post], cors: CorsClass::None, rate: Rate::Unlimited;
    path: (String, String),
    reply: Page,
    error: RestError;
    log_out
}

async fn log_out(
    origin: &Origin,
    call: Call<'_, IdentityProviderLogout>,
) -> Result<Page, RestError> {
    let (owner, name) = &call.path;
    let http = call.request;
    if let Some(elsewhere) = issuer_host(origin, http) {
        return Ok(Page(elsewhere));
    }
    let application = application(origin, owner, name).await?.ok_or_else(RestError::not_found)?;
    Ok(Page(logged_out(origin, http, &application).await.unwrap_or_else(failed)))
}

async fn logged_out(
    origin: &Origin,
    http: &Request,
    application: &Application,
) -> Result<Response, Failure> {
    let arrived = Arrived::of(http)?;
    if arrived.answers().is_some() {
        // A response ends a front-channel frame; its status does not matter.
        return Ok(response::no_store(response::text(StatusCode::OK, "")));
    }
    let LoggedOut { answer, frames } = logout_requested(origin, http, application, arrived).await?;
    let look = plain_look(origin, http);
    let response = match answer {
        Some(Leading::To(address)) if !frames.is_empty() => {
            pages::signin::telling(&look, &frames, Some(&address)).response()
        }
        Some(leading) => led(&look, leading),
        None => pages::signin::telling(&look, &frames, None).response(),
    };
    let is_live = session::current(origin, http).await?.is_some();
    Ok(if is_live { response } else { session::forget(origin, http, response) })
}
