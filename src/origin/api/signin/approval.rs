//! User approval before a code is issued: consent for third-party clients, and the approval that
//! platform authority always needs.

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

/// The scope and resource that the request asks for.
pub const fn asked(request: &AuthorizationRequest) -> Asked<'_> {
    let resource = match &request.resource {
        Some(resource) => Some(resource.as_str()),
        None => None,
    };
    Asked { scope: &request.scope, resource }
}

/// The user's consent.
pub fn consent_of<'a>(consents: &'a [Consent], current: &Current) -> Option<&'a Consent> {
    consents.iter().find(|consent| consent.user_id == current.person.user.id)
}

/// The signed-in user, with the facts that the decision about `request` needs. `consents` is the
/// earlier consent to the client, `held` the user's second factors.
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

/// The approval required before connecting a device of `application`, if any.
pub fn for_device(application: &Application, person: &Person) -> Option<Approval> {
    if application.trust() == Trust::ThirdParty {
        return Some(Approval::Consent);
    }
    carries_platform(application, person).then_some(Approval::Platform)
}

/// Whether the client's tokens would carry the user's platform authority.
pub fn carries_platform(application: &Application, person: &Person) -> bool {
    let administration = [ADMINISTRATION, ADMINISTRATION_READ];
    application.trust() == Trust::FirstParty { platform: true }
        && application.scopes.iter().any(|scope| administration.contains(&scope.as_str()))
        && administers_platform(&person.roles)
}

/// Whether `current` has the recent proof that platform authority requires, if the client carries
/// it.
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
