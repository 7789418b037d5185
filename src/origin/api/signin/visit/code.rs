//! A code sent to the user's verified address as the first factor.

use http::StatusCode;

use super::{Continuing, Visit, Visited};
use crate::{
    core::{
        message::Recipient,
        redirect,
        signin::{Account, Flow, Method},
    },
    origin::{
        authn::{familiar, flow, methods::address, password::SigninError},
        domain::{
            commit::commit,
            people::{self, Person},
            sent_codes::{self, Asking, Purpose},
            signin::account,
        },
        http::{Parameters, Response},
        pages::{letters::Sender, signin::EnterCode},
        store::{
            accounts::{self, Named},
            factors,
            organizations::Organization,
        },
    },
    ports::DatabaseError,
};

/// The landing page of links in messages ([`super::super::code_link`]).
const LINK: &str = "/login/code";

impl Visit<'_> {
    /// The page that offers the sign-in methods for a login.
    pub(super) fn identified(&self, form: &Parameters) -> Visited {
        let login = form.get("username").unwrap_or_default();
        Visited::Page(self.first_page(StatusCode::OK, login, None))
    }

    /// Sends a code to the verified address of the form's login. Page, statements and time are the
    /// same if the account does not exist (ATTACKS G-98).
    pub(super) async fn send_code(&self, form: &Parameters) -> Result<Visited, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let login = form.get("username").unwrap_or_default();
        if login.trim().is_empty() || !self.rules().first(origin).has(Method::Email) {
            return Ok(Visited::Page(self.first_page(StatusCode::FORBIDDEN, "", None)));
        }
        let Some(flow_id) = self.steps().id() else {
            return Ok(Visited::Page(self.start_again()));
        };
        let (owner, name) = self.named(form.get("organization"), login);
        let guesser = familiar::guesser(origin, self.http, owner, name);
        let asking = Asking { ip: &self.http.client_ip, guesser: &guesser, owner, login: name };
        let text = accounts::login(owner, name);
        let found = asking.counted(origin, accounts::find(Named::Login(&text))).await?;
        let Some(found) = found else {
            let why = Some(self.texts().code_too_many);
            let page = self.code_page(StatusCode::TOO_MANY_REQUESTS, login, why);
            return Ok(Visited::Page(page));
        };
        let person = found.and_then(|account| Person::active(account, now));
        let person = person.filter(|person| self.admits(person));
        let recipient = person.and_then(|person| sent_codes::verified_address(&person.user));
        let recipient = asking.sent_to(origin, Purpose::Signin, recipient).await?;
        let whom = (Purpose::Signin, flow_id.as_str());
        let issued = address::issue(origin, Method::Email, whom, recipient.as_ref(), &self.action);
        let policy = self.rules().policy(origin, self.acr);
        let flow = Flow::new(now).issued(policy, Account::default(), issued.challenge, now);
        let login_of = format!("{owner}/{name}");
        let Some(pending) = flow.ok().and_then(|flow| self.steps().begin(&login_of, flow)) else {
            return Ok(Visited::Page(self.start_again()));
        };
        let mut change = Self::nothing();
        pending.store(origin, &mut change);
        commit(origin, change).await?;
        self.send(recipient, Purpose::Signin, issued.code.expose());
        Ok(Visited::Page(self.code_page(StatusCode::OK, login, None)))
    }

    /// Verifies the entered code.
    pub(super) async fn by_code(&self, form: &Parameters) -> Result<Visited, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let login = form.get("username").unwrap_or_default();
        let typed = form.get("code").unwrap_or_default();
        let pending = match self.steps().id() {
            Some(id) => flow::find(&id, now).fetch(&*origin.database).await?,
            None => None,
        };
        // A code sent as second factor is not valid as first factor.
        let pending = pending.filter(|pending| pending.flow.user_id().is_none());
        let Some(pending) = pending else { return Ok(Visited::Page(self.start_again())) };
        let Some(challenge) = pending.flow.challenge(Method::Email, now).cloned() else {
            let why = Some(self.texts().code_ended);
            return Ok(Visited::Page(self.first_page(StatusCode::FORBIDDEN, login, why)));
        };
        let (owner, name) = people::login_in("", &pending.login);
        let text = accounts::login(owner, name);
        let named = Named::Login(&text);
        let queries = accounts::find(named)
            .and(factors::held(named, &self.steps().browser(), now))
            .and(accounts::consent(named, self.client_id()));
        let guesser = familiar::guesser(origin, self.http, owner, name);
        let asking = Asking { ip: &self.http.client_ip, guesser: &guesser, owner, login: name };
        let Some(((found, held), consent)) = asking.typed(origin, queries).await? else {
            let why = Some(self.texts().locked);
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Ok(Visited::Page(self.code_page(status, login, why)));
        };
        let pending = self.steps().tried(pending.clone()).await?;
        let mut change = Self::nothing();
        let person = found.and_then(|account| Person::active(account, now));
        let proven = person.filter(|person| self.admits(person)).and_then(|person| {
            let user = &person.user;
            let proof = address::first(origin, pending.id(), &challenge, typed, user, &mut change)?;
            Some((person, proof))
        });
        let Some((person, (evidence, position))) = proven else {
            let why = Some(self.texts().code_wrong);
            return Ok(Visited::Page(self.code_page(StatusCode::UNAUTHORIZED, login, why)));
        };
        let policy = self.rules().policy_of(origin, &person, self.acr);
        let Ok(flow) = pending.flow.clone().proved(policy, account(&person, &held), evidence, now)
        else {
            return Ok(Visited::Page(self.start_again()));
        };
        asking.forget_with(origin, &mut change).await?;
        let pending = pending.with(flow);
        let consents = consent.into_iter().collect();
        let continuing = Continuing { pending, person, held, consents };
        self.go_on(continuing, change, vec![position]).await
    }

    /// The code entry page, if the browser's sign-in awaits one.
    pub(super) async fn code_awaited(&self) -> Result<Option<Response>, DatabaseError> {
        let now = self.origin.clock.now();
        let Some(id) =
            self.steps().id().filter(|_| self.rules().first(self.origin).has(Method::Email))
        else {
            return Ok(None);
        };
        let pending = flow::find(&id, now).fetch(&*self.origin.database).await?;
        let waits = pending.filter(|pending| {
            pending.flow.user_id().is_none() && pending.flow.challenge(Method::Email, now).is_some()
        });
        Ok(waits.map(|pending| self.code_page(StatusCode::OK, &pending.login, None)))
    }

    fn code_page(&self, status: StatusCode, login: &str, error: Option<&str>) -> Response {
        self.enter_code(status, ("code-verify", "code"), login, self.texts().code_sent, error)
    }

    /// The code entry page; `steps` verify the code or send another.
    pub(super) fn enter_code(
        &self,
        status: StatusCode,
        steps: (&'static str, &'static str),
        login: &str,
        sent: &str,
        error: Option<&str>,
    ) -> Response {
        self.with_token(error, |token| {
            let page = EnterCode { action: &self.action, token, steps, login, sent, error };
            page.view(self.look, status)
        })
    }

    /// Sends the code after the response, with a link to the confirmation page.
    pub(super) fn send(&self, to: Option<Recipient>, purpose: Purpose, code: &str) {
        let Some(to) = to else { return };
        let query = redirect::encoded(&[("client_id", self.client_id().to_owned())]);
        let issuer = self.origin.config.issuer_for(&self.http.base);
        let link = self.look.link(&format!("{issuer}{LINK}/{code}?{query}"));
        let signs_in = matches!(purpose, Purpose::Signin | Purpose::Second);
        let link = signs_in.then_some(link.as_str());
        self.origin.send_later(self.sender().code(to, purpose, code, link));
    }

    /// The sender of this sign-in's messages.
    pub(super) fn sender(&self) -> Sender<'_> {
        let organization = self.organization.map_or_else(|| self.organization_name(), known_as);
        Sender {
            language: self.look.language,
            application: self.application_name().unwrap_or(organization),
            organization,
        }
    }

    /// The organization in which a login is looked up, and the login in it.
    pub(super) fn named<'a>(
        &'a self,
        organization: Option<&'a str>,
        login: &'a str,
    ) -> (&'a str, &'a str) {
        if let Some(application) = self.application {
            return people::login(application, organization, login);
        }
        let known = self.organization.map(|organization| organization.name.as_str());
        people::login_in(known.or(organization).unwrap_or_default(), login)
    }

    fn admits(&self, person: &Person) -> bool {
        self.application.is_none_or(|application| person.is_admitted_to(application))
    }
}

/// The display name of an organization.
pub fn known_as(organization: &Organization) -> &str {
    let Organization { name, display_name, .. } = organization;
    if display_name.is_empty() { name } else { display_name }
}
