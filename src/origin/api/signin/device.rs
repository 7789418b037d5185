//! Approving a device (RFC 8628 §3.3): the page that a person is sent to, and the calls of the
//! published portal.
//!
//! The page always shows the code and the application and asks, even when the address carried the
//! code, so that nobody approves a device that somebody else is holding (RFC 8628 §5.4). Looking
//! codes up is counted by client address, so that they cannot be guessed (§5.1).

use http::StatusCode;
use serde_json::json;

use super::{
    approval,
    authorize::{broken, issuer_host, name_of, refusing, sentence, status_of},
};
use crate::{
    core::{
        authorization::Approval,
        limit::AttemptLimit,
        network::network,
        oauth::{device::UserCode, scope::Scope},
    },
    origin::{
        Origin,
        authn::{
            csrf::{self, FormToken},
            password::{self, SigninError},
            session::{self, Current},
        },
        domain::{
            admission,
            consent::{self, Asked},
        },
        http::{Envelope, Parameters, Request, Response, response},
        pages::{self, SignInForm},
        store::{
            applications::Application,
            attempts::{self, Attempt},
            device_codes::{self, Approver},
        },
    },
    ports::DatabaseError,
};

/// Where the page is; the code may follow as one more segment.
pub const PAGE: &str = "/login/oauth/device";

/// Look-ups by one client address: a person needs four.
const LOOKUPS: AttemptLimit = AttemptLimit::within(40, 600);

/// A device that waits for a decision.
struct Waiting {
    code: UserCode,
    application: Application,
    scope: Scope,
    resource: Option<String>,
}

impl Waiting {
    /// What the device asks for.
    fn asked(&self) -> Asked<'_> {
        Asked { scope: &self.scope, resource: self.resource.as_deref() }
    }
}

/// Why there is none.
enum Refusal {
    Unknown,
    TooMany,
    Database(DatabaseError),
}

impl From<DatabaseError> for Refusal {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl Refusal {
    const fn message(&self) -> &'static str {
        match self {
            Self::Unknown => "the code is unknown or has expired",
            Self::TooMany => "too many attempts, please try again later",
            Self::Database(_) => "the request could not be completed",
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The page that asks for a code, with the refusal on it.
    fn page(self) -> Response {
        let page = enter(self.status(), Some(self.message()));
        match self {
            Self::Database(error) => response::with_cause(page, Some(error.to_string())),
            Self::Unknown | Self::TooMany => page,
        }
    }
}

async fn waiting(origin: &Origin, request: &Request, code: &str) -> Result<Waiting, Refusal> {
    let database = &*origin.database;
    let now = origin.clock.now();
    let slot = origin.slot("device", &network(&request.client_ip));
    if attempts::count(database, &slot, LOOKUPS, now).await? != Attempt::Allowed {
        return Err(Refusal::TooMany);
    }
    let code = UserCode::parse(code).ok_or(Refusal::Unknown)?;
    let device = device_codes::find_pending(database, code.as_str(), now).await?;
    let device = device.ok_or(Refusal::Unknown)?;
    let application = admission::application(origin, &device.client_id).await?;
    Ok(Waiting {
        code,
        application: application.ok_or(Refusal::Unknown)?,
        scope: Scope::parse(&device.scope).unwrap_or_default(),
        resource: device.resource,
    })
}

/// Decides, once; `false` if somebody was quicker.
async fn decide(
    origin: &Origin,
    waiting: &Waiting,
    current: &Current,
    allow: bool,
) -> Result<bool, DatabaseError> {
    let asked = approval::for_device(origin, &waiting.application, &current.user).await?;
    let approver = Approver {
        user_id: current.user.id.clone(),
        session_id: Some(current.session.id.clone()),
        auth_time: current.session.authenticated_at,
        methods: current.session.methods.clone(),
        platform_asked: asked == Some(Approval::Platform),
    };
    let code = waiting.code.as_str();
    device_codes::decide(&*origin.database, code, &approver, allow, origin.clock.now()).await
}

/// `POST /v1/iam/oauth/device/info`, which asks for a session.
pub async fn info(origin: &Origin, request: &Request) -> Response {
    match info_answer(origin, request).await {
        Ok(answer) | Err(answer) => answer.into_response(),
    }
}

async fn info_answer(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let parameters = request.body_parameters()?;
    if session::current(origin, request).await?.is_none() {
        return Err(Envelope::error("please sign in first").code("login_required"));
    }
    let code = parameters.any(&["userCode", "user_code"]).unwrap_or_default();
    let waiting = waiting(origin, request, code).await.map_err(refused)?;
    let application = &waiting.application;
    Ok(Envelope::ok(json!({
        "clientId": application.client_id,
        "displayName": name_of(application),
    })))
}

/// Approves for `POST /v1/iam/login` of type `device`.
pub async fn approve(
    origin: &Origin,
    request: &Request,
    current: &Current,
    code: &str,
) -> Result<Envelope, Envelope> {
    let waiting = waiting(origin, request, code).await.map_err(refused)?;
    if !admission::admits(origin, &waiting.application, &current.user).await? {
        return Err(
            Envelope::error("this account may not use this application").code("access_denied")
        );
    }
    // The portal does not show what is connected; the page of this module does.
    if approval::for_device(origin, &waiting.application, &current.user).await?
        == Some(Approval::Platform)
    {
        return Err(Envelope::error("administering the platform is approved on the device page")
            .code("interaction_required"));
    }
    let user_id = &current.user.id;
    if !consent::is_given(origin, user_id, &waiting.application, waiting.asked()).await? {
        return Err(Envelope::error("the application needs your consent: open the device page")
            .code("consent_required"));
    }
    if decide(origin, &waiting, current, true).await? {
        return Ok(Envelope::ok("approved").about(&current.user.id, &current.user.name));
    }
    Err(refused(Refusal::Unknown))
}

fn refused(refusal: Refusal) -> Envelope {
    match refusal {
        Refusal::Database(error) => error.into(),
        Refusal::TooMany => Envelope::error(refusal.message()).with_status(refusal.status()),
        Refusal::Unknown => Envelope::error(refusal.message()).code("invalid_user_code"),
    }
}

/// `GET /login/oauth/device[/<code>]`
pub async fn page(origin: &Origin, request: &Request, code: Option<&str>) -> Response {
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
            None => enter(StatusCode::NOT_FOUND, Some(Refusal::Unknown.message())),
        };
    };
    match waiting(origin, request, code).await {
        Ok(waiting) => match session::current(origin, request).await {
            Ok(Some(current)) => ask(origin, request, &waiting, &current, None).await,
            Ok(None) => sign_in_form(origin, request, &waiting, StatusCode::OK, "", None),
            Err(error) => broken(&error),
        },
        Err(refusal) => refusal.page(),
    }
}

/// `POST /login/oauth/device/<code>`: a sign-in, or a decision.
pub async fn post(origin: &Origin, request: &Request, code: &str) -> Response {
    let waiting = match waiting(origin, request, code).await {
        Ok(waiting) => waiting,
        Err(refusal) => return refusal.page(),
    };
    let form = request.body_parameters().unwrap_or_default();
    let genuine = csrf::is_genuine(origin, request, form.get(csrf::FIELD));
    let current = match session::current(origin, request).await {
        Ok(current) => current,
        Err(error) => return broken(&error),
    };
    let again = "This page was open for too long or came from elsewhere. Please try again.";
    match (current, form.get("decision")) {
        (Some(current), Some(_)) if !genuine => {
            ask(origin, request, &waiting, &current, Some(again)).await
        }
        (Some(current), Some(decision)) => {
            finish(origin, request, &waiting, &current, decision == "allow").await
        }
        _ if !genuine => {
            sign_in_form(origin, request, &waiting, StatusCode::FORBIDDEN, "", Some(again))
        }
        _ => sign_in(origin, request, &waiting, &form).await,
    }
}

async fn sign_in(
    origin: &Origin,
    request: &Request,
    waiting: &Waiting,
    form: &Parameters,
) -> Response {
    let login = form.get("username").unwrap_or_default();
    if !waiting.application.enable_password {
        return sign_in_form(origin, request, waiting, StatusCode::FORBIDDEN, login, None);
    }
    let (owner, name) = admission::account(&waiting.application, None, login);
    let password = form.get("password").unwrap_or_default();
    let begun = match password::check(origin, request.into(), owner, name, password).await {
        Ok(user) => session::begin(origin, request, &user, &["pwd"]).await,
        Err(error) => Err(error),
    };
    match begun {
        Ok((_, cookie)) => session::with_cookie(back_to(&waiting.code), &cookie),
        Err(SigninError::Database(error)) => broken(&error),
        Err(error) => {
            let status = status_of(&error);
            sign_in_form(origin, request, waiting, status, login, Some(&sentence(&error)))
        }
    }
}

async fn finish(
    origin: &Origin,
    request: &Request,
    waiting: &Waiting,
    current: &Current,
    allow: bool,
) -> Response {
    match admission::admits(origin, &waiting.application, &current.user).await {
        Ok(true) => {}
        Ok(false) => return ask(origin, request, waiting, current, None).await,
        Err(error) => return broken(&error),
    }
    let (title, text) = if allow {
        ("Device connected", "You can close this page and go back to your device.")
    } else {
        ("Request denied", "The device was not connected. You can close this page.")
    };
    if allow {
        let user_id = &current.user.id;
        let given = consent::give(origin, user_id, &waiting.application, waiting.asked()).await;
        if let Err(error) = given {
            return broken(&error);
        }
    }
    match decide(origin, waiting, current, allow).await {
        Ok(true) => {
            let main = format!("<h1>{title}</h1><p>{text}</p>");
            pages::answer(StatusCode::OK, title, &main)
        }
        Ok(false) => enter(StatusCode::NOT_FOUND, Some(Refusal::Unknown.message())),
        Err(error) => broken(&error),
    }
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
async fn ask(
    origin: &Origin,
    request: &Request,
    waiting: &Waiting,
    current: &Current,
    error: Option<&str>,
) -> Response {
    let admitted = match admission::admits(origin, &waiting.application, &current.user).await {
        Ok(admitted) => admitted,
        Err(error) => return broken(&error),
    };
    let code = pages::escape(waiting.code.as_str());
    let application = pages::escape(name_of(&waiting.application));
    let person = pages::escape(&format!("{}/{}", current.user.owner, current.user.name));
    if !admitted {
        let main = format!(
            "<h1>Not possible</h1><p class=\"alert\" role=\"alert\">The account \
             <strong>{person}</strong> may not use <strong>{application}</strong>.</p>"
        );
        let page = pages::answer(StatusCode::FORBIDDEN, "Not possible", &main);
        return response::with_reason(page, "the account may not use the application");
    }
    let notice = match approval::for_device(origin, &waiting.application, &current.user).await {
        Ok(notice) => notice.map(|notice| approval::description(notice, waiting.asked())),
        Err(error) => return broken(&error),
    };
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
    waiting: &Waiting,
    status: StatusCode,
    login: &str,
    error: Option<&str>,
) -> Response {
    let token = FormToken::issue(origin, request);
    let form = SignInForm {
        application: name_of(&waiting.application),
        organization: &waiting.application.organization,
        action: &format!("{PAGE}/{}", waiting.code.as_str()),
        token: &token.token,
        login,
        error,
        by_password: waiting.application.enable_password,
    };
    let page = refusing(pages::answer(status, "Sign in", &form.main()), error);
    with_token_cookie(page, token)
}

fn with_token_cookie(answer: Response, token: FormToken) -> Response {
    match token.cookie {
        Some(cookie) => session::with_cookie(answer, &cookie),
        None => answer,
    }
}

fn back_to(code: &UserCode) -> Response {
    response::redirect(&format!("{PAGE}/{}", code.as_str()))
        .unwrap_or_else(|| enter(StatusCode::NOT_FOUND, Some(Refusal::Unknown.message())))
}
