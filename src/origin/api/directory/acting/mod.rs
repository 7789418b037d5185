//! Acting as another (WIRE §4.4): tokens for users that a client or key obtains, impersonation, and
//! stepping into an organization. Each token says who acts, ends soon and with the credential that it
//! was issued to, and opens no further one.

pub mod assume;
pub mod impersonate;
pub mod issue;

use crate::{
    core::{
        directory::Invalid,
        principal::{Credential, PrincipalKind},
        token::Actor,
    },
    origin::{
        api::directory::caller::{DirectoryCaller, forbidden},
        domain::{clients::Client, tokens::IssueError},
        http::RestError,
        store::clients::Registered,
    },
};

/// Requires a person's own sign-in, by which the act is the person's decision: a session, or a token
/// that a first-party client obtained for the person. A key and a token that itself acts are refused.
fn own_sign_in(caller: &DirectoryCaller) -> Result<(), RestError> {
    let principal = &caller.principal;
    let signed_in =
        matches!(principal.credential, Credential::Session { .. } | Credential::Token { .. });
    let is_own = principal.acting.is_empty();
    if !signed_in || !is_own || !caller.is_user() || principal.kind != PrincipalKind::Person {
        return Err(forbidden("this takes a person's own sign-in: no key and no program"));
    }
    caller.whole()
}

/// The caller as the party that acts.
fn actor(caller: &DirectoryCaller) -> Actor {
    let principal = &caller.principal;
    Actor {
        sub: principal.subject.clone(),
        owner: principal.home.clone(),
        name: principal.name.clone(),
        act: None,
    }
}

/// The client in use that `member` names.
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

/// 403 for a credential, person or client that has ended concurrently.
fn ended() -> RestError {
    forbidden("the credential, the user or the client has just ended")
}
