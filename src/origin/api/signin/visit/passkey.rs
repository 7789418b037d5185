//! The steps of a sign-in by passkey: the first factor, the second one, and an enrolment.
//!
//! The script of a form asks for the options of its ceremony by posting the form with `begin`, and then posts
//! the form with what the authenticator returned as `credential`. Nothing is stored for a person who does not
//! use a passkey, and the options of the first step are the same for everyone.

use http::StatusCode;
use serde_json::{Value, json};

use super::{super::login::refused, Advanced, Continuing, Visit, Visited};
use crate::{
    core::{
        limit::AttemptLimit,
        network::network,
        signin::{self, Flow, Method, Methods},
        webauthn::{
            AuthenticationResponse, Challenge, Refusal, RegistrationResponse, RelyingParty,
            TIMEOUT_SECONDS,
        },
    },
    origin::{
        authn::{
            ceremony::Ceremony,
            methods::{
                codes,
                passkey::{self, Expected},
            },
            password::{self, LOCKOUT, SigninError},
        },
        domain::{
            change::{Change, Position},
            commit::commit,
            passkeys,
            people::Person,
            signin::account,
        },
        http::{Envelope, Parameters, Response, response},
        store::{
            accounts::{self, Named},
            attempts::{self, Attempt},
            factors, organizations,
            query::{Queries, load},
            webauthn_credentials,
        },
    },
    ports::DatabaseError,
};

/// Challenges that a network gets for a first step: the page of each visitor asks for one.
const CHALLENGES: AttemptLimit = AttemptLimit::within(1000, 600);

/// A person whose passkey has been verified as the first factor.
pub(in crate::origin::api::signin) struct Asserted {
    continuing: Continuing,
    change: Change,
    required: Vec<Position>,
}

impl Visit<'_> {
    /// Gives the options of a sign-in, or verifies the passkey that was used.
    pub(super) async fn by_passkey(&self, form: &Parameters) -> Result<Visited, SigninError> {
        if !self.rules().first(self.origin).has(Method::Passkey) {
            return Ok(Visited::Page(self.first_page(StatusCode::FORBIDDEN, "", None)));
        }
        if form.get("begin").is_some() {
            let challenge = Challenge::new(&*self.origin.random);
            let ceremony = Ceremony::of_request(self.origin, self.http, &challenge);
            let Some(ceremony) = ceremony else { return Ok(Visited::Page(gone())) };
            return Ok(Visited::Page(match self.begin_ceremony(&ceremony, &challenge).await? {
                Some(options) => json_of(&options),
                None => unavailable(),
            }));
        }
        let Some(response) = form.get("credential") else {
            let why = Some(self.texts().passkey_needs_script);
            return Ok(Visited::Page(self.first_page(StatusCode::BAD_REQUEST, "", why)));
        };
        let Asserted { continuing, change, required } = self.asserted(&read(response)?).await?;
        self.go_on(continuing, change, required).await
    }

    /// Begins a ceremony of a first step, and returns its options; `None`: the network has begun too many.
    pub(in crate::origin::api::signin) async fn begin_ceremony(
        &self,
        ceremony: &Ceremony,
        challenge: &Challenge,
    ) -> Result<Option<Value>, DatabaseError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let slot = origin.slot("challenge", &network(&self.http.client_ip));
        let database = &*origin.directory().database;
        if attempts::count(database, &slot, CHALLENGES, now).await? != Attempt::Allowed {
            return Ok(None);
        }
        origin.database.run(ceremony.begin(now)).await?;
        let policy = passkeys::policy(self.organization);
        Ok(Some(passkeys::request(&self.relying_party(), &policy, challenge, &[])))
    }

    /// What follows a passkey, for a client that has pages of its own.
    pub(in crate::origin::api::signin) async fn by_passkey_without_pages(
        &self,
        response: &AuthenticationResponse,
    ) -> Result<Advanced, Envelope> {
        if !self.rules().first(self.origin).has(Method::Passkey) {
            return Err(
                Envelope::error("this application does not take passkeys").code("unsupported")
            );
        }
        let Asserted { continuing, change, required } =
            self.asserted(response).await.map_err(refused)?;
        self.steps().advance(continuing, change, required).await.map_err(refused)
    }

    /// The person of a passkey, by the ceremony that this browser began.
    async fn asserted(&self, response: &AuthenticationResponse) -> Result<Asserted, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let refused = SigninError::Passkey;
        let challenge = response.challenge().ok_or(refused(Refusal::Challenge))?;
        let ceremony = Ceremony::of_request(origin, self.http, &challenge)
            .ok_or(refused(Refusal::Challenge))?;
        let id = response.raw_id.to_string();
        let named = Named::Credential(&id);
        let queries = (
            ceremony.take(now),
            webauthn_credentials::find(&id),
            accounts::find(named),
            factors::held(named, &self.steps().browser(), now),
            accounts::consent(named, self.client_id()),
            organizations::home_of(named),
        );
        let (source, (was_begun, credential, account, held, consent, home)) =
            password::counted_of_source(origin, self.http.into(), queries.joined()).await?;
        if !was_begun {
            return Err(refused(Refusal::Challenge));
        }
        let (Some(credential), Some(account)) = (credential, account) else {
            return Err(refused(Refusal::CredentialId));
        };
        let mut change = Self::nothing();
        let policy = passkeys::policy(home.as_ref());
        let relying_party = self.relying_party();
        let expected = Expected {
            relying_party: &relying_party,
            policy: &policy,
            challenge: &challenge,
            user_id: None,
        };
        let verified = passkey::verify(origin, expected, &credential, response, &mut change).await;
        let slot = codes::slot(origin, &credential.user_id);
        let (evidence, position) = match verified {
            Ok(verified) => verified,
            Err(refusal) => {
                // A signature cannot be guessed: wrong ones are counted with the wrong codes of the account,
                // and do not lock a right one out.
                change.write(attempts::counting(&slot, LOCKOUT, now));
                passkey::after(&refusal, &credential, &mut change);
                commit(origin, change).await?;
                return Err(refused(refusal));
            }
        };
        change.write(attempts::forget(&slot));
        password::refund(origin, &mut change, &source).await?;
        let Some(person) = Person::active(account, now) else {
            return Err(SigninError::Disabled);
        };
        if self.application.is_some_and(|application| !person.is_admitted_to(application)) {
            return Err(SigninError::NotAdmitted);
        }
        let policy = self.steps().policy(&person);
        let issued = issued(&challenge, now);
        let begun = Flow::new(now).issued(policy, signin::Account::default(), issued, now);
        let flow = begun.and_then(|flow| flow.proved(policy, account_of(&held), evidence, now));
        let pending = flow.ok().and_then(|flow| self.steps().begin(&person.user.name, flow));
        let pending = pending.ok_or(refused(Refusal::NotAllowed))?;
        let consents = consent.into_iter().collect();
        let continuing = Continuing { pending, person, held, consents };
        Ok(Asserted { continuing, change, required: vec![position] })
    }

    /// Gives the options of a second factor, or verifies the passkey that was used.
    pub(super) async fn second_by_passkey(
        &self,
        continuing: Continuing,
        methods: Methods,
        form: &Parameters,
    ) -> Result<Visited, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let Continuing { pending, person, held, consents } = continuing;
        let policy = self.steps().policy(&person);
        let user_id = &person.user.id;
        let again = |status, error| {
            let method = Some(Method::Passkey);
            Visited::Page(self.second_page(status, &person, &held, methods, method, error))
        };
        if form.get("begin").is_some() {
            let queries = (
                webauthn_credentials::of_user(user_id),
                organizations::home_of(Named::Id(user_id)),
            );
            let (credentials, home) = load(&*origin.database, queries).await?;
            let challenge = Challenge::new(&*origin.random);
            let flow = pending.flow.clone().issued(
                policy,
                account_of(&held),
                issued(&challenge, now),
                now,
            );
            let Ok(flow) = flow else { return Ok(Visited::Page(gone())) };
            self.store(&pending.with(flow)).await?;
            let policy = passkeys::second_policy(home.as_ref());
            let party = self.relying_party();
            let options = passkeys::request(&party, &policy, &challenge, &credentials);
            return Ok(Visited::Page(json_of(&options)));
        }
        let Some(response) = form.get("credential") else {
            // The form was posted without its script; else the person has chosen the method.
            let why = form.get("ceremony").map(|_| self.texts().passkey_needs_script);
            return Ok(again(StatusCode::OK, why));
        };
        let slot = codes::slot(origin, user_id);
        if let Attempt::Refused(_) = attempts::count(&*origin.database, &slot, LOCKOUT, now).await?
        {
            return Ok(again(StatusCode::TOO_MANY_REQUESTS, Some(self.texts().locked)));
        }
        let mut change = Self::nothing();
        let verified = self.verify_second(&pending.flow, user_id, response, &mut change).await?;
        let (evidence, position) = match verified {
            Ok(verified) => verified,
            Err(refusal) => {
                // A challenge is answered once, rightly or not.
                pending.clone().with(pending.flow.clone().failed(1)).store(origin, &mut change);
                commit(origin, change).await?;
                let why = Some(self.texts().passkey_wrong);
                let Visited::Page(page) = again(StatusCode::UNAUTHORIZED, why) else {
                    return Ok(Visited::Page(self.start_again()));
                };
                return Ok(Visited::Page(response::with_reason(page, reason(&refusal))));
            }
        };
        change.write(attempts::forget(&slot));
        let flow = pending.flow.clone().proved(policy, account_of(&held), evidence, now);
        let Ok(flow) = flow else { return Ok(Visited::Page(self.start_again())) };
        let continuing = Continuing { pending: pending.with(flow), person, held, consents };
        self.seconded(continuing, form, change, position).await
    }

    /// Verifies an assertion of the person's as the answer to the challenge of the sign-in.
    async fn verify_second(
        &self,
        flow: &Flow,
        user_id: &str,
        response: &str,
        change: &mut Change,
    ) -> Result<Result<(signin::Evidence, Position), Refusal>, DatabaseError> {
        let origin = self.origin;
        let Ok(response) = read::<AuthenticationResponse>(response) else {
            return Ok(Err(Refusal::Malformed("response")));
        };
        let challenge = flow.challenge(Method::Passkey, origin.clock.now());
        let Some(challenge) = challenge.and_then(|it| Challenge::from_text(&it.content)) else {
            return Ok(Err(Refusal::Challenge));
        };
        let queries = (
            webauthn_credentials::find(&response.raw_id.to_string()),
            organizations::home_of(Named::Id(user_id)),
        );
        let (credential, home) = load(&*origin.database, queries).await?;
        let Some(credential) = credential else { return Ok(Err(Refusal::CredentialId)) };
        let policy = passkeys::second_policy(home.as_ref());
        let relying_party = self.relying_party();
        let expected = Expected {
            relying_party: &relying_party,
            policy: &policy,
            challenge: &challenge,
            user_id: Some(user_id),
        };
        let verified = passkey::verify(origin, expected, &credential, &response, change).await;
        if let Err(refusal) = &verified
            && credential.user_id == user_id
        {
            passkey::after(refusal, &credential, change);
        }
        Ok(verified)
    }

    /// Gives the options of a registration that the policy demands, or enrols the passkey that was made.
    pub(super) async fn enrol_passkey(
        &self,
        continuing: Continuing,
        methods: Methods,
        form: &Parameters,
    ) -> Result<Visited, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let Continuing { pending, person, mut held, consents } = continuing;
        let policy = self.steps().policy(&person);
        let user = &person.user;
        let again =
            |status, error| Visited::Page(self.enrolment_page(status, methods, Some(error)));
        if held.passkeys >= webauthn_credentials::MOST {
            return Ok(again(StatusCode::CONFLICT, self.texts().passkey_most));
        }
        let queries =
            (webauthn_credentials::of_user(&user.id), organizations::home_of(Named::Id(&user.id)));
        let (credentials, home) = load(&*origin.database, queries).await?;
        let authenticators = passkeys::policy(home.as_ref());
        let relying_party = self.relying_party();
        if form.get("begin").is_some() {
            let challenge = Challenge::new(&*origin.random);
            let issued = issued(&challenge, now);
            let flow = pending.flow.clone().issued(policy, account_of(&held), issued, now);
            let Ok(flow) = flow else { return Ok(Visited::Page(gone())) };
            let options =
                passkeys::creation(&relying_party, &authenticators, &challenge, user, &credentials);
            let Some(options) = options else { return Ok(Visited::Page(unavailable())) };
            self.store(&pending.with(flow)).await?;
            return Ok(Visited::Page(json_of(&options)));
        }
        let Some(text) = form.get("credential") else {
            return Ok(again(StatusCode::BAD_REQUEST, self.texts().passkey_needs_script));
        };
        let challenge = pending.flow.challenge(Method::Passkey, now);
        let challenge = challenge.and_then(|issued| Challenge::from_text(&issued.content));
        let Some(challenge) = challenge else { return Ok(Visited::Page(self.start_again())) };
        let expected = Expected {
            relying_party: &relying_party,
            policy: &authenticators,
            challenge: &challenge,
            user_id: Some(&user.id),
        };
        let verified = match serde_json::from_str::<RegistrationResponse>(text) {
            Ok(made) => passkey::verify_new(origin, expected, &made).await,
            Err(_) => Err(Refusal::Malformed("response")),
        };
        let (verified, evidence) = match verified {
            Ok(verified) => verified,
            Err(refusal) => {
                self.store(&pending.clone().with(pending.flow.clone().failed(1))).await?;
                let Visited::Page(page) =
                    again(StatusCode::UNAUTHORIZED, self.texts().passkey_failed)
                else {
                    return Ok(Visited::Page(self.start_again()));
                };
                return Ok(Visited::Page(response::with_reason(page, reason(&refusal))));
            }
        };
        let flow = pending.flow.clone().enrolled(policy, account_of(&held), evidence, now);
        let Ok(flow) = flow else { return Ok(Visited::Page(self.start_again())) };
        let mut change = Self::nothing();
        let agent = self.http.header("user-agent").unwrap_or_default();
        let (_, required) = passkeys::register(origin, &mut change, user, &verified, agent);
        held.passkeys += 1;
        let continuing = Continuing { pending: pending.with(flow), person, held, consents };
        self.completed(continuing, change, required).await
    }

    fn relying_party(&self) -> RelyingParty {
        passkeys::relying_party(self.origin, &self.http.base)
    }
}

use account as account_of;

/// The challenge as a sign-in keeps it.
fn issued(challenge: &Challenge, now: crate::core::time::UnixTime) -> signin::Challenge {
    signin::Challenge {
        method: Method::Passkey,
        content: challenge.to_string(),
        sent_to: String::new(),
        failures: 0,
        expires_at: now.plus(TIMEOUT_SECONDS.into()),
    }
}

/// What an authenticator returned.
fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, SigninError> {
    serde_json::from_str(text).map_err(|_| SigninError::Passkey(Refusal::Malformed("response")))
}

/// A refusal for the log.
pub(super) fn reason(refusal: &Refusal) -> String {
    format!("passkey: {refusal}")
}

/// Options for the page's script.
fn json_of(options: &Value) -> Response {
    response::no_store(response::json(StatusCode::OK, options))
}

/// The step is not due any more: the script loads the page again.
fn gone() -> Response {
    let body = json!({"error": "this sign-in has expired"});
    response::no_store(response::json(StatusCode::CONFLICT, &body))
}

/// No passkey can be used here now.
fn unavailable() -> Response {
    let body = json!({"error": "passkeys are not available at the moment"});
    response::no_store(response::json(StatusCode::TOO_MANY_REQUESTS, &body))
}
