//! `POST /v1/iam/keys`

use serde::Serialize;
use serde_json::Map;

use super::{expiry, platform_key, view::KeyView, within};
use crate::{
    core::{
        apikey::ApiKey,
        directory::{Invalid, Timestamp, folded},
        time::UnixTime,
    },
    origin::{
        Origin,
        api::{
            directory::{
                acting::may_leave_a_key,
                caller::{DirectoryCaller, forbidden},
                versioned::created,
            },
            endpoint::{Call, Entity, Json, Who, endpoint},
        },
        domain::keys::{
            ATTRIBUTES, KeyPatch, SentScope,
            limits::note_creation,
            mint::{self, NewKey},
        },
        http::RestError,
        store::{
            applications,
            keys::{Key, KeyLimits},
            organizations,
            query::{Query, load},
            users::{Named, Target, target},
        },
    },
};

endpoint! {
    /// Creates a key, which acts for the caller.
    ///
    /// The reply shows its text, once. No key makes one that may do more than itself.
    pub CreateKey = POST "/v1/iam/keys" as "createKey", who: Who::Directory;
    caller: DirectoryCaller,
    body: Json<KeyPatch>,
    reply: Entity<KeyView>,
    error: RestError;
    create
}

async fn create(origin: &Origin, call: Call<'_, CreateKey>) -> Result<Entity<KeyView>, RestError> {
    let Json(sent) = call.body;
    let Made { key, text, reply } = made(origin, &call.caller, &sent, KeyView::new).await?;
    Ok(reply.map(|view| match text {
        Some(text) => view.with_text(key.kind, text.text().expose()),
        None => view,
    }))
}

/// A key that was stored.
#[derive(Debug)]
pub struct Made<V> {
    /// The key.
    pub key: Key,
    /// Its text, unless the request brought it.
    pub text: Option<ApiKey>,
    /// The reply, without the text.
    pub reply: Entity<V>,
}

/// Creates the key described by `sent`, if `caller` may; `view` renders it.
pub async fn made<V: Serialize>(
    origin: &Origin,
    caller: &DirectoryCaller,
    sent: &KeyPatch,
    view: fn(Key, UnixTime) -> V,
) -> Result<Made<V>, RestError> {
    let owner = sent.owner.as_given().or(sent.organization.as_given());
    let owner = owner.map_or(caller.principal.owner.as_str(), AsRef::as_ref);
    caller.scoped_to(owner)?;
    let named = holder(caller, owner, sent)?;
    let client = sent.application.as_given();
    let client = client.map(|id| applications::by_client_id(id));
    let queries = (
        named.map_or_else(|| Query::ready(None), target),
        client.unwrap_or_else(|| Query::ready(None)),
        organizations::by_name(owner),
        caller.key(),
    );
    let (holder, client, organization, presented) = load(&*origin.database, queries).await?;
    if named.is_some() {
        held_in(owner, holder.as_ref())?;
        caller.whole()?;
    }
    let SentScope { kind, scope } = sent.scope.clone().or_default();
    let (act, platform) = (sent.act.unwrap_or(false), sent.platform.unwrap_or(false));
    if act || named.is_none() {
        caller.administering(owner)?;
    }
    if named.is_none() {
        caller.undelegated()?;
    }
    if sent.application.as_given().is_some() {
        caller.administering(owner)?;
        if client.is_none_or(|client| client.organization != owner) {
            return Err(Invalid::member("application", "is not one of the organization").into());
        }
    }
    if organization.is_none() {
        return Err(Invalid::member("owner", "is not an organization").into());
    }
    let end = sent.expire_time.as_given().map(|Timestamp(end)| *end);
    let expires_at = expiry(origin, caller, end)?;
    if platform {
        platform_key(origin, caller, kind, expires_at)?;
    }
    within(caller, &scope)?;
    caller.may_make_keys(presented.as_ref())?;
    may_leave_a_key(origin, caller).await?;
    let earlier = sent.access_secret.as_given().or(sent.access_key.as_given());
    let earlier = earlier.map(|text| ApiKey::parse(text)).transpose();
    let new = NewKey {
        owner: owner.to_owned(),
        name: sent.name.as_given().map(|name| name.as_ref().to_owned()),
        display_name: sent.display_name.as_given().map_or("", AsRef::as_ref).to_owned(),
        kind,
        holder: holder.map(|holder| (holder.user.id, holder.user.name)),
        application: sent.application.as_given().cloned(),
        scope,
        act,
        platform,
        expires_at,
        creator: caller.actor(),
        limits: sent.limits(KeyLimits::default()),
        attributes: ATTRIBUTES.merged(&Map::new(), &sent.attributes.members)?,
    };
    // Only the platform may import keys of an earlier system.
    let (mut key, text) = match earlier {
        Ok(None) => {
            let (key, text) = new.minted(origin);
            (key, Some(text))
        }
        earlier => {
            caller.platform()?;
            let earlier = earlier.map_err(|error| Invalid::new(error.to_string()))?;
            let earlier = earlier.ok_or_else(|| Invalid::member("accessSecret", "is missing"))?;
            (new.imported(origin, &earlier), None)
        }
    };
    let by = caller.administrator(key.user_id.as_deref());
    note_creation(&mut key, by);
    let reply = created(origin, &key, view(key.clone(), origin.clock.now()));
    mint::create(origin, &key).await?;
    Ok(Made { key, text, reply })
}

/// The holder of the key: the caller, or another user named by the platform; `None` for the
/// organization.
fn holder<'a>(
    caller: &'a DirectoryCaller,
    owner: &'a str,
    sent: &'a KeyPatch,
) -> Result<Option<Named<'a>>, RestError> {
    let principal = &caller.principal;
    let kind = sent.r#type.as_given().map_or("", String::as_str);
    match sent.user.as_given() {
        Some(name) => {
            let qualified = name.split_once('/').filter(|(home, _)| *home == owner);
            let name = qualified.map_or(name.as_str(), |(_, name)| name);
            if owner != principal.home || folded(name) != principal.name || !caller.is_user() {
                caller.platform().map_err(|_| {
                    forbidden("only an administrator of the platform names another holder")
                })?;
            }
            Ok(Some(Named::Name { owner, name }))
        }
        None if matches!(kind, "Organization" | "Application") || !caller.is_user() => Ok(None),
        None => Ok(Some(Named::Id(&principal.subject))),
    }
}

/// Refuses a holder that does not exist or is a user of another organization.
fn held_in(owner: &str, holder: Option<&Target>) -> Result<(), Invalid> {
    let holder = holder.ok_or_else(|| Invalid::member("user", "does not exist"))?;
    if holder.user.owner == owner {
        return Ok(());
    }
    Err(Invalid::member("owner", "must be the holder's organization"))
}
