//! The endpoint that always challenges the browser for a Kerberos ticket.

use super::{account_pages::login, authorize, schemas::SpnegoQuery, visit::Asking};
use crate::{
    core::cors::CorsClass,
    origin::{
        Origin,
        api::endpoint::{Call, Page, Who, endpoint},
        http::RestError,
    },
};

endpoint! {
    /// Returns the sign-in page as the body of a 401 that asks for a ticket of Kerberos (RFC 4559).
    ///
    /// It takes an authorization request, or, without `client_id`, signs in to the person's own account. Where the
    /// sign-in offers no Kerberos provider it is the ordinary page.
    pub SignInByTicket = GET "/v1/iam/spnego" as "signInByTicket",
    who: Who::Public, cors: CorsClass::None;
    query: SpnegoQuery,
    reply: Page,
    error: RestError;
    sign_in_by_ticket
}

async fn sign_in_by_ticket(
    origin: &Origin,
    call: Call<'_, SignInByTicket>,
) -> Result<Page, RestError> {
    let request = call.request;
    let query = request.query_parameters().unwrap_or_default();
    Ok(Page(if query.get("client_id").is_some() {
        authorize::page(origin, request, Asking::Always).await
    } else {
        login::landing(origin, request, Asking::Always).await
    }))
}
