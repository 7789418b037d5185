//! The two keys that other services make for a user (WIRE §3.3): one secret, one publishable. To
//! make one again ends the one before.

use serde_json::json;

use crate::{
    core::{apikey::KeyScope, directory::Invalid, principal::PLATFORM_ORGANIZATION},
    origin::{
        Origin,
        directory::{
            access::{Access, forbidden},
            keys::{capability, limits::unlimited, mint},
        },
        http::{Request, Response, RestError},
        publish, revocation,
        signin::envelope::Envelope,
        store::{
            keys::{self, KeyKind, KeyLimits, KeyState},
            users::{self, User},
        },
    },
};

const CAPABILITY: &str = "key-mint";

/// `POST …/keys?type=`
pub(super) async fn replace(
    origin: &Origin,
    request: &Request,
    owner: &str,
    name: &str,
) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let (user, kind) = target(origin, &access, request, owner, name).await?;
    unlimited(origin, &access).await?;
    let new = mint::NewKey {
        owner: user.owner.clone(),
        name: Some(key_name(&user, kind)),
        display_name: String::new(),
        kind,
        user_id: Some(user.id.clone()),
        application: None,
        scope: KeyScope::default(),
        act: false,
        expires_at: None,
        creator: access.signature(),
        limits: KeyLimits::default(),
        attributes: serde_json::Map::new(),
    };
    let before = keys::find(&*origin.database, &user.owner, &key_name(&user, kind)).await?;
    let (_, text) = mint::replace(origin, before.as_ref(), new).await?;
    Ok(Envelope::ok(json!({"accessKey": text.text().expose()})).into_response())
}

/// `DELETE …/keys?type=`
pub(super) async fn revoke(
    origin: &Origin,
    request: &Request,
    owner: &str,
    name: &str,
) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let (user, kind) = target(origin, &access, request, owner, name).await?;
    let key = keys::find(&*origin.database, &user.owner, &key_name(&user, kind)).await?;
    let live = key.filter(|key| key.state != KeyState::Revoked);
    let affected = live.is_some();
    if let Some(key) = live {
        let statements = revocation::key(&key.id, &access.signature(), origin.clock.now());
        revocation::commit(origin, statements).await?;
        publish::publish_key(origin, &key.id).await?;
    }
    Ok(Envelope::ok(json!({ "affected": affected })).into_response())
}

/// The user and the class, if the caller is a client that may make keys for the user. Nobody makes
/// a key of a platform administrator for himself here.
async fn target(
    origin: &Origin,
    access: &Access,
    request: &Request,
    owner: &str,
    name: &str,
) -> Result<(User, KeyKind), RestError> {
    if !access.is_platform() && !capability(origin, access, CAPABILITY, owner).await? {
        return Err(forbidden("this needs a client that may make keys"));
    }
    let kind = match request.query_parameters()?.get("type") {
        Some("secret") => KeyKind::Secret,
        Some("publishable") => KeyKind::Publishable,
        _ => return Err(Invalid::member("type", "must be secret or publishable").into()),
    };
    let user = users::find(&*origin.database, owner, name).await?;
    let user = user.ok_or_else(RestError::not_found)?;
    let memberships = users::memberships_with_suspended(&*origin.database, &user.id).await?;
    let is_platforms = user.roles(&memberships).iter().any(|r| r.org == PLATFORM_ORGANIZATION);
    if is_platforms && !access.is_platform() {
        return Err(forbidden("the user administers more than this credential does"));
    }
    Ok((user, kind))
}

fn key_name(user: &User, kind: KeyKind) -> String {
    match kind {
        KeyKind::Secret => format!("{}.cloud-api", user.name),
        KeyKind::Publishable => format!("{}.publishable", user.name),
    }
}
