//! Passkeys after the first step: as second factor, and enrolment. The challenge is part of the
//! sign-in.

use http::StatusCode;

use super::{
    Continuing, Visit, Visited,
    passkey::{gone, issued, json_of, read, reason, unavailable},
};
use crate::{
    core::{
        signin::{Evidence, Flow, Method, Methods},
        webauthn::{AuthenticationResponse, Challenge, Refusal, RegistrationResponse},
    },
    origin::{
        authn::{
            methods::passkey::{self, Expected},
            password::{self, SigninError},
        },
        domain::{
            change::{Change, Position},
            commit::commit,
            passkeys,
            signin::account,
        },
        http::{Parameters, response},
        store::{
            accounts::Named,
            organizations,
            query::{Query, load},
            webauthn_credentials,
        },
    },
    ports::DatabaseError,
};

impl Visit<'_> {
    /// Returns second-factor options, or verifies the used passkey.
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
                account(&person, &held),
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
            // The form was posted without its script, or the user chose the method.
            let why = form.get("ceremony").map(|_| self.texts().passkey_needs_script);
            return Ok(again(StatusCode::OK, why));
        };
        password::passkey_counted(origin, self.http, Query::ready(()), Query::ready(())).await?;
        let mut change = Self::nothing();
        let verified = self.verify_second(&pending.flow, user_id, response, &mut change).await?;
        let (evidence, position) = match verified {
            Ok(verified) => verified,
            Err(refusal) => {
                // A challenge is consumed by the first response, valid or not.
                pending.clone().with(pending.flow.clone().failed(1)).store(origin, &mut change);
                commit(origin, change).await?;
                let why = Some(self.texts().passkey_wrong);
                let Visited::Page(page) = again(StatusCode::UNAUTHORIZED, why) else {
                    return Ok(Visited::Page(self.start_again()));
                };
                return Ok(Visited::Page(response::with_reason(page, reason(&refusal))));
            }
        };
        let flow = pending.flow.clone().proved(policy, account(&person, &held), evidence, now);
        let Ok(flow) = flow else { return Ok(Visited::Page(self.start_again())) };
        let continuing = Continuing { pending: pending.with(flow), person, held, consents };
        self.seconded(continuing, form, change, position).await
    }

    /// Verifies the user's assertion for the sign-in's challenge.
    async fn verify_second(
        &self,
        flow: &Flow,
        user_id: &str,
        response: &str,
        change: &mut Change,
    ) -> Result<Result<(Evidence, Position), Refusal>, DatabaseError> {
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

    /// Returns options for a required registration, or enrols the created passkey.
    pub(super) async fn enrol_passkey(
        &self,
        continuing: Continuing,
        methods: Methods,
        form: &Parameters,
    ) -> Result<Visited, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let policy = self.steps().policy(&continuing.person);
        let again = |status, error| {
            Visited::Page(self.enrolment_page(status, &continuing, methods, Some(error)))
        };
        let Continuing { pending, person, held, .. } = &continuing;
        let user = &person.user;
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
            let flow = pending.flow.clone().issued(policy, account(person, held), issued, now);
            let Ok(flow) = flow else { return Ok(Visited::Page(gone())) };
            let options =
                passkeys::creation(&relying_party, &authenticators, &challenge, user, &credentials);
            let Some(options) = options else { return Ok(Visited::Page(unavailable())) };
            self.store(&pending.clone().with(flow)).await?;
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
        let flow = pending.flow.clone().enrolled(policy, account(person, held), evidence, now);
        let Ok(flow) = flow else { return Ok(Visited::Page(self.start_again())) };
        let mut change = Self::nothing();
        let agent = self.http.header("user-agent").unwrap_or_default();
        let (_, required) = passkeys::register(origin, &mut change, user, &verified, agent);
        let Continuing { pending, person, mut held, consents } = continuing;
        held.passkeys += 1;
        let continuing = Continuing { pending: pending.with(flow), person, held, consents };
        self.completed(continuing, change, required).await
    }
}
