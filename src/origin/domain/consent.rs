//! Consent: what a person allows a third-party client, scope by scope, remembered and revocable.

use super::revocation;
use crate::{
    core::{
        authority::Trust,
        oauth::scope::{Scope, ScopeError},
    },
    origin::{
        Origin,
        store::{
            applications::Application,
            codes,
            consents::{self, Consent},
            device_codes,
        },
    },
    ports::DatabaseError,
};

/// What a client asks a person for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The scope.
    pub scope: &'a Scope,
    /// The resource (RFC 8707), if the request names one.
    pub resource: Option<&'a str>,
}

/// Whether the person has allowed `application` all that it asks for, or need not be asked.
pub async fn is_given(
    origin: &Origin,
    user_id: &str,
    application: &Application,
    asked: Asked<'_>,
) -> Result<bool, DatabaseError> {
    if application.trust() != Trust::ThirdParty {
        return Ok(true);
    }
    let known = consents::find(&*origin.database, user_id, &application.client_id).await?;
    Ok(covers(application, known.as_ref(), asked))
}

/// [`is_given`], decided by what the person allowed `application` before.
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

/// Remembers that the person allows `application` what it asks for, besides what was allowed
/// before. Clients that need not ask are not remembered.
pub async fn give(
    origin: &Origin,
    user_id: &str,
    application: &Application,
    asked: Asked<'_>,
) -> Result<(), DatabaseError> {
    if application.trust() != Trust::ThirdParty {
        return Ok(());
    }
    let client_id = &application.client_id;
    let known = consents::find(&*origin.database, user_id, client_id).await?;
    let (scope, mut resources) =
        known.map_or_else(Default::default, |known| (known.scope, known.resources));
    let scope = Scope::parse(&scope).unwrap_or_default().joined(asked.scope);
    if let Some(asked) = asked.resource
        && !resources.iter().any(|known| known == asked)
    {
        resources.push(asked.to_owned());
    }
    let now = origin.clock.now();
    let statement = consents::put(user_id, client_id, &scope.to_string(), &resources, now);
    origin.database.run(statement).await?;
    Ok(())
}

/// Why a consent is not changed.
#[derive(Debug)]
pub enum NarrowError {
    /// There is none for that client.
    Unknown,
    /// A consent is widened on the consent page only.
    Wider,
    /// A scope is malformed.
    Malformed,
    /// The database did not answer.
    Database(DatabaseError),
}

impl From<DatabaseError> for NarrowError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<ScopeError> for NarrowError {
    fn from(error: ScopeError) -> Self {
        match error {
            ScopeError::Malformed => Self::Malformed,
            ScopeError::Wider => Self::Wider,
        }
    }
}

/// Narrows what the person allows the client to `scopes`; none of them withdraws it. Everything
/// that the client was given under the wider consent ends.
pub async fn narrow(
    origin: &Origin,
    user_id: &str,
    client_id: &str,
    scopes: &str,
) -> Result<(), NarrowError> {
    let known = consents::find(&*origin.database, user_id, client_id).await?;
    let known = known.ok_or(NarrowError::Unknown)?;
    let before = Scope::parse(&known.scope)?;
    let after = before.narrowed(Some(scopes))?;
    if before.is_within(&after) {
        return Ok(());
    }
    let now = origin.clock.now();
    let mut statements = revocation::grants_between(user_id, client_id, now);
    statements.push(codes::voiding_between(user_id, client_id));
    statements.push(device_codes::voiding_between(user_id, client_id));
    statements.push(if scopes.trim().is_empty() {
        consents::remove(user_id, client_id)
    } else {
        consents::put(user_id, client_id, &after.to_string(), &known.resources, now)
    });
    revocation::commit(origin, statements).await?;
    Ok(())
}
