//! Passkey steps: first factor, second factor, and enrolment.
//!
//! The form's script requests the ceremony options by posting the form with `begin`, and then posts
//! the authenticator's result as `credential`. Nothing is stored for users without a passkey, and
//! the options of the first step are the same for everyone.

use http::StatusCode;
use serde_json::{Value, json};

use super::{super::login::refused, Advanced, Continuing, Visit, Visited};
use crate::{
    core::{
        signin::{self, Flow, Method},
        webauthn::{AuthenticationResponse, Challenge, Refusal, RelyingParty, TIMEOUT_SECONDS},
    },
    origin::{
        authn::{
            ceremony::Ceremony,
            methods::passkey::{self, Expected},
            password::{self, SigninError},
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
            factors, organizations,
            query::Queries,
            webauthn_credentials,
        },
    },
    ports::DatabaseError,
};

/// A user whose passkey was verified as the first factor.
pub(in crate::origin::api::signin) struct Asserted {
    continuing: Continuing,
    change: Change,
    required: Vec<Position>,
}

impl Visit<'_> {
    /// Returns sign-in options, or verifies the used passkey.
    pub(super) async fn by_passkey(&self, form: &Parameters) -> Result<Visited, SigninError> {
        if !self.rules().first(self.origin).has(Method::Passkey) {
            return Ok(Visited::Page(self.first_page(StatusCode::FORBIDDEN, "", None)));
        }
        if form.get("begin").is_some() {
            return Ok(Visited::Page(self.first_options().await?));
        }
        let Some(response) = form.get("credential") else {
            let why = Some(self.texts().passkey_needs_script);
            return Ok(Visited::Page(self.first_page(StatusCode::BAD_REQUEST, "", why)));
        };
        let Asserted { continuing, change, required } = self.asserted(&read(response)?).await?;
        self.go_on(continuing, change, required).await
    }

    /// Starts a first-step ceremony and returns its options.
    async fn first_options(&self) -> Result<Response, DatabaseError> {
        let challenge = Challenge::new(&*self.origin.random);
        let ceremony = Ceremony::of_request(self.origin, self.http, &challenge);
        let Some(ceremony) = ceremony else { return Ok(gone()) };
        if !ceremony.begin_of_network(self.origin, self.http).await? {
            return Ok(unavailable());
        }
        let policy = passkeys::policy(self.organization);
        Ok(json_of(&passkeys::request(&self.relying_party(), &policy, &challenge, &[])))
    }

    /// Continues after a passkey, for clients with their own pages.
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

    /// The user of a passkey, by this browser's ceremony.
    async fn asserted(&self, response: &AuthenticationResponse) -> Result<Asserted, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let refused = SigninError::Passkey;
        let challenge = response.challenge().ok_or(refused(Refusal::Challenge))?;
        let ceremony = Ceremony::of_request(origin, self.http, &challenge)
            .ok_or(refused(Refusal::Challenge))?;
        let id = response.raw_id.to_string();
        let named = Named::Credential(&id);
        let queries = (
            webauthn_credentials::find(&id),
            accounts::find(named),
            factors::held(named, &self.steps().browser(), now),
            accounts::consent(named, self.client_id()),
            organizations::home_of(named),
        );
        let counted =
            password::passkey_counted(origin, self.http, ceremony.take(now), queries.joined());
        let (was_begun, (credential, found, held, consent, home)) = counted.await?;
        if !was_begun {
            return Err(refused(Refusal::Challenge));
        }
        let (Some(credential), Some(found)) = (credential, found) else {
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
        let (evidence, position) = match verified {
            Ok(verified) => verified,
            Err(refusal) => {
                // Signatures cannot be guessed: wrong ones are counted only per network, so that
                // attackers cannot lock the account's codes.
                passkey::after(&refusal, &credential, &mut change);
                commit(origin, change).await?;
                return Err(refused(refusal));
            }
        };
        let Some(person) = Person::active(found, now) else {
            return Err(SigninError::Disabled);
        };
        if self.application.is_some_and(|application| !person.is_admitted_to(application)) {
            return Err(SigninError::NotAdmitted);
        }
        let policy = self.steps().policy(&person);
        let issued = issued(&challenge, now);
        let begun = Flow::new(now).issued(policy, signin::Account::default(), issued, now);
        let flow =
            begun.and_then(|flow| flow.proved(policy, account(&person, &held), evidence, now));
        let pending = flow.ok().and_then(|flow| self.steps().begin(&person.user.name, flow));
        let pending = pending.ok_or(refused(Refusal::NotAllowed))?;
        let consents = consent.into_iter().collect();
        let continuing = Continuing { pending, person, held, consents };
        Ok(Asserted { continuing, change, required: vec![position] })
    }

    pub(super) fn relying_party(&self) -> RelyingParty {
        passkeys::relying_party(self.origin, &self.http.base)
    }
}

/// The challenge in stored form.
pub(super) fn issued(challenge: &Challenge, now: crate::core::time::UnixTime) -> signin::Challenge {
    signin::Challenge {
        method: Method::Passkey,
        content: challenge.to_string(),
        sent_to: String::new(),
        failures: 0,
        expires_at: now.plus(TIMEOUT_SECONDS.into()),
    }
}

/// Parses an authenticator's result.
pub(super) fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, SigninError> {
    serde_json::from_str(text).map_err(|_| SigninError::Passkey(Refusal::Malformed("response")))
}

/// A refusal for the log.
pub(super) fn reason(refusal: &Refusal) -> String {
    format!("passkey: {refusal}")
}

/// Options for the page's script.
pub(super) fn json_of(options: &Value) -> Response {
    response::no_store(response::json(StatusCode::OK, options))
}

/// The step is no longer pending: the script reloads the page.
pub(super) fn gone() -> Response {
    let body = json!({"error": "this sign-in has expired"});
    response::no_store(response::json(StatusCode::CONFLICT, &body))
}

/// No passkey can be used here now.
pub(super) fn unavailable() -> Response {
    let body = json!({"error": "passkeys are not available at the moment"});
    response::no_store(response::json(StatusCode::TOO_MANY_REQUESTS, &body))
}
