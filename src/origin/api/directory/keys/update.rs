//! `PUT` and `PATCH /v1/iam/keys/{owner}/{name}`. The holder of a key may narrow it, but not widen
//! limits set by an administrator (fault 11).

use serde_json::Value;

use super::{expiry, may_seek, platform_key, view::KeyView, visible, within};
use crate::{
    core::{
        apikey::KeyScope,
        directory::{Invalid, OrgName, Timestamp, read},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                errors::conflict,
                versioned::{self, Versioned, check, settled},
            },
            endpoint::{Call, Entity, Patched, Verb, Who, endpoint},
        },
        domain::keys::{self, ATTRIBUTES, KeyPatch, SentScope, limits::note_changes},
        http::{Request, RestError},
        store::{
            keys::{self as rows, Key, KeyState},
            query::load,
            users::{Named, Target, target},
        },
    },
};

endpoint! {
    /// Changes the sent members of a key.
    ///
    /// Its holder may narrow a key; limits that an administrator has set only an administrator lifts.
    /// `state: Revoked` ends it forever.
    pub UpdateKey = PUT "/v1/iam/keys/{owner}/{name}" as "updateKey",
    who: Who::SelfOr(Role::Admin), also: &[Verb::Patch];
    caller: DirectoryCaller,
    path: (OrgName, String),
    body: Patched<KeyPatch>,
    reply: Entity<KeyView>,
    error: RestError;
    update
}

async fn update(origin: &Origin, call: Call<'_, UpdateKey>) -> Result<Entity<KeyView>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    may_seek(caller, owner)?;
    let queries =
        (rows::named(owner, name), target(Named::HolderOf { owner, key: name }), caller.key());
    let (found, holder, presented) = load(&*origin.database, queries).await?;
    let before = visible(caller, owner, found)?;
    let sent = sent(call.body, &before)?;
    let facts = Facts { before, holder, presented };
    let key = changed(origin, caller, call.request, facts, &sent).await?;
    Ok(Entity::new(key.tag(), KeyView::new(key, origin.clock.now())))
}

/// The members to change in `before`. Limits missing from a merged budget are removed.
fn sent(body: Patched<KeyPatch>, before: &Key) -> Result<KeyPatch, Invalid> {
    let Patched { members, is_merge, .. } = body;
    let mut members = versioned::members(members, is_merge, before);
    if let Some(Value::Object(budget)) = members.get_mut("budget").filter(|_| is_merge) {
        for limit in ["month", "total"] {
            budget.entry(limit).or_insert_with(|| 0.into());
        }
    }
    read(members)
}

/// The rows needed to authorize a key change.
#[derive(Debug)]
pub struct Facts {
    /// The key, visible to the caller.
    pub before: Key,
    /// Its holder.
    pub holder: Option<Target>,
    /// The caller's key.
    pub presented: Option<Key>,
}

/// Applies the change `sent`, if `caller` may, and returns the stored key.
pub async fn changed(
    origin: &Origin,
    caller: &DirectoryCaller,
    request: &Request,
    facts: Facts,
    sent: &KeyPatch,
) -> Result<Key, RestError> {
    let Facts { mut before, holder, presented } = facts;
    check(origin, request, &before)?;
    if before.state == KeyState::Revoked {
        return Err(conflict("a revoked key is never changed"));
    }
    if let Some(holder) = &holder {
        caller.not_below(holder)?;
    }
    sent.owner.unchanged("owner", &before.owner)?;
    sent.name.unchanged("name", &before.name)?;
    within(caller, &KeyScope::stored(&before.scope))?;
    let mut key = apply(origin, caller, &before, sent)?;
    if key.limits() != before.limits() {
        caller.may_make_keys(presented.as_ref())?;
    }
    let whom = &caller.principal.subject;
    match sent.state.as_given() {
        Some(KeyState::Revoked) => {
            let revoked = keys::revoke(origin, &mut before, &caller.actor(), whom).await;
            settled(origin, request, revoked, || rows::by_id(&before.id)).await?;
            return Ok(before);
        }
        Some(state) => key.state = *state,
        None => {}
    }
    key.attributes = ATTRIBUTES.merged(&before.attributes, &sent.attributes.members)?;
    let by = caller.administrator(key.user_id.as_deref());
    let widening = note_changes(&before, &mut key, by);
    caller.may_widen(widening.needs, &key.owner)?;
    if widening.widens {
        may_widen(origin, caller, &key, holder.as_ref())?;
    }
    let updated = keys::update(origin, &before, &mut key, whom).await;
    settled(origin, request, updated, || rows::by_id(&before.id)).await?;
    Ok(key)
}

/// `before` with the new name, scope, rights, expiry and limits.
fn apply(
    origin: &Origin,
    caller: &DirectoryCaller,
    before: &Key,
    sent: &KeyPatch,
) -> Result<Key, RestError> {
    let mut key = before.clone();
    if let Some(value) = sent.display_name.clone().change() {
        key.display_name = value.map(String::from).unwrap_or_default();
    }
    if let Some(value) = sent.scope.clone().change() {
        let SentScope { kind, scope } = value.unwrap_or_default();
        if kind != key.kind {
            return Err(Invalid::member("scope", "cannot change the class of a key").into());
        }
        within(caller, &scope)?;
        key.scope = scope.to_string();
    }
    if let Some(act) = sent.act.filter(|act| *act != key.act) {
        caller.administering(&key.owner)?;
        key.act = act;
    }
    let end = sent.expire_time.clone().change().map(|end| end.map(|Timestamp(end)| end));
    if let Some(end) = end.filter(|end| *end != key.expires_at) {
        key.expires_at = expiry(origin, caller, end)?;
    }
    key.set_limits(sent.limits(key.limits()));
    Ok(key)
}

/// Refuses to widen a key for a caller that could not create an equally wide one: with the holder's
/// roles in other organizations, and its platform authority.
fn may_widen(
    origin: &Origin,
    caller: &DirectoryCaller,
    key: &Key,
    holder: Option<&Target>,
) -> Result<(), RestError> {
    if key.platform {
        platform_key(origin, caller, key.kind, key.expires_at)?;
    }
    holder.map_or(Ok(()), |holder| caller.may_impersonate(holder))
}
