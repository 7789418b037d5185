//! `POST /v1/iam/verification-codes`: sends a code for a later call of the published clients (WIRE
//! §4.5).
//!
//! A code is bound to purpose, organization and account, and to the browser if the caller sends its
//! cookie (`__Host-hanzo_signin`, set by every sign-in page). Clients also call from other sites
//! and servers, without cookies: then a later request replaces the code, and anyone who reads the
//! message can use it. The requester learns nothing from that, and cross-site pages cannot sign a
//! user in with a code (`csrf`).

use http::StatusCode;
use serde_json::Value;

use super::{
    account::{editor, malformed},
    addresses,
    respond::name_of,
    schemas::{InEnvelope, VerificationForm, enveloped},
    visit::known_as,
};
use crate::{
    core::{
        directory::{Email, Text},
        locale::Language,
        message::{Channel, Recipient},
        signin::Method,
    },
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Rate, Unread, Who, endpoint},
        authn::{csrf, familiar, flow, steps::Steps},
        domain::{
            people::Person,
            sent_codes::{self, Asking, Bound, Purpose},
            signin::SigninRules,
            signup::Door,
        },
        http::{Envelope, Parameters, Request, RestError},
        pages::letters::Sender,
        store::{
            accounts::{self, Account, Named},
            applications::Application,
            clients::{self, Registered},
            organizations::{self, Organization},
            query::Query,
        },
    },
    ports::DatabaseError,
};

endpoint! {
    /// Sends a code to an address: to sign in, to sign up, to replace a forgotten password, or to verify an
    /// address of the person who is signed in.
    ///
    /// The reply is the same whether or not there is an account, and no code goes anywhere but to the
    /// verified address of the account, or, for a new account, to the address itself.
    pub SendVerificationCode = POST "/v1/iam/verification-codes" as "sendVerificationCode",
    who: Who::Public, rate: Rate::Guesses, audit: Audit::Nothing("sends a code; what is done with it leaves an entry");
    body: Unread<VerificationForm>,
    reply: InEnvelope<()>,
    error: RestError;
    send_verification_code
}

async fn send_verification_code(
    origin: &Origin,
    call: Call<'_, SendVerificationCode>,
) -> Result<InEnvelope<()>, RestError> {
    Ok(enveloped(sent(origin, call.request).await))
}

/// The subject of a call with a code: an application, an organization, and a user in it.
#[derive(Debug)]
pub struct Subject {
    /// The application, if named in the call.
    pub application: Option<Application>,
    /// The application's organization, or the one named in the call.
    pub organization: Option<Organization>,
}

impl Subject {
    /// Loads the objects named in the call.
    pub async fn load(origin: &Origin, sent: &Parameters) -> Result<Self, Envelope> {
        let client_id = sent.any(&["clientId", "client_id"]);
        let name = sent.any(&["applicationId", "application"]);
        let registered = match (client_id, name) {
            (Some(client_id), _) => clients::find(client_id),
            (None, Some(name)) => clients::named(name),
            (None, None) => Query::ready(None),
        };
        let application = registered.fetch(&*origin.database).await?.and_then(Registered::enabled);
        if application.is_none() && client_id.or(name).is_some() {
            return Err(Envelope::error("the application is unknown")
                .code("invalid_client")
                .with_status(StatusCode::BAD_REQUEST));
        }
        let of_application = application.as_ref().map(|it| it.organization.as_str());
        let named = of_application.or_else(|| sent.get("organization"));
        let organization = match named {
            Some(name) => organizations::by_name(name).fetch(&*origin.database).await?,
            None => None,
        };
        Ok(Self { application, organization })
    }

    /// The organization in which a login is looked up, and the login in it.
    pub fn named<'a>(&'a self, sent: &'a Parameters, login: &'a str) -> (&'a str, &'a str) {
        let of_application = self.application.as_ref().map(|it| it.organization.as_str());
        let owner = sent.get("organization").or(of_application).unwrap_or_default();
        crate::origin::domain::people::login_in(owner, login)
    }

    /// Where users sign up.
    pub fn door(&self, origin: &Origin) -> Option<Door<'_>> {
        let organization = self.organization.as_ref();
        let door = Door { application: self.application.as_ref()?, organization };
        door.is_open(origin).then_some(door)
    }

    /// The sender of messages.
    pub fn sender<'a>(&'a self, request: &Request, owner: &'a str) -> Sender<'a> {
        let organization = self.organization.as_ref().map_or(owner, known_as);
        Sender {
            language: Language::negotiated(None, request.header("accept-language")),
            application: self.application.as_ref().map_or(organization, name_of),
            organization,
        }
    }
}

/// The possible bindings of a code in addition to purpose and account: this browser, and a caller
/// without cookies.
pub fn askers(origin: &Origin, request: &Request) -> Vec<String> {
    [browser(origin, request), Some(String::new())].into_iter().flatten().collect()
}

/// The browser of a caller with the cookie.
fn browser(origin: &Origin, request: &Request) -> Option<String> {
    // Client ids contain no space, so no sign-in has this id.
    flow::id(origin, request, "verification codes")
}

/// The login to which a code is bound: the account, however the call names it.
pub fn bound_login<'a>(account: Option<&'a Account>, login: &'a str) -> &'a str {
    account.map_or(login, |account| &account.user.id)
}

async fn sent(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    if !csrf::is_from_ours(origin, request) && csrf::is_cross_site(request) && has_cookie(request) {
        return Err(super::account::cross_site());
    }
    let parameters = request.body_parameters()?.joined(request.query_parameters()?);
    if parameters.get("method") == Some("mfaAuth") {
        return second_factor(origin, request, &parameters).await;
    }
    let purpose = purpose(&parameters)?;
    let destination = parameters.any(&["dest", "email", "phone", "username"]);
    let destination = destination.ok_or_else(|| malformed("dest is required"))?;
    let is_phone = parameters.get("type") == Some("phone");
    if purpose == Purpose::Verify {
        let user = editor_of(origin, request).await?;
        let kind = if is_phone { Channel::Sms } else { Channel::Email };
        let subject = Subject::load(origin, &parameters).await?;
        let sender = subject.sender(request, &user.owner);
        let guesser = familiar::guesser_of(origin, request, &user);
        let by = addresses::Caller { ip: &request.client_ip, guesser: &guesser, sender };
        addresses::ask(origin, by, &user, kind, destination).await.map_err(Envelope::from)?;
        return Ok(Envelope::ok(Value::Null));
    }
    if is_phone || !origin.messages.carries(Channel::Email) {
        return Err(malformed("codes are sent by e-mail only").code("unsupported"));
    }
    let subject = Subject::load(origin, &parameters).await?;
    match purpose {
        Purpose::Signup => to_new(origin, request, &subject, destination).await,
        _ => to_account(origin, request, &subject, &parameters, purpose, destination).await,
    }
}

/// Sends a code for the second factor of this browser's sign-in to the enrolled address; an address
/// in the call is ignored.
async fn second_factor(
    origin: &Origin,
    request: &Request,
    parameters: &Parameters,
) -> Result<Envelope, Envelope> {
    if !csrf::is_from_ours(origin, request) {
        return Err(super::account::cross_site());
    }
    let subject = Subject::load(origin, parameters).await?;
    let Subject { application, organization } = &subject;
    let rules =
        SigninRules { application: application.as_ref(), organization: organization.as_ref() };
    let steps = Steps { origin, http: request, rules, acr: None, resumes: None };
    let is_phone = matches!(parameters.get("type"), Some("phone" | "sms"));
    let method = if is_phone { Method::Sms } else { Method::Email };
    super::login::send_code(steps, method).await?;
    Ok(Envelope::ok(Value::Null))
}

/// The signed-in user of the form or JSON request.
async fn editor_of(
    origin: &Origin,
    request: &Request,
) -> Result<crate::origin::store::users::User, Envelope> {
    if request.media_type().as_deref() == Some("application/json") {
        return editor(origin, request).await;
    }
    super::account::owner(origin, request).await
}

fn has_cookie(request: &Request) -> bool {
    request.headers.contains_key("cookie")
}

/// The purpose: `purpose`, or Casdoor's `method`, where `reset` means a new address.
#[expect(clippy::result_large_err, reason = "as the handlers of the front door return it")]
fn purpose(parameters: &Parameters) -> Result<Purpose, Envelope> {
    Ok(match (parameters.get("purpose"), parameters.get("method")) {
        (Some("signin"), _) | (None, None | Some("" | "login" | "signin")) => Purpose::Signin,
        (Some("signup"), _) | (None, Some("signup")) => Purpose::Signup,
        (Some("reset"), _) | (None, Some("forget" | "forgot")) => Purpose::Reset,
        (Some("verify"), _) | (None, Some("reset" | "verify")) => Purpose::Verify,
        _ => {
            let why = "the purpose must be signin, signup, reset or verify";
            return Err(malformed(why).code("unsupported"));
        }
    })
}

/// Sends a code to the verified address of the account, if there is one.
async fn to_account(
    origin: &Origin,
    request: &Request,
    subject: &Subject,
    parameters: &Parameters,
    purpose: Purpose,
    destination: &str,
) -> Result<Envelope, Envelope> {
    if purpose == Purpose::Signin {
        let application = subject.application.as_ref();
        let organization = subject.organization.as_ref();
        let rules = SigninRules { application, organization };
        if application.is_none() || !rules.first(origin).has(Method::Email) {
            return Err(malformed("the application does not take codes").code("unsupported"));
        }
    }
    let (owner, login) = subject.named(parameters, destination);
    let guesser = familiar::guesser(origin, request, owner, login);
    let asking = Asking { ip: &request.client_ip, guesser: &guesser, owner, login };
    let text = accounts::login(owner, login);
    let found = asking.counted(origin, accounts::find(Named::Login(&text))).await?;
    let Some(found) = found else { return Err(too_many()) };
    let active = found.clone().and_then(|account| Person::active(account, origin.clock.now()));
    let recipient = active.and_then(|person| sent_codes::verified_address(&person.user));
    let recipient = asking.sent_to(origin, purpose, recipient).await?;
    let login = bound_login(found.as_ref(), login);
    let by = browser(origin, request).unwrap_or_default();
    let bound = Bound { purpose, by: &by, owner, login };
    let (code, stored) = bound.issue(origin, recipient.as_ref());
    origin.database.run(stored).await?;
    if let Some(to) = recipient {
        let sender = subject.sender(request, owner);
        origin.send_later(sender.code(to, purpose, code.expose(), None));
    }
    Ok(Envelope::ok(Value::Null))
}

/// Sends a code to a new account's address, or a notice if the address already has an account.
async fn to_new(
    origin: &Origin,
    request: &Request,
    subject: &Subject,
    destination: &str,
) -> Result<Envelope, Envelope> {
    let Some(door) = subject.door(origin) else { return Err(closed()) };
    let Some(recipient) = new_address(destination) else {
        return Err(malformed("dest must be an e-mail address"));
    };
    let owner = &door.application.organization;
    let sender = subject.sender(request, owner);
    if send_new(origin, request, owner, &recipient, sender).await? {
        Ok(Envelope::ok(Value::Null))
    } else {
        Err(too_many())
    }
}

/// The address of a new account, in lower case.
pub fn new_address(text: &str) -> Option<Recipient> {
    let address = Email::read(text.trim()).ok().map(String::from)?;
    Recipient::email(&address)
}

/// Sends a sign-up code; `false` if too many were sent.
pub async fn send_new(
    origin: &Origin,
    request: &Request,
    owner: &str,
    recipient: &Recipient,
    sender: Sender<'_>,
) -> Result<bool, DatabaseError> {
    let login = recipient.address();
    let guesser = familiar::guesser(origin, request, owner, login);
    let asking = Asking { ip: &request.client_ip, guesser: &guesser, owner, login };
    let text = accounts::login(owner, login);
    let found = asking.counted(origin, accounts::find(Named::Login(&text))).await?;
    let Some(found) = found else { return Ok(false) };
    if !asking.may_send(origin, Purpose::Signup, Some(recipient)).await? {
        return Ok(false);
    }
    let by = browser(origin, request).unwrap_or_default();
    let bound = Bound { purpose: Purpose::Signup, by: &by, owner, login };
    let is_new = found.is_none();
    let (code, stored) = bound.issue(origin, is_new.then_some(recipient));
    origin.database.run(stored).await?;
    origin.send_later(if is_new {
        sender.code(recipient.clone(), Purpose::Signup, code.expose(), None)
    } else {
        sender.exists(recipient.clone())
    });
    Ok(true)
}

/// The refusal of a sign-up where it is disabled.
pub fn closed() -> Envelope {
    malformed("the application takes no sign-ups").code("signup_closed")
}

/// The refusal of a further code.
pub fn too_many() -> Envelope {
    Envelope::error("too many codes: please wait a minute, or until tomorrow")
        .code("too_many_attempts")
        .with_status(StatusCode::TOO_MANY_REQUESTS)
}
