//! The forms of the sign-in page, and the responses to them.

use http::StatusCode;

use super::{
    super::{
        approval,
        respond::{
            PAGE, broken, deliver, name_of, native_scheme, refusing, sentence, status_of,
            with_token_cookie,
        },
    },
    pending::{Outcome, PendingAuthorization},
};
use crate::{
    core::{
        authorization::{Approval, Complaint, Interaction, PARAMETERS},
        redirect,
    },
    origin::{
        authn::{
            csrf::{self, FormToken},
            password::{self, PasswordLogin, SigninError},
            session::{self, Begun, Current},
        },
        domain::{commit::commit, people},
        http::{Parameters, Response},
        pages::{
            View,
            signin::Identify,
            text::{Common, Signin},
        },
        store::{accounts, consents::Consent},
    },
};

impl PendingAuthorization<'_> {
    /// The response to the form of [`Self::form`].
    pub(super) async fn signed_in(&self, form: &Parameters) -> Response {
        let login = form.get("username").unwrap_or_default();
        if !csrf::is_genuine(self.origin, self.http, form.get(csrf::FIELD)) {
            return self.form(StatusCode::FORBIDDEN, login, Some(self.again()));
        }
        if !self.application.enable_password {
            return self.form(StatusCode::FORBIDDEN, login, None);
        }
        match self.by_password(login, form.get("password").unwrap_or_default()).await {
            Ok(response) => response,
            Err(SigninError::Database(error)) => broken(&error),
            Err(error) => self.form(status_of(&error), login, Some(sentence(&self.look, &error))),
        }
    }

    async fn by_password(&self, login: &str, password: &str) -> Result<Response, SigninError> {
        let (owner, name) = people::login(&self.application, None, login);
        let source = self.http.into();
        let attempt = PasswordLogin { source, owner, login: name, password };
        let client_id = &self.application.client_id;
        let (proof, consent) =
            password::verify(self.origin, attempt, |named| accounts::consent(named, client_id))
                .await?;
        if !proof.person.is_admitted_to(&self.application) {
            proof.commit(self.origin).await?;
            let error = self.texts().not_admitted;
            return Ok(self.form(StatusCode::FORBIDDEN, login, Some(error)));
        }
        let mut begun = session::begin(self.origin, self.http, proof, &["pwd"]);
        let consents: Vec<Consent> = consent.into_iter().collect();
        let Begun { current, change, .. } = &mut begun;
        let step = self.decide(Some(current), &consents, Interaction::SignedIn, change);
        let committed = commit(self.origin, begun.change.take()).await?;
        begun.check(&committed)?;
        let response = match self.outcome(step, Some(&begun.current), &committed) {
            Outcome::Done(response) => response,
            Outcome::Approve(approval, current) => self.approval(approval, current, None),
            Outcome::SignIn => {
                let error = self.texts().other_account;
                self.form(StatusCode::FORBIDDEN, login, Some(error))
            }
        };
        Ok(session::with_cookie(response, &begun.cookie))
    }

    /// The response to the form of [`Self::approval`].
    pub(super) async fn approved(&self, allow: bool, form_token: Option<&str>) -> Response {
        let Some(current) = &self.current else {
            return self.form(StatusCode::UNAUTHORIZED, "", None);
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
            Outcome::SignIn => {
                let error = self.texts().sign_in_again;
                self.form(StatusCode::FORBIDDEN, "", Some(error))
            }
        }
    }

    /// The redirect to the client with an error.
    pub(super) fn refuse(&self, complaint: &Complaint) -> Response {
        deliver(self.origin, self.http, &self.request.return_to, complaint.parameters())
    }

    /// The page that asks the person to allow the request.
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
        (page.action, page.token, page.error) = (&action, &token.token, error);
        let status = if error.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
        let view = page.view(&self.look, status);
        refusing(self.page_with(view, token), error)
    }

    fn page_with(&self, view: View<'_>, token: FormToken) -> Response {
        let target = native_scheme(&self.request.return_to).unwrap_or_default();
        with_token_cookie(view.leading_to(&target).response(), token)
    }

    fn texts(&self) -> &'static Signin {
        Signin::of(self.look.language)
    }

    fn again(&self) -> &'static str {
        Common::of(self.look.language).page_expired
    }

    /// The address of the page, which carries the whole request.
    pub(super) fn page_address(&self) -> String {
        let pairs: Vec<(&str, String)> = PARAMETERS
            .iter()
            .filter_map(|&name| Some((name, self.parameters.get(name)?.to_owned())))
            .collect();
        format!("{PAGE}?{}", redirect::encoded(&pairs))
    }

    /// The page that asks for a password.
    pub(super) fn form(&self, status: StatusCode, login: &str, error: Option<&str>) -> Response {
        let token = FormToken::issue(self.origin, self.http);
        let application = &self.application;
        let action = self.page_address();
        let page = Identify {
            application: Some(name_of(application)),
            organization: &application.organization,
            action: &action,
            token: &token.token,
            login,
            error,
            by_password: application.enable_password,
        };
        let view = page.view(&self.look, status);
        refusing(self.page_with(view, token), error)
    }
}
