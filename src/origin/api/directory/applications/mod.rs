//! Applications (OAuth clients), one file per endpoint. Most are owned by the platform (`owner` is
//! `admin`); the administering tenant is the `organization`.

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

/// The application named in a path, if the caller administers its organization.
fn visible(caller: &DirectoryCaller, found: Option<Application>) -> Result<Application, RestError> {
    let found = found.ok_or_else(RestError::not_found)?;
    if caller.administers(&found.organization) {
        return Ok(found);
    }
    // Not 403: the organization's members must not learn which clients the platform has for it.
    Err(RestError::not_found())
}

/// [`visible`], for a change. Only the platform changes its own applications, including secrets and
/// redirects, because such a client may have capabilities over every organization.
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

/// Refuses to create a secret with a credential of partial authority: the secret of a client with
/// capabilities has authority of its own. `key` is [`DirectoryCaller::key`].
fn may_make_secret(
    caller: &DirectoryCaller,
    application: &Application,
    key: Option<&Key>,
) -> Result<(), RestError> {
    caller.may_make_secrets(key)?;
    if application.capabilities.is_empty() { Ok(()) } else { caller.whole() }
}
