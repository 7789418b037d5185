//! The forms of the sign-in page and their handlers.

use http::StatusCode;

use super::{
    super::{
        approval,
        respond::{PAGE, broken, deliver, native_scheme, refusing, with_token_cookie},
        visit::{Arriving, Asking, HINT, Landed, Resuming, SignedIn, Visit, Visited},
    },
    pending::{Outcome, PendingAuthorization, Step},
};
use crate::{
    core::{
        authorization::{Approval, Complaint, Interaction, PARAMETERS, Prompt},
        redirect,
    },
    origin::{
        authn::{
            csrf::{self, FormToken},
            password::SigninError,
            session::{self, Begun, Current},
        },
        domain::{
            change::{Change, Unrecorded},
            commit::commit,
        },
        http::{Parameters, Response},
        pages::{
            View,
            text::{Common, Signin},
        },
    },
};

/// Query parameter for signing in with another account.
pub(super) const ANOTHER: &str = "another";

/// Query parameter with the client's choice of identity provider.
pub(super) const PROVIDER: &str = "provider";

/// Query parameter of step-up forms.
pub(super) const STEP_UP: &str = "step_up";

impl PendingAuthorization<'_> {
    /// Handles a sign-in step.
    pub(super) async fn signed_in(&self, form: &Parameters) -> Response {
        self.stepped(self.visit(), form, Interaction::SignedIn).await
    }

    /// Handles a step-up step of `current`, if the request is waiting for it.
    pub(super) async fn stepped_up(&self, form: &Parameters) -> Response {
        let Some(current) = &self.current else {
            return self.form(StatusCode::UNAUTHORIZED, None);
        };
        let mut change = Change::unrecorded(Unrecorded::Step);
        let interaction = Interaction::SteppedUp;
        let step = self.decide(Some(current), &self.consents, &self.held, interaction, &mut change);
        if !matches!(step, Step::SecondFactor) {
            return self.form(StatusCode::FORBIDDEN, Some(self.texts().start_again));
        }
        self.stepped(self.visit_of(current), form, interaction).await
    }

    /// Handles the return from an identity provider.
    pub(super) async fn arrived(&self, ticket: &str) -> Response {
        let visit = self.visit();
        let visited = visit.arrived(ticket, &Parameters::default()).await;
        self.visited(&visit, visited, Interaction::SignedIn).await
    }

    async fn stepped(
        &self,
        visit: Visit<'_>,
        form: &Parameters,
        interaction: Interaction,
    ) -> Response {
        let visited = visit.step(form).await;
        self.visited(&visit, visited, interaction).await
    }

    async fn visited(
        &self,
        visit: &Visit<'_>,
        visited: Visited,
        interaction: Interaction,
    ) -> Response {
        match visited {
            Visited::Page(page) => page,
            Visited::Unmet => self.refuse(&Complaint::UNMET),
            Visited::SignedIn(signed_in) => match self.begun(*signed_in, interaction).await {
                Ok(response) => response,
                Err(SigninError::Database(error)) => broken(&error),
                Err(error) => visit.retry(&error),
            },
        }
    }

    /// Completes a sign-in: session and decision are one change.
    pub(super) async fn begun(
        &self,
        signed_in: SignedIn,
        interaction: Interaction,
    ) -> Result<Response, SigninError> {
        let SignedIn { mut begun, consents, held } = signed_in;
        let Begun { current, change, .. } = &mut begun;
        let step = self.decide(Some(&*current), &consents, &held, interaction, change);
        let committed = commit(self.origin, begun.change.take()).await?;
        begun.check(&committed)?;
        let response = match self.outcome(step, Some(&begun.current), &committed) {
            Outcome::Done(response) => response,
            Outcome::Approve(approval, current) => self.approval(approval, current, None),
            Outcome::StepUp(current) => self.visit_of(current).page("").await,
            Outcome::SignIn if interaction == Interaction::Chose => {
                let name = &begun.current.person.user.name;
                self.visit().first_page(StatusCode::OK, name, None)
            }
            Outcome::SignIn => {
                let error = self.texts().other_account;
                self.form(StatusCode::FORBIDDEN, Some(error))
            }
        };
        Ok(session::with_cookie(response, &begun.cookie))
    }

    /// Handles the form of [`Self::approval`].
    pub(super) async fn approved(&self, allow: bool, form_token: Option<&str>) -> Response {
        let Some(current) = &self.current else {
            return self.form(StatusCode::UNAUTHORIZED, None);
        };
        if !csrf::is_genuine(self.origin, self.http, form_token) {
            return self.approval(Approval::Consent, current, Some(self.again()));
        }
        if !allow {
            return self.refuse(&Complaint::DENIED);
        }
        match self.settled(Interaction::Approved).await {
            Outcome::Done(response) => response,
            Outcome::Approve(approval, current) => self.approval(approval, current, None),
            Outcome::StepUp(current) => self.visit_of(current).page("").await,
            Outcome::SignIn => {
                let error = self.texts().sign_in_again;
                self.form(StatusCode::FORBIDDEN, Some(error))
            }
        }
    }

    /// Redirects to the client with an error.
    pub(super) fn refuse(&self, complaint: &Complaint) -> Response {
        deliver(self.origin, self.http, &self.request.return_to, complaint.parameters())
    }

    /// The consent page.
    pub(super) fn approval(
        &self,
        approval: Approval,
        current: &Current,
        error: Option<&str>,
    ) -> Response {
        let token = FormToken::issue(self.origin, self.http);
        let user = &current.person.user;
        let person = format!("{}/{}", user.owner, user.name);
        let asked = approval::asked(&self.request);
        let mut page = approval::page(approval, &self.application, asked, &person);
        let action = self.page_address();
        let another = self.another_address();
        (page.action, page.token, page.error) = (&action, &token.token, error);
        page.another = &another;
        let status = if error.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
        let view = page.view(&self.look, status);
        refusing(self.page_with(view, token), error)
    }

    pub(super) fn page_with(&self, view: View<'_>, token: FormToken) -> Response {
        let target = native_scheme(&self.request.return_to).unwrap_or_default();
        with_token_cookie(view.leading_to(&target).response(), token)
    }

    pub(super) fn texts(&self) -> &'static Signin {
        Signin::of(self.look.language)
    }

    pub(super) fn again(&self) -> &'static str {
        Common::of(self.look.language).page_expired
    }

    /// The page URL, with the whole request.
    pub(super) fn page_address(&self) -> String {
        let pairs: Vec<(&str, String)> = PARAMETERS
            .iter()
            .filter_map(|&name| Some((name, self.parameters.get(name)?.to_owned())))
            .collect();
        format!("{PAGE}?{}", redirect::encoded(&pairs))
    }

    /// The initial page URL, with the client's provider or Kerberos hint.
    pub(super) fn first_address(&self) -> String {
        let page = self.page_address();
        let named = [PROVIDER, HINT].into_iter();
        let named = named.filter_map(|name| Some((name, self.parameters.get(name)?.to_owned())));
        let named: Vec<(&str, String)> = named.collect();
        if named.is_empty() { page } else { format!("{page}&{}", redirect::encoded(&named)) }
    }

    /// Handles a GET of the page: redirects to the named identity provider, signs in with a ticket,
    /// or renders the page.
    pub(super) async fn landed(&self, asking: Asking, login: &str) -> Response {
        let visit = self.visit();
        // At reauthentication or account switch, the user chooses the method.
        let is_free = self.request.prompt == Prompt::WhenNeeded || asking != Asking::AsUsual;
        let asking = if is_free { asking } else { Asking::ByAddress };
        let max_age =
            if self.request.prompt == Prompt::Login { Some(0) } else { self.request.max_age };
        let Landed { visited, besides } = visit.landed(Arriving { asking, login, max_age }).await;
        besides.on(self.visited(&visit, visited, Interaction::SignedIn).await)
    }

    /// The page URL for signing in with another account.
    pub(super) fn another_address(&self) -> String {
        format!("{}&{ANOTHER}=1", self.page_address())
    }

    /// The step-up of `current` for the request.
    pub(super) fn visit_of<'b>(&'b self, current: &'b Current) -> Visit<'b> {
        let resumes = Some(Resuming { current, instead: self.another_address() });
        let action = format!("{}&{STEP_UP}=1", self.page_address());
        Visit { action, resumes, ..self.visit() }
    }

    /// The browser's sign-in for the request.
    pub(super) fn visit(&self) -> Visit<'_> {
        Visit {
            origin: self.origin,
            http: self.http,
            application: Some(&self.application),
            organization: self.organization.as_ref(),
            providers: &self.providers,
            look: &self.look,
            action: self.page_address(),
            leads_to: native_scheme(&self.request.return_to).unwrap_or_default(),
            acr: self.request.acr,
            resumes: None,
        }
    }

    /// The first page of a sign-in.
    fn form(&self, status: StatusCode, error: Option<&str>) -> Response {
        self.visit().first_page(status, "", error)
    }
}
