//! Approving a device (RFC 8628 §3.3): the page that a person is sent to, and the calls of the
//! published portal.
//!
//! The page always shows the code and the application and asks, even when the address carried the
//! code, so that a person does not approve a device in another person's hands (RFC 8628 §5.4).
//! Lookups of codes are counted by client address, so that codes cannot be guessed (§5.1).

use http::StatusCode;
use serde_json::json;
use thiserror::Error;

use super::{
    approval,
    respond::{broken, issuer_host, name_of, refusing, sentence, status_of, with_token_cookie},
    schemas::{DeviceQuery, Enveloped, Object, UserCodeForm, enveloped},
};
use crate::{
    core::{
        authorization::Approval,
        cors::CorsClass,
        limit::AttemptLimit,
        network::network,
        oauth::{device::UserCode, scope::Scope},
    },
    origin::{
        Origin,
        api::endpoint::{Call, Documented, Page, Rate, Unread, Who, endpoint},
        authn::{
            csrf::{self, FormToken},
            password::{self, PasswordLogin, SigninError},
            session::{self, Current},
        },
        domain::{
            change::{Change, Position},
            commit::commit,
            consent::{self, Asked},
            people,
        },
        http::{Envelope, Parameters, Request, Response, RestError, response},
        pages::{self, SignInForm},
        store::{
            applications::Application,
            attempts::{self, Attempt},
            clients::Registered,
            consents::Consent,
            device_codes::{self, Approver},
            query::{Query, load},
        },
    },
    ports::DatabaseError,
};

/// Where the page is; the code may follow as one more segment.
pub const PAGE: &str = "/login/oauth/device";

/// Lookups by one client address: a person needs four.
const LOOKUPS: AttemptLimit = AttemptLimit::within(40, 600);

const AGAIN: &str = "This page was open for too long or came from elsewhere. Please try again.";

/// A device whose code waits for a decision.
struct PendingDevice {
    code: UserCode,
    application: Application,
    scope: Scope,
    resource: Option<String>,
    /// What the persons of the request allowed the application before.
    consents: Vec<Consent>,
}

impl PendingDevice {
    /// What the device asks for.
    fn asked(&self) -> Asked<'_> {
        Asked { scope: &self.scope, resource: self.resource.as_deref() }
    }

    /// Adds the person's decision to `change`. The statement returns a row unless the code has been
    /// decided meanwhile.
    fn decide(
        &self,
        origin: &Origin,
        change: &mut Change,
        current: &Current,
        allow: bool,
    ) -> Position {
        let asked = approval::for_device(&self.application, &current.person);
        let approver = Approver {
            user_id: current.person.user.id.clone(),
            session_id: Some(current.session.id.clone()),
            auth_time: current.session.authenticated_at,
            methods: current.session.methods.clone(),
            platform_asked: asked == Some(Approval::Platform),
        };
        let (code, now) = (self.code.as_str(), origin.clock.now());
        change.write(device_codes::decision(code, &approver, allow, now))
    }
}

/// Why no device is found.
#[derive(Debug, Clone, Copy, Error)]
enum LookupError {
    #[error("the code is unknown or has expired")]
    Unknown,
    #[error("too many attempts, please try again later")]
    RateLimited,
}

impl LookupError {
    const fn status(self) -> StatusCode {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// The page that asks for a code, with the error on it.
    fn page(self) -> Response {
        enter(self.status(), Some(&self.to_string()))
    }
}

impl From<LookupError> for Envelope {
    fn from(error: LookupError) -> Self {
        let envelope = Self::error(error.to_string());
        match error {
            LookupError::RateLimited => envelope.with_status(error.status()),
            LookupError::Unknown => envelope.code("invalid_user_code"),
        }
    }
}

/// Counts the lookup and reads the device of `code`, with what `user_ids` allowed its application and
/// with `further`, in one round trip.
async fn look_up<T: 'static>(
    origin: &Origin,
    request: &Request,
    code: &str,
    user_ids: &[String],
    further: Query<T>,
) -> Result<(Result<PendingDevice, LookupError>, T), DatabaseError> {
    let now = origin.clock.now();
    let slot = origin.slot("device", &network(&request.client_ip));
    let code = UserCode::parse(code);
    let text = code.as_ref().map_or("", UserCode::as_str);
    let queries = (
        attempts::counted(&slot, LOOKUPS, now),
        device_codes::find_pending(text, now),
        device_codes::client(text),
        device_codes::consents(text, user_ids),
        further,
    );
    let (attempt, device, client, consents, further) = load(&*origin.database, queries).await?;
    if attempt != Attempt::Allowed {
        return Ok((Err(LookupError::RateLimited), further));
    }
    let application = client.and_then(Registered::enabled);
    let (Some(code), Some(device), Some(application)) = (code, device, application) else {
        return Ok((Err(LookupError::Unknown), further));
    };
    let scope = Scope::parse(&device.scope).unwrap_or_default();
    let device = PendingDevice { code, application, scope, resource: device.resource, consents };
    Ok((Ok(device), further))
}

endpoint! {
    /// Returns the application behind the user code of a device. Takes a session.
    pub GetDevice = POST "/v1/iam/oauth/device/info" as "getDevice",
    who: Who::Person, rate: Rate::Guesses;
    body: Unread<UserCodeForm>,
    reply: Documented<Enveloped<Object>>,
    error: RestError;
    get_device
}

async fn get_device(
    origin: &Origin,
    call: Call<'_, GetDevice>,
) -> Result<Documented<Enveloped<Object>>, RestError> {
    Ok(enveloped(described(origin, call.request).await))
}

endpoint! {
    /// Returns the page that asks for the user code of a device (RFC 8628 §3.3).
    pub EnterPage = GET "/login/oauth/device" as "getDeviceCodePage",
    who: Who::Public, cors: CorsClass::None;
    query: DeviceQuery,
    reply: Page,
    error: RestError;
    enter_page
}

async fn enter_page(origin: &Origin, call: Call<'_, EnterPage>) -> Result<Page, RestError> {
    Ok(Page(page(origin, call.request, None).await))
}

endpoint! {
    /// Returns the page on which a person approves a device.
    pub DevicePage = GET "/login/oauth/device/{code}" as "getDevicePage",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Guesses;
    path: (String,),
    reply: Page,
    error: RestError;
    device_page
}

async fn device_page(origin: &Origin, call: Call<'_, DevicePage>) -> Result<Page, RestError> {
    Ok(Page(page(origin, call.request, Some(&call.path.0)).await))
}

endpoint! {
    /// Posts a form of the page of a device: a login with a password, or a decision.
    pub DecideDevice = POST "/login/oauth/device/{code}" as "decideDevice",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Guesses;
    path: (String,),
    reply: Page,
    error: RestError;
    decide_device
}

async fn decide_device(origin: &Origin, call: Call<'_, DecideDevice>) -> Result<Page, RestError> {
    Ok(Page(post(origin, call.request, &call.path.0).await))
}

async fn described(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let parameters = request.body_parameters()?;
    if session::current(origin, request).await?.is_none() {
        return Err(Envelope::error("please sign in first").code("login_required"));
    }
    let code = parameters.any(&["userCode", "user_code"]).unwrap_or_default();
    let (device, ()) = look_up(origin, request, code, &[], Query::ready(())).await?;
    let application = device?.application;
    Ok(Envelope::ok(json!({
        "clientId": application.client_id,
        "displayName": name_of(&application),
    })))
}

/// Approves for `POST /v1/iam/login` of type `device`.
pub async fn approve(
    origin: &Origin,
    request: &Request,
    current: &Current,
    code: &str,
) -> Result<Envelope, Envelope> {
    let user = &current.person.user;
    let user_ids = [user.id.clone()];
    let (device, ()) = look_up(origin, request, code, &user_ids, Query::ready(())).await?;
    let device = device?;
    if !current.person.is_admitted_to(&device.application) {
        return Err(
            Envelope::error("this account may not use this application").code("access_denied")
        );
    }
    // The portal does not show what is connected; the page of this module does.
    if approval::for_device(&device.application, &current.person) == Some(Approval::Platform) {
        return Err(Envelope::error("administering the platform is approved on the device page")
            .code("interaction_required"));
    }
    let known = approval::consent_of(&device.consents, current);
    if !consent::covers(&device.application, known, device.asked()) {
        return Err(Envelope::error("the application needs your consent: open the device page")
            .code("consent_required"));
    }
    let mut change = Change::new();
    let decided = device.decide(origin, &mut change, current, true);
    if commit(origin, change).await?.took_effect(decided) {
        return Ok(Envelope::ok("approved").about(&user.id, &user.name));
    }
    Err(LookupError::Unknown.into())
}

async fn page(origin: &Origin, request: &Request, code: Option<&str>) -> Response {
    if let Some(elsewhere) = issuer_host(origin, request) {
        return elsewhere;
    }
    let Some(code) = code else {
        let typed = request.query_parameters().unwrap_or_default();
        let Some(typed) = typed.any(&["code", "user_code"]) else {
            return enter(StatusCode::OK, None);
        };
        return match UserCode::parse(typed) {
            Some(code) => back_to(&code),
            None => LookupError::Unknown.page(),
        };
    };
    let session = session::find(origin, request);
    match look_up(origin, request, code, &session::claimed(request), session).await {
        Ok((Ok(device), Some(current))) => ask(origin, request, &device, &current, None),
        Ok((Ok(device), None)) => sign_in_form(origin, request, &device, StatusCode::OK, "", None),
        Ok((Err(error), _)) => error.page(),
        Err(error) => failed(&error),
    }
}

/// A sign-in, or a decision.
async fn post(origin: &Origin, request: &Request, code: &str) -> Response {
    let session = session::find(origin, request);
    let found = look_up(origin, request, code, &session::claimed(request), session).await;
    let (device, current) = match found {
        Ok((Ok(device), current)) => (device, current),
        Ok((Err(error), _)) => return error.page(),
        Err(error) => return failed(&error),
    };
    let form = request.body_parameters().unwrap_or_default();
    let genuine = csrf::is_genuine(origin, request, form.get(csrf::FIELD));
    match (current, form.get("decision")) {
        (Some(current), Some(_)) if !genuine => {
            ask(origin, request, &device, &current, Some(AGAIN))
        }
        (Some(current), Some(decision)) => {
            finish(origin, request, &device, &current, decision == "allow").await
        }
        _ if !genuine => {
            sign_in_form(origin, request, &device, StatusCode::FORBIDDEN, "", Some(AGAIN))
        }
        _ => sign_in(origin, request, &device, &form).await,
    }
}

async fn sign_in(
    origin: &Origin,
    request: &Request,
    device: &PendingDevice,
    form: &Parameters,
) -> Response {
    let login = form.get("username").unwrap_or_default();
    if !device.application.enable_password {
        return sign_in_form(origin, request, device, StatusCode::FORBIDDEN, login, None);
    }
    let (owner, name) = people::login(&device.application, None, login);
    let password = form.get("password").unwrap_or_default();
    let attempt = PasswordLogin { source: request.into(), owner, login: name, password };
    match begun(origin, request, attempt).await {
        Ok(cookie) => session::with_cookie(back_to(&device.code), &cookie),
        Err(SigninError::Database(error)) => broken(&error),
        Err(error) => {
            let status = status_of(&error);
            sign_in_form(origin, request, device, status, login, Some(&sentence(&error)))
        }
    }
}

/// Begins a session, and returns the cookie.
async fn begun(
    origin: &Origin,
    request: &Request,
    attempt: PasswordLogin<'_>,
) -> Result<String, SigninError> {
    let (proof, ()) = password::verify(origin, attempt, |_| Query::ready(())).await?;
    let mut begun = session::begin(origin, request, proof, &["pwd"]);
    let committed = commit(origin, std::mem::take(&mut begun.change)).await?;
    begun.check(&committed)?;
    Ok(begun.cookie)
}

async fn finish(
    origin: &Origin,
    request: &Request,
    device: &PendingDevice,
    current: &Current,
    allow: bool,
) -> Response {
    if !current.person.is_admitted_to(&device.application) {
        return ask(origin, request, device, current, None);
    }
    let (title, text) = if allow {
        ("Device connected", "You can close this page and go back to your device.")
    } else {
        ("Request denied", "The device was not connected. You can close this page.")
    };
    let mut change = Change::new();
    if allow {
        let known = approval::consent_of(&device.consents, current);
        let (user_id, now) = (&current.person.user.id, origin.clock.now());
        let application = &device.application;
        consent::give(&mut change, user_id, application, known, device.asked(), now);
    }
    let decided = device.decide(origin, &mut change, current, allow);
    match commit(origin, change).await {
        Ok(committed) if committed.took_effect(decided) => {
            let main = format!("<h1>{title}</h1><p>{text}</p>");
            pages::answer(StatusCode::OK, title, &main)
        }
        Ok(_) => LookupError::Unknown.page(),
        Err(error) => broken(&error),
    }
}

/// The page that asks for a code, for an internal error.
fn failed(error: &DatabaseError) -> Response {
    let page = enter(StatusCode::INTERNAL_SERVER_ERROR, Some("the request could not be completed"));
    response::with_cause(page, Some(error.to_string()))
}

/// The page that asks for a code.
fn enter(status: StatusCode, error: Option<&str>) -> Response {
    let alert = error.map_or_else(String::new, |error| {
        let mut text = error.to_owned();
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        format!("<p class=\"alert\" role=\"alert\" id=\"error\">{}.</p>", pages::escape(&text))
    });
    let main = format!(
        "<h1>Connect a device</h1><p>Enter the code that your device shows.</p>{alert}\
         <form method=\"get\" action=\"{PAGE}\"><label for=\"code\">Code</label>\
         <input id=\"code\" name=\"code\" type=\"text\" autocomplete=\"off\" \
         autocapitalize=\"characters\" spellcheck=\"false\" maxlength=\"32\" required autofocus>\
         <button type=\"submit\">Continue</button></form>"
    );
    refusing(pages::answer(status, "Connect a device", &main), error)
}

/// The page that asks for a decision.
fn ask(
    origin: &Origin,
    request: &Request,
    device: &PendingDevice,
    current: &Current,
    error: Option<&str>,
) -> Response {
    let user = &current.person.user;
    let code = pages::escape(device.code.as_str());
    let application = pages::escape(name_of(&device.application));
    let person = pages::escape(&format!("{}/{}", user.owner, user.name));
    if !current.person.is_admitted_to(&device.application) {
        let main = format!(
            "<h1>Not possible</h1><p class=\"alert\" role=\"alert\">The account \
             <strong>{person}</strong> may not use <strong>{application}</strong>.</p>"
        );
        let page = pages::answer(StatusCode::FORBIDDEN, "Not possible", &main);
        return response::with_reason(page, "the account may not use the application");
    }
    let notice = approval::for_device(&device.application, &current.person)
        .map(|notice| approval::description(notice, device.asked()));
    let token = FormToken::issue(origin, request);
    let alert = error.map_or_else(String::new, |error| {
        format!("<p class=\"alert\" role=\"alert\">{}</p>", pages::escape(error))
    });
    let main = format!(
        "<h1>Connect a device</h1>\
         <p><strong>{application}</strong> on another device asks to act for \
         <strong>{person}</strong>.</p>{alert}<p class=\"code\">{code}</p>\
         {notice}<p>Allow it only if your device shows this code right now.</p>\
         <form method=\"post\" action=\"{PAGE}/{code}\">{field}\
         <button type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>\
         <button type=\"submit\" name=\"decision\" value=\"deny\" class=\"quiet\">Deny</button>\
         </form>",
        field = pages::hidden(csrf::FIELD, &token.token),
        notice = notice.unwrap_or_default(),
    );
    let status = if error.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    let page = refusing(pages::answer(status, "Connect a device", &main), error);
    with_token_cookie(page, token)
}

fn sign_in_form(
    origin: &Origin,
    request: &Request,
    device: &PendingDevice,
    status: StatusCode,
    login: &str,
    error: Option<&str>,
) -> Response {
    let token = FormToken::issue(origin, request);
    let form = SignInForm {
        application: name_of(&device.application),
        organization: &device.application.organization,
        action: &format!("{PAGE}/{}", device.code.as_str()),
        token: &token.token,
        login,
        error,
        by_password: device.application.enable_password,
    };
    let page = refusing(pages::answer(status, "Sign in", &form.main()), error);
    with_token_cookie(page, token)
}

fn back_to(code: &UserCode) -> Response {
    response::redirect(&format!("{PAGE}/{}", code.as_str()))
        .unwrap_or_else(|| LookupError::Unknown.page())
}
