//! Users and machines in good standing: admission to clients, and the authority of their tokens.

use crate::{
    core::{
        authority::{Authority, Ceiling},
        session::Limits,
        signin::{Demand, Methods},
        time::UnixTime,
        token::{OrganizationRole, Role},
    },
    origin::{
        Origin,
        domain::{
            authority::{self, TokenLimits},
            bounds,
        },
        store::{
            accounts::{self, Account, Named},
            applications::Application,
            users::User,
        },
    },
    ports::DatabaseError,
};

/// A user in good standing.
#[derive(Debug, Clone)]
pub struct Person {
    /// The user.
    pub user: User,
    /// Every organization and role, the home first. [`Self::authority`] says what a credential
    /// carries of them.
    pub roles: Vec<OrganizationRole>,
    /// When the account expires, for an agent.
    pub ends_at: Option<UnixTime>,
    /// The user's session limits.
    pub sessions: Limits,
    /// The sign-in requirements of the user's organizations.
    pub demand: Demand,
    /// The second factors that the account has.
    pub enrolled: Methods,
}

impl Person {
    /// The user of `account` at `now`, if neither the user nor the home organization is disabled. An
    /// agent has no more than its person.
    pub fn active(account: Account, now: UnixTime) -> Option<Self> {
        let Account { user, memberships, home_is_live, bound, sessions, demands, enrolled } =
            account;
        if user.is_barred() || !home_is_live {
            return None;
        }
        let roles = bounds::bounded(user.roles(&memberships), bound.as_ref(), now)?;
        let ends_at = bound.map(|bound| bound.expires_at);
        let demand = Demand::default();
        let mut person = Self { user, roles, ends_at, sessions, demand, enrolled };
        for (organization, attributes) in demands {
            let demand = Demand::of(&attributes, person.role_in(&organization));
            let is_home = organization == person.user.owner;
            person.demand =
                person.demand.and(if is_home { demand } else { demand.of_any_second() });
        }
        Some(person)
    }

    /// The user of `account`, if a credential issued at `since` is still good: the user is not disabled,
    /// the home organization is not suspended, and no later event has ended older credentials.
    pub fn standing(account: Account, since: UnixTime, now: UnixTime) -> Option<Self> {
        Self::active(account, now).filter(|person| since >= person.user.not_before)
    }

    /// The role in that organization.
    pub fn role_in(&self, organization: &str) -> Option<Role> {
        self.roles.iter().find(|held| held.org == organization).map(|held| held.role)
    }

    /// Whether `application` admits the person.
    pub fn is_admitted_to(&self, application: &Application) -> bool {
        let Application { organization, is_shared, .. } = application;
        application.trust().admits(organization, *is_shared, &self.roles)
    }

    /// What a token with `scope` carries, which `client` obtains, for a sign-in at
    /// `authenticated_at`.
    pub fn authority(
        &self,
        origin: &Origin,
        client: &Application,
        authenticated_at: Option<UnixTime>,
        scope: &str,
        ceiling: Option<Ceiling<'_>>,
    ) -> Authority {
        let token = TokenLimits { client, scope, authenticated_at, ceiling };
        authority::of_token(origin, &self.user, &self.roles, token)
    }
}

/// [`Person::standing`] of the user with that id.
pub async fn standing(
    origin: &Origin,
    user_id: &str,
    since: UnixTime,
) -> Result<Option<Person>, DatabaseError> {
    let account = accounts::find(Named::Id(user_id)).fetch(&*origin.database).await?;
    let now = origin.clock.now();
    Ok(account.and_then(|account| Person::standing(account, since, now)))
}

/// The user with that id, in good standing or not, with every organization.
pub async fn with_organizations(
    origin: &Origin,
    user_id: &str,
) -> Result<Option<Person>, DatabaseError> {
    let account = accounts::find(Named::Id(user_id)).fetch(&*origin.database).await?;
    Ok(account.map(|Account { user, memberships, bound, sessions, enrolled, .. }| {
        let roles = user.roles(&memberships);
        let roles = bounds::bounded(roles, bound.as_ref(), origin.clock.now());
        let ends_at = bound.map(|bound| bound.expires_at);
        let roles = roles.unwrap_or_default();
        Person { user, roles, ends_at, sessions, demand: Demand::default(), enrolled }
    }))
}

/// The organization in which a login is looked up, and the login in it: `<organization>/<username>`
/// says both; else `organization`, if the request names one; else the application's.
pub fn login<'a>(
    application: &'a Application,
    organization: Option<&'a str>,
    login: &'a str,
) -> (&'a str, &'a str) {
    login_in(organization.unwrap_or(&application.organization), login)
}

/// As [`login`], where `organization` is that of a login which names none.
pub fn login_in<'a>(organization: &'a str, login: &'a str) -> (&'a str, &'a str) {
    let login = login.trim();
    login.split_once('/').unwrap_or((organization, login))
}
