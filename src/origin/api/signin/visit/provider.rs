//! The first step through an identity provider, from which the browser returns with a ticket.

use http::StatusCode;

use super::{Continuing, Visit, Visited};
use crate::{
    core::{
        federation::{Assertion, Protocol},
        signin::{Account, Challenge, Method},
    },
    origin::{
        authn::{
            csrf,
            federation::{self, Asked, Begun, Failure, Leading},
            methods::{
                directory::{Directories, Introduced},
                provider::{self, NotKnown, ProviderLogin},
            },
            password::SigninError,
            session,
        },
        domain::{
            federation::{
                Refusal,
                accounts::Unresolved,
                attempts, domains,
                offered::Offered,
                requests::{Journey, Purpose, browser},
            },
            signin::account,
            signup::{Admission, Door},
        },
        http::{Parameters, Response, response},
        pages::{self, signin::Completion},
        store::{accounts, factors, identities},
    },
};

/// Lifetime of the challenge that the arrival answers immediately, in seconds.
const AT_ONCE: i64 = 60;

impl Visit<'_> {
    /// The providers linked on the page.
    pub(super) fn led_to(&self) -> Vec<&Offered> {
        let leads = |offered: &&Offered| {
            offered.protocol.is_redirecting() || offered.protocol == Protocol::Kerberos
        };
        self.providers.iter().filter(leads).collect()
    }

    /// The directories that verify passwords.
    pub(super) fn directories(&self) -> Directories<'_> {
        let goes_on = self.resumes.is_some();
        Directories {
            offered: self.providers,
            organization: self.organization,
            door: self.provider_door().filter(|_| !goes_on),
            by_link: goes_on,
        }
    }

    /// Whether there are any.
    pub(super) fn has_directories(&self) -> bool {
        self.providers.iter().any(|offered| offered.protocol == Protocol::Ldap)
    }

    /// Where a federated user can sign up.
    fn provider_door(&self) -> Option<Door<'_>> {
        let organization = Some(self.organization?);
        self.application.map(|application| Door { application, organization })
    }

    /// The page for a user whose directory password is correct but who may not sign in with it.
    pub(super) async fn introduced(&self, introduced: Introduced) -> Result<Visited, SigninError> {
        let Introduced { offered, assertion, why } = introduced;
        let NotKnown::Unresolved(why) = why else {
            return self.not_known(&offered, &assertion.subject, why).await;
        };
        let cookie = csrf::binding(self.origin, self.http).unwrap_or_default();
        let purpose = self.purpose();
        let journey = Journey::to(&offered.provider, browser(cookie), purpose, assertion);
        let door = self.provider_door().filter(|_| self.resumes.is_none());
        self.without_account(&offered, journey, door, &why).await
    }

    fn purpose(&self) -> Purpose {
        Purpose::SignIn { client_id: self.client_id().to_owned(), return_to: self.action.clone() }
    }

    /// Redirects to the provider named in the form.
    pub(super) async fn to_provider(&self, form: &Parameters) -> Result<Visited, SigninError> {
        let named = form.get("provider").unwrap_or_default();
        let mut offered = self.led_to().into_iter();
        let Some(offered) = offered.find(|offered| offered.is_named(named)) else {
            return Ok(Visited::Page(self.start_again()));
        };
        self.leave_for(offered, form.get("username").unwrap_or_default()).await
    }

    /// Redirects to the provider of the domain of `login`, if the domain is verified for the
    /// organization; if a password is posted (`is_password`), only if the domain is enforced.
    pub(super) async fn home_realm(
        &self,
        login: &str,
        is_password: bool,
    ) -> Result<Option<Visited>, SigninError> {
        let Some(organization) = self.organization.filter(|_| !self.led_to().is_empty()) else {
            return Ok(None);
        };
        let domain = domains::of_login(self.origin, login).await?;
        let domain = domain.filter(|domain| domain.owner == organization.name);
        let Some(domain) = domain.filter(|domain| domain.is_enforced || !is_password) else {
            return Ok(None);
        };
        let provider = format!("{}/{}", domain.owner, domain.provider);
        let offered = self.led_to().into_iter().find(|offered| offered.is_named(&provider));
        match offered {
            Some(offered) => self.leave_for(offered, login.trim()).await.map(Some),
            None => Ok(None),
        }
    }

    /// The page of the organization of `login`'s domain, or the redirect to its provider.
    pub async fn arrives_by_domain(&self, login: &str) -> Visited {
        match self.home_realm(login, false).await {
            Ok(Some(visited)) => visited,
            Ok(None) => Visited::Page(self.first_page(StatusCode::OK, login, None)),
            Err(error) => Visited::Page(self.retry(&error)),
        }
    }

    /// Redirects to the provider requested by the client; `None` if it is not offered.
    pub async fn led(&self, provider: &str, login: &str) -> Option<Visited> {
        let offered = self.led_to().into_iter().find(|offered| offered.is_named(provider))?;
        Some(match self.leave_for(offered, login).await {
            Ok(visited) => visited,
            Err(SigninError::Database(error)) => Visited::Page(super::broken(&error)),
            Err(error) => Visited::Page(self.retry(&error)),
        })
    }

    /// Whether the URL requires reauthentication.
    fn asks_anew(&self) -> bool {
        let query = self.http.query_parameters().unwrap_or_default();
        let prompts = query.get("prompt").unwrap_or_default().split(' ').any(|it| it == "login");
        prompts || query.get("max_age").is_some() || query.get("again").is_some()
    }

    /// Redirects to that provider.
    pub(super) async fn leave_for(
        &self,
        offered: &Offered,
        login: &str,
    ) -> Result<Visited, SigninError> {
        if offered.protocol == Protocol::Kerberos {
            let address = self.asking_address(offered);
            let response = response::redirect(&address).unwrap_or_else(|| self.start_again());
            return Ok(Visited::Page(response));
        }
        let purpose = self.purpose();
        let asked = Asked { login, is_anew: self.asks_anew() };
        let begun = federation::begin(self.origin, self.http, offered, purpose, asked).await;
        let Begun { leading, cookie } = match begun {
            Ok(begun) => begun,
            Err(Failure::Database(error)) => return Err(error.into()),
            Err(Failure::Refused(refusal)) => return self.unverified(offered, "", refusal).await,
        };
        let response = match leading {
            Leading::To(address) => pages::onward(self.look, &address),
            Leading::Posting { action, fields } => pages::form_post(self.look, &action, &fields),
        };
        Ok(Visited::Page(match cookie {
            Some(cookie) => session::with_cookie(response, &cookie),
            None => response,
        }))
    }

    /// Handles the return from a provider. `form` has the user's input for a new account.
    pub async fn arrived(&self, ticket: &str, form: &Parameters) -> Visited {
        match self.arrival(ticket, form).await {
            Ok(visited) => visited,
            Err(SigninError::Database(error)) => Visited::Page(super::broken(&error)),
            Err(error) => Visited::Page(self.retry(&error)),
        }
    }

    async fn arrival(&self, ticket: &str, form: &Parameters) -> Result<Visited, SigninError> {
        let origin = self.origin;
        let arrived = Journey::<Assertion>::came_back(origin, ticket).await?;
        let Some(journey) = arrived else { return Ok(Visited::Page(self.start_again())) };
        let mut offered = self.providers.iter();
        let offered = offered.find(|it| it.provider.meta.id == journey.provider_id);
        let Some(offered) = offered else { return Ok(Visited::Page(self.start_again())) };
        let is_asked_for = match &journey.purpose {
            Purpose::SignIn { client_id, .. } => client_id == self.client_id(),
            Purpose::Link { .. } => false,
        };
        if !is_asked_for || !federation::is_of_browser(origin, self.http, &journey) {
            let refusal =
                Refusal::new("callback", "another browser, or for another client, was sent");
            let from = &self.http.client_ip;
            federation::noted(origin, from, &offered.provider, "", refusal).await?;
            return Ok(Visited::Page(self.start_again()));
        }
        self.verified(offered, journey, form).await
    }

    /// Continues with the verified assertion.
    pub(super) async fn verified(
        &self,
        offered: &Offered,
        journey: Journey<Assertion>,
        form: &Parameters,
    ) -> Result<Visited, SigninError> {
        let origin = self.origin;
        let Some(organization) = self.organization else {
            return Ok(Visited::Page(self.start_again()));
        };
        let text = |name: &str| form.get(name).unwrap_or_default();
        let door = self.provider_door();
        let admission = Admission {
            invitation: text("invitation"),
            accepts_terms: form.get("terms").is_some(),
        };
        let assertion = &journey.content;
        let login = ProviderLogin { offered, assertion, organization, door, admission };
        let (now, browser) = (origin.clock.now(), self.steps().browser());
        let known = provider::known(origin, login, |named| {
            let held = factors::held(named, &browser, now);
            accounts::consent(named, self.client_id()).and(held)
        });
        let known = match known.await {
            Ok(known) => known,
            Err(NotKnown::Unresolved(why)) => {
                return self.without_account(offered, journey, door, &why).await;
            }
            Err(error) => return self.not_known(offered, &journey.content.subject, error).await,
        };
        self.signed_in_by(offered, &journey.content, known).await
    }

    /// Continues the sign-in of the asserted user.
    async fn signed_in_by(
        &self,
        offered: &Offered,
        assertion: &Assertion,
        known: provider::Known<(Option<crate::origin::store::consents::Consent>, factors::Held)>,
    ) -> Result<Visited, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        if self.application.is_some_and(|it| !known.person.is_admitted_to(it)) {
            let why = self.texts().not_admitted;
            return Ok(Visited::Page(self.first_page(StatusCode::FORBIDDEN, "", Some(why))));
        }
        // A directory verified the password; this form completes the new account.
        let is_directory = offered.protocol == Protocol::Ldap;
        let method = if is_directory { Method::Password } else { Method::Provider };
        let evidence = known.evidence(method, now);
        let provider::Known { person, further: (consent, held), key, .. } = known;
        let policy = self.steps().policy(&person);
        // The ticket was the challenge and is consumed.
        let challenge = Challenge {
            method: Method::Provider,
            content: String::new(),
            sent_to: String::new(),
            failures: 0,
            expires_at: now.plus(AT_ONCE),
        };
        let held_account = account(&person, &held);
        let flow = match method {
            Method::Password => Ok(self.steps().flow()),
            _ => self.steps().flow().issued(policy, Account::default(), challenge, now),
        };
        let flow = flow.and_then(|flow| flow.proved(policy, held_account, evidence, now));
        let pending = flow.ok().and_then(|flow| self.steps().begin("", flow));
        let Some(pending) = pending else { return Ok(Visited::Page(self.start_again())) };
        attempts::accepted(origin, &offered.provider, &person.user.name).await?;
        let mut change = Self::nothing();
        let required = vec![change.write(identities::used(&person.user.id, &key, now))];
        if !assertion.session.is_empty() {
            change.write(identities::introduced(&person.user.id, &key, &assertion.session));
        }
        let consents = consent.into_iter().collect();
        let continuing = Continuing { pending, person, held, consents };
        self.go_on(continuing, change, required).await
    }

    /// The page for an asserted user without an account.
    async fn without_account(
        &self,
        offered: &Offered,
        journey: Journey<Assertion>,
        door: Option<Door<'_>>,
        why: &Unresolved,
    ) -> Result<Visited, SigninError> {
        let texts = self.texts();
        let sentence = match why {
            Unresolved::Terms | Unresolved::Invitation => {
                if let Some(door) = door {
                    return self.completion(offered, &journey, door).await;
                }
                texts.invitation_wrong
            }
            Unresolved::NotLinked => texts.provider_not_linked,
            Unresolved::AddressTaken(_) => texts.provider_address_taken,
            Unresolved::Full => texts.signup_full,
            Unresolved::Unacceptable(_) => texts.provider_failed,
            Unresolved::Database(error) => {
                return Err(SigninError::Database(error.clone()));
            }
        };
        let refusal = Refusal::of("account", why);
        let subject = &journey.content.subject;
        let refusal = self.noted(offered, subject, refusal).await?;
        Ok(self.refused_for(StatusCode::FORBIDDEN, sentence, &refusal))
    }

    /// The page that asks for the missing data of a new account.
    async fn completion(
        &self,
        offered: &Offered,
        journey: &Journey<Assertion>,
        door: Door<'_>,
    ) -> Result<Visited, SigninError> {
        let ticket = journey.come_back(self.origin).await?;
        let name = &journey.content.name;
        Ok(Visited::Page(self.with_token(None, |token| {
            let page = Completion {
                action: &self.action,
                token,
                ticket: &ticket,
                provider: offered.name(),
                name,
                asks_invitation: door.needs_invitation(),
                terms: door.terms(),
            };
            page.view(self.look, StatusCode::OK)
        })))
    }

    /// The page for a user whom the provider may not sign in.
    async fn not_known(
        &self,
        offered: &Offered,
        subject: &str,
        error: NotKnown,
    ) -> Result<Visited, SigninError> {
        let (check, sentence) = match &error {
            NotKnown::Failure(Failure::Database(error)) => return Err(error.clone().into()),
            NotKnown::Disabled => return Err(SigninError::Disabled),
            NotKnown::BeyondProvider => ("authority", self.texts().provider_not_enough),
            _ => ("account", self.texts().provider_failed),
        };
        let refusal = Refusal::of(check, &error);
        let refusal = self.noted(offered, subject, refusal).await?;
        Ok(self.refused_for(StatusCode::FORBIDDEN, sentence, &refusal))
    }

    /// The first page with the message that the response could not be verified. The reason goes to
    /// the log and the provider's administrators.
    async fn unverified(
        &self,
        offered: &Offered,
        subject: &str,
        refusal: Refusal,
    ) -> Result<Visited, SigninError> {
        let refusal = self.noted(offered, subject, refusal).await?;
        Ok(self.refused_for(StatusCode::BAD_GATEWAY, self.texts().provider_failed, &refusal))
    }

    /// Records `refusal` for the log and the provider's administrators.
    pub(super) async fn noted(
        &self,
        offered: &Offered,
        subject: &str,
        refusal: Refusal,
    ) -> Result<Refusal, SigninError> {
        let from = &self.http.client_ip;
        Ok(federation::noted(self.origin, from, &offered.provider, subject, refusal).await?)
    }

    /// The first page with that message and the request id, by which administrators find the
    /// refusal.
    fn refused_for(&self, status: StatusCode, sentence: &str, refusal: &Refusal) -> Visited {
        let why = format!("{sentence} ({})", self.http.request_id);
        let page: Response = self.first_page(status, "", Some(&why));
        Visited::Page(response::with_cause(page, Some(refusal.to_string())))
    }
}
