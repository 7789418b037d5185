//! `POST /v1/iam/login`, as the published clients call it (WIRE §4.5, §4.6): sign in by password or
//! by the session there is, and get a code, a session, or a device approved.

use http::StatusCode;

use super::{
    approval,
    authorize::{client, code_request},
    device,
};
use crate::{
    core::authorization::{Approval, AuthorizationRequest, Complaint, Interaction, Next, Refusal},
    origin::{
        Origin,
        authn::{
            csrf,
            id_token_hint::{self, Expected},
            password::{self, SigninError},
            session::{self, Current},
        },
        domain::{admission, codes},
        http::{Envelope, ParameterError, Parameters, Request, Response},
        store::{
            applications::{self, Application},
            users::User,
        },
    },
};

/// `POST /v1/iam/login`
pub async fn login(origin: &Origin, request: &Request) -> Response {
    let mut cookie = None;
    let answer = match answer(origin, request, &mut cookie).await {
        Ok(answer) | Err(answer) => answer.into_response(),
    };
    match cookie {
        Some(cookie) => session::with_cookie(answer, &cookie),
        None => answer,
    }
}

async fn answer(
    origin: &Origin,
    request: &Request,
    cookie: &mut Option<String>,
) -> Result<Envelope, Envelope> {
    if !csrf::is_from_ours(origin, request) {
        return Err(Envelope::error("the request comes from another site")
            .code("cross_site")
            .with_status(StatusCode::FORBIDDEN));
    }
    let call = Call::read(request)?;
    match call.kind() {
        "code" => code(origin, request, &call, cookie).await,
        "login" => {
            let application = call.application(origin).await?;
            let current = call.person(origin, request, application.as_ref(), cookie).await?;
            let user = &current.user;
            let data = format!("{}/{}", user.owner, user.name);
            Ok(Envelope::ok(data).about(&user.id, &user.name))
        }
        "device" => {
            let application = call.application(origin).await?;
            let current = call.person(origin, request, application.as_ref(), cookie).await?;
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
    let application = call.application(origin).await?;
    let application = application
        .ok_or_else(|| Envelope::error("the application is unknown").code("invalid_client"))?;
    let told =
        |complaint: Complaint| Envelope::error(complaint.description).code(complaint.code.as_str());
    let asked =
        AuthorizationRequest::read(client(&application), |name| call.oauth(name), call.ambiguous())
            .map_err(|refusal| match refusal {
                Refusal::Here(why) => Envelope::error(why).code("invalid_request"),
                Refusal::There(_, complaint) => told(complaint),
            })?;
    let hint = asked.id_token_hint.as_deref();
    let expected = id_token_hint::expected(origin, hint, &application.client_id).await?;
    if expected == Expected::Unknown {
        return Err(told(Complaint::UNUSABLE_HINT));
    }
    let interaction =
        if call.login().is_some() { Interaction::SignedIn } else { Interaction::None };
    let current = call.person(origin, request, Some(&application), cookie).await?;
    let is_expected = expected.allows(&current.user.id);
    let signed_in =
        approval::signed_in(origin, &application, &asked, &current, interaction, is_expected)
            .await?;
    match asked.decide(Some(&signed_in), origin.clock.now()) {
        Next::Grant => {
            let user = current.user.clone();
            let platform_asked = signed_in.was_asked_for_platform();
            let code = codes::issue(origin, code_request(&asked, current, platform_asked)).await?;
            let code = code.ok_or_else(login_required)?;
            Ok(Envelope::ok(code).about(&user.id, &user.name))
        }
        Next::Refuse(complaint) => Err(told(complaint)),
        Next::SignIn => Err(login_required()),
        // There is no page here: the authorization endpoint asks.
        Next::Approve(Approval::Consent) => Err(Envelope::error(
            "the application needs your consent: open its authorization request in the browser",
        )
        .code("consent_required")),
        Next::Approve(Approval::Platform) => Err(Envelope::error(
            "administering the platform needs your approval: sign in again, or open the \
             authorization request in the browser",
        )
        .code("interaction_required")),
    }
}

fn login_required() -> Envelope {
    Envelope::error("please sign in first").code("login_required")
}

/// The parameters of a call: those of the body before those of the query, in either spelling.
struct Call {
    body: Parameters,
    query: Parameters,
}

impl Call {
    fn read(request: &Request) -> Result<Self, ParameterError> {
        Ok(Self { body: request.body_parameters()?, query: request.query_parameters()? })
    }

    fn get(&self, names: &[&str]) -> Option<&str> {
        self.body.any(names).or_else(|| self.query.any(names))
    }

    fn kind(&self) -> &str {
        let default = if self.oauth("redirect_uri").is_some() { "code" } else { "login" };
        self.get(&["type"]).unwrap_or(default)
    }

    /// A parameter of the authorization request. `code` in the body is a verification code, never
    /// ours to read here.
    fn oauth(&self, name: &str) -> Option<&str> {
        match name {
            "redirect_uri" => self.get(&["redirectUri", "redirect_uri"]),
            "response_type" => Some(self.get(&["responseType", "response_type"]).unwrap_or("code")),
            "code_challenge" => self.get(&["code_challenge", "codeChallenge"]),
            "code_challenge_method" => self.get(&["code_challenge_method", "codeChallengeMethod"]),
            "max_age" => self.get(&["max_age", "maxAge"]),
            "id_token_hint" => self.get(&["id_token_hint", "idTokenHint"]),
            // There is no page here and no redirect.
            "response_mode" | "login_hint" => None,
            other => self.get(&[other]),
        }
    }

    /// The parameters of which body and query each name another value. Only for a resource is it
    /// not the body's that counts (RFC 8707 §2).
    fn ambiguous(&self) -> &'static [&'static str] {
        match (self.body.get("resource"), self.query.get("resource")) {
            (Some(one), Some(other)) if one != other => &["resource"],
            _ => &[],
        }
    }

    fn login(&self) -> Option<&str> {
        self.get(&["username", "email", "phone"])
    }

    /// The application: by `clientId`, or by the name in `application` (`owner/name` also).
    async fn application(&self, origin: &Origin) -> Result<Option<Application>, Envelope> {
        if let Some(client_id) = self.get(&["clientId", "client_id"]) {
            let found = admission::application(origin, client_id).await?;
            let unknown = || Envelope::error("the application is unknown").code("invalid_client");
            return found.map(Some).ok_or_else(unknown);
        }
        let Some(name) = self.get(&["application", "applicationId"]) else { return Ok(None) };
        let unknown = || Envelope::error("the application is unknown").code("invalid_client");
        let client_id = applications::client_id_by_name(&*origin.database, name).await?;
        let found = admission::application(origin, &client_id.ok_or_else(unknown)?).await?;
        found.map(Some).ok_or_else(unknown)
    }

    /// Who it is: by the password that the call carries, which begins a session; else by the
    /// session there is.
    async fn person(
        &self,
        origin: &Origin,
        request: &Request,
        application: Option<&Application>,
        cookie: &mut Option<String>,
    ) -> Result<Current, Envelope> {
        let Some(login) = self.login() else {
            let current = session::current(origin, request).await?.ok_or_else(login_required)?;
            admit(origin, application, &current.user).await?;
            return Ok(current);
        };
        let Some(password) = self.get(&["password"]) else {
            return Err(Envelope::error("sign-in by code is not available").code("unsupported"));
        };
        // Which application it is says whether passwords are taken at all.
        let Some(application) = application else {
            return Err(Envelope::error("the application is required").code("invalid_client"));
        };
        if !application.enable_password {
            return Err(
                Envelope::error("this application does not take passwords").code("unsupported")
            );
        }
        let (owner, name) = admission::account(application, self.get(&["organization"]), login);
        let user = password::check(origin, request.into(), owner, name, password)
            .await
            .map_err(refused)?;
        admit(origin, Some(application), &user).await?;
        let (session, set) =
            session::begin(origin, request, &user, &["pwd"]).await.map_err(refused)?;
        *cookie = Some(set);
        Ok(Current { session, user })
    }
}

async fn admit(
    origin: &Origin,
    application: Option<&Application>,
    user: &User,
) -> Result<(), Envelope> {
    if let Some(application) = application
        && !admission::admits(origin, application, user).await?
    {
        return Err(Envelope::error("this account may not use this application")
            .code("interaction_required"));
    }
    Ok(())
}

/// Why a sign-in was refused, in the envelope.
pub fn refused(error: SigninError) -> Envelope {
    let code = match &error {
        SigninError::Wrong => "invalid_credentials",
        SigninError::Locked(_) => "signin_locked",
        SigninError::TooMany(_) => "too_many_attempts",
        SigninError::Disabled => "account_disabled",
        SigninError::Password(_) => "invalid_password",
        SigninError::Database(_) => "server_error",
    };
    let answer = Envelope::error(error.to_string()).code(code);
    match error {
        SigninError::Database(error) => Envelope::from(error).code(code),
        SigninError::TooMany(_) => answer.with_status(StatusCode::TOO_MANY_REQUESTS),
        _ => answer,
    }
}
