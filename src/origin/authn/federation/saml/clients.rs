//! The identity provider side of SAML: requests, responses and logout for applications as service
//! providers.

use super::{
    super::{Failure, Leading},
    messages::{Arrived, MESSAGE, Outgoing, posting},
    our_keys,
};
use crate::{
    core::{
        oauth::frontchannel::Frame,
        redirect::web_origin,
        saml::{
            Algorithms, Recipient,
            binding::Kind,
            client::{ClientSettings, NameFormat},
            issue::{self, Assertion},
            logout,
            message::{self, Head},
            request::authn_request,
            settings::{Binding, Service},
        },
        secret::Secret,
        signin::Acr,
    },
    origin::{
        Origin,
        authn::session::Current,
        domain::{
            federation::{Refusal, SETTINGS},
            homes,
            saml::{
                clients::{Wanted, addresses, attributes_of, name_in, name_of, settings, told},
                new_id,
            },
            sessions,
        },
        http::Request,
        store::{
            accounts::{self, Named},
            applications::{self, Application},
            saml::{self, ToldSession},
            sessions::Session,
        },
    },
    ports::DatabaseError,
};

/// Lifetime of an assertion, in seconds.
const PRESENTED_WITHIN: i64 = 300;

/// Requestable authentication context classes that require a second factor.
const SECOND_FACTOR: [&str; 3] = [
    "https://refeds.org/profile/mfa",
    "http://schemas.microsoft.com/claims/multipleauthn",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken",
];

/// Classes that every sign-in meets.
const ANY: [&str; 3] = [
    "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
];

/// Status of a response without an assertion (SAML core §3.2.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// User interaction would be required.
    NoPassive,
    /// The user did not sign in, or declined.
    AuthnFailed,
    /// No sign-in meets the requested class.
    NoAuthnContext,
    /// There is no `NameID` in the requested format.
    InvalidNameIdPolicy,
    /// The user may not use the application.
    RequestDenied,
}

impl Status {
    /// The status for an error of the authorization endpoint.
    pub fn of_error(error: &str) -> Self {
        match error {
            "login_required" | "interaction_required" | "consent_required" => Self::NoPassive,
            "unmet_authentication_requirements" => Self::NoAuthnContext,
            "access_denied" => Self::AuthnFailed,
            _ => Self::RequestDenied,
        }
    }

    const fn codes(self) -> [&'static str; 2] {
        let inner = match self {
            Self::NoPassive => "urn:oasis:names:tc:SAML:2.0:status:NoPassive",
            Self::AuthnFailed => "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed",
            Self::NoAuthnContext => "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext",
            Self::InvalidNameIdPolicy => "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy",
            Self::RequestDenied => "urn:oasis:names:tc:SAML:2.0:status:RequestDenied",
        };
        let outer = match self {
            Self::InvalidNameIdPolicy => "urn:oasis:names:tc:SAML:2.0:status:Requester",
            _ => "urn:oasis:names:tc:SAML:2.0:status:Responder",
        };
        [outer, inner]
    }
}

/// A sign-in requested by a service provider.
#[derive(Debug)]
pub struct Asked {
    /// The requested response.
    pub wanted: Wanted,
    /// Whether reauthentication is required (`ForceAuthn`).
    pub force_authn: bool,
    /// Whether user interaction is forbidden (`IsPassive`).
    pub is_passive: bool,
    /// The required authentication class.
    pub acr: Option<&'static str>,
    /// The status if the request cannot be met.
    pub unmet: Option<Status>,
}

/// The settings of the application; an error if it is not a service provider.
pub fn settings_of(origin: &Origin, application: &Application) -> Result<ClientSettings, Refusal> {
    let read = settings(application, origin.clock.now());
    let read = read.map_err(|error| Refusal::of(SETTINGS, error))?;
    let why = "the application has no samlEntityId, samlMetadata or samlReplyUrl";
    read.ok_or_else(|| Refusal::new(SETTINGS, why))
}

/// Reads the request of a service provider.
pub async fn asked(
    origin: &Origin,
    http: &Request,
    application: &Application,
) -> Result<Asked, Failure> {
    let settings = settings_of(origin, application)?;
    let arrived = Arrived::of(http)?;
    if arrived.answers().is_some() {
        return Err(Refusal::new(MESSAGE, "it is no request").into());
    }
    let settings = of_claimed(&settings, &arrived)?;
    let partner = &settings.partner;
    let must_be_signed = partner.role.requests_signed;
    let incoming =
        arrived.of_partner(origin, partner, Algorithms::default(), must_be_signed).await?;
    let sso = addresses(origin.config.issuer_for(&http.base), application).at("sso");
    let request = incoming.read(origin, partner, &sso, |document, expected| {
        authn_request(document, expected, &partner.role)
    })?;
    let is_known = |uri: &String| ANY.iter().chain(&SECOND_FACTOR).any(|known| known == uri);
    let context = request.contexts.iter().find(|uri| is_known(uri)).cloned();
    let unspecified = |uri: &String| uri.ends_with(":unspecified");
    let name_format = request.name_id_format.filter(|uri| !unspecified(uri));
    let unmet = if context.is_none() && !request.contexts.is_empty() {
        Some(Status::NoAuthnContext)
    } else if name_format.as_ref().is_some_and(|uri| NameFormat::of(uri).is_none()) {
        Some(Status::InvalidNameIdPolicy)
    } else {
        None
    };
    let needs_second = context.as_deref().is_some_and(requires_second);
    let wanted = Wanted {
        request: Some(request.id),
        entity_id: partner.entity_id.clone(),
        consumer: request.consumer,
        relay_state: incoming.relay_state.clone(),
        name_format,
        context,
        forced_at: request.force_authn.then(|| origin.clock.now()),
    };
    Ok(Asked {
        wanted,
        force_authn: request.force_authn,
        is_passive: request.is_passive,
        acr: needs_second.then_some(Acr::Two.as_str()),
        unmet,
    })
}

/// The settings for the message's claimed issuer.
fn of_claimed(settings: &ClientSettings, arrived: &Arrived) -> Result<ClientSettings, Refusal> {
    let issuer = arrived.claimed_issuer()?;
    let issuer = issuer.ok_or_else(|| Refusal::new(MESSAGE, "the message has no Issuer"))?;
    settings.of_issuer(&issuer).ok_or_else(|| {
        Refusal::new(MESSAGE, format!("the message is of {issuer}, which the record does not name"))
    })
}

/// An IdP-initiated sign-in, at the assertion consumer service of the record.
pub fn unasked(origin: &Origin, application: &Application) -> Result<Asked, Refusal> {
    let settings = settings_of(origin, application)?;
    let post = Binding::Post.uri();
    let mut consumers = settings.partner.role.consumers.iter().filter(|one| one.binding == post);
    let first = consumers.clone().find(|one| one.default).or_else(|| consumers.next());
    let consumer = first.ok_or_else(|| Refusal::new(SETTINGS, "the record has no address"))?;
    if settings.partner.entity_id.is_empty() {
        return Err(Refusal::new(SETTINGS, "the record has no samlEntityId"));
    }
    let relay_state = application.attributes.get("samlRelayState");
    let relay_state = relay_state.and_then(serde_json::Value::as_str).unwrap_or_default();
    let wanted = Wanted {
        request: None,
        entity_id: settings.partner.entity_id.clone(),
        consumer: consumer.location.clone(),
        relay_state: relay_state.to_owned(),
        name_format: None,
        context: None,
        forced_at: None,
    };
    Ok(Asked { wanted, force_authn: false, is_passive: false, acr: None, unmet: None })
}

fn requires_second(context: &str) -> bool {
    SECOND_FACTOR.contains(&context)
}

/// The status if `session` does not meet the request. The browser carries the requirements through the sign-in in an
/// address that its user can change, so they are verified again here.
pub fn unmet(wanted: &Wanted, session: &Session) -> Option<Status> {
    if wanted.context.as_deref().is_some_and(requires_second)
        && Acr::of(&session.methods) < Acr::Two
    {
        return Some(Status::NoAuthnContext);
    }
    let is_old = wanted.forced_at.is_some_and(|at| session.authenticated_at < at);
    is_old.then_some(Status::AuthnFailed)
}

/// The response without an assertion.
pub async fn refusing(
    origin: &Origin,
    http: &Request,
    application: &Application,
    wanted: &Wanted,
    status: Status,
) -> Result<Leading, Failure> {
    let ours = addresses(origin.config.issuer_for(&http.base), application);
    let keys = our_keys(origin, &application.organization).await?;
    let (id, issuer) = (new_id(origin), ours.entity_id());
    let now = origin.clock.now();
    let head = Head { id: &id, now, issuer: &issuer, destination: &wanted.consumer };
    let (answers, signer) = (wanted.request.as_deref(), keys.signer(origin));
    let text = issue::failure(&head, answers, &status.codes(), None, &signer).await;
    let text = text.map_err(|error| Refusal::of(SETTINGS, error))?;
    Ok(posted(wanted, &text))
}

/// The response with an assertion. `origin` uses the user's database.
pub async fn answering(
    origin: &Origin,
    http: &Request,
    application: &Application,
    wanted: &Wanted,
    current: &Current,
) -> Result<Leading, Failure> {
    let settings = settings_of(origin, application)?;
    let Some(settings) = settings.of_issuer(&wanted.entity_id) else {
        return Err(Refusal::new(SETTINGS, "the record has another service provider now").into());
    };
    let consumers = &settings.partner.role.consumers;
    if !consumers.iter().any(|one| one.location == wanted.consumer) {
        return Err(Refusal::new(SETTINGS, "the record has another address now").into());
    }
    let host = origin.config.issuer_for(&http.base);
    let issuer = addresses(host, application).entity_id();
    let (user, session) = (&current.person.user, &current.session);
    let format = wanted.name_format.as_deref().and_then(NameFormat::of);
    let format = format.unwrap_or(settings.name_format);
    let named = (issuer.as_str(), wanted.entity_id.as_str());
    let Some(name) = name_of(origin, user, application, format, named).await? else {
        let status = Status::InvalidNameIdPolicy;
        return refusing(origin, http, application, wanted, status).await;
    };
    let session_index = told(origin, application, session, &name, host).await?;
    let (id, assertion_id, now) = (new_id(origin), new_id(origin), origin.clock.now());
    let head = Head { id: &id, now, issuer: &issuer, destination: &wanted.consumer };
    let is_password = session.methods.iter().any(|method| method == "pwd");
    let [unspecified, protected, _] = ANY;
    let otherwise = if is_password { protected } else { unspecified };
    let attributes = attributes_of(&settings, user);
    let assertion = Assertion {
        id: &assertion_id,
        audience: &wanted.entity_id,
        in_response_to: wanted.request.as_deref(),
        name_id: &name,
        attributes: &attributes,
        until: now.plus(PRESENTED_WITHIN),
        session_index: &session_index,
        session_ends: Some(session.expires_at),
        authenticated_at: session.authenticated_at,
        context: wanted.context.as_deref().unwrap_or(otherwise),
    };
    let keys = our_keys(origin, &application.organization).await?;
    let content_key = Secret::new(origin.random.bytes::<32>());
    let key = settings.encryption_key();
    let recipient = key.as_ref().map(|key| Recipient {
        crypto: &*origin.crypto,
        key,
        content_key: &content_key,
        nonce: origin.random.bytes::<12>(),
    });
    let signer = keys.signer(origin);
    let text = issue::response(&head, &assertion, &signer, recipient.as_ref()).await;
    Ok(posted(wanted, &text.map_err(|error| Refusal::of(SETTINGS, error))?))
}

fn posted(wanted: &Wanted, text: &str) -> Leading {
    let relay_state = Some(wanted.relay_state.as_str()).filter(|state| !state.is_empty());
    posting(Kind::Response, &wanted.consumer, text, relay_state)
}

/// The result of a service provider's logout request.
#[derive(Debug)]
pub struct LoggedOut {
    /// How the browser delivers the response; `None` if the service provider accepts none.
    pub answer: Option<Leading>,
    /// Logout requests to the session's other service providers.
    pub frames: Vec<Frame>,
}

/// Ends the sessions named in a service provider's request, which must be signed: otherwise, any
/// site could sign users out.
pub async fn logout_requested(
    origin: &Origin,
    http: &Request,
    application: &Application,
    arrived: Arrived,
) -> Result<LoggedOut, Failure> {
    let settings = of_claimed(&settings_of(origin, application)?, &arrived)?;
    let partner = &settings.partner;
    let incoming = arrived.of_partner(origin, partner, Algorithms::default(), true).await?;
    let ours = addresses(origin.config.issuer_for(&http.base), application);
    let request = incoming.read(origin, partner, &ours.at("slo"), logout::request)?;
    incoming.is_new(origin, partner).await?;
    let keys = our_keys(origin, &application.organization).await?;
    let decrypter = keys.decrypter(origin);
    let name = incoming.named(request.name_id, decrypter, Algorithms::default()).await?;
    let mut frames = Vec::new();
    for index in &request.session_indexes {
        for at in origin.everywhere() {
            let found = saml::by_index(index).fetch(&*at.database).await?;
            let is_meant = |told: &ToldSession| {
                told.application_id == application.id
                    && name_in(told).is_some_and(|told| told.value == name.value)
            };
            if let Some(told) = found.filter(is_meant) {
                frames.extend(ended(&at, &told, &application.id).await?);
            }
        }
    }
    let answer = match Service::of(&partner.role.single_logout) {
        None => None,
        Some(service) => {
            let (id, issuer) = (new_id(origin), ours.entity_id());
            let now = origin.clock.now();
            let head = Head { id: &id, now, issuer: &issuer, destination: &service.responses };
            let response = message::logout_response(&head, &request.id);
            let relay_state = incoming.relay_state.as_str();
            let outgoing = Outgoing { kind: Kind::Response, service: &service, relay_state };
            Some(outgoing.sent(response, Some(&keys.signer(origin))).await?)
        }
    };
    Ok(LoggedOut { answer, frames })
}

/// Ends the session, and returns the logout requests to its service providers, except `asking`.
async fn ended(
    origin: &Origin,
    told: &ToldSession,
    asking: &str,
) -> Result<Vec<Frame>, DatabaseError> {
    let account = accounts::find(Named::Id(&told.user_id)).fetch(&*origin.database).await?;
    let Some(account) = account else { return Ok(Vec::new()) };
    let at = homes::at(origin, &account.user.owner).await?;
    sessions::end(&at, &account.user, Some(std::slice::from_ref(&told.session_id))).await?;
    frames(&at, (&told.user_id, &told.session_id), asking).await
}

/// Logout requests to the service providers of an ended session, except `asking`. A failure for one
/// does not affect the others.
pub async fn frames(
    origin: &Origin,
    (user_id, session_id): (&str, &str),
    asking: &str,
) -> Result<Vec<Frame>, DatabaseError> {
    let told = saml::take(user_id, session_id).fetch(&*origin.database).await?;
    let mut frames = Vec::new();
    for told in told.iter().filter(|told| told.application_id != asking) {
        match frame(origin, told).await {
            Ok(frame) => frames.extend(frame),
            Err(Failure::Database(error)) => return Err(error),
            Err(failure) => origin.failed("saml.logout", failure),
        }
    }
    Ok(frames)
}

async fn frame(origin: &Origin, told: &ToldSession) -> Result<Option<Frame>, Failure> {
    let found = applications::named(&told.owner, &told.application);
    let found = found.fetch(&*origin.database).await?;
    let Some(application) = found.filter(|found| found.id == told.application_id) else {
        return Ok(None);
    };
    let settings = settings_of(origin, &application)?;
    let service = Service::of(&settings.partner.role.single_logout);
    let Some(service) = service.filter(|service| service.binding == Binding::Redirect) else {
        return Ok(None);
    };
    let Some(name) = name_in(told) else { return Ok(None) };
    let issuer = addresses(&told.issuer, &application).entity_id();
    let (id, now) = (new_id(origin), origin.clock.now());
    let head = Head { id: &id, now, issuer: &issuer, destination: &service.location };
    let until = now.plus(PRESENTED_WITHIN);
    let request = message::logout_request(&head, &name, Some(&told.id), until);
    let keys = our_keys(origin, &application.organization).await?;
    let outgoing = Outgoing { kind: Kind::Request, service: &service, relay_state: "" };
    let Leading::To(address) = outgoing.sent(request, Some(&keys.signer(origin))).await? else {
        return Ok(None);
    };
    Ok(web_origin(&service.location).map(|origin| Frame { address, origin }))
}
