//! The first step: identifier and first factor.

use http::StatusCode;

use super::{Continuing, Resuming, Visit, Visited};
use crate::{
    core::signin::{Method, Next},
    origin::{
        authn::{
            methods::directory::{self, Verified},
            password::{PasswordLogin, SigninError},
        },
        domain::{federation::reference, signin::account},
        http::{Parameters, Response},
        pages::signin::{Confirm, Identify, ProviderButton},
        store::{
            accounts::{self, Named},
            factors,
        },
    },
};

impl Visit<'_> {
    /// The page that asks for the identifier.
    pub fn first_page(&self, status: StatusCode, login: &str, error: Option<&str>) -> Response {
        self.first_page_after(status, login, error, None)
    }

    /// As [`Self::first_page`], after something has succeeded.
    pub(super) fn first_page_after(
        &self,
        status: StatusCode,
        login: &str,
        error: Option<&str>,
        success: Option<&str>,
    ) -> Response {
        if let Some(resuming) = &self.resumes {
            return self.confirmation(resuming, status, error);
        }
        let methods = self.rules().first(self.origin);
        let offered = self.offered();
        let offered: Option<Vec<&str>> =
            offered.as_ref().map(|names| names.iter().map(String::as_str).collect());
        let led_to = self.led_to();
        let ids: Vec<String> = led_to.iter().map(|it| reference(&it.provider)).collect();
        let buttons = ids.iter().zip(&led_to);
        let buttons: Vec<ProviderButton<'_>> =
            buttons.map(|(id, it)| ProviderButton { id, name: it.name() }).collect();
        self.with_token(error, |token| {
            let page = Identify {
                application: self.application_name(),
                organization: self.organization_name(),
                action: &self.action,
                token,
                login,
                error,
                success,
                methods,
                client_id: self.client_id(),
                resets: self.resets(),
                signs_up: self.door().is_some(),
                providers: &buttons,
                organizations: offered.as_deref(),
            };
            page.view(self.look, status)
        })
    }

    /// Verifies a password.
    pub(super) async fn by_password(&self, form: &Parameters) -> Result<Visited, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let login = form.get("username").unwrap_or_default();
        if !self.rules().first(origin).has(Method::Password) {
            return Ok(Visited::Page(self.first_page(StatusCode::FORBIDDEN, login, None)));
        }
        if self.resumes.is_some() && !self.takes_password().await? {
            return Ok(Visited::Page(self.start_again()));
        }
        let (owner, name) = match &self.resumes {
            Some(resuming) => {
                let user = &resuming.current.person.user;
                (user.owner.as_str(), user.name.as_str())
            }
            None => self.named(form.get("organization"), login),
        };
        let password = form.get("password").unwrap_or_default();
        let attempt = PasswordLogin { source: self.http.into(), owner, login: name, password };
        let (client_id, browser) = (self.client_id(), self.steps().browser());
        let further = |named: Named<'_>| {
            let held = factors::held(named, &browser, now);
            accounts::consent(named, client_id).and(held)
        };
        let verified =
            Box::pin(directory::verify(origin, attempt, self.directories(), further)).await?;
        let (proof, (consent, held)) = match verified {
            Verified::Proven(proof, read) => (*proof, read),
            Verified::NotKnown(introduced) => return self.introduced(*introduced).await,
        };
        if let Some(application) = self.application
            && !proof.person.is_admitted_to(application)
        {
            proof.commit(origin).await?;
            let why = self.texts().not_admitted;
            return Ok(Visited::Page(self.first_page(StatusCode::FORBIDDEN, login, Some(why))));
        }
        let evidence = proof.evidence(now);
        let (person, change, required) = proof.into_parts();
        let policy = self.steps().policy(&person);
        let flow = self.steps().flow().proved(policy, account(&person, &held), evidence, now);
        let Some(pending) = flow.ok().and_then(|flow| self.steps().begin(login, flow)) else {
            return Ok(Visited::Page(self.start_again()));
        };
        let consents = consent.into_iter().collect();
        let continuing = Continuing { pending, person, held, consents };
        self.go_on(continuing, change, required).await
    }

    /// The page that asks the session's user for the password.
    fn confirmation(
        &self,
        resuming: &Resuming<'_>,
        status: StatusCode,
        error: Option<&str>,
    ) -> Response {
        let user = &resuming.current.person.user;
        let takes_passwords = self.rules().first(self.origin).has(Method::Password);
        self.with_token(error, |token| {
            let page = Confirm {
                person: &user.name,
                action: &self.action,
                token,
                has_password: takes_passwords
                    && (user.password_hash.is_some() || self.has_directories()),
                instead: &resuming.instead,
                error,
            };
            page.view(self.look, status)
        })
    }

    /// Whether a pending step-up accepts a password.
    async fn takes_password(&self) -> Result<bool, SigninError> {
        let Some(continuing) = self.continuing().await? else { return Ok(false) };
        let next = self.steps().next(&continuing);
        Ok(matches!(next, Some(Next::First(due)) if due.has(Method::Password)))
    }
}
