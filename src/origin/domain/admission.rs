//! The application of a request, and the organization in which a login is looked up.

use crate::{
    origin::{
        Origin,
        store::{
            applications::Application,
            clients::{self, Registered},
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

/// The organization in which a login is looked up, and the login in it: `<organization>/<username>`
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
