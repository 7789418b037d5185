//! The authorization endpoint and its sign-in page (RFC 6749 §4.1, OIDC Core §3.1.2).
//!
//! Both addresses read the same request and decide the same way. The endpoint redirects a person who
//! must sign in or approve to the page, with the request still in the address; the page verifies the
//! password, begins a session, and decides again. A request reads in one round trip and commits in
//! one; a sign-in takes one more, which counts the attempt.

use http::StatusCode;

use super::{
    approval::{self, ApprovalForm, consent_of},
    request::{client, code_request},
    respond::{
        PAGE, broken, deliver, issuer_host, name_of, native_scheme, refused_here, refusing,
        sentence, status_of, with_token_cookie,
    },
    schemas::AuthorizationQuery,
};
use crate::{
    core::{
        authorization::{
            Approval, AuthorizationError, AuthorizationRequest, Complaint, Interaction, Next,
            PARAMETERS,
        },
        cors::CorsClass,
        gateway::MAXIMUM_TARGET,
        redirect,
    },
    origin::{
        Origin,
        api::endpoint::{Call, Page, Rate, Verb, Who, endpoint},
        authn::{
            csrf::{self, FormToken},
            id_token_hint::{self, Expected},
            password::{self, PasswordLogin, SigninError},
            session::{self, Begun, Current},
        },
        domain::{
            change::{Change, Committed, Position},
            codes,
            commit::commit,
            consent, people,
        },
        http::{Parameters, Request, Response, RestError, response},
        pages::{self, SignInForm},
        store::{
            accounts,
            applications::Application,
            clients::{self, Registered},
            consents::{self, Consent},
            query::{Query, load},
        },
    },
};

const AGAIN: &str = "This page was open for too long or came from elsewhere. Please try again.";

endpoint! {
    /// Authorizes a client (RFC 6749 §4.1, OpenID Connect Core §3.1.2).
    ///
    /// Redirects to the client with a code or an error, or to the sign-in page.
    pub Authorize = GET "/v1/iam/oauth/authorize" as "authorize",
    who: Who::Public, also: &[Verb::Post], cors: CorsClass::None;
    query: AuthorizationQuery,
    reply: Page,
    error: RestError;
    authorize
}

async fn authorize(origin: &Origin, call: Call<'_, Authorize>) -> Result<Page, RestError> {
    Ok(Page(endpoint(origin, call.request).await))
}

endpoint! {
    /// Returns the sign-in page of an authorization request.
    pub SignInPage = GET "/login/oauth/authorize" as "getSignInPage",
    who: Who::Public, cors: CorsClass::None;
    query: AuthorizationQuery,
    reply: Page,
    error: RestError;
    sign_in_page
}

async fn sign_in_page(origin: &Origin, call: Call<'_, SignInPage>) -> Result<Page, RestError> {
    Ok(Page(page(origin, call.request).await))
}

endpoint! {
    /// Posts a form of the sign-in page: a login with a password, or a decision.
    pub SignIn = POST "/login/oauth/authorize" as "signIn",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Passwords;
    query: AuthorizationQuery,
    reply: Page,
    error: RestError;
    sign_in_form
}

async fn sign_in_form(origin: &Origin, call: Call<'_, SignIn>) -> Result<Page, RestError> {
    Ok(Page(sign_in(origin, call.request).await))
}

async fn endpoint(origin: &Origin, request: &Request) -> Response {
    if let Some(elsewhere) = issuer_host(origin, request) {
        return elsewhere;
    }
    let parameters = match request.collected_parameters() {
        Ok(parameters) => parameters,
        Err(error) => return refused_here(&error.to_string()),
    };
    let sessions = Sessions::of(origin, request);
    let asked = match Asked::read(origin, request, parameters, sessions).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    match asked.settled(Interaction::None).await {
        Outcome::Done(response) => response,
        Outcome::SignIn | Outcome::Approve(..) => {
            let page = asked.page_address();
            if page.len() > MAXIMUM_TARGET {
                return asked.refuse(&Complaint::TOO_LONG);
            }
            response::redirect(&page).unwrap_or_else(|| refused_here("the request is malformed"))
        }
    }
}

async fn page(origin: &Origin, request: &Request) -> Response {
    if let Some(elsewhere) = issuer_host(origin, request) {
        return elsewhere;
    }
    let asked = match Asked::from_query(origin, request, Sessions::of(origin, request)).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    match asked.settled(Interaction::None).await {
        Outcome::Done(response) => response,
        Outcome::Approve(approval, current) => asked.approval(approval, current, None),
        Outcome::SignIn => {
            let login = asked.request.login_hint.clone().unwrap_or_default();
            asked.form(StatusCode::OK, &login, None)
        }
    }
}

/// A sign-in, or the person's decision on [`Asked::approval`].
async fn sign_in(origin: &Origin, request: &Request) -> Response {
    let form = request.body_parameters();
    let decision = form.as_ref().ok().and_then(|form| form.get("decision"));
    let sessions =
        if decision.is_some() { Sessions::of(origin, request) } else { Sessions::none() };
    let asked = match Asked::from_query(origin, request, sessions).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    let Ok(form) = &form else {
        return refused_here("the form is malformed");
    };
    match decision {
        Some(decision) => asked.approved(decision == "allow", form.get(csrf::FIELD)).await,
        None => asked.signed_in(form).await,
    }
}

/// The sessions of the request's cookies, to be loaded.
struct Sessions {
    current: Query<Option<Current>>,
    user_ids: Vec<String>,
}

impl Sessions {
    fn of(origin: &Origin, request: &Request) -> Self {
        Self { current: session::find(origin, request), user_ids: session::claimed(request) }
    }

    fn none() -> Self {
        Self { current: Query::ready(None), user_ids: Vec::new() }
    }
}

/// What the response is, unless a page asks the person.
enum Outcome<'a> {
    Done(Response),
    SignIn,
    Approve(Approval, &'a Current),
}

/// What a decided request does next. The code is given by a statement of the change.
enum Step {
    SignIn,
    Approve(Approval),
    Refuse(Complaint),
    Give(String, Position),
}

/// A request that has been read, with everything that deciding it takes.
struct Asked<'a> {
    origin: &'a Origin,
    http: &'a Request,
    parameters: Parameters,
    application: Application,
    request: AuthorizationRequest,
    expected: Expected,
    current: Option<Current>,
    consents: Vec<Consent>,
}

impl<'a> Asked<'a> {
    async fn from_query(
        origin: &'a Origin,
        http: &'a Request,
        sessions: Sessions,
    ) -> Result<Self, Response> {
        let parameters = Parameters::collected(http.query.as_bytes())
            .map_err(|error| refused_here(&error.to_string()))?;
        Self::read(origin, http, parameters, sessions).await
    }

    async fn read(
        origin: &'a Origin,
        http: &'a Request,
        parameters: Parameters,
        sessions: Sessions,
    ) -> Result<Self, Response> {
        let repeated: Vec<&str> = parameters.repeated().collect();
        if repeated.contains(&"client_id") {
            return Err(refused_here("the client_id occurs more than once"));
        }
        let client_id =
            parameters.get("client_id").ok_or_else(|| refused_here("client_id is required"))?;
        let hint = parameters.get("id_token_hint");
        let queries = (
            clients::find(client_id),
            sessions.current,
            consents::of_users(&sessions.user_ids, client_id),
            id_token_hint::keys(origin, hint),
        );
        let (application, current, consents, keys) =
            load(&*origin.database, queries).await.map_err(|error| broken(&error))?;
        let application = application
            .and_then(Registered::enabled)
            .ok_or_else(|| refused_here("the client is unknown"))?;
        let client = client(&application);
        let request =
            match AuthorizationRequest::read(client, |name| parameters.get(name), &repeated) {
                Ok(request) => request,
                Err(AuthorizationError::Page(why)) => return Err(refused_here(why)),
                Err(AuthorizationError::Redirect(address, complaint)) => {
                    return Err(deliver(origin, http, &address, complaint.parameters()));
                }
            };
        let expected = id_token_hint::expected(origin, &keys, hint, &request.client_id)
            .await
            .map_err(|error| broken(&error))?;
        Ok(Self { origin, http, parameters, application, request, expected, current, consents })
    }

    /// Decides for `current`; a code is given by a statement that is added to `change`.
    fn decide(
        &self,
        current: Option<&Current>,
        consents: &[Consent],
        interaction: Interaction,
        change: &mut Change,
    ) -> Step {
        if self.expected == Expected::Unknown {
            return Step::Refuse(Complaint::UNUSABLE_HINT);
        }
        let view = |current: &Current| {
            let is_expected = self.expected.allows(&current.person.user.id);
            let (application, request) = (&self.application, &self.request);
            approval::signed_in(
                self.origin,
                application,
                request,
                current,
                consents,
                interaction,
                is_expected,
            )
        };
        let now = self.origin.clock.now();
        let signed_in = current.map(view);
        match (self.request.decide(signed_in.as_ref(), now), current, signed_in) {
            (Next::Refuse(complaint), ..) => Step::Refuse(complaint),
            (Next::Approve(approval), Some(_), _) => Step::Approve(approval),
            (Next::Grant, Some(current), Some(signed_in)) => {
                if interaction == Interaction::Approved {
                    let user_id = &current.person.user.id;
                    let known = consent_of(consents, current);
                    let asked = approval::asked(&self.request);
                    consent::give(change, user_id, &self.application, known, asked, now);
                }
                let request = code_request(&self.request, current, &signed_in);
                let (code, statement) = codes::giving(self.origin, request);
                Step::Give(code, change.write(statement))
            }
            _ => Step::SignIn,
        }
    }

    /// Decides for the browser's session and commits.
    async fn settled(&self, interaction: Interaction) -> Outcome<'_> {
        let mut change = Change::new();
        let current = self.current.as_ref();
        let step = self.decide(current, &self.consents, interaction, &mut change);
        match commit(self.origin, change).await {
            Ok(committed) => self.outcome(step, current, &committed),
            Err(error) => Outcome::Done(broken(&error)),
        }
    }

    fn outcome<'b>(
        &self,
        step: Step,
        current: Option<&'b Current>,
        committed: &Committed,
    ) -> Outcome<'b> {
        match (step, current) {
            (Step::Refuse(complaint), _) => Outcome::Done(self.refuse(&complaint)),
            (Step::Give(code, position), _) if committed.took_effect(position) => {
                let answer = vec![("code", code)];
                let return_to = &self.request.return_to;
                Outcome::Done(deliver(self.origin, self.http, return_to, answer))
            }
            (Step::Approve(approval), Some(current)) => Outcome::Approve(approval, current),
            // The session has ended meanwhile, or there is none.
            _ => Outcome::SignIn,
        }
    }

    /// The response to the form of [`Self::form`].
    async fn signed_in(&self, form: &Parameters) -> Response {
        let login = form.get("username").unwrap_or_default();
        if !csrf::is_genuine(self.origin, self.http, form.get(csrf::FIELD)) {
            return self.form(StatusCode::FORBIDDEN, login, Some(AGAIN));
        }
        if !self.application.enable_password {
            return self.form(StatusCode::FORBIDDEN, login, None);
        }
        match self.by_password(login, form.get("password").unwrap_or_default()).await {
            Ok(response) => response,
            Err(SigninError::Database(error)) => broken(&error),
            Err(error) => self.form(status_of(&error), login, Some(&sentence(&error))),
        }
    }

    async fn by_password(&self, login: &str, password: &str) -> Result<Response, SigninError> {
        let (owner, name) = people::login(&self.application, None, login);
        let source = self.http.into();
        let attempt = PasswordLogin { source, owner, login: name, password };
        let client_id = &self.application.client_id;
        let (proof, consent) =
            password::verify(self.origin, attempt, |named| accounts::consent(named, client_id))
                .await?;
        if !proof.person.is_admitted_to(&self.application) {
            proof.commit(self.origin).await?;
            let error = "This account may not use this application.";
            return Ok(self.form(StatusCode::FORBIDDEN, login, Some(error)));
        }
        let mut begun = session::begin(self.origin, self.http, proof, &["pwd"]);
        let consents: Vec<Consent> = consent.into_iter().collect();
        let Begun { current, change, .. } = &mut begun;
        let step = self.decide(Some(current), &consents, Interaction::SignedIn, change);
        let committed = commit(self.origin, std::mem::take(&mut begun.change)).await?;
        begun.check(&committed)?;
        let response = match self.outcome(step, Some(&begun.current), &committed) {
            Outcome::Done(response) => response,
            Outcome::Approve(approval, current) => self.approval(approval, current, None),
            Outcome::SignIn => {
                let error =
                    "The application asked for another account. Please sign in with that one.";
                self.form(StatusCode::FORBIDDEN, login, Some(error))
            }
        };
        Ok(session::with_cookie(response, &begun.cookie))
    }

    /// The response to the form of [`Self::approval`].
    async fn approved(&self, allow: bool, form_token: Option<&str>) -> Response {
        let Some(current) = &self.current else {
            return self.form(StatusCode::UNAUTHORIZED, "", None);
        };
        if !csrf::is_genuine(self.origin, self.http, form_token) {
            return self.approval(Approval::Consent, current, Some(AGAIN));
        }
        if !allow {
            return self.refuse(&Complaint::DENIED);
        }
        match self.settled(Interaction::Approved).await {
            Outcome::Done(response) => response,
            Outcome::Approve(approval, current) => self.approval(approval, current, None),
            Outcome::SignIn => {
                let error = "Please sign in again to allow this.";
                self.form(StatusCode::FORBIDDEN, "", Some(error))
            }
        }
    }

    /// The redirect that tells the client why it gets no code.
    fn refuse(&self, complaint: &Complaint) -> Response {
        deliver(self.origin, self.http, &self.request.return_to, complaint.parameters())
    }

    /// The page that asks the person to allow the request.
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
        with_token_cookie(pages::answer_leading_to(status, title, main, &target), token)
    }

    /// The address of the page with the request, which is all that it carries.
    fn page_address(&self) -> String {
        let pairs: Vec<(&str, String)> = PARAMETERS
            .iter()
            .filter_map(|&name| Some((name, self.parameters.get(name)?.to_owned())))
            .collect();
        format!("{PAGE}?{}", redirect::encoded(&pairs))
    }

    /// The page that asks for a password.
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
