//! `POST /v1/iam/sso-logout`: signs the user out of all applications or of one session.

use serde_json::{Value, json};

use super::{
    account::{cross_site, owner, principal, signed_out},
    schemas::InEnvelope,
};
use crate::{
    core::{
        directory::Invalid,
        principal::{Credential, Principal},
    },
    origin::{
        Origin,
        api::endpoint::{Call, Parameter, Query, Who, endpoint},
        authn::{caller, csrf, session},
        domain::{audit::Subject, change::Change, commit::commit, revocation},
        http::{Envelope, Parameters, Request, RestError},
    },
};

endpoint! {
    /// Ends all sessions of the person who is signed in, and all that applications were granted.
    ///
    /// With `logoutAll=false` only the session of the browser, or what the token belongs to. Keys stay.
    pub LogoutEverywhere = POST "/v1/iam/sso-logout" as "logoutEverywhere",
    who: Who::Person;
    query: Extent,
    reply: InEnvelope<()>,
    error: RestError;
    logout_everywhere
}

/// The extent of the logout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything of the user.
    All,
    /// The session or grant of the credential.
    This,
}

impl Query for Extent {
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::optional("logoutAll", "`true`, the default, or `false`: this session only.")];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        match parameters.get("logoutAll") {
            None | Some("true" | "1") => Ok(Self::All),
            Some("false" | "0") => Ok(Self::This),
            Some(_) => Err(Invalid::member("logoutAll", "must be true or false")),
        }
    }
}

async fn logout_everywhere(
    origin: &Origin,
    call: Call<'_, LogoutEverywhere>,
) -> Result<InEnvelope<()>, RestError> {
    let result = match call.query {
        Extent::All => all(origin, call.request).await,
        Extent::This => this(origin, call.request).await,
    };
    let forgets = result.is_ok() && !caller::is_presented(call.request);
    let response = match result {
        Ok(envelope) | Err(envelope) => envelope.into_response(),
    };
    Ok(if forgets { session::forget(origin, call.request, response) } else { response }.into())
}

async fn all(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let user = owner(origin, request).await?;
    let ended = revocation::user(&user.id, &[], origin.clock.now());
    let subject = Subject::with(&user.owner, "session", &user.name, &json!({"all": true}));
    commit(origin, Change::of(subject).revoking(ended)).await?;
    Ok(Envelope::ok(Value::Null).about(&user.id, &user.name))
}

async fn this(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let now = origin.clock.now();
    let change = if caller::is_presented(request) {
        // A token of any scope may end itself (RFC 7009).
        let principal = principal(origin, request).await?;
        let Principal { home, name, client_id, .. } = &principal;
        match &principal.credential {
            Credential::Token { grant, .. } if !grant.is_empty() => {
                let subject = Subject::with(home, "grant", name, &json!({"client": client_id}));
                Change::of(subject).revoking(revocation::grant(grant, now))
            }
            _ => return Err(Envelope::error("this takes a person's token").code("login_required")),
        }
    } else {
        if !csrf::is_from_ours(origin, request) {
            return Err(cross_site());
        }
        let current = session::current(origin, request).await?.ok_or_else(signed_out)?;
        let (user, id) = (&current.person.user, &current.session.id);
        let subject = Subject::with(&user.owner, "session", &user.name, &json!({"id": id}));
        Change::of(subject).revoking(revocation::session(&user.id, id, now))
    };
    commit(origin, change).await?;
    Ok(Envelope::ok(Value::Null))
}
