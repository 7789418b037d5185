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
        authn::{csrf, session::Current},
        domain::{
            consent::{self, Asked},
            people::Person,
        },
        pages,
        store::{applications::Application, consents::Consent},
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
/// earlier consent to the client.
pub fn signed_in(
    origin: &Origin,
    application: &Application,
    request: &AuthorizationRequest,
    current: &Current,
    consents: &[Consent],
    interaction: Interaction,
    is_expected: bool,
) -> SignedIn {
    let known = consent_of(consents, current);
    SignedIn {
        at: current.session.authenticated_at,
        interaction,
        is_admitted: current.person.is_admitted_to(application),
        is_expected,
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
fn carries_platform(application: &Application, person: &Person) -> bool {
    let administration = [ADMINISTRATION, ADMINISTRATION_READ];
    application.trust() == Trust::FirstParty { platform: true }
        && application.scopes.iter().any(|scope| administration.contains(&scope.as_str()))
        && administers_platform(&person.roles)
}

/// The form that asks `current` to allow what `application` asks for.
#[derive(Debug, Clone, Copy)]
pub struct ApprovalForm<'a> {
    /// What is to be approved.
    pub approval: Approval,
    /// The client.
    pub application: &'a Application,
    /// What it asks for.
    pub asked: Asked<'a>,
    /// The person.
    pub current: &'a Current,
    /// Where the form posts: a path of ours.
    pub action: &'a str,
    /// [`csrf::FormToken::token`]
    pub token: &'a str,
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

impl ApprovalForm<'_> {
    /// The main part of the page.
    pub fn main(&self) -> String {
        let user = &self.current.person.user;
        let application = pages::escape(name_of(self.application));
        let organization = pages::escape(&self.application.organization);
        let person = pages::escape(&format!("{}/{}", user.owner, user.name));
        let alert = self.error.map_or_else(String::new, |error| {
            format!("<p class=\"alert\" role=\"alert\">{}</p>", pages::escape(error))
        });
        let request = description(self.approval, self.asked);
        format!(
            "<h1>Allow access?</h1>\
             <p><strong>{application}</strong> of {organization} asks to act for \
             <strong>{person}</strong>.</p>{alert}{request}\
             <form method=\"post\" action=\"{action}\">{token}\
             <button type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>\
             <button type=\"submit\" name=\"decision\" value=\"deny\" class=\"quiet\">Deny</button>\
             </form>",
            action = pages::escape(self.action),
            token = pages::hidden(csrf::FIELD, self.token),
        )
    }
}

/// What is to be approved, as a part of a page.
pub fn description(approval: Approval, asked: Asked<'_>) -> String {
    match approval {
        Approval::Consent => format!("<p>It asks to:</p>{}", pages::list(&permissions(asked))),
        Approval::Platform => "<p class=\"alert\">It will be able to <strong>administer the whole \
            platform</strong> in your name. Continue only if you opened it yourself just now.</p>"
            .to_owned(),
    }
}

/// What the scope and the resource mean, in words.
fn permissions(asked: Asked<'_>) -> Vec<String> {
    let scopes = asked.scope.iter().map(|scope| match scope {
        "openid" => "Know who you are".to_owned(),
        "profile" => "Read your name and profile".to_owned(),
        "email" => "Read your email address".to_owned(),
        "phone" => "Read your phone number".to_owned(),
        "address" => "Read your postal address".to_owned(),
        "offline_access" => "Keep this access while you are away".to_owned(),
        other => format!("Use the permission {other}"),
    });
    let resource = asked.resource.map(|resource| format!("Call {resource} in your name"));
    scopes.chain(resource).collect()
}
