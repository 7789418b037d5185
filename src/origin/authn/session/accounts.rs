//! Multiple accounts in one browser: signed-in accounts, the active one, and sign-out.

use serde_json::json;

use super::{
    Begun, Current, continued,
    cookies::{self, FURTHER, Held},
    find, of_key,
};
use crate::{
    origin::{
        Origin,
        domain::{
            audit::Subject,
            change::{Change, Position, Unrecorded},
            logouts, revocation,
        },
        http::Request,
        store::{
            query::Query,
            sessions::{Session, SessionKey},
        },
    },
    ports::DatabaseError,
};

/// The live sessions of the browser that sent `request`, one per account: the active one first, if
/// any ([`find`]), then by most recent activity.
pub fn accounts(origin: &Origin, request: &Request) -> Query<Vec<Current>> {
    let held = cookies::held(origin, request);
    let further = Query::list(held.iter().map(|held| of_key(origin, &held.key)));
    find(origin, request).and(further).map(|(active, further)| {
        let mut all: Vec<Current> = active.into_iter().collect();
        for other in further.into_iter().flatten() {
            add(&mut all, other);
        }
        all
    })
}

/// [`accounts()`] of all databases.
pub async fn accounts_everywhere(
    origin: &Origin,
    request: &Request,
) -> Result<Vec<Current>, DatabaseError> {
    let mut all = accounts(origin, request).fetch(&*origin.database).await?;
    if origin.databases.are_several() {
        let others = origin.everywhere().filter(|it| it.place.number != origin.place.number);
        for elsewhere in others {
            for other in accounts(&elsewhere, request).fetch(&*elsewhere.database).await? {
                add(&mut all, other);
            }
        }
    }
    Ok(all)
}

fn add(all: &mut Vec<Current>, other: Current) {
    if all.iter().all(|known| known.person.user.id != other.person.user.id) {
        all.push(other);
    }
}

/// Makes `chosen`, one of [`accounts()`], the active account. Its session continues under a new
/// secret; the previously active account stays signed in.
pub fn choose(origin: &Origin, request: &Request, chosen: Current) -> Begun {
    let before = chosen.session.digest.clone();
    let change = Change::unrecorded(Unrecorded::Continuation);
    continued(origin, request, chosen, &before, change)
}

/// The sign-out of accounts in this browser.
#[derive(Debug)]
pub struct SignedOut {
    /// The change to commit.
    pub change: Change,
    /// The cookies to set, one per line ([`super::with_cookie`]).
    pub cookie: String,
    /// Where the committed change has the frames of the signed-out page ([`logouts::frames`]).
    pub framed: Vec<Position>,
}

/// Signs those accounts out and revokes their sessions' grants; the others stay signed in.
pub fn sign_out(origin: &Origin, request: &Request, ended: &[Current]) -> SignedOut {
    let now = origin.clock.now();
    let mut change = Change::unrecorded(Unrecorded::Step);
    let mut framed = Vec::new();
    for Current { session, person } in ended {
        let user = &person.user;
        let facts = json!({"id": session.id});
        change.record(Subject::with(&user.owner, "session", &user.name, &facts));
        framed.push(logouts::read(&mut change, session, now));
        change.revoke(revocation::session(&user.id, &session.id, now));
    }
    let cookie = without(origin, request, |held| {
        ended.iter().any(|ended| ended.person.user.id == held.key.user_id)
    });
    SignedOut { change, cookie, framed }
}

/// The cookies without ended sessions.
pub(super) fn without(
    origin: &Origin,
    request: &Request,
    has_ended: impl Fn(&Held) -> bool,
) -> String {
    let held = cookies::held(origin, request);
    let kept: Vec<&str> =
        held.iter().filter(|held| !has_ended(held)).map(|held| held.value.as_str()).collect();
    let mut set = Vec::new();
    let active = cookies::active(request);
    if active.is_empty() || active.iter().any(&has_ended) {
        set.push(cookies::set_active(origin, request, None));
    }
    if kept.len() != held.len() {
        set.push(cookies::set_held(origin, request, &kept));
    }
    set.join("\n")
}

/// The cookies with `session` (cookie `value`) as the active one, and the sessions that it ends:
/// earlier ones of the same account, those beyond the maximum, and an active one that did not begin
/// in this browser and may have been planted by a sibling host.
pub(super) fn joined(
    origin: &Origin,
    request: &Request,
    session: &Session,
    value: &str,
) -> (String, Vec<SessionKey>) {
    let held = cookies::held(origin, request);
    let of_others = |held: &&Held| held.key.user_id != session.user_id;
    let mut kept: Vec<&Held> = held.iter().filter(of_others).collect();
    kept.truncate(FURTHER);
    let mut values = vec![value];
    values.extend(kept.iter().map(|held| held.value.as_str()));
    let lifetime = session.expires_at.since(origin.clock.now());
    let set = [
        cookies::set_active(origin, request, Some((value, lifetime))),
        cookies::set_held(origin, request, &values),
    ];
    let active = cookies::active(request);
    let mut ended: Vec<SessionKey> = Vec::new();
    for other in active.iter().chain(&held) {
        if !kept.contains(&other) && !ended.contains(&other.key) {
            ended.push(other.key.clone());
        }
    }
    (set.join("\n"), ended)
}
