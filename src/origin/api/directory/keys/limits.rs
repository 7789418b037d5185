//! Limits of what a key may do to keys and secrets.

use http::StatusCode;

use crate::{
    core::{apikey::KeyScope, limit::AttemptLimit, principal::Credential},
    origin::{
        Origin,
        api::directory::access::{Access, forbidden},
        http::RestError,
        store::{
            attempts::{self, Attempt},
            keys::{self, KeyLimits},
        },
    },
};

/// How many changes of keys that the revocation feed carries one caller, or a service for one user,
/// makes in a minute: each is an entry that stays for a month.
const CHANGES: AttemptLimit = AttemptLimit::within(120, 60);

/// Counts such a change by or for `whom`.
pub async fn change(origin: &Origin, whom: &str) -> Result<(), RestError> {
    let slot = origin.slot("key-changes", whom);
    let now = origin.clock.now();
    match attempts::count(&*origin.database, &slot, CHANGES, now).await? {
        Attempt::Allowed => Ok(()),
        Attempt::Refused(_) => Err(RestError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many changes of keys, please try again in a minute",
        )),
    }
}

/// A key that is limited in any way makes no password and no client secret, which would know no limit
/// (fault 22). A platform key always ends; what the platform sets up with it is meant to stay.
pub async fn lasting(origin: &Origin, access: &Access) -> Result<(), RestError> {
    let Credential::Key { id, expires_at, .. } = &access.principal.credential else {
        return Ok(());
    };
    let ends = expires_at.is_some() && !access.is_platform();
    let key = keys::find_by_id(&*origin.database, id).await?;
    let unlimited = key.is_some_and(|key| key.limits() == KeyLimits::default());
    if !ends && unlimited && access.scope == KeyScope::default() {
        return Ok(());
    }
    Err(forbidden("a key with limits makes no passwords and no client secrets"))
}

/// A key that is limited makes no further keys and changes no limits, its own least of all: each
/// new key would be as much again (better-auth CVE-2025-61928).
pub async fn unlimited(origin: &Origin, access: &Access) -> Result<(), RestError> {
    let Credential::Key { id, .. } = &access.principal.credential else { return Ok(()) };
    let key = keys::find_by_id(&*origin.database, id).await?;
    if key.is_some_and(|key| key.limits() == KeyLimits::default()) {
        return Ok(());
    }
    Err(forbidden("a key with a rate or a budget cannot make keys or change their limits"))
}
