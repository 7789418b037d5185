//! For whom a token speaks, as the directory knows them at this moment.

use crate::{
    core::{
        principal::PLATFORM_ORGANIZATION,
        time::UnixTime,
        token::{OrganizationRole, Role},
    },
    origin::{
        Origin,
        store::{
            applications::Application,
            organizations,
            users::{self, User},
        },
    },
    world::DatabaseError,
};

/// A user in good standing.
#[derive(Debug, Clone)]
pub struct Person {
    /// The user.
    pub user: User,
    /// Every organization and role, the home first.
    pub orgs: Vec<OrganizationRole>,
}

impl Person {
    /// Whether the person may use `application`: it is shared, or belongs to one of the person's
    /// organizations, or the person is a SuperAdmin.
    pub fn is_admitted_to(&self, application: &Application) -> bool {
        application.is_shared
            || self.is_super_admin()
            || self.orgs.iter().any(|role| role.org == application.organization)
    }

    /// Whether the person administers the platform.
    pub fn is_super_admin(&self) -> bool {
        self.orgs.iter().any(|role| role.org == PLATFORM_ORGANIZATION && role.role >= Role::Admin)
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
    let orgs = user.roles(&memberships);
    Ok(Person { user, orgs })
}
