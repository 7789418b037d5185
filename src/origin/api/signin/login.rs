//! `POST /v1/iam/login` for the published clients (WIRE §4.5, §4.6): sign in by password or
//! session, and get a code, a session, or a device approved.

mod call;
mod person;
mod second;
mod wallet;

use http::StatusCode;

pub(super) use self::{
    call::{Call, Presented},
    second::send as send_code,
};
use self::{
    person::{First, Person},
    second::Followed,
};
use super::{
    approval, device,
    request::{client, code_request},
    schemas::{InEnvelope, LoginForm},
};
use crate::{
    core::{
        authorization::{
            Approval, AuthorizationError, AuthorizationRequest, Complaint, Interaction, Next,
        },
        cors::CorsClass,
    },
    origin::{
        Origin,
        api::endpoint::{Call as EndpointCall, Rate, Unread, Who, endpoint},
        authn::{
            csrf,
            id_token_hint::{self, Expected},
            password::SigninError,
            session,
        },
        domain::{codes, signin::SigninRules},
        http::{Envelope, ParameterError, Parameters, Request, Response, RestError},
        store::{
            accounts::Named,
            factors::{self, Held},
        },
    },
};

endpoint! {
    /// Signs a person in, by password or by the session of the browser.
    ///
    /// Returns a session, an authorization code, or the approval of a device.
    pub Login = POST "/v1/iam/login" as "login",
    who: Who::Public, cors: CorsClass::Sessions, rate: Rate::Passwords;
    body: Unread<LoginForm>,
    reply: InEnvelope<String>,
    error: RestError;
    login
}

async fn login(
    origin: &Origin,
    call: EndpointCall<'_, Login>,
) -> Result<InEnvelope<String>, RestError> {
    let read = Call::read(call.request);
    Ok(answered(origin, call.request, read).await.into())
}

/// Handles a sign-in with `presented`.
pub(super) async fn with(origin: &Origin, request: &Request, presented: Presented) -> Response {
    let call = match presented {
        Presented::Passkey(_) => request.query_parameters().map(|query| Call {
            body: Parameters::default(),
            query,
            presented: Some(presented),
        }),
        Presented::Wallet(_) => {
            Call::read(request).map(|call| Call { presented: Some(presented), ..call })
        }
    };
    answered(origin, request, call).await
}

async fn answered(
    origin: &Origin,
    request: &Request,
    call: Result<Call, ParameterError>,
) -> Response {
    let mut cookie = None;
    let response = match answer(origin, request, call, &mut cookie).await {
        Ok(envelope) | Err(envelope) => envelope.into_response(),
    };
    match cookie {
        Some(cookie) => session::with_cookie(response, &cookie),
        None => response,
    }
}

async fn answer(
    origin: &Origin,
    request: &Request,
    call: Result<Call, ParameterError>,
    cookie: &mut Option<String>,
) -> Result<Envelope, Envelope> {
    if !csrf::is_from_ours(origin, request) {
        return Err(Envelope::error("the request comes from another site")
            .code("cross_site")
            .with_status(StatusCode::FORBIDDEN));
    }
    let call = call?;
    match call.kind() {
        "code" => code(origin, request, &call, cookie).await,
        "login" => {
            let loaded = call.load(origin, request).await?;
            let person = match call.person(origin, request, loaded, cookie).await? {
                Followed::Person(person) => person,
                Followed::Asks(envelope) => return Ok(*envelope),
            };
            let current = person.commit(origin, cookie).await?;
            let user = &current.person.user;
            let data = format!("{}/{}", user.owner, user.name);
            Ok(Envelope::ok(data).about(&user.id, &user.name))
        }
        "device" => {
            let loaded = call.load(origin, request).await?;
            let person = match call.person(origin, request, loaded, cookie).await? {
                Followed::Person(person) => person,
                Followed::Asks(envelope) => return Ok(*envelope),
            };
            let current = person.commit(origin, cookie).await?;
            let code = call.get(&["userCode", "user_code"]);
            device::approve(origin, request, &current, code.unwrap_or_default()).await
        }
        _ => {
            Err(Envelope::error("the type must be code, login or device").code("unsupported_type"))
        }
    }
}

async fn code(
    origin: &Origin,
    request: &Request,
    call: &Call,
    cookie: &mut Option<String>,
) -> Result<Envelope, Envelope> {
    let loaded = call.load(origin, request).await?;
    let application = loaded.application.clone().ok_or_else(unknown)?;
    let organization = loaded.organization.clone();
    let rejected =
        |complaint: Complaint| Envelope::error(complaint.description).code(complaint.code.as_str());
    let default = call.default_redirect(&application);
    let oauth = |name: &str| match call.oauth(name) {
        None if name == "redirect_uri" => default,
        given => given,
    };
    let asked = AuthorizationRequest::read(client(&application), oauth, call.ambiguous()).map_err(
        |refusal| match refusal {
            AuthorizationError::Page(why) => Envelope::error(why).code("invalid_request"),
            AuthorizationError::Redirect(_, complaint) => rejected(complaint),
        },
    )?;
    let hint = asked.id_token_hint.as_deref();
    let client_id = &application.client_id;
    let expected = id_token_hint::expected(origin, &loaded.keys, hint, client_id).await?;
    if expected == Expected::Unknown {
        return Err(rejected(Complaint::UNUSABLE_HINT));
    }
    let interaction = if call.signs_in() { Interaction::SignedIn } else { Interaction::None };
    let mut person = match call.person(origin, request, loaded, cookie).await? {
        Followed::Person(person) => person,
        Followed::Asks(envelope) => return Ok(*envelope),
    };
    let current = person.current();
    let is_expected = expected.allows(&current.person.user.id);
    let consents = &person.consents;
    let rules =
        SigninRules { application: Some(&application), organization: organization.as_ref() };
    // Otherwise, the session's own methods decide.
    let held = if approval::carries_platform(&application, &current.person) {
        let named = Named::Id(&current.person.user.id);
        factors::held(named, "", origin.clock.now()).fetch(&*origin.database).await?
    } else {
        Held::default()
    };
    let signed_in = approval::signed_in(
        origin,
        rules,
        &application,
        &asked,
        current,
        consents,
        &held,
        interaction,
        is_expected,
    );
    let next = asked.decide(Some(&signed_in), origin.clock.now());
    if next == Next::Grant {
        let (code, statement) = codes::giving(origin, code_request(&asked, current, &signed_in));
        let position = person.change().write(statement);
        let (current, committed) = person.committed(origin, cookie).await?;
        let user = &current.person.user;
        return if committed.took_effect(position) {
            Ok(Envelope::ok(code).about(&user.id, &user.name))
        } else {
            Err(login_required())
        };
    }
    person.commit(origin, cookie).await?;
    match next {
        Next::Refuse(complaint) => Err(rejected(complaint)),
        // There is no consent page here; the authorization endpoint has it.
        Next::Approve(Approval::Consent) => Err(Envelope::error(
            "the application needs your consent: open its authorization request in the browser",
        )
        .code("consent_required")),
        Next::Approve(Approval::Platform) => Err(Envelope::error(
            "administering the platform needs your approval: sign in again, or open the \
             authorization request in the browser",
        )
        .code("interaction_required")),
        Next::StepUp => Err(Envelope::error(
            "a second factor is needed: open the authorization request in the browser",
        )
        .code("interaction_required")),
        Next::SignIn | Next::Grant => Err(login_required()),
    }
}

/// Adds cookies to those that the response sets, one per line.
fn add(cookies: &mut Option<String>, further: &str) {
    let set = cookies.get_or_insert_default();
    if !set.is_empty() {
        set.push('\n');
    }
    set.push_str(further);
}

fn login_required() -> Envelope {
    Envelope::error("please sign in first").code("login_required")
}

fn no_application() -> Envelope {
    Envelope::error("the application is required").code("invalid_client")
}

fn unknown() -> Envelope {
    Envelope::error("the application is unknown").code("invalid_client")
}

fn not_admitted() -> Envelope {
    Envelope::error("this account may not use this application").code("interaction_required")
}

/// Why a sign-in was refused, in the envelope.
pub fn refused(error: SigninError) -> Envelope {
    let code = match &error {
        SigninError::Wrong | SigninError::WrongInDirectory(_) => "invalid_credentials",
        SigninError::Unverified(_) => "temporarily_unavailable",
        SigninError::Locked(_) => "signin_locked",
        SigninError::RateLimited(_) => "too_many_attempts",
        SigninError::Disabled => "account_disabled",
        SigninError::Passkey(_) => "invalid_passkey",
        SigninError::NotAdmitted => "interaction_required",
        SigninError::Password(_) => "invalid_password",
        SigninError::Database(_) => "server_error",
    };
    let answer = Envelope::error(error.to_string()).code(code);
    match error {
        SigninError::Database(error) => Envelope::from(error).code(code),
        SigninError::RateLimited(_) => answer.with_status(StatusCode::TOO_MANY_REQUESTS),
        SigninError::WrongInDirectory(refusal) => answer.because(refusal.to_string()),
        SigninError::Unverified(refusal) => {
            answer.with_status(StatusCode::BAD_GATEWAY).because(refusal.to_string())
        }
        _ => answer,
    }
}
