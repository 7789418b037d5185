//! Acting for other users (WIRE §4.4): tokens for users issued to clients or keys, impersonation,
//! and assuming an organization. Each token names its actor, is short-lived, ends with the
//! credential that it was issued to, and cannot obtain further tokens.

pub mod assume;
pub mod impersonate;
pub mod issue;
pub mod switch;

use crate::{
    core::{
        authority::Trust,
        directory::Invalid,
        principal::{Credential, PrincipalKind},
        signin::Resumed,
        token::Actor,
    },
    origin::{
        Origin,
        api::directory::caller::{DirectoryCaller, administers, forbidden},
        domain::{clients::Client, people::Person, tokens::IssueError},
        http::RestError,
        store::{
            accounts,
            applications::Application,
            clients::{self, Registered},
            factors,
            grants::{self, Named},
            query::load,
            sessions,
            users::Target,
        },
    },
};

/// Requires the user's own interactive sign-in: a session, or a token that a first-party client
/// obtained for the user. Keys and acting tokens are refused.
pub fn own_sign_in(caller: &DirectoryCaller) -> Result<(), RestError> {
    let principal = &caller.principal;
    let signed_in =
        matches!(principal.credential, Credential::Session { .. } | Credential::Token { .. });
    let is_own = principal.acting.is_empty();
    if !signed_in || !is_own || !caller.is_user() || principal.kind != PrincipalKind::Person {
        return Err(forbidden("this takes a person's own sign-in: no key and no program"));
    }
    caller.whole()
}

/// Requires an [`own_sign_in`] within the last ten minutes, with a second factor if the account has
/// one, and through a client of the platform: other clients may not confirm for the user.
pub async fn signed_in_recently(
    origin: &Origin,
    caller: &DirectoryCaller,
) -> Result<(), RestError> {
    let origin = &origin.of_caller();
    let principal = &caller.principal;
    let now = origin.clock.now();
    let held = factors::held(accounts::Named::Id(&principal.subject), "", now);
    let confirmed_at = match &principal.credential {
        Credential::Session { id } => {
            let session = sessions::find_by_id(&principal.subject, id, now);
            let (session, held) = load(&*origin.database, (session, held)).await?;
            session.and_then(|session| session.confirmed_at(held.enrolled()))
        }
        Credential::Token { grant, .. } => {
            let client = clients::find(&principal.client_id);
            let queries = (grants::find(Named::Id(grant)), client, held);
            let (grant, client, held) = load(&*origin.database, queries).await?;
            let client = client.and_then(Registered::enabled);
            let is_own = |client: &Application| matches!(client.trust(), Trust::FirstParty { .. });
            let grant = grant.filter(|_| client.as_ref().is_some_and(is_own));
            grant.and_then(|grant| grant.confirmed_at(held.enrolled()))
        }
        Credential::Key { .. } | Credential::Client => None,
    };
    if Resumed::is_fresh(confirmed_at, now) {
        return Ok(());
    }
    Err(forbidden(
        "please sign in again: the sign-in is older than ten minutes, or without the second factor",
    )
    .coded("login_required"))
}

/// Requires [`signed_in_recently`] to take over the account of `target` if it has administrative
/// roles, so that an unattended session, token or key cannot take over another administrator's
/// account. Keys with platform authority are exempt.
pub async fn may_take_over(
    origin: &Origin,
    caller: &DirectoryCaller,
    target: &Target,
) -> Result<(), RestError> {
    let is_operators =
        caller.is_platform() && matches!(caller.principal.credential, Credential::Key { .. });
    if is_operators || !administers(target) {
        return Ok(());
    }
    signed_in_recently(origin, caller).await
}

/// Requires a sign-in within the last ten minutes, or an unlimited key, for changes of identity
/// providers, as for setting passwords.
pub async fn may_open_accounts(origin: &Origin, caller: &DirectoryCaller) -> Result<(), RestError> {
    match caller.principal.credential {
        _ if caller.principal.kind == PrincipalKind::Machine => caller.may_make_secrets(None),
        Credential::Key { .. } | Credential::Client => {
            let key = caller.key().fetch(&*origin.of_caller().database).await?;
            caller.may_make_secrets(key.as_ref())
        }
        _ => signed_in_recently(origin, caller).await,
    }
}

/// Requires [`signed_in_recently`] of a browser session that creates a key, which outlives it.
pub async fn may_leave_a_key(origin: &Origin, caller: &DirectoryCaller) -> Result<(), RestError> {
    if matches!(caller.principal.credential, Credential::Session { .. }) {
        signed_in_recently(origin, caller).await?;
    }
    Ok(())
}

/// Requires a sign-in that meets the policies of the user's organizations, which may have changed
/// since the caller's sign-in.
pub async fn meets_demand(
    origin: &Origin,
    caller: &DirectoryCaller,
    person: &Person,
) -> Result<(), RestError> {
    let principal = &caller.principal;
    let methods = match &principal.credential {
        _ if !person.demand.requires_second => return Ok(()),
        Credential::Session { id } => {
            let session = sessions::find_by_id(&principal.subject, id, origin.clock.now());
            session.fetch(&*origin.database).await?.map(|session| session.methods)
        }
        Credential::Token { grant, .. } => {
            let grant = grants::find(Named::Id(grant)).fetch(&*origin.database).await?;
            grant.map(|grant| grant.methods)
        }
        Credential::Key { .. } | Credential::Client => None,
    };
    if methods.is_some_and(|methods| person.demand.is_met_by(&methods)) {
        return Ok(());
    }
    Err(forbidden("an organization of yours demands a second factor: please sign in again")
        .coded("login_required"))
}

/// The caller as the actor.
fn actor(caller: &DirectoryCaller) -> Actor {
    let principal = &caller.principal;
    Actor {
        sub: principal.subject.clone(),
        owner: principal.home.clone(),
        name: principal.name.clone(),
        act: None,
    }
}

/// The enabled client named by `member`.
fn client(member: &str, found: Option<Registered>) -> Result<Client, RestError> {
    let application = found.and_then(Registered::enabled);
    let application =
        application.ok_or_else(|| Invalid::member(member, "is not a client that is in use"))?;
    Ok(Client { application, authenticated: false })
}

/// Why a token was not issued, as a response.
fn not_issued(error: IssueError) -> RestError {
    match error {
        IssueError::NoRole => forbidden("the client is not for people of this organization"),
        IssueError::Target(_) => Invalid::member("aud", "is not a resource of the client").into(),
        IssueError::NoConsent | IssueError::Revoked => ended(),
        error => RestError::internal(error),
    }
}

/// 403 for a credential, user or client that ended concurrently.
fn ended() -> RestError {
    forbidden("the credential, the user or the client has just ended")
}
