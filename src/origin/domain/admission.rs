//! Whose application it is: who may sign in to it, and under which organization a name is sought.

use crate::{
    origin::{
        Origin,
        domain::subject,
        store::{
            applications::Application,
            clients::{self, Registered},
            users::User,
        },
    },
    ports::DatabaseError,
};

/// The application with that `client_id`, if it is in use.
pub async fn application(
    origin: &Origin,
    client_id: &str,
) -> Result<Option<Application>, DatabaseError> {
    let found = clients::find(client_id).fetch(&*origin.database).await?;
    Ok(found.and_then(Registered::enabled))
}

/// Whether `application` admits `user` ([`Trust::admits`](crate::core::authority::Trust::admits)).
pub async fn admits(
    origin: &Origin,
    application: &Application,
    user: &User,
) -> Result<bool, DatabaseError> {
    let person = subject::with_organizations(origin, user.clone()).await?;
    Ok(person.is_admitted_to(application))
}

/// The organization in which a login is sought, and the login in it: `<organization>/<username>`
/// says both; else `organization`, if the request names one; else the application's.
pub fn account<'a>(
    application: &'a Application,
    organization: Option<&'a str>,
    login: &'a str,
) -> (&'a str, &'a str) {
    let login = login.trim();
    login
        .split_once('/')
        .unwrap_or_else(|| (organization.unwrap_or(&application.organization), login))
}
