//! Changing a key. Its holder may narrow it; what an administrator has narrowed, the holder does not
//! widen again (fault 11).

use super::{
    answer, end, expiry, limits, mint::NewKey, platform_key, published, reached, touchable, within,
};
use crate::{
    core::{
        apikey::KeyScope,
        directory::{Administrator, Invalid, Move, Restrictions, Timestamp},
        time::UnixTime,
    },
    origin::{
        Origin,
        api::directory::{
            access::Access,
            request::{self, conflict},
        },
        domain::{
            keys::{ATTRIBUTES, KeyPatch, SentScope},
            publication, revocation,
        },
        http::{Request, Response, RestError},
        store::{
            keys::{Key, KeyLimits, KeyState},
            publications, users,
        },
    },
};

/// `PUT|PATCH …/keys/{owner}/{name}`
pub(super) async fn update(
    origin: &Origin,
    request: &Request,
    owner: &str,
    name: &str,
) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let mut key = reached(origin, &access, owner, name).await?;
    if key.state == KeyState::Revoked {
        return Err(conflict("a revoked key is never changed"));
    }
    touchable(origin, &access, &key).await?;
    let before = key.clone();
    let sent: KeyPatch = request::body(request)?;
    sent.owner.unchanged("owner", &key.owner)?;
    sent.name.unchanged("name", &key.name)?;
    within(&access, &KeyScope::stored(&key.scope))?;
    if let Some(value) = sent.display_name.clone().change() {
        key.display_name = value.map(String::from).unwrap_or_default();
    }
    if let Some(value) = sent.scope.clone().change() {
        let SentScope { kind, scope } = value.unwrap_or_default();
        if kind != key.kind {
            return Err(Invalid::member("scope", "cannot change the class of a key").into());
        }
        within(&access, &scope)?;
        key.scope = scope.to_string();
    }
    if let Some(act) = sent.act.filter(|act| *act != key.act) {
        access.administering(owner)?;
        key.act = act;
    }
    let sent_end = sent.expire_time.clone().change();
    let sent_end = sent_end.map(|end| end.map(|Timestamp(end)| end));
    if let Some(end) = sent_end.filter(|end| *end != key.expires_at) {
        key.expires_at = expiry(origin, &access, end)?;
    }
    let limits = sent.limits(key.limits());
    if limits != key.limits() {
        limits::unlimited(origin, &access).await?;
        key.set_limits(limits);
    }
    match sent.state.given() {
        Some(KeyState::Revoked) => return end(origin, &access, &key).await,
        Some(state) => key.state = state,
        None => {}
    }
    key.attributes = ATTRIBUTES.merged(&key.attributes, &sent.attributes.members)?;
    if restrict(&access, &before, &mut key)? {
        widenable(origin, &access, &key).await?;
    }
    if !key.agrees(&before) {
        limits::change(origin, &access.principal.subject).await?;
    }
    key.updated_at = origin.clock.now();
    let mut statements = vec![publications::key(&key.id, key.updated_at)];
    statements.extend(revocation::key_changed(&before, &key, key.updated_at));
    let answers = revocation::commit(origin, statements).await?;
    request::unchanged_meanwhile(answers.last())?;
    publication::settle(origin).await;
    Ok(answer(&published(origin, key)))
}

/// Refuses to make a key more than it was to a caller who is less than the key may then be: the
/// holder's roles elsewhere, and its platform authority.
async fn widenable(origin: &Origin, access: &Access, key: &Key) -> Result<(), RestError> {
    if key.platform {
        platform_key(origin, access, key.kind, key.expires_at)?;
    }
    let Some(holder) = &key.user_id else { return Ok(()) };
    match users::find_by_id(&*origin.database, holder).await? {
        Some(user) => access.may_impersonate(origin, &user).await,
        None => Ok(()),
    }
}

/// Refuses to widen what an administrator has limited, unless the caller is one of the same kind,
/// and notes what this change limits. Whether it widens anything.
fn restrict(access: &Access, before: &Key, key: &mut Key) -> Result<bool, RestError> {
    let by = access.administrator(key.user_id.as_deref());
    let mut restrictions = Restrictions::of(&key.attributes);
    let (was, is) = (Limited::of_key(before), Limited::of_key(key));
    let mut widens = key.act && !before.act;
    for (member, change, free) in is.since(&was) {
        access.may_widen(restrictions.needed(member, change), &key.owner)?;
        restrictions.changed(member, change, free, by);
        widens |= change == Move::Wider;
    }
    restrictions.store(&mut key.attributes);
    Ok(widens)
}

/// Notes the limits that a new key is made with by another than its holder.
pub fn note_limits(new: &mut NewKey, by: Option<Administrator>) {
    let unlimited = Limited {
        scope: KeyScope::default(),
        limits: KeyLimits::default(),
        disabled: false,
        expires_at: None,
    };
    let limited = Limited {
        scope: new.scope.clone(),
        limits: new.limits,
        disabled: false,
        expires_at: new.expires_at,
    };
    let mut restrictions = Restrictions::default();
    for (member, change, free) in limited.since(&unlimited) {
        restrictions.changed(member, change, free, by);
    }
    restrictions.store(&mut new.attributes);
}

/// What limits a key.
struct Limited {
    scope: KeyScope,
    limits: KeyLimits,
    disabled: bool,
    expires_at: Option<UnixTime>,
}

impl Limited {
    fn of_key(key: &Key) -> Self {
        Self {
            scope: KeyScope::stored(&key.scope),
            limits: key.limits(),
            disabled: key.state != KeyState::Active,
            expires_at: key.expires_at,
        }
    }

    /// Each member, how it has moved since `before`, and whether it limits nothing now.
    fn since(&self, before: &Self) -> [(&'static str, Move, bool); 6] {
        let scope = if self.scope.to_string() == before.scope.to_string() {
            Move::None
        } else if self.scope.is_within(&before.scope) {
            Move::Narrower
        } else {
            Move::Wider
        };
        let limit = |member, before: Option<u64>, after: Option<u64>| {
            (member, Move::of_limit(before, after), after.is_none())
        };
        let (is, was) = (&self.limits, &before.limits);
        [
            ("scope", scope, self.scope.to_string().is_empty()),
            ("state", Move::of_switch(before.disabled, self.disabled), !self.disabled),
            (
                "expireTime",
                Move::of_limit(before.expires_at, self.expires_at),
                self.expires_at.is_none(),
            ),
            limit("rate", was.rate.map(u64::from), is.rate.map(u64::from)),
            limit("budget.month", was.budget.month, is.budget.month),
            limit("budget.total", was.budget.total, is.budget.total),
        ]
    }
}
