//! The next step of a request, given the signed-in user.

use super::{AuthorizationRequest, Complaint, ErrorCode, Prompt};
use crate::core::time::UnixTime;

/// How long ago the sign-in may have been that a person's approval follows, in seconds, where the
/// request asks for a new one.
const APPROVAL_TIME: i64 = 600;

/// The person who is signed in, as far as the decision goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct SignedIn {
    /// When (`auth_time`).
    pub at: UnixTime,
    /// What the person has done for this request.
    pub interaction: Interaction,
    /// Whether the person may use the client's application.
    pub is_admitted: bool,
    /// Whether it is the person that `id_token_hint` names, if there is one.
    pub is_expected: bool,
    /// Whether the sign-in has proved all that the client, the organization and the request demand.
    pub is_strong_enough: bool,
    /// Whether a second factor of the account, proven now, makes it so.
    pub can_step_up: bool,
    /// When the session last proved the most that the account can: a second factor if it has one
    /// ([`Resumed::confirmed_at`](crate::core::signin::Resumed::confirmed_at)).
    pub confirmed_at: Option<UnixTime>,
    /// Whether the person has allowed the client all that it asks for, or need not be asked.
    pub has_consented: bool,
    /// How long after a sign-in the client carries the person's platform authority, in seconds;
    /// `None`: it carries none, or the person has none.
    pub platform_max_age: Option<i64>,
}

impl SignedIn {
    /// Whether the person was asked for platform authority: a grant without that question never
    /// carries it, even if the person gets roles afterwards.
    pub fn was_asked_for_platform(&self) -> bool {
        self.platform_max_age.is_some() && self.interaction.says_platform()
    }

    /// Whether the client carries platform authority, and what the account can prove was not proven
    /// within its limit.
    fn needs_proof(&self, now: UnixTime) -> bool {
        let is_recent = |limit| self.confirmed_at.is_some_and(|at| now.since(at) < limit);
        self.platform_max_age.is_some_and(|limit| !is_recent(limit))
    }
}

/// What a person has done for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interaction {
    /// Nothing: the session was there.
    None,
    /// Chose one of the accounts that are signed in.
    Chose,
    /// Proved a second factor besides, or again.
    SteppedUp,
    /// Signed in.
    SignedIn,
    /// Allowed it on a page of ours.
    Approved,
}

impl Interaction {
    /// Whether the person typed a password or allowed the request. A choice or a second factor says
    /// nothing of platform authority.
    const fn says_platform(self) -> bool {
        matches!(self, Self::SignedIn | Self::Approved)
    }
}

/// What a person is asked to approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// What the client asks for (OIDC Core §3.1.2.4).
    Consent,
    /// That the client administers the platform in the person's name.
    Platform,
}

/// What comes next for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A code, silently.
    Grant,
    /// The sign-in page.
    SignIn,
    /// The page that asks for a second factor of the person who is signed in.
    StepUp,
    /// The page that asks the person.
    Approve(Approval),
    /// An error, to the client.
    Refuse(Complaint),
}

impl AuthorizationRequest {
    /// What comes next.
    pub fn decide(&self, signed_in: Option<&SignedIn>, now: UnixTime) -> Next {
        let Some(person) = signed_in else {
            return self.page(
                Next::SignIn,
                ErrorCode::LoginRequired,
                "the person is not signed in",
            );
        };
        if !person.is_expected {
            let why = "another person is signed in";
            return self.page(Next::SignIn, ErrorCode::LoginRequired, why);
        }
        if !person.is_admitted {
            let why = "the person may not use this client";
            return self.page(Next::SignIn, ErrorCode::InteractionRequired, why);
        }
        if let Some(why) = self.wants_sign_in(person, now) {
            return self.page(Next::SignIn, ErrorCode::LoginRequired, why);
        }
        if !person.is_strong_enough || person.needs_proof(now) {
            let why = "a stronger sign-in is asked for";
            let page = if person.can_step_up { Next::StepUp } else { Next::SignIn };
            return self.page(page, ErrorCode::LoginRequired, why);
        }
        if person.interaction == Interaction::Approved {
            return Next::Grant;
        }
        if self.asks_consent || !person.has_consented {
            let why = "the person has not allowed the client what it asks for";
            return self.page(Next::Approve(Approval::Consent), ErrorCode::ConsentRequired, why);
        }
        // Platform authority is never granted silently; a password typed for it is not silent.
        if person.platform_max_age.is_some() && !person.interaction.says_platform() {
            let why = "administering the platform needs the person's approval";
            return self.page(
                Next::Approve(Approval::Platform),
                ErrorCode::InteractionRequired,
                why,
            );
        }
        Next::Grant
    }

    /// Why the person must sign in again.
    fn wants_sign_in(&self, person: &SignedIn, now: UnixTime) -> Option<&'static str> {
        if person.interaction == Interaction::SignedIn {
            return None;
        }
        let age = now.since(person.at);
        // The approval follows the sign-in that the request asked for.
        let later = matches!(person.interaction, Interaction::Approved | Interaction::SteppedUp);
        let follows = later && age <= APPROVAL_TIME;
        if self.prompt == Prompt::Login && !follows {
            return Some("a new sign-in is asked for");
        }
        // Every page that the person has used names the account.
        if self.prompt == Prompt::SelectAccount && person.interaction == Interaction::None {
            return Some("a choice of the account is asked for");
        }
        // `max_age=0` is `prompt=login` (OIDC Core §3.1.2.1).
        if self.max_age.is_some_and(|limit| limit == 0 || age > limit) && !follows {
            return Some("the sign-in is too old");
        }
        person
            .platform_max_age
            .is_some_and(|limit| age >= limit)
            .then_some("administering the platform needs a more recent sign-in")
    }

    /// The page, unless the client wants none.
    fn page(&self, page: Next, code: ErrorCode, description: &'static str) -> Next {
        if self.prompt == Prompt::None {
            return Next::Refuse(Complaint { code, description });
        }
        page
    }
}
