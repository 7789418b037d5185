//! `POST /v1/iam/login`, as the published clients call it (WIRE §4.5, §4.6): sign in by password or
//! by the browser's session, and get a code, a session, or a device approved.

mod call;
mod second;
mod wallet;

use http::StatusCode;

use self::second::Followed;
pub(super) use self::{
    call::{Call, Presented},
    second::send as send_code,
};
use super::{
    approval, device,
    login_code::{self, ByCode, TypedLogin},
    request::{client, code_request},
    respond::plain_look,
    schemas::{InEnvelope, LoginForm},
    visit::Visit,
};
use crate::{
    core::{
        authorization::{
            Approval, AuthorizationError, AuthorizationRequest, Complaint, Interaction, Next,
        },
        cors::CorsClass,
        signin::{Acr, Evidence, Flow, Method},
    },
    origin::{
        Origin,
        api::endpoint::{Call as EndpointCall, Rate, Unread, Who, endpoint},
        authn::{
            csrf,
            flow::{self, Pending},
            id_token_hint::{self, Expected},
            password::{self, PasswordLogin, SigninError},
            session::{self, Begun, Current},
            steps::{Advanced, Continuing, SignedIn, Steps},
        },
        domain::{
            change::{Change, Committed, Position, Unrecorded},
            codes,
            commit::commit,
            people,
            signin::{SigninRules, account},
        },
        http::{Envelope, ParameterError, Parameters, Request, Response, RestError},
        store::{
            accounts::{self, Named},
            applications::Application,
            clients::{self, Registered},
            consents::{self, Consent},
            factors::{self, Held},
            organizations::{self, Organization},
            query::{Query, load},
            signing_keys::SigningKey,
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

/// The response to a sign-in with `presented`.
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
    // Elsewhere the session's own methods decide.
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
        // No page here asks: the authorization endpoint does.
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

/// Adds cookies to those that the response sets, one a line.
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

/// What a call reads before a password is verified.
struct Loaded {
    /// In use; `None`: the call names none.
    application: Option<Application>,
    /// Of the application.
    organization: Option<Organization>,
    current: Option<Current>,
    consents: Vec<Consent>,
    keys: Vec<SigningKey>,
}

/// The person of a call: by a session that the browser has, or one that begins.
struct Person {
    source: Begins,
    consents: Vec<Consent>,
}

enum Begins {
    /// The session was there.
    No(Box<Current>, Change),
    Yes(Box<Begun>),
}

impl Person {
    /// The person whose session begins.
    fn begun(signed_in: SignedIn) -> Self {
        let SignedIn { begun, consents, .. } = signed_in;
        Self { source: Begins::Yes(Box::new(begun)), consents }
    }

    fn current(&self) -> &Current {
        match &self.source {
            Begins::No(current, _) => current,
            Begins::Yes(begun) => &begun.current,
        }
    }

    fn change(&mut self) -> &mut Change {
        match &mut self.source {
            Begins::No(_, change) => change,
            Begins::Yes(begun) => &mut begun.change,
        }
    }

    async fn commit(
        self,
        origin: &Origin,
        cookie: &mut Option<String>,
    ) -> Result<Current, Envelope> {
        let (current, _) = self.committed(origin, cookie).await?;
        Ok(current)
    }

    async fn committed(
        mut self,
        origin: &Origin,
        cookie: &mut Option<String>,
    ) -> Result<(Current, Committed), Envelope> {
        let committed = commit(origin, self.change().take()).await?;
        Ok(match self.source {
            Begins::No(current, _) => (*current, committed),
            Begins::Yes(begun) => {
                begun.check(&committed).map_err(refused)?;
                add(cookie, &begun.cookie);
                (begun.current, committed)
            }
        })
    }
}

impl Call {
    /// Loads the application (by `clientId`, or by the name in `application`: `owner/name` also), and
    /// the browser's session unless the call carries a login.
    async fn load(&self, origin: &Origin, request: &Request) -> Result<Loaded, Envelope> {
        let client_id = self.get(&["clientId", "client_id"]);
        let name = self.get(&["application", "applicationId"]);
        let registered = match (client_id, name) {
            (Some(client_id), _) => clients::find(client_id),
            (None, Some(name)) => clients::named(name),
            (None, None) => Query::ready(None),
        };
        let (current, user_ids) = if self.signs_in() {
            (Query::ready(None), Vec::new())
        } else {
            (session::find(origin, request), session::claimed(request))
        };
        let consents = match client_id {
            Some(client_id) => consents::of_users(&user_ids, client_id),
            None => Query::ready(Vec::new()),
        };
        let keys = id_token_hint::keys(origin, self.oauth("id_token_hint"));
        let organization = match client_id {
            Some(client_id) => organizations::of_client(client_id),
            None => Query::ready(None),
        };
        let queries = (registered, current, consents, keys, organization);
        let (registered, current, mut consents, keys, mut organization) =
            load(&*origin.database, queries).await?;
        let application = registered.and_then(Registered::enabled);
        if application.is_none() && client_id.or(name).is_some() {
            return Err(unknown());
        }
        if let (None, Some(application)) = (client_id, &application) {
            let name = &application.organization;
            organization = organizations::by_name(name).fetch(&*origin.database).await?;
        }
        if let (None, Some(application), Some(_)) = (client_id, &application, &current) {
            let client_id = &application.client_id;
            consents = consents::of_users(&user_ids, client_id).fetch(&*origin.database).await?;
        }
        Ok(Loaded { application, organization, current, consents, keys })
    }

    /// The person: by what the call proves, which begins a session unless a second factor is due; by the second factor of a sign-in that waits; else by the browser's session.
    async fn person(
        &self,
        origin: &Origin,
        request: &Request,
        loaded: Loaded,
        cookie: &mut Option<String>,
    ) -> Result<Followed, Envelope> {
        let Loaded { application, organization, current, consents, .. } = loaded;
        let rules =
            SigninRules { application: application.as_ref(), organization: organization.as_ref() };
        let acr = self.oauth("acr_values");
        let acr = acr.and_then(|values| values.split(' ').filter_map(Acr::parse).min());
        let steps = Steps { origin, http: request, rules, acr, resumes: None };
        if let Some(presented) = &self.presented {
            let Some(application) = &application else { return Err(no_application()) };
            return match presented {
                Presented::Wallet(form) => {
                    wallet::person(steps, self, form, application, cookie).await
                }
                Presented::Passkey(response) => {
                    let visit = Visit {
                        origin,
                        http: request,
                        application: Some(application),
                        organization: organization.as_ref(),
                        look: &plain_look(origin, request),
                        action: String::new(),
                        leads_to: String::new(),
                        acr,
                        resumes: None,
                    };
                    let advanced = visit.by_passkey_without_pages(response).await?;
                    second::followed(steps, advanced).await
                }
            };
        }
        let Some(login) = self.login() else {
            if self.second_factor().is_some() {
                return second::with_code(steps, self).await;
            }
            if let Some(method) = self.asks_for_code() {
                let asks = second::send(steps, method).await?;
                return Ok(Followed::Asks(Box::new(asks)));
            }
            let current = current.ok_or_else(login_required)?;
            if let Some(application) = &application
                && !current.person.is_admitted_to(application)
            {
                return Err(not_admitted());
            }
            return Ok(Followed::Person(Box::new(Person {
                source: Begins::No(Box::new(current), Change::unrecorded(Unrecorded::Step)),
                consents,
            })));
        };
        let Some(password) = self.get(&["password"]) else {
            return self.by_code(steps, login, cookie).await;
        };
        // The application decides whether passwords are accepted at all.
        let Some(application) = &application else {
            return Err(no_application());
        };
        if !application.enable_password {
            return Err(
                Envelope::error("this application does not take passwords").code("unsupported")
            );
        }
        let (owner, name) = people::login(application, self.get(&["organization"]), login);
        let attempt = PasswordLogin { source: request.into(), owner, login: name, password };
        let (now, browser) = (origin.clock.now(), steps.browser());
        let further = |named: Named<'_>| {
            let held = factors::held(named, &browser, now);
            accounts::consent(named, &application.client_id).and(held)
        };
        let verified = password::verify(origin, attempt, further).await;
        let (proof, (consent, held)) = verified.map_err(refused)?;
        if !proof.person.is_admitted_to(application) {
            proof.commit(origin).await.map_err(refused)?;
            return Err(not_admitted());
        }
        let (person, change, required) = proof.into_parts();
        let evidence = Evidence::by(Method::Password, person.user.id.clone(), now);
        let policy = steps.policy(&person);
        let flow = Flow::new(now).proved(policy, account(&person, &held), evidence, now);
        let flow = flow.map_err(|_| login_required())?;
        let consents = consent.into_iter().collect();
        let first = First { login, flow, person, held, consents };
        first.follow(steps, change, required, cookie).await
    }
}

/// A person who has proved a first factor.
struct First<'a> {
    /// As it was typed.
    login: &'a str,
    flow: Flow,
    person: people::Person,
    held: Held,
    consents: Vec<Consent>,
}

impl First<'_> {
    /// What follows: the session, or the second factor in this browser, which `cookie` makes known.
    async fn follow(
        self,
        steps: Steps<'_>,
        change: Change,
        required: Vec<Position>,
        cookie: &mut Option<String>,
    ) -> Result<Followed, Envelope> {
        let Self { login, flow, person, held, consents } = self;
        let (id, set) = flow::bound_id(steps.origin, steps.http, steps.rules.client_id());
        let pending = Pending::begin(id, login, flow);
        let continuing = Continuing { pending, person, held, consents };
        let advanced = steps.advance(continuing, change, required).await.map_err(refused)?;
        if let (Some(set), false) = (set, matches!(advanced, Advanced::Begins(_))) {
            add(cookie, &set);
        }
        second::followed(steps, advanced).await
    }
}

impl Call {
    /// What follows a code that was sent to the verified address, in place of a password.
    async fn by_code(
        &self,
        steps: Steps<'_>,
        login: &str,
        cookie: &mut Option<String>,
    ) -> Result<Followed, Envelope> {
        let code = self.body.get("code").unwrap_or_default();
        let application = steps
            .rules
            .application
            .ok_or_else(|| Envelope::error("the application is required").code("invalid_client"))?;
        if !steps.rules.first(steps.origin).has(Method::Email) {
            return Err(Envelope::error("this application does not take codes").code("unsupported"));
        }
        let (owner, name) = people::login(application, self.get(&["organization"]), login);
        let typed = TypedLogin { owner, login: name, code };
        let by_code = login_code::verified(steps, typed).await.map_err(refused)?;
        let ByCode { flow, person, held, consents, change, required } = by_code;
        let (id, set) = flow::bound_id(steps.origin, steps.http, &application.client_id);
        let pending = Pending::begin(id, login, flow);
        let continuing = Continuing { pending, person, held, consents };
        let advanced = steps.advance(continuing, change, required).await.map_err(refused)?;
        if let (Some(set), false) = (set, matches!(advanced, Advanced::Begins(_))) {
            add(cookie, &set);
        }
        second::followed(steps, advanced).await
    }
}

fn not_admitted() -> Envelope {
    Envelope::error("this account may not use this application").code("interaction_required")
}

/// Why a sign-in was refused, in the envelope.
pub fn refused(error: SigninError) -> Envelope {
    let code = match &error {
        SigninError::Wrong => "invalid_credentials",
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
        _ => answer,
    }
}
