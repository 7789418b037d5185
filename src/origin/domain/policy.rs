//! Authorization decisions: a user's standing and part of the organization's policy, read together.

use super::people::Person;
use crate::{
    core::{
        policy::{
            Decision, DecisionRequest, Effect, Effective, Limits, Policy, Question, Reason, Subject,
        },
        publication::DecisionRecord,
        time::UnixTime,
        token::Role,
    },
    origin::{
        Origin,
        store::{
            accounts::{self, Named},
            policy::{self, Facts},
            query::{Query, load},
            revocations,
        },
    },
    ports::DatabaseError,
};

/// The capability of a client that asks for decisions about the users of its organization.
pub const DECISION_CAPABILITY: &str = "policy-check";

/// A user in an organization, and what is needed to decide about the user there.
#[derive(Debug)]
pub struct Known {
    /// The user, unless there is none in good standing.
    pub person: Option<Person>,
    /// The organization.
    pub organization: String,
    policy: Policy,
    is_complete: bool,
}

/// The user whom [`accounts::user`] names with `user`, in `organization` at `now`.
pub fn known(user: &str, organization: &str, now: UnixTime) -> Query<Known> {
    let organization = organization.to_owned();
    let account = accounts::find(Named::User(user));
    let facts = policy::of_user(Named::User(user), &organization);
    account.and(facts).map(move |(account, facts)| {
        let Facts { policy, is_complete } = facts;
        let person = account.and_then(|account| Person::active(account, now));
        Known { person, organization, policy, is_complete }
    })
}

impl Known {
    /// The role that the user has in the organization; `None` if the user is no member, or is
    /// disabled.
    pub fn role(&self) -> Option<Role> {
        let roles = self.person.iter().flat_map(|person| &person.roles);
        roles.into_iter().find(|role| role.org == self.organization).map(|role| role.role)
    }

    /// The user with that role as the subject of a question.
    pub fn subject<'a>(&'a self, role: Option<Role>, limits: Limits<'a>) -> Subject<'a> {
        let user = self.person.as_ref().map_or("", |person| person.user.id.as_str());
        Subject { user, role, limits }
    }

    /// The decision.
    pub fn decide(
        &self,
        subject: &Subject<'_>,
        question: &Question<'_>,
        now: UnixTime,
    ) -> Decision<'_> {
        if !self.is_complete {
            return Decision::without_rule(Reason::TooLarge);
        }
        self.policy.decide(subject, question, now)
    }

    /// The permissions that concern the user.
    pub fn effective(&self, subject: &Subject<'_>, now: UnixTime) -> Vec<Effective<'_>> {
        self.policy.effective(subject, now)
    }

    /// Leaves one permission that allows, and every one that denies.
    pub fn only(&mut self, permission: &str) {
        self.policy.permissions.retain(|it| it.effect == Effect::Deny || it.name == permission);
    }
}

/// The decision about a call that an edge has verified, and the number of the feed at that moment.
pub async fn decide_call(
    origin: &Origin,
    request: &DecisionRequest,
) -> Result<DecisionRecord, DatabaseError> {
    let user = accounts::user("", &request.user);
    let facts = policy::of_user(Named::User(&user), &request.organization);
    let (sequence, facts) = load(&*origin.database, (revocations::newest(), facts)).await?;
    let Facts { policy, is_complete } = facts;
    let allow = is_complete && request.decide(&policy, origin.clock.now()).is_allowed();
    Ok(DecisionRecord { sequence, allow })
}
