//! For whom a token speaks, as the directory knows them at this moment.

use crate::{
    core::{
        authority::{Authority, Ceiling},
        time::UnixTime,
        token::OrganizationRole,
    },
    origin::{
        Origin,
        domain::authority::{self, TokenLimits},
        store::{
            applications::Application,
            organizations,
            users::{self, User},
        },
    },
    ports::DatabaseError,
};

/// A user in good standing.
#[derive(Debug, Clone)]
pub struct Person {
    /// The user.
    pub user: User,
    /// Every organization and role, the home first. What a credential carries of them is
    /// [`Self::authority`]'s to say.
    pub roles: Vec<OrganizationRole>,
}

impl Person {
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

/// The user with that subject, if what was given to them at `since` is still good: the user exists
/// and is not forbidden, the home organization is not suspended, and the user has not asked since
/// for an end to everything older.
pub async fn standing(
    origin: &Origin,
    user_id: &str,
    since: UnixTime,
) -> Result<Option<Person>, DatabaseError> {
    let Some(user) = users::find_by_id(&*origin.database, user_id).await? else { return Ok(None) };
    if user.is_forbidden || since < user.not_before {
        return Ok(None);
    }
    if !organizations::is_live(&*origin.database, &user.owner).await? {
        return Ok(None);
    }
    with_organizations(origin, user).await.map(Some)
}

/// A user whose standing has been checked, with every organization.
pub async fn with_organizations(origin: &Origin, user: User) -> Result<Person, DatabaseError> {
    let memberships = users::memberships(&*origin.database, &user.id).await?;
    let roles = user.roles(&memberships);
    Ok(Person { user, roles })
}
