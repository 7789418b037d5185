//! User consent to third-party clients, per scope, stored and revocable.

use serde_json::json;
use thiserror::Error;

use super::{
    change::{Change, Unrecorded},
    revocation,
};
use crate::{
    core::{
        authority::Trust,
        oauth::scope::{Scope, ScopeError},
        time::UnixTime,
    },
    origin::{
        domain::audit::Subject,
        store::{
            applications::Application,
            consents::{self, Consent},
            users::User,
        },
    },
};

/// The access requested by a client.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The scope.
    pub scope: &'a Scope,
    /// The resource (RFC 8707), if the request names one.
    pub resource: Option<&'a str>,
}

/// Whether the user has consented to the request of `application`, or no consent is needed. `known`
/// is the earlier consent.
pub fn covers(application: &Application, known: Option<&Consent>, asked: Asked<'_>) -> bool {
    if application.trust() != Trust::ThirdParty {
        return true;
    }
    let Some(known) = known else { return false };
    let scope = Scope::parse(&known.scope).unwrap_or_default();
    let resource =
        asked.resource.is_none_or(|asked| known.resources.iter().any(|known| known == asked));
    resource && asked.scope.is_within(&scope)
}

/// Adds the user's consent to the request of `application`, extending `known`. A consent narrowed
/// or withdrawn concurrently is not extended, and the code cannot be redeemed. Clients that need no
/// consent have none.
pub fn give(
    change: &mut Change,
    user: &User,
    application: &Application,
    known: Option<&Consent>,
    asked: Asked<'_>,
    now: UnixTime,
) {
    if application.trust() != Trust::ThirdParty {
        return;
    }
    let mut resources = known.map_or_else(Vec::new, |known| known.resources.clone());
    if let Some(asked) = asked.resource
        && !resources.iter().any(|known| known == asked)
    {
        resources.push(asked.to_owned());
    }
    let user_id = &user.id;
    let facts = json!({"client": application.client_id, "scope": asked.scope.to_string(), "resource": asked.resource});
    change.record(Subject::with(&user.owner, "consent", &user.name, &facts));
    change.write(match known {
        None => {
            let client_id = &application.client_id;
            consents::put(user_id, client_id, &asked.scope.to_string(), &resources, now)
        }
        Some(known) => {
            let scope = Scope::parse(&known.scope).unwrap_or_default().joined(asked.scope);
            consents::extend(known, &scope.to_string(), &resources, now)
        }
    });
}

/// Why a consent cannot be narrowed.
#[derive(Debug, Error)]
pub enum NarrowError {
    /// A consent can be widened only on the consent page.
    #[error("a scope is added on the consent page only")]
    Wider,
    /// A scope is malformed.
    #[error("a scope is malformed")]
    Malformed,
}

impl From<ScopeError> for NarrowError {
    fn from(error: ScopeError) -> Self {
        match error {
            ScopeError::Malformed => Self::Malformed,
            ScopeError::Wider => Self::Wider,
        }
    }
}

/// Narrows the consent `known` of `user` to `scopes`; none of them withdraws it. Returns what remains, and the
/// change: everything that the client was given under the wider consent ends.
pub fn narrow(
    user: &User,
    known: &Consent,
    scopes: &str,
    now: UnixTime,
) -> Result<(Option<Consent>, Change), NarrowError> {
    let before = Scope::parse(&known.scope)?;
    let after = before.narrowed(Some(scopes))?;
    let mut change = Change::unrecorded(Unrecorded::Step);
    if before.is_within(&after) {
        return Ok((Some(known.clone()), change));
    }
    let facts = json!({"client": known.client_id, "scope": after.to_string()});
    change.record(Subject::with(&user.owner, "consent", &user.name, &facts));
    let Consent { user_id, client_id, resources, .. } = known;
    change.revoke(revocation::consent_between(user_id, client_id, now));
    if scopes.trim().is_empty() {
        change.write(consents::remove(user_id, client_id));
        return Ok((None, change));
    }
    let scope = after.to_string();
    change.write(consents::put(user_id, client_id, &scope, resources, now));
    Ok((Some(Consent { scope, updated_at: now, ..known.clone() }), change))
}
