//! The authorization endpoint and its sign-in page (RFC 6749 §4.1, OIDC Core §3.1.2).
//!
//! Both addresses read the same request and decide the same way. The endpoint sends whoever must
//! sign in to the page, with the request still in the address; the page takes the password, begins
//! a session, and decides again.

use http::{Method, StatusCode};

use super::approval::{self, ApprovalForm};
use crate::{
    core::{
        authorization::{
            Approval, AuthorizationRequest, Client, Complaint, Interaction, Next, PARAMETERS,
            Refusal, ReturnAddress, SignedIn,
        },
        gateway::MAXIMUM_TARGET,
        redirect::{self, ResponseMode},
    },
    origin::{
        Origin,
        authn::{
            csrf::{self, FormToken},
            id_token_hint::{self, Expected},
            password::{self, SigninError},
            session::{self, Current},
        },
        domain::{
            admission,
            codes::{self, CodeRequest},
            consent,
            keyring::KeyringError,
        },
        http::{Parameters, Request, Response, response},
        pages::{self, SignInForm},
        store::applications::Application,
    },
    ports::DatabaseError,
};

/// Where the page is.
pub const PAGE: &str = "/login/oauth/authorize";

/// `GET|POST /v1/iam/oauth/authorize`
pub async fn endpoint(origin: &Origin, request: &Request) -> Response {
    if let Some(elsewhere) = issuer_host(origin, request) {
        return elsewhere;
    }
    let parameters = match request.collected_parameters() {
        Ok(parameters) => parameters,
        Err(error) => return refused_here(&error.to_string()),
    };
    let asked = match Asked::read(origin, request, parameters).await {
        Ok(asked) => asked,
        Err(answer) => return answer,
    };
    match asked.decide(None, Interaction::None).await {
        Ok(Decision::Answer(answer)) => answer,
        Ok(Decision::SignIn | Decision::Approve(..)) => {
            let page = asked.page_address();
            if page.len() > MAXIMUM_TARGET {
                return asked.refuse(&Complaint::TOO_LONG);
            }
            response::redirect(&page).unwrap_or_else(|| refused_here("the request is malformed"))
        }
        Err(error) => broken(&error),
    }
}

/// `GET /login/oauth/authorize`
pub async fn page(origin: &Origin, request: &Request) -> Response {
    if let Some(elsewhere) = issuer_host(origin, request) {
        return elsewhere;
    }
    let asked = match Asked::from_query(origin, request).await {
        Ok(asked) => asked,
        Err(answer) => return answer,
    };
    match asked.decide(None, Interaction::None).await {
        Ok(Decision::Answer(answer)) => answer,
        Ok(Decision::Approve(approval, current)) => asked.approval(approval, &current, None),
        Ok(Decision::SignIn) => {
            let login = asked.request.login_hint.clone().unwrap_or_default();
            asked.form(StatusCode::OK, &login, None)
        }
        Err(error) => broken(&error),
    }
}

/// `POST /login/oauth/authorize`
pub async fn sign_in(origin: &Origin, request: &Request) -> Response {
    let asked = match Asked::from_query(origin, request).await {
        Ok(asked) => asked,
        Err(answer) => return answer,
    };
    let Ok(form) = request.body_parameters() else {
        return refused_here("the form is malformed");
    };
    if let Some(decision) = form.get("decision") {
        return asked.approved(decision == "allow", form.get(csrf::FIELD)).await;
    }
    let login = form.get("username").unwrap_or_default();
    if !csrf::is_genuine(origin, request, form.get(csrf::FIELD)) {
        let error = "This page was open for too long or came from elsewhere. Please try again.";
        return asked.form(StatusCode::FORBIDDEN, login, Some(error));
    }
    if !asked.application.enable_password {
        return asked.form(StatusCode::FORBIDDEN, login, None);
    }
    let (owner, name) = admission::account(&asked.application, None, login);
    let password = form.get("password").unwrap_or_default();
    let user = match password::check(origin, request.into(), owner, name, password).await {
        Ok(user) => user,
        Err(SigninError::Database(error)) => return broken(&error),
        Err(error) => return asked.form(status_of(&error), login, Some(&sentence(&error))),
    };
    let admitted = match admission::admits(origin, &asked.application, &user).await {
        Ok(admitted) => admitted,
        Err(error) => return broken(&error),
    };
    if !admitted {
        let error = "This account may not use this application.";
        return asked.form(StatusCode::FORBIDDEN, login, Some(error));
    }
    let (session, cookie) = match session::begin(origin, request, &user, &["pwd"]).await {
        Ok(begun) => begun,
        Err(SigninError::Database(error)) => return broken(&error),
        Err(error) => return asked.form(status_of(&error), login, Some(&sentence(&error))),
    };
    let current = Some(Current { session, user });
    let answer = match asked.decide(current, Interaction::SignedIn).await {
        Ok(Decision::Answer(answer)) => answer,
        Ok(Decision::Approve(approval, current)) => asked.approval(approval, &current, None),
        Ok(Decision::SignIn) => {
            let error = "The application asked for another account. Please sign in with that one.";
            asked.form(StatusCode::FORBIDDEN, login, Some(error))
        }
        Err(error) => broken(&error),
    };
    session::with_cookie(answer, &cookie)
}

/// The HTTP status of a page that says why nobody was signed in.
pub fn status_of(error: &SigninError) -> StatusCode {
    match error {
        SigninError::Wrong | SigninError::Disabled => StatusCode::UNAUTHORIZED,
        SigninError::Locked(_) | SigninError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        SigninError::Password(_) => StatusCode::BAD_REQUEST,
        SigninError::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An error as a sentence.
pub fn sentence(error: &SigninError) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).chain(['.']).collect()
}

/// The redirect to the issuer's own host, where sessions and pages live, from any other
/// (WIRE §1.2): method and request stay as they are.
pub fn issuer_host(origin: &Origin, request: &Request) -> Option<Response> {
    let issuer = origin.config.issuer_for(&request.base);
    if issuer == request.base {
        return None;
    }
    let query =
        if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let mut answer = response::redirect(&format!("{issuer}{}{query}", request.path))?;
    *answer.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    Some(answer)
}

/// What there is to tell, told here: RFC 6749 §4.1.2.1 forbids to redirect.
pub fn refused_here(why: &str) -> Response {
    response::with_reason(response::no_store(response::text(StatusCode::BAD_REQUEST, why)), why)
}

/// A failure of ours: its cause goes to the log only.
pub fn broken(error: &impl std::fmt::Display) -> Response {
    let answer = response::no_store(response::text(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the request could not be completed",
    ));
    let answer = response::with_reason(answer, "the request could not be completed");
    response::with_cause(answer, Some(error.to_string()))
}

enum Decision {
    Answer(Response),
    SignIn,
    Approve(Approval, Box<Current>),
}

/// A request that has been read, with all that answering it takes.
struct Asked<'a> {
    origin: &'a Origin,
    http: &'a Request,
    parameters: Parameters,
    application: Application,
    request: AuthorizationRequest,
}

impl<'a> Asked<'a> {
    async fn from_query(origin: &'a Origin, http: &'a Request) -> Result<Self, Response> {
        let parameters = Parameters::collected(http.query.as_bytes())
            .map_err(|error| refused_here(&error.to_string()))?;
        Self::read(origin, http, parameters).await
    }

    async fn read(
        origin: &'a Origin,
        http: &'a Request,
        parameters: Parameters,
    ) -> Result<Self, Response> {
        let repeated: Vec<&str> = parameters.repeated().collect();
        if repeated.contains(&"client_id") {
            return Err(refused_here("the client_id occurs more than once"));
        }
        let client_id =
            parameters.get("client_id").ok_or_else(|| refused_here("client_id is required"))?;
        let application = admission::application(origin, client_id)
            .await
            .map_err(|error| broken(&error))?
            .ok_or_else(|| refused_here("the client is unknown"))?;
        let client = client(&application);
        match AuthorizationRequest::read(client, |name| parameters.get(name), &repeated) {
            Ok(request) => Ok(Self { origin, http, parameters, application, request }),
            Err(Refusal::Here(why)) => Err(refused_here(why)),
            Err(Refusal::There(address, complaint)) => {
                Err(deliver(origin, http, &address, complaint.parameters()))
            }
        }
    }

    /// Decides for `current`, or for the person whose session the browser has.
    async fn decide(
        &self,
        current: Option<Current>,
        interaction: Interaction,
    ) -> Result<Decision, KeyringError> {
        let hint = self.request.id_token_hint.as_deref();
        let expected = id_token_hint::expected(self.origin, hint, &self.request.client_id).await?;
        if expected == Expected::Unknown {
            return Ok(Decision::Answer(self.refuse(&Complaint::UNUSABLE_HINT)));
        }
        let current = match current {
            Some(current) => Some(current),
            None => session::current(self.origin, self.http).await?,
        };
        let signed_in = match &current {
            Some(current) => Some(self.view(current, interaction, &expected).await?),
            None => None,
        };
        let answer = match self.request.decide(signed_in.as_ref(), self.origin.clock.now()) {
            Next::SignIn => return Ok(Decision::SignIn),
            Next::Refuse(complaint) => return Ok(Decision::Answer(self.refuse(&complaint))),
            Next::Approve(approval) => {
                return Ok(current.map_or(Decision::SignIn, |current| {
                    Decision::Approve(approval, Box::new(current))
                }));
            }
            Next::Grant => match current {
                Some(current) => {
                    if interaction == Interaction::Approved {
                        let (person, asked) = (&current.user.id, approval::asked(&self.request));
                        consent::give(self.origin, person, &self.application, asked).await?;
                    }
                    match self.grant(current, signed_in).await? {
                        Some(code) => vec![("code", code)],
                        None => return Ok(Decision::SignIn),
                    }
                }
                None => return Ok(Decision::SignIn),
            },
        };
        let answer = deliver(self.origin, self.http, &self.request.return_to, answer);
        Ok(Decision::Answer(answer))
    }

    /// Tells the client why it gets no code.
    fn refuse(&self, complaint: &Complaint) -> Response {
        deliver(self.origin, self.http, &self.request.return_to, complaint.parameters())
    }

    async fn view(
        &self,
        current: &Current,
        interaction: Interaction,
        expected: &Expected,
    ) -> Result<SignedIn, DatabaseError> {
        let is_expected = expected.allows(&current.user.id);
        let (application, request) = (&self.application, &self.request);
        approval::signed_in(self.origin, application, request, current, interaction, is_expected)
            .await
    }

    /// What comes of the person's answer to [`Self::approval`].
    async fn approved(&self, allow: bool, form_token: Option<&str>) -> Response {
        let current = match session::current(self.origin, self.http).await {
            Ok(Some(current)) => current,
            Ok(None) => return self.form(StatusCode::UNAUTHORIZED, "", None),
            Err(error) => return broken(&error),
        };
        if !csrf::is_genuine(self.origin, self.http, form_token) {
            let error = "This page was open for too long or came from elsewhere. Please try again.";
            return self.approval(Approval::Consent, &current, Some(error));
        }
        if !allow {
            return self.refuse(&Complaint::DENIED);
        }
        match self.decide(Some(current), Interaction::Approved).await {
            Ok(Decision::Answer(answer)) => answer,
            Ok(Decision::Approve(approval, current)) => self.approval(approval, &current, None),
            Ok(Decision::SignIn) => {
                let error = "Please sign in again to allow this.";
                self.form(StatusCode::FORBIDDEN, "", Some(error))
            }
            Err(error) => broken(&error),
        }
    }

    /// The page that asks the person.
    fn approval(&self, approval: Approval, current: &Current, error: Option<&str>) -> Response {
        let token = FormToken::issue(self.origin, self.http);
        let form = ApprovalForm {
            approval,
            application: &self.application,
            asked: approval::asked(&self.request),
            current,
            action: &self.page_address(),
            token: &token.token,
            error,
        };
        let status = if error.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
        refusing(self.page_with(status, "Allow access?", &form.main(), token), error)
    }

    fn page_with(&self, status: StatusCode, title: &str, main: &str, token: FormToken) -> Response {
        let target = native_scheme(&self.request.return_to).unwrap_or_default();
        let answer = pages::answer_leading_to(status, title, main, &target);
        match token.cookie {
            Some(cookie) => session::with_cookie(answer, &cookie),
            None => answer,
        }
    }

    async fn grant(
        &self,
        current: Current,
        signed_in: Option<SignedIn>,
    ) -> Result<Option<String>, DatabaseError> {
        let asked = signed_in.is_some_and(|person| person.was_asked_for_platform());
        let request = code_request(&self.request, current, asked);
        codes::issue(self.origin, request).await
    }

    /// The address of the page with the request, which is all that it carries.
    fn page_address(&self) -> String {
        let pairs: Vec<(&str, String)> = PARAMETERS
            .iter()
            .filter_map(|&name| Some((name, self.parameters.get(name)?.to_owned())))
            .collect();
        format!("{PAGE}?{}", redirect::encoded(&pairs))
    }

    fn form(&self, status: StatusCode, login: &str, error: Option<&str>) -> Response {
        let token = FormToken::issue(self.origin, self.http);
        let application = &self.application;
        let form = SignInForm {
            application: name_of(application),
            organization: &application.organization,
            action: &self.page_address(),
            token: &token.token,
            login,
            error,
            by_password: application.enable_password,
        };
        let main = form.main();
        refusing(self.page_with(status, "Sign in", &main, token), error)
    }
}

/// The page with the reason that it gives, for the log; without one, only if it refuses passwords.
pub fn refusing(page: Response, error: Option<&str>) -> Response {
    match error {
        Some(error) => response::with_reason(page, error),
        None if page.status().is_client_error() => {
            response::with_reason(page, "the application does not take passwords")
        }
        None => page,
    }
}

/// The name that people know an application by.
pub fn name_of(application: &Application) -> &str {
    if application.display_name.is_empty() { &application.name } else { &application.display_name }
}

/// What the decision needs to know of an application.
pub fn client(application: &Application) -> Client<'_> {
    Client {
        id: &application.client_id,
        is_public: application.client_secret_digest.is_none(),
        redirect_uris: &application.redirect_uris,
        grant_types: &application.grant_types,
        scopes: &application.scopes,
        resources: &application.resources,
    }
}

/// The code that a granted request gets.
pub fn code_request(
    request: &AuthorizationRequest,
    current: Current,
    platform_asked: bool,
) -> CodeRequest {
    CodeRequest {
        client_id: request.client_id.clone(),
        user_id: current.user.id,
        session_id: Some(current.session.id),
        redirect_uri: request.return_to.redirect.as_str().to_owned(),
        scope: request.scope.clone(),
        resource: request.resource.clone(),
        nonce: request.nonce.clone(),
        challenge: request.challenge.clone(),
        auth_time: current.session.authenticated_at,
        methods: current.session.methods,
        platform_asked,
    }
}

/// The answer, on its way to the client. After our own form it goes by a page, unless it goes to a
/// native application, which a browser opens only for the person's own click.
fn deliver(
    origin: &Origin,
    http: &Request,
    to: &ReturnAddress,
    answer: Vec<(&'static str, String)>,
) -> Response {
    let complaint = |name| answer.iter().find(|(known, _)| *known == name).map(|(_, text)| text);
    let reason = complaint("error").map(|code| {
        format!("{code}: {}", complaint("error_description").map_or("", String::as_str))
    });
    let answer = delivered(origin, http, to, answer);
    match reason {
        Some(reason) => response::with_reason(answer, reason),
        None => answer,
    }
}

fn delivered(
    origin: &Origin,
    http: &Request,
    to: &ReturnAddress,
    answer: Vec<(&'static str, String)>,
) -> Response {
    let answer = to.parameters(answer, origin.config.issuer_for(&http.base));
    let location = match to.mode {
        ResponseMode::Query => redirect::with_query(&to.redirect, &answer),
        ResponseMode::Fragment => redirect::with_fragment(&to.redirect, &answer),
        ResponseMode::FormPost => return pages::form_post(to.redirect.as_str(), &answer),
    };
    if http.method == Method::POST && http.path == PAGE && native_scheme(to).is_none() {
        return pages::onward(&location);
    }
    response::redirect(&location).unwrap_or_else(|| refused_here("the redirect_uri is malformed"))
}

/// The policy source of a native application's own scheme (RFC 8252 §7.1).
fn native_scheme(to: &ReturnAddress) -> Option<String> {
    let source = to.redirect.policy_source();
    source.ends_with(':').then_some(source)
}
