//! API keys under `/v1/iam/keys`.

pub mod change;
pub mod limits;
pub mod mint;
mod resolve;
pub mod view;

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Map, json};

use self::view::KeyView;
use super::{
    access::{Access, forbidden},
    request::{self, Page},
};
use crate::{
    core::{
        apikey::{ApiKey, KeyScope},
        directory::{Invalid, Timestamp, folded},
        principal::{Credential, PLATFORM_ORGANIZATION},
        time::UnixTime,
    },
    origin::{
        Origin,
        domain::{
            keys::{ATTRIBUTES, KeyPatch, SentScope},
            publication, revocation,
        },
        http::{Request, Response, RestError, response},
        store::{
            applications,
            keys::{self, Key, KeyKind, KeyLimits, KeyState},
            organizations, publications,
            users::{self, User},
        },
    },
};

/// The longest life of a key that carries platform authority, in seconds.
const PLATFORM_KEY_LIFETIME: i64 = 90 * 24 * 3600;

/// Answers `/v1/iam/keys…`; `None` if the path is not one of them.
pub async fn route(
    origin: &Origin,
    request: &Request,
    path: &[&str],
) -> Option<Result<Response, RestError>> {
    let ["keys", rest @ ..] = path else { return None };
    Some(match (&request.method, rest) {
        (&Method::GET, []) => list(origin, request).await,
        (&Method::POST, []) => create(origin, request).await,
        (&Method::GET, ["principal"]) => resolve::principal(origin, request).await,
        (&Method::GET, ["org"]) => resolve::organization(origin, request).await,
        (&Method::GET, [owner, name]) => read(origin, request, owner, name).await,
        (&Method::PUT | &Method::PATCH, [owner, name]) => {
            change::update(origin, request, owner, name).await
        }
        (&Method::DELETE, [owner, name]) => revoke(origin, request, owner, name).await,
        (_, []) => Err(RestError::method("GET, HEAD, POST")),
        (_, ["principal" | "org"]) => Err(RestError::method("GET, HEAD")),
        (_, [_, _]) => Err(RestError::method("GET, HEAD, PUT, PATCH, DELETE")),
        _ => return None,
    })
}

/// Whether the caller is a client with `capability` over `organization`: the platform's own
/// clients over all, another only over its own.
pub async fn capability(
    origin: &Origin,
    access: &Access,
    capability: &str,
    organization: &str,
) -> Result<bool, RestError> {
    // Not a user's token or a key that is bound to the client: those are not the client.
    let caller = &access.principal;
    if !caller.authority.is_client() {
        return Ok(false);
    }
    let client = applications::find_by_client_id(&*origin.database, &caller.client_id).await?;
    Ok(client.is_some_and(|client| {
        client.capabilities.iter().any(|name| name == capability)
            && (client.owner == PLATFORM_ORGANIZATION || client.organization == organization)
    }))
}

/// An administrator sees every key of the organization, everybody else only his own.
async fn list(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let query = request.query_parameters()?;
    let page = Page::of(&query)?;
    let owner = match query.get("owner") {
        Some(owner) => {
            access.scoped_to(owner)?;
            Some(owner)
        }
        None if access.is_platform() => None,
        None => Some(access.principal.owner.as_str()),
    };
    access.somebody()?;
    let administers = owner.is_none_or(|owner| access.administers(owner));
    let holder = (!administers).then_some(access.principal.subject.as_str());
    let found = keys::list(&*origin.database, owner, holder, page.limit, page.offset).await?;
    let found: Vec<KeyView> = found.into_iter().map(|key| published(origin, key)).collect();
    Ok(answer(&json!({ "keys": found })))
}

async fn read(
    origin: &Origin,
    request: &Request,
    owner: &str,
    name: &str,
) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    Ok(answer(&published(origin, reached(origin, &access, owner, name).await?)))
}

/// Makes a key, which acts for the caller. No key makes one that may do more than itself
/// (better-auth CVE-2025-61928).
async fn create(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let sent: KeyPatch = request::body(request)?;
    let owner = sent.owner.as_given().or(sent.organization.as_given());
    let owner = owner.map_or(access.principal.owner.as_str(), AsRef::as_ref);
    access.scoped_to(owner)?;
    let user = holder(origin, &access, owner, &sent).await?;
    let SentScope { kind, scope } = sent.scope.clone().or_default();
    let (act, platform) = (sent.act.unwrap_or(false), sent.platform.unwrap_or(false));
    if user.is_some() {
        access.whole()?;
    }
    if act || user.is_none() {
        access.administering(owner)?;
    }
    let application = sent.application.clone().given();
    if let Some(client_id) = &application {
        access.administering(owner)?;
        let client = applications::find_by_client_id(&*origin.database, client_id).await?;
        if client.is_none_or(|client| client.organization != owner) {
            return Err(Invalid::member("application", "is not one of the organization").into());
        }
    }
    if organizations::find(&*origin.database, owner).await?.is_none() {
        return Err(Invalid::member("owner", "is not an organization").into());
    }
    let expires_at =
        expiry(origin, &access, sent.expire_time.clone().given().map(|Timestamp(end)| end))?;
    if platform {
        platform_key(origin, &access, kind, expires_at)?;
    }
    within(&access, &scope)?;
    limits::unlimited(origin, &access).await?;
    let mut new = mint::NewKey {
        owner: owner.to_owned(),
        name: sent.name.clone().given().map(String::from),
        display_name: sent.display_name.clone().given().map(String::from).unwrap_or_default(),
        kind,
        user_id: user.map(|user| user.id),
        application,
        scope,
        act,
        platform,
        expires_at,
        creator: access.signature(),
        limits: sent.limits(KeyLimits::default()),
        attributes: ATTRIBUTES.merged(&Map::new(), &sent.attributes.members)?,
    };
    let by = access.administrator(new.user_id.as_deref());
    change::note_limits(&mut new, by);
    // The platform may bring along a key of an earlier system.
    if let Some(earlier) = sent.access_secret.as_given().or(sent.access_key.as_given()) {
        access.platform()?;
        let earlier = ApiKey::parse(earlier).map_err(|error| Invalid(error.to_string()))?;
        let key = mint::import(origin, new, &earlier).await?;
        return Ok(answer(&published(origin, stored(origin, &key).await?)));
    }
    let (key, text) = mint::mint(origin, new).await?;
    // The text is shown now or never: nothing may fail from here on.
    let shown = published(origin, stored(origin, &key).await.unwrap_or(key));
    Ok(answer(&shown.with_text(kind, text.text().expose())))
}

/// For whom the key acts: the caller, or whom the platform names; `None`: the organization.
async fn holder(
    origin: &Origin,
    access: &Access,
    owner: &str,
    sent: &KeyPatch,
) -> Result<Option<User>, RestError> {
    let caller = &access.principal;
    let database = &*origin.database;
    let kind = sent.r#type.as_given().map(String::as_str).unwrap_or_default();
    let user = match (sent.user.as_given(), kind) {
        (Some(name), _) => {
            let name = name.strip_prefix(&format!("{owner}/")).unwrap_or(name);
            if owner != caller.home || folded(name) != caller.name || !is_user(access) {
                access.platform().map_err(|_| {
                    forbidden("only an administrator of the platform names another holder")
                })?;
            }
            users::find(database, owner, name).await?
        }
        (None, "Organization" | "Application") => return Ok(None),
        (None, _) if is_user(access) => users::find_by_id(database, &caller.subject).await?,
        (None, _) => return Ok(None),
    };
    let user = user.ok_or_else(|| Invalid::member("user", "does not exist"))?;
    if user.owner != owner {
        return Err(Invalid::member("owner", "must be the holder's organization").into());
    }
    Ok(Some(user))
}

/// Only platform authority makes a key that carries it, and such a key expires.
fn platform_key(
    origin: &Origin,
    access: &Access,
    kind: KeyKind,
    expires_at: Option<UnixTime>,
) -> Result<(), RestError> {
    access.platform()?;
    if kind == KeyKind::Publishable {
        return Err(Invalid::member("platform", "is for secret keys only").into());
    }
    let latest = origin.clock.now().plus(PLATFORM_KEY_LIFETIME);
    if expires_at.is_none_or(|end| end > latest) {
        return Err(Invalid::member("expireTime", "a platform key ends within 90 days").into());
    }
    Ok(())
}

/// Whether the subject is a user's id: an application's is `owner/name`.
fn is_user(access: &Access) -> bool {
    !access.principal.subject.contains('/')
}

/// The end of a key: in the future, and not after that of the key that makes it.
pub fn expiry(
    origin: &Origin,
    access: &Access,
    wanted: Option<UnixTime>,
) -> Result<Option<UnixTime>, RestError> {
    if wanted.is_some_and(|end| end <= origin.clock.now()) {
        return Err(Invalid::member("expireTime", "is over").into());
    }
    match access.principal.credential {
        Credential::Key { expires_at: Some(end), .. } => match wanted {
            Some(wanted) if wanted > end => Err(forbidden("the key that makes it ends before")),
            wanted => Ok(wanted.or(Some(end))),
        },
        _ => Ok(wanted),
    }
}

/// Refuses a scope that goes beyond that of the key that the caller presents.
pub fn within(access: &Access, scope: &KeyScope) -> Result<(), RestError> {
    if scope.is_within(&access.scope) {
        return Ok(());
    }
    Err(forbidden("a key cannot allow more than the one that makes it"))
}

/// Ends a key. Its row stays, so that it never works again and its story can be told.
async fn revoke(
    origin: &Origin,
    request: &Request,
    owner: &str,
    name: &str,
) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let key = reached(origin, &access, owner, name).await?;
    touchable(origin, &access, &key).await?;
    end(origin, &access, &key).await?;
    Ok(answer(&json!({"deleted": true})))
}

async fn end(origin: &Origin, access: &Access, key: &Key) -> Result<Response, RestError> {
    if key.state != KeyState::Revoked {
        limits::change(origin, &access.principal.subject).await?;
    }
    let now = origin.clock.now();
    let mut statements = revocation::key(&key.id, &access.signature(), now);
    statements.push(publications::key(&key.id, now));
    revocation::commit(origin, statements).await?;
    publication::settle(origin).await;
    Ok(answer(&published(origin, stored(origin, key).await?)))
}

/// The key that the path names, if the caller holds it or administers its organization.
async fn reached(
    origin: &Origin,
    access: &Access,
    owner: &str,
    name: &str,
) -> Result<Key, RestError> {
    access.scoped_to(owner)?;
    access.somebody()?;
    let key = keys::find(&*origin.database, owner, name).await?;
    let key = key.ok_or_else(RestError::not_found)?;
    let holds = key.user_id.as_deref().is_some_and(|holder| access.is_self(holder));
    if holds || access.administers(owner) { Ok(key) } else { Err(RestError::not_found()) }
}

/// Refuses a key whose holder is more than the caller somewhere.
async fn touchable(origin: &Origin, access: &Access, key: &Key) -> Result<(), RestError> {
    let Some(holder) = &key.user_id else { return Ok(()) };
    match users::find_by_id(&*origin.database, holder).await? {
        Some(user) => access.not_below(origin, &user).await,
        None => Ok(()),
    }
}

async fn stored(origin: &Origin, key: &Key) -> Result<Key, RestError> {
    let key = keys::find_by_id(&*origin.database, &key.id).await?;
    key.ok_or_else(RestError::not_found)
}

fn published(origin: &Origin, key: Key) -> KeyView {
    KeyView::new(key, origin.clock.now())
}

fn answer(value: &impl Serialize) -> Response {
    response::no_store(response::json(StatusCode::OK, value))
}
