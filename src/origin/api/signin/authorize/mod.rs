//! The authorization endpoint and its sign-in page (RFC 6749 §4.1, OIDC Core §3.1.2).
//!
//! Both URLs parse the same request and make the same decision. The endpoint redirects users who
//! must sign in or approve to the page, with the request in the URL; the page verifies the
//! password, starts a session, and decides again. A request reads in one round trip and commits in
//! one; a sign-in needs one more, which counts the attempt.

mod choose;
mod forms;
mod impersonation;
mod pending;

use http::StatusCode;

use self::{
    forms::{ANOTHER, STEP_UP},
    pending::{Outcome, PendingAuthorization, Sessions},
};
use super::{
    respond::{broken, issuer_host, refused_here},
    schemas::{AuthorizationQuery, PageForm},
    visit::Asking,
};
use crate::{
    core::{
        authorization::{Complaint, Interaction, Prompt},
        cors::CorsClass,
        gateway::MAXIMUM_TARGET,
    },
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Page, Posted, Rate, Verb, Who, endpoint},
        authn::{csrf, federation::ARRIVED},
        http::{Request, Response, RestError, response},
    },
};

endpoint! {
    /// Authorizes a client (RFC 6749 §4.1, OpenID Connect Core §3.1.2).
    ///
    /// Redirects to the client with a code or an error, or to the sign-in page.
    pub Authorize = GET "/v1/iam/oauth/authorize" as "authorize",
    who: Who::Public, also: &[Verb::Post], cors: CorsClass::None, audit: Audit::Nothing("the redemption of the code leaves an entry");
    query: AuthorizationQuery,
    reply: Page,
    error: RestError;
    authorize
}

async fn authorize(origin: &Origin, call: Call<'_, Authorize>) -> Result<Page, RestError> {
    Ok(Page(endpoint(origin, call.request).await))
}

endpoint! {
    /// Returns the sign-in page of an authorization request.
    pub SignInPage = GET "/login/oauth/authorize" as "getSignInPage",
    who: Who::Public, cors: CorsClass::None;
    query: AuthorizationQuery,
    reply: Page,
    error: RestError;
    sign_in_page
}

async fn sign_in_page(origin: &Origin, call: Call<'_, SignInPage>) -> Result<Page, RestError> {
    Ok(Page(page(origin, call.request, Asking::AsUsual).await))
}

endpoint! {
    /// Posts a form of the sign-in page: a login with a password, or a decision.
    pub SignIn = POST "/login/oauth/authorize" as "signIn",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Passwords;
    query: AuthorizationQuery,
    body: Posted<PageForm>,
    reply: Page,
    error: RestError;
    sign_in_form
}

async fn sign_in_form(origin: &Origin, call: Call<'_, SignIn>) -> Result<Page, RestError> {
    Ok(Page(sign_in(origin, call.request).await))
}

async fn endpoint(origin: &Origin, request: &Request) -> Response {
    if let Some(elsewhere) = issuer_host(origin, request) {
        return elsewhere;
    }
    let parameters = match request.collected_parameters() {
        Ok(parameters) => parameters,
        Err(error) => return refused_here(&error.to_string()),
    };
    let sessions = Sessions::of(origin, request);
    let pending = match PendingAuthorization::read(origin, request, parameters, sessions).await {
        Ok(pending) => pending,
        Err(response) => return response,
    };
    if let Some(grant) = pending.impersonation() {
        return pending.impersonated(grant).await;
    }
    match pending.settled(Interaction::None).await {
        Outcome::Done(response) => response,
        Outcome::SignIn | Outcome::StepUp(_) | Outcome::Approve(..) => {
            let page = pending.first_address();
            if page.len() > MAXIMUM_TARGET {
                return pending.refuse(&Complaint::TOO_LONG);
            }
            response::redirect(&page).unwrap_or_else(|| refused_here("the request is malformed"))
        }
    }
}

/// The sign-in page of the authorization request in the address.
pub(super) async fn page(origin: &Origin, request: &Request, asking: Asking) -> Response {
    if let Some(elsewhere) = issuer_host(origin, request) {
        return elsewhere;
    }
    let pending = match PendingAuthorization::from_query(
        origin,
        request,
        Sessions::of(origin, request),
    )
    .await
    {
        Ok(pending) => pending,
        Err(response) => return response,
    };
    if let Some(ticket) = value(request, ARRIVED) {
        return pending.arrived(&ticket).await;
    }
    let login = pending.request.login_hint.clone().unwrap_or_default();
    if has(request, ANOTHER) && pending.request.prompt != Prompt::None {
        return pending.landed(Asking::ByAddress, &login).await;
    }
    match pending.settled(Interaction::None).await {
        Outcome::Done(response) => response,
        Outcome::Approve(approval, current) => pending.approval(approval, current, None),
        Outcome::StepUp(current) => pending.visit_of(current).page("").await,
        // A ticket identifies the user.
        Outcome::SignIn if pending.visit().has_ticket() => pending.landed(asking, &login).await,
        Outcome::SignIn => match pending.choice(StatusCode::OK, None).await {
            Ok(Some(page)) => page,
            Ok(None) => pending.landed(asking, &login).await,
            Err(error) => broken(&error),
        },
    }
}

/// A query parameter.
fn value(request: &Request, name: &str) -> Option<String> {
    request.query_parameters().ok()?.get(name).map(str::to_owned)
}

/// Whether a query parameter is present.
fn has(request: &Request, name: &str) -> bool {
    request.query_parameters().is_ok_and(|query| query.get(name).is_some())
}

/// Handles sign-in, step-up, account selection, or the decision on
/// [`PendingAuthorization::approval`].
async fn sign_in(origin: &Origin, request: &Request) -> Response {
    let form = request.body_parameters();
    let decision = form.as_ref().ok().and_then(|form| form.get("decision"));
    let is_step_up = has(request, STEP_UP);
    let reads = decision.is_some() || is_step_up;
    let sessions = if reads { Sessions::of(origin, request) } else { Sessions::none() };
    let pending = match PendingAuthorization::from_query(origin, request, sessions).await {
        Ok(pending) => pending,
        Err(response) => return response,
    };
    let Ok(form) = &form else {
        return refused_here("the form is malformed");
    };
    match decision {
        Some(decision) => pending.approved(decision == "allow", form.get(csrf::FIELD)).await,
        None if form.get("choose").is_some() || form.get("sign_out").is_some() => {
            pending.chosen(form).await
        }
        None if is_step_up => pending.stepped_up(form).await,
        None => pending.signed_in(form).await,
    }
}
