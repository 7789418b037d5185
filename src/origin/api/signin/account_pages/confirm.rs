//! The step-up before changing sign-in methods.

use super::{
    super::{
        respond::{broken, refused_here},
        schemas::{AccountForm, ContinueQuery},
        visit::{Resuming, Visit, Visited, unmet},
    },
    Holder, continuing, destination, login, onward,
};
use crate::{
    core::cors::CorsClass,
    origin::{
        Origin,
        api::endpoint::{Call, Page, Posted, Rate, Who, endpoint},
        authn::{password::SigninError, session},
        domain::commit::commit,
        http::{Request, Response, RestError, response},
        pages::{Look, account::Section},
    },
};

/// Path of the page.
const PAGE: &str = "/account/confirm";

endpoint! {
    /// Returns the page on which a signed-in person proves a factor again.
    pub ConfirmPage = GET "/account/confirm" as "getConfirmationPage",
    who: Who::Public, cors: CorsClass::None;
    query: ContinueQuery,
    reply: Page,
    error: RestError;
    confirm_page
}

async fn confirm_page(origin: &Origin, call: Call<'_, ConfirmPage>) -> Result<Page, RestError> {
    Ok(Page(page(origin, call.request).await))
}

endpoint! {
    /// Verifies a factor of the signed-in person, whose session goes on.
    pub Confirm = POST "/account/confirm" as "confirmSession",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Passwords;
    query: ContinueQuery,
    body: Posted<AccountForm>,
    reply: Page,
    error: RestError;
    confirm
}

async fn confirm(origin: &Origin, call: Call<'_, Confirm>) -> Result<Page, RestError> {
    Ok(Page(confirmed(origin, call.request).await))
}

/// Redirects to the page, which returns to `section`.
pub(super) fn leading_to(look: &Look, section: Section) -> Response {
    onward(&look.link(&address(section)))
}

fn address(section: Section) -> String {
    format!("{PAGE}?{}", continuing(section))
}

/// The section to return to.
fn target(http: &Request) -> Section {
    destination(&http.query_parameters().unwrap_or_default())
}

fn visit<'a>(holder: &'a Holder<'_>) -> Visit<'a> {
    let resuming = Resuming {
        current: &holder.current,
        instead: login::again_address(&holder.look, holder.section),
    };
    Visit {
        origin: holder.origin,
        http: holder.http,
        application: None,
        organization: holder.organization.as_ref(),
        providers: &[],
        look: &holder.look,
        action: holder.look.link(&address(holder.section)),
        leads_to: String::new(),
        acr: None,
        resumes: Some(resuming),
    }
}

async fn page(origin: &Origin, http: &Request) -> Response {
    match Holder::of(origin, http, target(http)).await {
        Ok(holder) => visit(&holder).page("").await,
        Err(response) => response,
    }
}

async fn confirmed(origin: &Origin, http: &Request) -> Response {
    let holder = match Holder::of(origin, http, target(http)).await {
        Ok(holder) => holder,
        Err(response) => return response,
    };
    let Ok(form) = http.body_parameters() else {
        return refused_here("the form is malformed");
    };
    let visit = visit(&holder);
    let mut signed_in = match visit.step(&form).await {
        Visited::Page(page) => return page,
        Visited::Unmet => return unmet(&holder.look),
        Visited::SignedIn(signed_in) => signed_in,
    };
    let committed = match commit(origin, signed_in.begun.change.take()).await {
        Ok(committed) => committed,
        Err(error) => return broken(&error),
    };
    if let Err(error) = signed_in.begun.check(&committed) {
        return visit.retry(&error);
    }
    let onward = response::redirect(&holder.address());
    let onward = onward.unwrap_or_else(|| visit.retry(&SigninError::Wrong));
    session::with_cookie(onward, &signed_in.begun.cookie)
}
