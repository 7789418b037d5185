//! API keys, one file per endpoint.

pub mod create;
pub mod list;
pub mod read;
pub mod resolve;
pub mod revoke;
pub mod update;
pub mod view;

use super::caller::{DirectoryCaller, forbidden};
use crate::{
    core::{apikey::KeyScope, directory::Invalid, principal::Credential, time::UnixTime},
    origin::{
        Origin,
        http::RestError,
        store::keys::{Key, KeyKind},
    },
};

/// Maximum lifetime of a key with platform authority, in seconds.
const PLATFORM_KEY_LIFETIME: i64 = 90 * 24 * 3600;

/// Refuses a caller that may not see keys of `owner`, before the query.
fn may_seek(caller: &DirectoryCaller, owner: &str) -> Result<(), RestError> {
    caller.scoped_to(owner)?;
    caller.has_role()
}

/// The key named in a path, if the caller holds it or administers its organization.
pub fn visible(
    caller: &DirectoryCaller,
    owner: &str,
    found: Option<Key>,
) -> Result<Key, RestError> {
    let key = found.ok_or_else(RestError::not_found)?;
    let holds = key.user_id.as_deref().is_some_and(|holder| caller.is_self(holder));
    if holds || caller.administers(owner) { Ok(key) } else { Err(RestError::not_found()) }
}

/// Refuses a scope that exceeds that of the caller's key.
pub(super) fn within(caller: &DirectoryCaller, scope: &KeyScope) -> Result<(), RestError> {
    if scope.is_within(&caller.scope) {
        return Ok(());
    }
    Err(forbidden("a key cannot allow more than the one that makes it"))
}

/// The expiry of a key: in the future, and not after that of the key that creates it.
pub(super) fn expiry(
    origin: &Origin,
    caller: &DirectoryCaller,
    wanted: Option<UnixTime>,
) -> Result<Option<UnixTime>, RestError> {
    if wanted.is_some_and(|end| end <= origin.clock.now()) {
        return Err(Invalid::member("expireTime", "is over").into());
    }
    match caller.principal.credential {
        Credential::Key { expires_at: Some(end), .. } => match wanted {
            Some(wanted) if wanted > end => Err(forbidden("the key that makes it ends before")),
            wanted => Ok(wanted.or(Some(end))),
        },
        _ => Ok(wanted),
    }
}

/// Refuses a key with platform authority to callers without it, and one that does not expire.
fn platform_key(
    origin: &Origin,
    caller: &DirectoryCaller,
    kind: KeyKind,
    expires_at: Option<UnixTime>,
) -> Result<(), RestError> {
    caller.platform()?;
    if kind == KeyKind::Publishable {
        return Err(Invalid::member("platform", "is for secret keys only").into());
    }
    let latest = origin.clock.now().plus(PLATFORM_KEY_LIFETIME);
    if expires_at.is_none_or(|end| end > latest) {
        return Err(Invalid::member("expireTime", "a platform key ends within 90 days").into());
    }
    Ok(())
}
