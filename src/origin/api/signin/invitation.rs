//! `POST /v1/iam/invitations/accept`

use http::StatusCode;
use serde_json::json;

use super::{
    account::{editor_in_person, malformed},
    schemas::{AcceptForm, InEnvelope, Object, enveloped},
};
use crate::{
    core::{
        encoding::digest,
        limit::AttemptLimit,
        message::Channel,
        network::network,
        session::Limits,
        signin::{Demand, Methods},
    },
    origin::{
        Origin,
        api::{
            directory::invitations::send::NO_SERVICE,
            endpoint::{Call, Rate, Unread, Who, endpoint},
        },
        domain::{
            authority::DIRECTORY_CAPABILITY,
            counting, homes,
            invitations::{self, AcceptError, SendError},
            people::Person,
            sent_codes::OF_INVITATIONS,
        },
        http::{Envelope, Request, RestError},
        store::{
            accounts::{self, Named},
            applications::{self, Application},
            attempts::{self, Attempt},
            guesses,
            invitations::{self as rows, Invitation},
            query::load,
            users::{self, Target},
        },
    },
};

/// Limit of codes per network, including correct ones.
const BY_NETWORK: AttemptLimit = AttemptLimit::within(20, 600);

/// Limit of codes per account, including correct ones.
const BY_ACCOUNT: AttemptLimit = AttemptLimit::within(20, 3600);

endpoint! {
    /// Accepts an invitation: the person who is signed in becomes a member of the organization `owner`.
    ///
    /// An invitation for an address is accepted by the account that has the address, verified, if the
    /// code was sent there or the inviter administers the account's organization. Another account
    /// proves the address: the first call sends a code there (error `email_code_required`), the second
    /// one has it as `emailCode`.
    pub AcceptInvitation = POST "/v1/iam/invitations/accept" as "acceptInvitation",
    who: Who::Person, rate: Rate::Guesses;
    body: Unread<AcceptForm>,
    reply: InEnvelope<Object>,
    error: RestError;
    accept
}

async fn accept(
    origin: &Origin,
    call: Call<'_, AcceptInvitation>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(enveloped(accepted(origin, call.request).await))
}

async fn accepted(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let user = editor_in_person(origin, request).await?;
    let sent = request.body_parameters()?;
    let owner = sent.get("owner").ok_or_else(|| malformed("owner is required"))?;
    let code = sent.get("code").ok_or_else(|| malformed("code is required"))?;
    let now = origin.clock.now();
    let by_network = origin.slot("invitation", &network(&request.client_ip));
    let by_account = origin.slot("invitation-account", &user.id);
    let network = attempts::counted(&by_network, BY_NETWORK, now);
    let further = attempts::counted(&by_account, BY_ACCOUNT, now)
        .and(rows::with_code(owner, &digest(code)))
        .and(users::target(users::Named::Id(&user.id)));
    let (network, ((account, found), target)) = counting::counted(origin, network, further).await?;
    if network != Attempt::Allowed || account != Attempt::Allowed {
        return Err(too_many());
    }
    if homes::number_of(origin, owner).await? != origin.place.number {
        return Err(elsewhere());
    }
    let (Some(invitation), Some(target)) = (found, target) else { return Err(unknown()) };
    let queries = (
        accounts::find(Named::Id(&invitation.inviter_id)),
        applications::by_client_id(&invitation.inviter_id),
        rows::is_proved(
            &invitation.id,
            &user.id,
            &invitations::proof(&invitation.email, sent.get("emailCode").unwrap_or_default()),
            now,
        ),
    );
    let (inviter, client, is_proved) = load(&*origin.database, queries).await?;
    let inviter = inviter.and_then(|account| Person::active(account, now));
    if !invitations::may_invite(inviter.as_ref(), &invitation) && !client_may(client, &invitation) {
        return Err(unknown());
    }
    if !invitations::has_address(&user, &invitation, inviter.as_ref()) && !is_proved {
        let person = Person {
            user,
            roles: target.roles(),
            ends_at: None,
            sessions: Limits::default(),
            demand: Demand::default(),
            enrolled: Methods::NONE,
        };
        return Err(proof_required(origin, &invitation, &person, sent.get("emailCode")).await);
    }
    joined(origin, &invitation, &target).await
}

fn elsewhere() -> Envelope {
    Envelope::error(
        "the organization lives in another database than your account: an administrator of the platform adds you",
    )
    .code("another_database")
    .with_status(StatusCode::CONFLICT)
}

/// Whether the client that created the invitation still administers the organization.
fn client_may(client: Option<Application>, invitation: &Invitation) -> bool {
    client.is_some_and(|client| {
        let capable = client.capabilities.iter().any(|name| name == DIRECTORY_CAPABILITY);
        capable
            && !client.is_disabled
            && client.organization == invitation.owner
            && invitation.role <= crate::core::token::Role::Admin
    })
}

async fn joined(
    origin: &Origin,
    invitation: &Invitation,
    target: &Target,
) -> Result<Envelope, Envelope> {
    match invitations::accept(origin, invitation, target).await {
        Ok(()) => {
            let user = &target.user;
            let data = json!({
                "organization": invitation.owner, "role": invitation.role,
                "user": format!("{}/{}", user.owner, user.name),
            });
            Ok(Envelope::ok(data).about(&user.id, &user.name))
        }
        Err(AcceptError::Member) => Err(Envelope::error("you belong to the organization already")
            .code("already_member")
            .with_status(StatusCode::BAD_REQUEST)),
        Err(AcceptError::NoInvitation) => Err(unknown()),
        Err(AcceptError::Database(error)) => Err(error.into()),
    }
}

/// Sends a code to the invited address, unless a (wrong) one was presented.
async fn proof_required(
    origin: &Origin,
    invitation: &Invitation,
    person: &Person,
    presented: Option<&str>,
) -> Envelope {
    if presented.is_some_and(|code| !code.is_empty()) {
        return Envelope::error("the e-mail code is wrong or has expired")
            .code("email_code_invalid")
            .with_status(StatusCode::FORBIDDEN);
    }
    let unavailable = || Envelope::error(NO_SERVICE).with_status(StatusCode::SERVICE_UNAVAILABLE);
    if !origin.messages.carries(Channel::Email) {
        return unavailable();
    }
    let slot = origin.slot("mail-to", &invitation.email);
    let counted = guesses::slowed(&slot, OF_INVITATIONS, origin.clock.now());
    match counted.fetch(&*origin.directory().database).await {
        Ok(Attempt::Allowed) => {}
        Ok(Attempt::Refused(_)) => return too_many(),
        Err(error) => return error.into(),
    }
    match invitations::ask_for_proof(origin, invitation, person).await {
        Ok(()) => Envelope::error(
            "the invitation is for another address: enter the code that was sent there as emailCode",
        )
        .code("email_code_required")
        .with_status(StatusCode::FORBIDDEN),
        Err(SendError::NoService) => unavailable(),
        Err(SendError::Refused(error)) => {
            origin.failed("mail", error);
            Envelope::error("the mail service did not accept the message")
                .with_status(StatusCode::BAD_GATEWAY)
        }
        Err(SendError::Change(error)) => Envelope::internal(error),
    }
}

/// The common refusal for unknown codes, expired invitations and wrong organizations.
fn unknown() -> Envelope {
    Envelope::error("there is no such invitation, or it cannot be accepted any longer")
        .code("invitation_unknown")
        .with_status(StatusCode::BAD_REQUEST)
}

fn too_many() -> Envelope {
    Envelope::error("too many requests, please try again later")
        .with_status(StatusCode::TOO_MANY_REQUESTS)
}
