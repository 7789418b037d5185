//! `POST /v1/iam/invitations/{owner}/{name}/send`

use http::StatusCode;
use serde::Serialize;

use crate::{
    core::{
        directory::{Invalid, OrgName},
        limit::AttemptLimit,
        message::Channel,
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, memberships::may_give},
            endpoint::{Call, View, Who, endpoint},
        },
        domain::{
            counting,
            invitations::{self, SendError},
            sent_codes::OF_INVITATIONS,
        },
        http::RestError,
        store::{
            attempts::{self, Attempt},
            guesses, invitations as rows, organizations,
            query::load,
        },
    },
};

/// Daily limit of messages per organization.
const OF_ORGANIZATION: AttemptLimit = AttemptLimit::within(500, 24 * 3600);

endpoint! {
    /// Sends an invitation to its address, with a new code: the code before it is void.
    ///
    /// Needs a mail service (the binding `MAIL`); without one it is refused with 503. 502: the service
    /// did not accept the message.
    pub SendInvitation = POST "/v1/iam/invitations/{owner}/{name}/send" as "sendInvitation",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: View<Sent>,
    error: RestError;
    send
}

/// Where an invitation was sent.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Sent {
    /// Always true: the mail service has accepted the message. A refusal is an error.
    sent: bool,
    /// The address.
    to: String,
}

async fn send(origin: &Origin, call: Call<'_, SendInvitation>) -> Result<View<Sent>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    caller.administering(owner)?;
    let queries = (rows::named(owner, name), organizations::by_name(owner), caller.key());
    let (found, organization, key) = load(&*origin.database, queries).await?;
    let invitation = found.ok_or_else(RestError::not_found)?;
    may_give(caller, owner, invitation.role)?;
    caller.may_make_secrets(key.as_ref())?;
    if invitation.email.is_empty() {
        return Err(Invalid::member("email", "is empty: the invitation has no address").into());
    }
    if !origin.messages.carries(Channel::Email) {
        return Err(refused(&SendError::NoService));
    }
    let now = origin.clock.now();
    let of = attempts::counted(&origin.slot("mail-of", owner), OF_ORGANIZATION, now);
    let to = guesses::slowed(&origin.slot("mail-to", &invitation.email), OF_INVITATIONS, now);
    let (to, of) = counting::counted(origin, to, of).await?;
    if [to, of].iter().any(|it| *it != Attempt::Allowed) {
        let why =
            "too many messages of the organization, or to the address: please try again later";
        return Err(RestError::new(StatusCode::TOO_MANY_REQUESTS, why));
    }
    let display = organization.map(|it| it.display_name).filter(|name| !name.is_empty());
    let display = display.unwrap_or_else(|| owner.to_owned());
    invitations::send(origin, &invitation, &display).await.map_err(|error| match error {
        SendError::Change(error) => error.into(),
        other => refused(&other),
    })?;
    Ok(View(Sent { sent: true, to: invitation.email }))
}

fn refused(error: &SendError) -> RestError {
    match error {
        SendError::NoService => RestError::new(StatusCode::SERVICE_UNAVAILABLE, NO_SERVICE),
        _ => RestError::new(StatusCode::BAD_GATEWAY, "the mail service did not accept the message"),
    }
}

/// The error if no provider is configured.
pub const NO_SERVICE: &str =
    "no mail service is configured: set MAIL_SERVICE, or bind one to the origin worker as MAIL";
