//! A step-by-step browser sign-in, at the URL of its page: an authorization request, a device, or
//! the account pages.
//!
//! Each form posts its `step`. [`Flow::next`] decides what follows; this module renders its page or
//! starts the session.

mod code;
mod enrolment;
mod first;
mod forgotten;
mod negotiate;
mod organization;
mod passkey;
mod passkey_further;
mod provider;
mod second;
mod signup;
mod wallet;

pub use crate::origin::authn::steps::SignedIn;

use http::StatusCode;

pub use self::{
    code::known_as,
    negotiate::{Arriving, Asking, HINT, Landed},
    second::preferred,
};
use super::respond::{broken, name_of, refusing, sentence, status_of, with_token_cookie};
use crate::{
    core::signin::{Acr, Method, Next},
    origin::{
        Origin,
        authn::{
            csrf::{self, FormToken},
            password::SigninError,
            session::Current,
            steps::{Advanced, Continuing, Steps},
        },
        domain::{
            change::{Change, Position, Unrecorded},
            federation::offered::Offered,
            signin::SigninRules,
        },
        http::{Parameters, Request, Response, response},
        pages::{
            Look, View, notice, onward,
            text::{Common, Signin},
        },
        store::{applications::Application, flows, organizations::Organization},
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
    /// The client; `None` for the account pages.
    pub application: Option<&'a Application>,
    /// The organization of the sign-in.
    pub organization: Option<&'a Organization>,
    /// The offered identity providers.
    pub providers: &'a [Offered],
    /// The look of the pages.
    pub look: &'a Look,
    /// The form action: the URL of the page.
    pub action: String,
    /// An additional CSP `form-action` source.
    pub leads_to: String,
    /// The minimum class required by the request (`acr_values`).
    pub acr: Option<Acr>,
    /// The session to step up; `None` to start a new one.
    pub resumes: Option<Resuming<'a>>,
}

/// A session to step up.
#[derive(Debug)]
pub struct Resuming<'a> {
    /// The session, of this browser.
    pub current: &'a Current,
    /// The local path for signing in instead.
    pub instead: String,
}

/// The result of a step.
#[derive(Debug)]
pub enum Visited {
    /// A page: of the next step, or of the same one with an error.
    Page(Response),
    /// A session starts.
    SignedIn(Box<SignedIn>),
    /// The user cannot meet the requirements of the request (RFC 9470 §4).
    Unmet,
}

impl Visit<'_> {
    /// The current page: of the pending step, or the first one.
    pub async fn page(&self, login: &str) -> Response {
        match self.waiting(login).await {
            Ok(page) => page,
            Err(error) => broken(&error),
        }
    }

    async fn waiting(&self, login: &str) -> Result<Response, DatabaseError> {
        let Some(continuing) = self.steps().continuing().await? else {
            let awaited = self.code_awaited().await?;
            return Ok(awaited.unwrap_or_else(|| self.first_page(StatusCode::OK, login, None)));
        };
        let Continuing { pending, person, held, .. } = &continuing;
        Ok(match self.steps().next(&continuing) {
            Some(Next::Second(methods)) => {
                let now = self.origin.clock.now();
                let sent = [Method::Email, Method::Sms]
                    .into_iter()
                    .find_map(|method| pending.flow.challenge(method, now));
                let chosen = (sent.map(|challenge| challenge.method), sent);
                self.second_page_of(StatusCode::OK, (person, held), methods, chosen, None)
            }
            Some(Next::Enrol(methods)) => {
                let now = self.origin.clock.now();
                let begun = [Method::Email, Method::Sms]
                    .into_iter()
                    .find(|method| pending.flow.challenge(*method, now).is_some());
                match begun {
                    Some(method) => self.enrolling_page(StatusCode::OK, &continuing, method, None),
                    None => self.enrolment_page(StatusCode::OK, &continuing, methods, None),
                }
            }
            _ => self.first_page(StatusCode::OK, login, None),
        })
    }

    /// Handles a posted form.
    pub async fn step(&self, form: &Parameters) -> Visited {
        let chosen = self.with_chosen_organization(form);
        let form = chosen.as_ref().unwrap_or(form);
        let login = form.get("username").unwrap_or_default();
        if !csrf::is_genuine(self.origin, self.http, form.get(csrf::FIELD)) {
            let again = self.common().page_expired;
            return Visited::Page(self.first_page(StatusCode::FORBIDDEN, login, Some(again)));
        }
        let step = form.get("step");
        // A step-up allows only these steps, not those that begin a sign-in.
        let is_of_step_up =
            matches!(step, None | Some("password" | "second" | "finish" | "restart"));
        if self.resumes.is_some() && !is_of_step_up {
            return Visited::Page(self.start_again());
        }
        let is_password = matches!(step, None | Some("password"));
        if is_password || matches!(step, Some("identify" | "code")) {
            match self.home_realm(login, is_password).await {
                Ok(Some(visited)) => return visited,
                Ok(None) => {}
                Err(error) => return Visited::Page(self.retry(&error)),
            }
        }
        let result = match step {
            None | Some("password") => self.by_password(form).await,
            Some("passkey") => self.by_passkey(form).await,
            Some("wallet") => self.by_wallet(form).await,
            Some("provider") => self.to_provider(form).await,
            Some("arrived") => {
                let ticket = form.get("ticket").unwrap_or_default();
                return self.arrived(ticket, form).await;
            }
            Some("identify") => Ok(self.identified(form)),
            Some("code") => self.send_code(form).await,
            Some("code-verify") => self.by_code(form).await,
            Some(step) if step.starts_with("forgot") => self.forgotten(step, form).await,
            Some(step) if step.starts_with("signup") => self.signing_up(step, form).await,
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
                let page = self.first_page(status_of(&error), login, Some(why));
                Visited::Page(match error {
                    SigninError::Passkey(refusal) => {
                        response::with_reason(page, passkey::reason(&refusal))
                    }
                    SigninError::WrongInDirectory(refusal) | SigninError::Unverified(refusal) => {
                        response::with_cause(page, Some(refusal.to_string()))
                    }
                    _ => page,
                })
            }
        }
    }

    /// The first page, after a sign-in that could not be completed.
    pub fn retry(&self, error: &SigninError) -> Response {
        self.first_page(status_of(error), "", Some(sentence(self.look, error)))
    }

    /// Continues after an accepted step: starts the session, or shows the next page. Each statement
    /// of `required` must take effect.
    async fn go_on(
        &self,
        continuing: Continuing,
        change: Change,
        required: Vec<Position>,
    ) -> Result<Visited, SigninError> {
        let advanced = self.steps().advance(continuing, change, required).await?;
        Ok(self.shown(advanced))
    }

    /// The page of the next step.
    fn shown(&self, advanced: Advanced) -> Visited {
        match advanced {
            Advanced::Begins(signed_in) => Visited::SignedIn(signed_in),
            Advanced::Second(methods, continuing) => {
                let Continuing { person, held, .. } = &*continuing;
                Visited::Page(self.second_page(StatusCode::OK, person, held, methods, None, None))
            }
            Advanced::Enrol(methods, continuing) => {
                Visited::Page(self.enrolment_page(StatusCode::OK, &continuing, methods, None))
            }
            Advanced::Unmet => Visited::Unmet,
            Advanced::Ended => Visited::Page(self.start_again()),
        }
    }

    /// Starts the session of a sign-in after its last page.
    async fn finish(&self) -> Result<Visited, SigninError> {
        let Some(continuing) = self.continuing().await? else {
            return Ok(Visited::Page(self.start_again()));
        };
        self.go_on(continuing, Self::nothing(), Vec::new()).await
    }

    /// Discards the steps so far.
    async fn restart(&self) -> Result<Visited, SigninError> {
        if let Some(Resuming { instead, .. }) = &self.resumes {
            return Ok(Visited::Page(onward(self.look, instead)));
        }
        if let Some(id) = self.steps().id() {
            self.origin.database.run(flows::forget(&id)).await?;
        }
        Ok(Visited::Page(self.first_page(StatusCode::OK, "", None)))
    }

    /// This browser's sign-in with a proven user who may still sign in.
    async fn continuing(&self) -> Result<Option<Continuing>, DatabaseError> {
        self.steps().continuing().await
    }

    const fn steps(&self) -> Steps<'_> {
        let resumes = match &self.resumes {
            Some(resuming) => Some(resuming.current),
            None => None,
        };
        Steps { origin: self.origin, http: self.http, rules: self.rules(), acr: self.acr, resumes }
    }

    fn client_id(&self) -> &str {
        self.rules().client_id()
    }

    const fn rules(&self) -> SigninRules<'_> {
        SigninRules { application: self.application, organization: self.organization }
    }

    /// An empty change.
    const fn nothing() -> Change {
        Change::unrecorded(Unrecorded::Step)
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

/// The page for unmet requirements.
pub fn unmet(look: &Look) -> Response {
    let texts = Signin::of(look.language);
    notice(look, StatusCode::FORBIDDEN, texts.sign_in, texts.unmet)
}
