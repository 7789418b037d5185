//! Applications, which are OAuth clients, one file an endpoint.
//!
//! Most are owned by the platform (`owner` is `admin`); the tenant that administers one is its
//! `organization`.

pub mod create;
pub mod delete;
pub mod list;
pub mod read;
pub mod secrets;
pub mod update;
pub mod upsert;
pub mod view;

use super::caller::DirectoryCaller;
use crate::{
    core::principal::PLATFORM_ORGANIZATION,
    origin::{
        http::RestError,
        store::{applications::Application, keys::Key},
    },
};

/// Refuses a caller that may not see the applications of `owner`, before the query.
fn may_seek(caller: &DirectoryCaller, owner: &str) -> Result<(), RestError> {
    if owner == PLATFORM_ORGANIZATION { Ok(()) } else { caller.administering(owner) }
}

/// The application that a path names, if the caller administers its organization.
fn visible(caller: &DirectoryCaller, found: Option<Application>) -> Result<Application, RestError> {
    let found = found.ok_or_else(RestError::not_found)?;
    if caller.administers(&found.organization) {
        return Ok(found);
    }
    // Not 403: members of its organization do not learn which clients the platform has for it.
    Err(RestError::not_found())
}

/// As [`visible`], to be changed. Only the platform changes the applications that it owns, their
/// secrets and redirects included: such a client may have capabilities over every organization.
fn changeable(
    caller: &DirectoryCaller,
    found: Option<Application>,
) -> Result<Application, RestError> {
    let application = visible(caller, found)?;
    if application.owner == PLATFORM_ORGANIZATION {
        caller.platform()?;
    }
    Ok(application)
}

/// Refuses to make a secret of the application with a credential that carries less than its user: of a
/// client with capabilities the secret is an authority of its own. `key` is [`DirectoryCaller::key`].
fn may_make_secret(
    caller: &DirectoryCaller,
    application: &Application,
    key: Option<&Key>,
) -> Result<(), RestError> {
    caller.may_make_secrets(key)?;
    if application.capabilities.is_empty() { Ok(()) } else { caller.whole() }
}
