//! Sign-in to the account pages.
//!
//! The organization is the one in the URL, else the one of this browser's last sign-in, else the
//! one that the user enters. A pending sign-in uses the organization of the proven user, not the
//! one in the URL: its policy applies.

use http::StatusCode;

use super::{
    super::{
        respond::{
            broken, issuer_host, look, organization_cookie, plain_look, refused_here,
            remembered_organization,
        },
        schemas::{LandingQuery, PageForm},
        visit::{Arriving, Asking, Landed, Visit, Visited, unmet},
    },
    continuing, destination, onward,
};
use crate::{
    core::{cors::CorsClass, directory::is_organization_name, redirect},
    origin::{
        Origin,
        api::endpoint::{Call, Page, Posted, Rate, Who, endpoint},
        authn::{federation::ARRIVED, flow, session},
        domain::{
            commit::commit,
            federation::{
                domains,
                offered::{self, Offered},
            },
            people,
        },
        http::{Parameters, Request, Response, RestError, response},
        pages::{self, Look, account::Section},
        store::{
            organizations::{self, Organization},
            providers,
            query::{Query, load},
        },
    },
    ports::DatabaseError,
};

/// Path of the page.
const PAGE: &str = "/login";

/// Lifetime of the cookie, in seconds.
const REMEMBERED: i64 = 365 * 24 * 3600;

endpoint! {
    /// Returns the page on which a person signs in to the own account; after a logout, one that says so.
    ///
    /// A person who is signed in is redirected to the account.
    pub LandingPage = GET "/login" as "getLandingPage",
    who: Who::Public, cors: CorsClass::None;
    query: LandingQuery,
    reply: Page,
    error: RestError;
    landing_page
}

async fn landing_page(origin: &Origin, call: Call<'_, LandingPage>) -> Result<Page, RestError> {
    Ok(Page(landing(origin, call.request, Asking::AsUsual).await))
}

endpoint! {
    /// Posts a form of the page on which a person signs in to the own account.
    pub SignInToAccount = POST "/login" as "signInToAccount",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Passwords;
    query: LandingQuery,
    body: Posted<PageForm>,
    reply: Page,
    error: RestError;
    sign_in
}

async fn sign_in(origin: &Origin, call: Call<'_, SignInToAccount>) -> Result<Page, RestError> {
    Ok(Page(signed_in(origin, call.request).await))
}

/// Redirects to the page, which returns to `section`.
pub(super) fn leading_to(look: &Look, section: Section) -> Response {
    onward(&look.link(&format!("{PAGE}?{}", continuing(section))))
}

/// The URL of the page for reauthentication.
pub(super) fn again_address(look: &Look, section: Section) -> String {
    look.link(&format!("{PAGE}?again=1&{}", continuing(section)))
}

/// The parsed request.
struct Landing {
    query: Parameters,
    target: Section,
    /// The organization; `None` to ask for it.
    organization: Option<String>,
}

impl Landing {
    fn of(origin: &Origin, http: &Request) -> Self {
        let query = http.query_parameters().unwrap_or_default();
        let target = destination(&query);
        let kept = remembered_organization(origin, http);
        // An empty value in the URL requests another organization.
        let organization = query.get("organization").map(str::to_owned).or(kept);
        let organization = organization.filter(|name| is_organization_name(name));
        Self { query, target, organization }
    }

    fn has(&self, name: &str) -> bool {
        self.query.get(name).is_some()
    }

    /// The URL of the page, without user input. It names the organization, whose database has the
    /// steps.
    fn address(&self) -> String {
        let mut pairs = vec![("continue", self.target.path().to_owned())];
        pairs.extend(self.organization.clone().map(|name| ("organization", name)));
        for name in ["again", "ui_locales"] {
            pairs.extend(self.query.get(name).map(|value| (name, value.to_owned())));
        }
        format!("{PAGE}?{}", redirect::encoded(&pairs))
    }
}

/// The organization of this browser's pending sign-in, else `otherwise`.
async fn organization(
    origin: &Origin,
    http: &Request,
    otherwise: Option<&str>,
) -> Result<Option<Organization>, DatabaseError> {
    let id = flow::id(origin, http, "");
    let waiting = id.map(|id| organizations::of_flow(&id, origin.clock.now()));
    let queries = (Query::from(waiting), Query::from(otherwise.map(organizations::by_name)));
    let (waiting, named) = load(&*origin.database, queries).await?;
    Ok(waiting.flatten().or_else(|| named.flatten()))
}

/// The sign-in page of the account pages.
pub(in crate::origin::api::signin) async fn landing(
    origin: &Origin,
    http: &Request,
    asking: Asking,
) -> Response {
    if let Some(elsewhere) = issuer_host(origin, http) {
        return elsewhere;
    }
    match landed(origin, http, asking).await {
        Ok(page) => page,
        Err(error) => broken(&error),
    }
}

async fn landed(
    origin: &Origin,
    http: &Request,
    asking: Asking,
) -> Result<Response, DatabaseError> {
    let landing = Landing::of(origin, http);
    let is_signed_in = session::current(origin, http).await?.is_some();
    if is_signed_in && !landing.has("again") {
        return Ok(onward(&plain_look(origin, http).link(landing.target.path())));
    }
    if landing.has("signed_out") {
        let look = plain_look(origin, http);
        return Ok(pages::signin::signed_out(&look, &landing.address()).response());
    }
    if landing.organization.is_some() && !landing.has("organization") {
        return Ok(onward(&landing.address()));
    }
    let organization = organization(origin, http, landing.organization.as_deref()).await?;
    let look = look(origin, http, organization.as_ref(), None);
    let offered = offered(origin, organization.as_ref()).await?;
    let visit = visit(origin, http, &landing, (organization.as_ref(), &offered), &look);
    if let Some(ticket) = landing.query.get(ARRIVED) {
        let visited = visit.arrived(ticket, &Parameters::default()).await;
        return visited_page(origin, http, &landing, &visit, visited).await;
    }
    let login = landing.query.get("login_hint").unwrap_or_default();
    // At reauthentication, the user chooses the method.
    let is_free = !landing.has("again") || asking != Asking::AsUsual;
    let asking = if is_free { asking } else { Asking::ByAddress };
    let Landed { visited, besides } = visit.landed(Arriving { asking, login, max_age: None }).await;
    visited_page(origin, http, &landing, &visit, visited).await.map(|page| besides.on(page))
}

/// The identity providers of the organization.
async fn offered(
    origin: &Origin,
    organization: Option<&Organization>,
) -> Result<Vec<Offered>, DatabaseError> {
    let Some(organization) = organization else { return Ok(Vec::new()) };
    let found = providers::of_organization(&organization.name).fetch(&*origin.database).await?;
    Ok(offered::by_organization(organization, found))
}

fn visit<'a>(
    origin: &'a Origin,
    http: &'a Request,
    landing: &Landing,
    (organization, providers): (Option<&'a Organization>, &'a [Offered]),
    look: &'a Look,
) -> Visit<'a> {
    Visit {
        origin,
        http,
        application: None,
        organization,
        providers,
        look,
        action: landing.address(),
        leads_to: String::new(),
        acr: None,
        resumes: None,
    }
}

async fn signed_in(origin: &Origin, http: &Request) -> Response {
    if let Some(elsewhere) = issuer_host(origin, http) {
        return elsewhere;
    }
    let Ok(form) = http.body_parameters() else {
        return refused_here("the form is malformed");
    };
    match stepped(origin, http, &form).await {
        Ok(response) => response,
        Err(error) => broken(&error),
    }
}

async fn stepped(
    origin: &Origin,
    http: &Request,
    form: &Parameters,
) -> Result<Response, DatabaseError> {
    let mut landing = Landing::of(origin, http);
    let typed = form.get("organization").map(str::trim).filter(|name| !name.is_empty());
    let known = typed.or(landing.organization.as_deref()).unwrap_or_default();
    let login = form.get("username").unwrap_or_default();
    let mut owner = people::login_in(known, login).0.to_owned();
    let mut is_led = false;
    if owner.is_empty()
        && let Some(domain) = domains::of_login(origin, login).await?
    {
        owner = domain.owner;
        // The password was not entered for that organization.
        is_led = true;
    }
    // A first step uses the organization that it names; later steps use the user's.
    let is_first = matches!(form.get("step"), None | Some("password" | "identify" | "code"));
    let organization = if is_first {
        organizations::find(&*origin.database, &owner).await?
    } else {
        organization(origin, http, Some(&owner)).await?
    };
    if let Some(organization) = &organization {
        landing.organization = Some(organization.name.clone());
    }
    let look = look(origin, http, organization.as_ref(), None).at_page_of(http);
    let offered = offered(origin, organization.as_ref()).await?;
    let visit = visit(origin, http, &landing, (organization.as_ref(), &offered), &look);
    if is_led {
        let visited = visit.arrives_by_domain(login).await;
        return visited_page(origin, http, &landing, &visit, visited).await;
    }
    let visited = visit.step(form).await;
    visited_page(origin, http, &landing, &visit, visited).await
}

/// The response to a step or an arrival.
async fn visited_page(
    origin: &Origin,
    http: &Request,
    landing: &Landing,
    visit: &Visit<'_>,
    visited: Visited,
) -> Result<Response, DatabaseError> {
    let look = visit.look;
    let mut signed_in = match visited {
        Visited::Page(page) => return Ok(page),
        Visited::Unmet => return Ok(unmet(look)),
        Visited::SignedIn(signed_in) => signed_in,
    };
    let committed = commit(origin, signed_in.begun.change.take()).await?;
    if let Err(error) = signed_in.begun.check(&committed) {
        return Ok(visit.retry(&error));
    }
    let onward = response::redirect(&look.link(landing.target.path()));
    let onward = onward.unwrap_or_else(|| visit.first_page(StatusCode::OK, "", None));
    let name = &signed_in.begun.current.person.user.owner;
    let remembered = session::set_cookie(
        origin,
        http,
        &organization_cookie(origin, http),
        name,
        Some(REMEMBERED),
    );
    Ok(session::with_cookie(onward, &format!("{}\n{remembered}", signed_in.begun.cookie)))
}
