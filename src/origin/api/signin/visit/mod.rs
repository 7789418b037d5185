//! A sign-in in the browser, step by step, at the address of the page that it is for: an authorization
//! request, a device, or the person's account.
//!
//! Each form posts its `step`. What follows is [`Flow::next`]'s decision; this module renders the page of it,
//! or begins the session.

mod enrolment;
mod first;
mod second;

use http::StatusCode;

use super::respond::{broken, name_of, refusing, sentence, status_of, with_token_cookie};
use crate::{
    core::signin::{Acr, Flow, Next},
    origin::{
        Origin,
        authn::{
            csrf::{self, FormToken},
            flow::{self, Pending},
            password::{Proof, SigninError, are_current},
            session::{self, Begun, Proved},
        },
        domain::{
            change::{Change, Position},
            commit::commit,
            people::Person,
            signin::{SigninRules, account},
        },
        http::{Parameters, Request, Response},
        pages::{
            Look, View, notice,
            text::{Common, Signin},
        },
        store::{
            accounts::{self, Named},
            applications::Application,
            consents::Consent,
            factors::{self, Held},
            organizations::Organization,
            query::load,
        },
    },
    ports::DatabaseError,
};

/// A browser at a sign-in page.
#[derive(Debug)]
pub struct Visit<'a> {
    /// The origin.
    pub origin: &'a Origin,
    /// The HTTP request.
    pub http: &'a Request,
    /// The client that the sign-in is for; `None`: the person's own account.
    pub application: Option<&'a Application>,
    /// The organization whose people sign in.
    pub organization: Option<&'a Organization>,
    /// How the pages look.
    pub look: &'a Look,
    /// Where the forms post: the address of the page.
    pub action: String,
    /// A policy source that the forms may lead to besides this server.
    pub leads_to: String,
    /// The least class that the request demands (`acr_values`).
    pub acr: Option<Acr>,
}

/// What comes of a step.
#[derive(Debug)]
pub enum Visited {
    /// A page: of the next step, or of the same one with an error.
    Page(Response),
    /// A session begins.
    SignedIn(Box<SignedIn>),
    /// Nothing that the person could do meets what the request demands (RFC 9470 §4).
    Unmet,
}

/// A session that begins, and what the person allowed the client before.
#[derive(Debug)]
pub struct SignedIn {
    /// The session, with the change that the caller commits.
    pub begun: Begun,
    /// At most one.
    pub consents: Vec<Consent>,
}

/// A sign-in whose first factor is proven, with the person, as a step reads it.
struct Continuing {
    pending: Pending,
    person: Person,
    held: Held,
    consents: Vec<Consent>,
}

impl Visit<'_> {
    /// The page that the browser is at: of the step that waits, or the first one.
    pub async fn page(&self, login: &str) -> Response {
        match self.waiting(login).await {
            Ok(page) => page,
            Err(error) => broken(&error),
        }
    }

    async fn waiting(&self, login: &str) -> Result<Response, DatabaseError> {
        let Some(continuing) = self.continuing().await? else {
            return Ok(self.first_page(StatusCode::OK, login, None));
        };
        let Continuing { pending, person, held, .. } = continuing;
        let now = self.origin.clock.now();
        let policy = self.rules().policy(self.origin, &person.roles, self.acr);
        match pending.flow.next(policy, account(&held), now) {
            Ok(Next::Second(methods)) => {
                Ok(self.second_page(StatusCode::OK, &person, &held, methods, None, None))
            }
            Ok(Next::Enrol(methods)) => Ok(self.enrolment_page(StatusCode::OK, methods, None)),
            _ => Ok(self.first_page(StatusCode::OK, login, None)),
        }
    }

    /// The result of a posted form.
    pub async fn step(&self, form: &Parameters) -> Visited {
        let login = form.get("username").unwrap_or_default();
        if !csrf::is_genuine(self.origin, self.http, form.get(csrf::FIELD)) {
            let again = self.common().page_expired;
            return Visited::Page(self.first_page(StatusCode::FORBIDDEN, login, Some(again)));
        }
        let result = match form.get("step") {
            None | Some("password") => self.by_password(form).await,
            Some("second") => self.second(form).await,
            Some("enrol") => self.enrol(form).await,
            Some("finish") => self.finish().await,
            Some("restart") => self.restart().await,
            Some(_) => Ok(Visited::Page(self.start_again())),
        };
        match result {
            Ok(visited) => visited,
            Err(SigninError::Database(error)) => Visited::Page(broken(&error)),
            Err(error) => {
                let why = sentence(self.look, &error);
                Visited::Page(self.first_page(status_of(&error), login, Some(why)))
            }
        }
    }

    /// The first page, after a sign-in that could not be completed.
    pub fn retry(&self, error: &SigninError) -> Response {
        self.first_page(status_of(error), "", Some(sentence(self.look, error)))
    }

    /// Goes on after a step has been accepted: begins the session, or stores the sign-in and asks for the
    /// next step. Each statement of `required` has to take effect.
    async fn go_on(
        &self,
        continuing: Continuing,
        mut change: Change,
        mut required: Vec<Position>,
    ) -> Result<Visited, SigninError> {
        let Continuing { pending, person, held, consents } = continuing;
        let (origin, now) = (self.origin, self.origin.clock.now());
        let policy = self.rules().policy(origin, &person.roles, self.acr);
        let next = pending.flow.next(policy, account(&held), now);
        if let Ok(Next::Done(signed)) = next {
            required.extend(pending.end(&mut change));
            let proof = Proof::of(person, change, required);
            let amr: Vec<&str> = signed.amr().iter().map(String::as_str).collect();
            let proved = Proved { methods: &amr, acr: Acr::of(signed.amr()).as_str() };
            let begun = session::begin_with(origin, self.http, proof, proved);
            return Ok(Visited::SignedIn(Box::new(SignedIn { begun, consents })));
        }
        required.push(pending.store(origin, &mut change));
        are_current(&commit(origin, change).await?, &required)?;
        Ok(match next {
            Ok(Next::Second(methods)) => {
                Visited::Page(self.second_page(StatusCode::OK, &person, &held, methods, None, None))
            }
            Ok(Next::Enrol(methods)) => {
                Visited::Page(self.enrolment_page(StatusCode::OK, methods, None))
            }
            Ok(Next::Unmet) => Visited::Unmet,
            _ => Visited::Page(self.start_again()),
        })
    }

    /// Begins the session of a sign-in whose last page has been read.
    async fn finish(&self) -> Result<Visited, SigninError> {
        let Some(continuing) = self.continuing().await? else {
            return Ok(Visited::Page(self.start_again()));
        };
        self.go_on(continuing, Change::unrecorded(STEP), Vec::new()).await
    }

    /// Forgets the steps so far.
    async fn restart(&self) -> Result<Visited, SigninError> {
        if let Some(id) = self.flow_id() {
            self.origin.database.run(crate::origin::store::flows::forget(&id)).await?;
        }
        Ok(Visited::Page(self.first_page(StatusCode::OK, "", None)))
    }

    /// The sign-in of this browser in which a person is proven who may still sign in.
    async fn continuing(&self) -> Result<Option<Continuing>, DatabaseError> {
        let Some(id) = self.flow_id() else { return Ok(None) };
        let now = self.origin.clock.now();
        let client_id = self.client_id();
        let named = Named::Flow(&id);
        let queries = (
            flow::find(&id, now),
            accounts::find(named),
            factors::held(named, &self.browser(), now),
            accounts::consent(named, client_id),
        );
        let (pending, account, held, consent) = load(&*self.origin.database, queries).await?;
        let (Some(pending), Some(account)) = (pending, account) else { return Ok(None) };
        let began = pending.flow.started_at();
        let Some(person) = Person::standing(account, began, now) else { return Ok(None) };
        let consents = consent.into_iter().collect();
        Ok(Some(Continuing { pending, person, held, consents }))
    }

    fn begin(&self, login: &str, flow: Flow) -> Option<Pending> {
        Some(Pending::begin(self.flow_id()?, login, flow))
    }

    fn flow_id(&self) -> Option<String> {
        flow::id(self.origin, self.http, self.client_id())
    }

    fn client_id(&self) -> &str {
        self.application.map_or("", |application| &application.client_id)
    }

    /// The digest of the cookie by which this browser may be remembered.
    fn browser(&self) -> String {
        flow::browser(self.origin, self.http).unwrap_or_default()
    }

    const fn rules(&self) -> SigninRules<'_> {
        SigninRules { application: self.application, organization: self.organization }
    }

    fn start_again(&self) -> Response {
        self.first_page(StatusCode::FORBIDDEN, "", Some(self.texts().start_again))
    }

    /// The page with a new form token.
    fn with_token<'v>(
        &'v self,
        error: Option<&str>,
        view: impl FnOnce(&str) -> View<'v>,
    ) -> Response {
        let token = FormToken::issue(self.origin, self.http);
        let page = view(&token.token).leading_to(&self.leads_to).response();
        with_token_cookie(refusing(page, error), token)
    }

    fn texts(&self) -> &'static Signin {
        Signin::of(self.look.language)
    }

    fn common(&self) -> &'static Common {
        Common::of(self.look.language)
    }

    fn application_name(&self) -> Option<&str> {
        self.application.map(name_of)
    }

    fn organization_name(&self) -> &str {
        let of_client = self.application.map(|application| application.organization.as_str());
        of_client.or_else(|| self.organization.map(|it| it.name.as_str())).unwrap_or_default()
    }
}

/// Why the steps before the session leave no entry in the audit trail.
const STEP: crate::origin::domain::change::Unrecorded =
    crate::origin::domain::change::Unrecorded::Step;

/// The page for what no step of the person's can meet.
pub fn unmet(look: &Look) -> Response {
    let texts = Signin::of(look.language);
    notice(look, StatusCode::FORBIDDEN, texts.sign_in, texts.unmet)
}
