//! The two keys that services create for a user (WIRE §3.3): one secret, one publishable.

use crate::{
    core::{
        authority::Trust,
        directory::{Invalid, OrgName, folded},
        principal::PLATFORM_ORGANIZATION,
    },
    origin::{
        Origin,
        api::{
            directory::caller::{DirectoryCaller, forbidden},
            endpoint::{Parameter, Query},
        },
        http::{Parameters, RestError},
        store::{
            applications::Application,
            keys::{self, Key, KeyKind},
            query::load,
            users::{self, Named, Target},
        },
    },
};

/// The client capability for creating keys for users.
pub(super) const CAPABILITY: &str = "key-mint";

/// The class of a key, `type`.
#[derive(Debug)]
pub struct KeyClass(Option<KeyKind>);

impl Query for KeyClass {
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::required("type", "`secret` or `publishable`.")];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        Ok(Self(match parameters.get("type") {
            Some("secret") => Some(KeyKind::Secret),
            Some("publishable") => Some(KeyKind::Publishable),
            _ => None,
        }))
    }
}

/// Input of both endpoints.
pub(super) struct ServiceKey {
    pub(super) target: Target,
    pub(super) kind: KeyKind,
    /// The name of the key.
    pub(super) name: String,
    /// The existing key of that name; possibly expired.
    pub(super) present: Option<Key>,
    /// The client that calls for itself.
    pub(super) client: Option<Application>,
    /// The caller's key.
    pub(super) presented: Option<Key>,
}

/// The requested key, if the caller is the platform or a client that may create keys for the user.
/// Only the platform creates keys of its own administrators.
pub(super) async fn read(
    origin: &Origin,
    caller: &DirectoryCaller,
    KeyClass(kind): &KeyClass,
    (owner, user): &(OrgName, String),
) -> Result<ServiceKey, RestError> {
    let owner = owner.as_str();
    let name = match kind {
        Some(KeyKind::Publishable) => format!("{}.publishable", folded(user)),
        _ => format!("{}.cloud-api", folded(user)),
    };
    let queries = (
        caller.client(),
        users::target(Named::Name { owner, name: user }),
        keys::named(owner, &name),
        caller.key(),
    );
    let (client, target, present, presented) = load(&*origin.database, queries).await?;
    if !caller.is_platform() && !DirectoryCaller::has_capability(client.as_ref(), CAPABILITY, owner)
    {
        return Err(forbidden("this needs a client that may make keys"));
    }
    let kind = kind.ok_or_else(|| Invalid::member("type", "must be secret or publishable"))?;
    let target = target.ok_or_else(RestError::not_found)?;
    let is_platforms = target.roles().iter().any(|role| role.org == PLATFORM_ORGANIZATION);
    if is_platforms && !caller.is_platform() {
        // A client must not learn which administrators exist.
        return Err(RestError::not_found());
    }
    Ok(ServiceKey { target, kind, name, present, client, presented })
}

/// The client that the key is bound to: a key created by a tenant's client carries none of the
/// holder's roles in other organizations.
pub(super) fn confined_to(
    client: Option<Application>,
    owner: &str,
) -> Result<Option<String>, RestError> {
    let Some(client) = client else { return Ok(None) };
    match client.trust() {
        Trust::FirstParty { .. } => Ok(None),
        Trust::Tenant { organization } if organization == owner => Ok(Some(client.client_id)),
        Trust::Tenant { .. } => Err(forbidden("the client is of another organization")),
        // A key bypasses consent.
        Trust::ThirdParty => Err(forbidden("a third-party client makes no keys for people")),
    }
}
