//! `POST /v1/iam/signup`: creates an account with a verified address, without a session (WIRE
//! §4.5).

use serde_json::json;

use super::{
    account::{cross_site, malformed},
    schemas::{InEnvelope, Object, SignupForm, enveloped},
    verification_codes::{Subject, askers, closed, new_address, send_new, too_many},
};
use crate::{
    core::directory::{NewPassword, Text},
    origin::{
        Origin,
        api::{
            directory::users::view::UserView,
            endpoint::{Call, Rate, Unread, Who, endpoint},
        },
        authn::{csrf, familiar},
        domain::{
            change_error::ChangeError,
            sent_codes::{Asking, Bound, Purpose},
            signup::{Admission, Candidate, SignupError},
        },
        http::{Envelope, Request, RestError},
    },
};

endpoint! {
    /// Makes an account, and no session.
    ///
    /// The first call sends a code to the address (error `email_code_required`); the second has it as
    /// `emailCode`. Without a username one is made of the address.
    pub SignUp = POST "/v1/iam/signup" as "signUp",
    who: Who::Public, rate: Rate::Guesses;
    body: Unread<SignupForm>,
    reply: InEnvelope<Object>,
    error: RestError;
    sign_up
}

async fn sign_up(origin: &Origin, call: Call<'_, SignUp>) -> Result<InEnvelope<Object>, RestError> {
    Ok(enveloped(signed_up(origin, call.request).await))
}

async fn signed_up(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    if csrf::is_cross_site(request) && !csrf::is_from_ours(origin, request) {
        return Err(cross_site());
    }
    let sent = request.body_parameters()?.joined(request.query_parameters()?);
    let subject = Subject::load(origin, &sent).await?;
    let Some(door) = subject.door(origin) else { return Err(closed()) };
    let owner = &door.application.organization;
    if sent.get("organization").is_some_and(|named| named != owner) {
        return Err(malformed("the application belongs to another organization"));
    }
    let recipient = new_address(sent.get("email").unwrap_or_default());
    let recipient = recipient.ok_or_else(|| malformed("email must be an e-mail address"))?;
    let password = sent.get("password").ok_or_else(|| malformed("password is required"))?;
    let password = NewPassword::read(password)
        .map_err(|error| malformed(&format!("password {}", error.why)).code("password_refused"))?;
    let Some(typed) = sent.any(&["emailCode", "code"]).filter(|code| !code.is_empty()) else {
        let sender = subject.sender(request, owner);
        if !send_new(origin, request, owner, &recipient, sender).await? {
            return Err(too_many());
        }
        let why = "enter the code that was sent to the address as emailCode";
        return Err(Envelope::error(why).code("email_code_required"));
    };
    let email = recipient.address();
    let bound = Bound { purpose: Purpose::Signup, by: "", owner, login: email };
    let askers = askers(origin, request);
    let bounds = bound.of_each(&askers);
    let guesser = familiar::guesser(origin, request, owner, email);
    let asking = Asking { ip: &request.client_ip, guesser: &guesser, owner, login: email };
    let tried = Bound::tried_of(&bounds, origin.clock.now());
    let Some(rows) = asking.typed(origin, tried).await? else {
        return Err(too_many());
    };
    let answered = Bound::answered(origin, &bounds, rows, email, typed);
    let (bound, row) = answered.ok_or_else(wrong_code)?;
    let candidate = Candidate {
        email,
        username: sent.any(&["username"]).unwrap_or_default(),
        display_name: sent.any(&["displayName", "name"]).unwrap_or_default(),
        password: &password,
        admission: Admission {
            invitation: sent.any(&["invitationCode"]).unwrap_or_default(),
            accepts_terms: sent.any(&["agreement", "terms"]).is_some_and(|it| it != "false"),
        },
    };
    let user = door.create(origin, candidate).await.map_err(refused)?;
    origin.database.run(bound.used(&row)).await?;
    asking.forget(origin).await?;
    let (id, name) = (user.id.clone(), user.name.clone());
    Ok(Envelope::ok(json!(UserView::from(user))).about(&id, &name))
}

fn wrong_code() -> Envelope {
    Envelope::error("the code is wrong or has expired").code("email_code_invalid")
}

/// The refusal of a sign-up.
pub(super) fn refused(error: SignupError) -> Envelope {
    match error {
        SignupError::Terms => {
            Envelope::error("accept the terms of use: agreement").code("terms_required")
        }
        SignupError::Invitation => {
            Envelope::error("the invitation is unknown, or cannot be accepted any longer")
                .code("invitation_unknown")
        }
        SignupError::UsernameTaken => {
            Envelope::error("another account has this username").code("username_taken")
        }
        SignupError::Closed => Envelope::error("people do not sign up here").code("signup_closed"),
        SignupError::IdentityTaken => {
            Envelope::error("another account has this identity").code("identity_taken")
        }
        SignupError::AddressTaken => wrong_code(),
        SignupError::Change(ChangeError::Invalid(error)) => malformed(&error.to_string()),
        SignupError::Change(error @ ChangeError::Quota { .. }) => {
            Envelope::error(error.to_string()).code("quota")
        }
        SignupError::Change(error) => Envelope::internal(error),
    }
}
