//! Approval by the person before a client gets a code: consent for a third-party client, and the
//! approval that platform authority always needs.

use super::respond::name_of;
use crate::{
    core::{
        authority::{ADMINISTRATION, ADMINISTRATION_READ, Trust, administers_platform},
        authorization::{Approval, AuthorizationRequest, Interaction, SignedIn},
    },
    origin::{
        Origin,
        authn::session::Current,
        domain::{
            consent::{self, Asked},
            people::Person,
            signin::{SigninRules, account},
        },
        pages,
        store::{applications::Application, consents::Consent, factors::Held},
    },
};

/// What the request asks the person for.
pub const fn asked(request: &AuthorizationRequest) -> Asked<'_> {
    let resource = match &request.resource {
        Some(resource) => Some(resource.as_str()),
        None => None,
    };
    Asked { scope: &request.scope, resource }
}

/// The consent of that person.
pub fn consent_of<'a>(consents: &'a [Consent], current: &Current) -> Option<&'a Consent> {
    consents.iter().find(|consent| consent.user_id == current.person.user.id)
}

/// The signed-in person, with the facts that the decision about `request` needs. `consents` holds the
/// earlier consent to the client, and
/// `held` what the person has to prove a second factor with.
#[expect(clippy::too_many_arguments, reason = "the facts of one decision")]
pub fn signed_in(
    origin: &Origin,
    rules: SigninRules<'_>,
    application: &Application,
    request: &AuthorizationRequest,
    current: &Current,
    consents: &[Consent],
    held: &Held,
    interaction: Interaction,
    is_expected: bool,
) -> SignedIn {
    let known = consent_of(consents, current);
    let policy = rules.policy_of(origin, &current.person, request.acr);
    let (session, has) = (current.resumed(), account(&current.person, held));
    SignedIn {
        at: current.session.authenticated_at,
        interaction,
        is_admitted: current.person.is_admitted_to(application),
        is_expected,
        is_strong_enough: policy.is_met_by(
            &current.session.methods,
            &current.session.factors,
            origin.clock.now(),
        ),
        can_step_up: session.can_meet(policy, has),
        confirmed_at: current.confirmed_at(),
        has_consented: consent::covers(application, known, asked(request)),
        platform_max_age: carries_platform(application, &current.person)
            .then_some(origin.config.platform_max_age),
    }
}

/// What a person must approve before a device of `application` is connected; `None`: nothing.
pub fn for_device(application: &Application, person: &Person) -> Option<Approval> {
    if application.trust() == Trust::ThirdParty {
        return Some(Approval::Consent);
    }
    carries_platform(application, person).then_some(Approval::Platform)
}

/// Whether tokens of the client would carry the person's platform authority.
pub fn carries_platform(application: &Application, person: &Person) -> bool {
    let administration = [ADMINISTRATION, ADMINISTRATION_READ];
    application.trust() == Trust::FirstParty { platform: true }
        && application.scopes.iter().any(|scope| administration.contains(&scope.as_str()))
        && administers_platform(&person.roles)
}

/// Whether `current` has the recent proof that platform authority takes, if the client carries it.
pub fn is_confirmed(origin: &Origin, application: &Application, current: &Current) -> bool {
    let (limit, now) = (origin.config.platform_max_age, origin.clock.now());
    let since = current.session.platform_since(current.person.enrolled);
    !carries_platform(application, &current.person) || since.is_some_and(|at| now.since(at) < limit)
}

/// The page that asks for the approval.
pub fn page<'a>(
    approval: Approval,
    application: &'a Application,
    asked: Asked<'a>,
    person: &'a str,
) -> pages::signin::Approval<'a> {
    pages::signin::Approval {
        kind: approval,
        application: name_of(application),
        organization: &application.organization,
        person,
        scopes: asked.scope.iter().collect(),
        resource: asked.resource,
        action: "",
        token: "",
        another: "",
        error: None,
    }
}
