//! The two keys that other services make for a user (WIRE §3.3): one secret, one publishable. To
//! make one again ends the one before.

use serde_json::json;

use crate::{
    core::{
        apikey::KeyScope, authority::Trust, directory::Invalid, principal::PLATFORM_ORGANIZATION,
    },
    origin::{
        Origin,
        api::directory::{
            access::{Access, forbidden},
            keys::{
                capability, expiry,
                limits::{self, unlimited},
                mint, within,
            },
        },
        domain::{publication, revocation},
        http::{Envelope, Request, Response, RestError},
        store::{
            applications,
            keys::{self, KeyKind, KeyLimits, KeyState},
            publications,
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
    let before = keys::find(&*origin.database, &user.owner, &key_name(&user, kind)).await?;
    if before.is_some() {
        limits::change(origin, &user.id).await?;
    }
    if let Some(before) = &before {
        within(&access, &KeyScope::stored(&before.scope))?;
    }
    // No more than the caller's own: what a key makes has its limits and ends with it.
    let new = mint::NewKey {
        owner: user.owner.clone(),
        name: Some(key_name(&user, kind)),
        display_name: String::new(),
        kind,
        user_id: Some(user.id.clone()),
        application: confined_to(origin, &access, &user.owner).await?,
        scope: access.scope.clone(),
        act: false,
        platform: false,
        expires_at: expiry(origin, &access, None)?,
        creator: access.signature(),
        limits: KeyLimits::default(),
        attributes: serde_json::Map::new(),
    };
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
        limits::change(origin, &user.id).await?;
        within(&access, &KeyScope::stored(&key.scope))?;
        let now = origin.clock.now();
        let mut statements = revocation::key(&key.id, &access.signature(), now);
        statements.push(publications::key(&key.id, now));
        revocation::commit(origin, statements).await?;
        publication::settle(origin).await;
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
        // A client does not learn who is there.
        return Err(RestError::not_found());
    }
    Ok((user, kind))
}

/// The client that the key is bound to: a client of a tenant makes keys that carry no role of the
/// holder's elsewhere.
async fn confined_to(
    origin: &Origin,
    access: &Access,
    owner: &str,
) -> Result<Option<String>, RestError> {
    if !access.principal.authority.is_client() {
        return Ok(None);
    }
    let client_id = &access.principal.client_id;
    let client = applications::find_by_client_id(&*origin.database, client_id).await?;
    let Some(client) = client else { return Ok(None) };
    match client.trust() {
        Trust::FirstParty { .. } => Ok(None),
        Trust::Tenant { organization } if organization == owner => Ok(Some(client.client_id)),
        Trust::Tenant { .. } => Err(forbidden("the client is of another organization")),
        // A key asks for no consent.
        Trust::ThirdParty => Err(forbidden("a third-party client makes no keys for people")),
    }
}

fn key_name(user: &User, kind: KeyKind) -> String {
    match kind {
        KeyKind::Secret => format!("{}.cloud-api", user.name),
        KeyKind::Publishable => format!("{}.publishable", user.name),
    }
}
