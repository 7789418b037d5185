//! `webauthn/signup/begin` and `finish`: passkey registration for the signed-in user.

use http::StatusCode;
use serde::Serialize;
use serde_json::json;

use super::{
    super::schemas::{InEnvelope, Object},
    cross_site,
};
use crate::{
    core::webauthn::{Challenge, Refusal, RegistrationResponse},
    origin::{
        Origin,
        api::endpoint::{Call, Documented, Unread, Who, endpoint},
        authn::{
            ceremony::Ceremony,
            csrf,
            methods::passkey::{self, Expected},
            session::{self, Current},
        },
        domain::{
            change::{Change, Unrecorded},
            commit::commit,
            passkeys,
            resource::Resource,
        },
        http::{Envelope, Request, Response, RestError, response},
        store::{
            accounts::Named,
            organizations,
            query::load,
            webauthn_credentials::{self, WebauthnCredential},
        },
    },
    ports::DatabaseError,
};

endpoint! {
    /// Begins the registration of a passkey: returns the options for `navigator.credentials.create`, in
    /// `publicKey`.
    ///
    /// The person is signed in in this browser, since at most 10 minutes, and with a second factor if the
    /// account has one.
    pub BeginSignup = GET "/v1/iam/webauthn/signup/begin" as "beginWebauthnSignup",
    who: Who::Person;
    reply: Documented<Object>,
    error: RestError;
    begin
}

endpoint! {
    /// Registers the passkey that `navigator.credentials.create` returned, as JSON.
    pub FinishSignup = POST "/v1/iam/webauthn/signup/finish" as "finishWebauthnSignup",
    who: Who::Person;
    body: Unread<RegistrationResponse>,
    reply: InEnvelope<Object>,
    error: RestError;
    finish
}

async fn begin(
    origin: &Origin,
    call: Call<'_, BeginSignup>,
) -> Result<Documented<Object>, RestError> {
    Ok(match begun(origin, call.request).await {
        Ok(response) => response.into(),
        Err(refusal) => refusal.into_response().into(),
    })
}

/// The session of a request that may change factors.
async fn fresh(origin: &Origin, request: &Request) -> Result<Current, Envelope> {
    if !csrf::is_from_ours(origin, request) {
        return Err(cross_site());
    }
    let Some(current) = session::current(origin, request).await? else {
        return Err(Envelope::error("please sign in first").code("login_required"));
    };
    if current.is_fresh(origin.clock.now()) {
        return Ok(current);
    }
    Err(Envelope::error("sign in again, with a second factor if the account has one")
        .code("insufficient_user_authentication")
        .with_status(StatusCode::FORBIDDEN))
}

async fn begun(origin: &Origin, request: &Request) -> Result<Response, Envelope> {
    let current = fresh(origin, request).await?;
    let options = options(origin, request, &current).await?.ok_or_else(|| {
        Envelope::error("the id of the account is too long for passkeys").code("unsupported")
    })?;
    let body = json!({ "publicKey": options });
    Ok(response::no_store(response::json(StatusCode::OK, &body)))
}

/// Starts a registration in the session `current` and returns the options for
/// `navigator.credentials.create`; `None` if the account cannot have passkeys.
pub(in crate::origin::api::signin) async fn options(
    origin: &Origin,
    request: &Request,
    current: &Current,
) -> Result<Option<impl Serialize + use<>>, DatabaseError> {
    let user = &current.person.user;
    let queries =
        (webauthn_credentials::of_user(&user.id), organizations::home_of(Named::Id(&user.id)));
    let (held, home) = load(&*origin.database, queries).await?;
    let challenge = Challenge::new(&*origin.random);
    let relying_party = passkeys::relying_party(origin, &request.base);
    let policy = passkeys::policy(home.as_ref());
    let options = passkeys::creation(&relying_party, &policy, &challenge, user, &held);
    let ceremony = Ceremony::of_session(&current.session.id, &challenge);
    origin.database.run(ceremony.begin(origin.clock.now())).await?;
    Ok(options)
}

async fn finish(
    origin: &Origin,
    call: Call<'_, FinishSignup>,
) -> Result<InEnvelope<Object>, RestError> {
    let response = match finished(origin, call.request).await {
        Ok(envelope) | Err(Failure { envelope, refusal: None }) => envelope.into_response(),
        Err(Failure { envelope, refusal: Some(refusal) }) => {
            response::with_reason(envelope.into_response(), format!("passkey: {refusal}"))
        }
    };
    Ok(response.into())
}

/// Why a registration failed.
struct Failure {
    envelope: Envelope,
    /// For the log.
    refusal: Option<Refusal>,
}

impl From<Envelope> for Failure {
    fn from(envelope: Envelope) -> Self {
        Self { envelope, refusal: None }
    }
}

impl From<Unregistered> for Failure {
    fn from(error: Unregistered) -> Self {
        match error {
            Unregistered::Refused(refusal) => Self {
                envelope: Envelope::error("the passkey could not be verified")
                    .code("invalid_passkey"),
                refusal: Some(refusal),
            },
            Unregistered::TooMany => {
                let why = "the account has as many passkeys as it can have: remove one first";
                Envelope::error(why).code("too_many_passkeys").into()
            }
            Unregistered::Database(error) => Envelope::from(error).into(),
        }
    }
}

async fn finished(origin: &Origin, request: &Request) -> Result<Envelope, Failure> {
    let current = fresh(origin, request).await?;
    let user = &current.person.user;
    let credential = register(origin, request, &current, &request.body).await?;
    let view = serde_json::to_value(credential.view()).unwrap_or_default();
    Ok(Envelope::ok(view).about(&user.id, &user.name))
}

/// Why a passkey cannot be registered.
#[derive(Debug)]
pub(in crate::origin::api::signin) enum Unregistered {
    /// Verification failed.
    Refused(Refusal),
    /// The account has the maximum number of passkeys.
    TooMany,
    /// The database failed.
    Database(DatabaseError),
}

impl From<DatabaseError> for Unregistered {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<Refusal> for Unregistered {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Registers the result of `navigator.credentials.create` (`made`, JSON) as a passkey of the user,
/// if it matches the [`options`] of the session `current`.
pub(in crate::origin::api::signin) async fn register(
    origin: &Origin,
    request: &Request,
    current: &Current,
    made: &[u8],
) -> Result<WebauthnCredential, Unregistered> {
    let Current { session, person } = current;
    let user = &person.user;
    let made: RegistrationResponse =
        serde_json::from_slice(made).map_err(|_| Refusal::Malformed("response"))?;
    let challenge = made.challenge().ok_or(Refusal::Challenge)?;
    let queries = (
        Ceremony::of_session(&session.id, &challenge).take(origin.clock.now()),
        organizations::home_of(Named::Id(&user.id)),
    );
    let (was_begun, home) = load(&*origin.database, queries).await?;
    if !was_begun {
        return Err(Refusal::Challenge.into());
    }
    let policy = passkeys::policy(home.as_ref());
    let relying_party = passkeys::relying_party(origin, &request.base);
    let expected = Expected {
        relying_party: &relying_party,
        policy: &policy,
        challenge: &challenge,
        user_id: Some(&user.id),
    };
    let (verified, _) = passkey::verify_new(origin, expected, &made).await?;
    let mut change = Change::unrecorded(Unrecorded::Step);
    let agent = request.header("user-agent").unwrap_or_default();
    let (credential, required) = passkeys::register(origin, &mut change, user, &verified, agent);
    for position in &required {
        change.require(*position);
    }
    let committed = match commit(origin, change).await {
        // The id is already registered, for this or another user (§7.1 step 27).
        Err(DatabaseError::Conflict) => return Err(Refusal::CredentialId.into()),
        committed => committed?,
    };
    if !required.iter().all(|position| committed.took_effect(*position)) {
        return Err(Unregistered::TooMany);
    }
    Ok(credential)
}
