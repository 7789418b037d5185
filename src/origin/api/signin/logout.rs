//! Logout (OpenID Connect RP-Initiated Logout 1.0, WIRE §4.4) and its landing page.
//!
//! It ends a session and its grants, and revokes the grants that its user, or the subject of the
//! sent token, gave the client. The user must confirm (§2), unless the request comes from a page of
//! ours or of a listed origin that has asked, or carries an ID token of that session: otherwise,
//! any site could sign users out. Only redirect URIs that the client registered for logout are
//! followed.

use http::{Method, StatusCode};
use serde_json::json;

use super::{
    respond::{broken, issuer_host, plain_look, refused_here},
    schemas::LogoutQuery,
};
#[cfg(not(target_arch = "wasm32"))]
use crate::origin::api::endpoint::Contents;
use crate::{
    core::{
        authorization::MAXIMUM_STATE,
        cors::CorsClass,
        gateway::MAXIMUM_TARGET,
        oauth::frontchannel::Frame,
        principal::{Credential, Principal},
        redirect::{self, RedirectUri},
        time::UnixTime,
    },
    origin::{
        Origin,
        api::endpoint::{Call, Page, Reply, Verb, Who, endpoint},
        authn::{
            caller::{self, CallerError},
            csrf,
            federation::{Leading, saml},
            id_token_hint::{self, IdTokenHint},
            session::{self, Current},
        },
        domain::{
            audit::Subject,
            change::{Change, Position, Unrecorded},
            commit::commit,
            keyring::KeyringError,
            logouts, revocation,
        },
        http::{Parameters, Request, Response, RestError, response},
        pages::{self, Look},
        store::{
            accounts,
            applications::Application,
            clients::{self, Registered},
            query::{Query, load},
            sessions::{self, Session},
            users::User,
        },
    },
    ports::DatabaseError,
};

/// Path of the endpoint.
const ENDPOINT: &str = "/v1/iam/oauth/logout";

/// Recognized parameters.
const PARAMETERS: [&str; 5] =
    ["id_token_hint", "client_id", "clientId", "post_logout_redirect_uri", "state"];

endpoint! {
    /// Ends the session of the browser and what it granted (RP-Initiated Logout 1.0).
    ///
    /// Asks the person first, unless a page of ours or an ID token of the session does.
    pub Logout = GET "/v1/iam/oauth/logout" as "logout",
    who: Who::Public, also: &[Verb::Post], cors: CorsClass::ApplicationsAndSessions;
    query: LogoutQuery,
    reply: SignedOut,
    error: RestError;
    end_session
}

async fn end_session(origin: &Origin, call: Call<'_, Logout>) -> Result<SignedOut, RestError> {
    Ok(SignedOut(logout(origin, call.request).await))
}

/// A page or redirect for a browser, JSON for a program.
#[derive(Debug)]
pub struct SignedOut(Response);

impl Reply for SignedOut {
    const MEDIA_TYPE: &'static str = Page::MEDIA_TYPE;
    const REDIRECTS: &'static [u16] = Page::REDIRECTS;
    const REFUSALS: &'static [u16] = Page::REFUSALS;

    fn into_response(self) -> Response {
        self.0
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(_: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        None
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn contents(_: &mut schemars::SchemaGenerator) -> Contents {
        let ended = schemars::json_schema!({
            "type": "object",
            "required": ["status"],
            "properties": {"status": {"const": "ok"}},
        });
        vec![(Page::MEDIA_TYPE, schemars::Schema::default()), ("application/json", ended)]
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn refusals(generator: &mut schemars::SchemaGenerator) -> Contents {
        Page::refusals(generator)
    }
}

async fn logout(origin: &Origin, request: &Request) -> Response {
    if request.method == Method::GET
        && let Some(elsewhere) = issuer_host(origin, request)
    {
        return elsewhere;
    }
    match ended(origin, request).await {
        Ok(answer) => answer,
        Err(error) => broken(&error),
    }
}

async fn ended(origin: &Origin, request: &Request) -> Result<Response, KeyringError> {
    let asked = LogoutRequest::read(origin, request).await?;
    if !asked.has_acceptable_state() {
        return Ok(refused_here(
            "the state occurs more than once or is longer than 4096 characters",
        ));
    }
    let is_posted = request.method == Method::POST;
    let is_ours = is_posted && csrf::is_from_ours(origin, request);
    let now = origin.clock.now();
    let mut change = Change::unrecorded(Unrecorded::Step);
    let mut forgets = is_ours || !is_posted;
    let mut told = None;
    match (&asked.current, &asked.hinted) {
        (Some(current), _) if is_ours || asked.names(current) => {
            told = Some(asked.end(&mut change, &current.person.user, &current.session, now));
            forgets = true;
        }
        (Some(current), _) if is_navigation(request, &asked) => {
            let look = plain_look(origin, request);
            return Ok(asked.ask(&look, current));
        }
        (Some(_), _) => forgets = false,
        (None, Some((session, user))) => {
            told = Some(asked.end(&mut change, user, session, now));
        }
        // A cross-site form post omits the session cookie (`SameSite=Lax`); a redirect includes it.
        (None, None) if is_posted && !is_ours && is_navigation(request, &asked) => {
            if let Some(redirect) = asked.by_get() {
                return Ok(redirect);
            }
        }
        (None, None) => {}
    }
    if let Some(principal) = bearer(origin, request).await? {
        let Principal { subject, home, name, client_id, .. } = &principal;
        change.record(Subject::with(home, "grant", name, &json!({"client": client_id})));
        change.revoke(revocation::grants_between(subject, client_id, now));
    }
    let committed = commit(origin, change).await?;
    let mut frames = logouts::frames(origin, &committed, told.as_slice())?;
    let ended = asked.ended_session(told.is_some());
    if let Some((session, user)) = ended
        && is_navigation(request, &asked)
    {
        frames.extend(saml::clients::frames(origin, (&user.id, &session.id), "").await?);
    }
    let away = match ended {
        Some((session, user)) if is_navigation(request, &asked) => {
            let target = asked.target().unwrap_or_else(|| landing(origin, request));
            saml::logout::leading(origin, request, user, &session.methods, &target).await
        }
        _ => None,
    };
    let response = match away {
        Some(Leading::Posting { action, fields }) if frames.is_empty() => {
            pages::form_post(&plain_look(origin, request), &action, &fields)
        }
        Some(Leading::To(address)) => done(origin, request, &asked, &frames, Some(address)),
        _ => done(origin, request, &asked, &frames, None),
    };
    Ok(if forgets { session::forget(origin, request, response) } else { response })
}

/// The page after a logout without redirect.
fn landing(origin: &Origin, request: &Request) -> String {
    let landing = format!("{}/login?signed_out=1", origin.config.issuer_for(&request.base));
    plain_look(origin, request).link(&landing)
}

/// The redirect after the logout, or the page with `frames`; JSON for a program. `away` is an
/// identity provider to visit first.
fn done(
    origin: &Origin,
    request: &Request,
    asked: &LogoutRequest,
    frames: &[Frame],
    away: Option<String>,
) -> Response {
    let json = || response::no_store(response::json(StatusCode::OK, &json!({"status": "ok"})));
    if !is_navigation(request, asked) {
        return json();
    }
    if !frames.is_empty() {
        let look = plain_look(origin, request);
        let target = away.or_else(|| asked.target());
        return pages::signin::telling(&look, frames, target.as_deref()).response();
    }
    let location = away.or_else(|| asked.target());
    let location = location.unwrap_or_else(|| landing(origin, request));
    // The CSP of our form would apply to a redirect.
    if request.method == Method::POST && csrf::is_from_ours(origin, request) {
        return pages::onward(&plain_look(origin, request), &location);
    }
    response::redirect(&location).unwrap_or_else(json)
}

/// The request with the objects that it names.
struct LogoutRequest {
    parameters: Parameters,
    hint: Option<IdTokenHint>,
    /// The client that a verified hint or `client_id` names, if they agree.
    client_id: Option<String>,
    /// That client, if enabled.
    application: Option<Application>,
    /// The browser's session.
    current: Option<Current>,
    /// The live session of the hint, and its user.
    hinted: Option<(Session, User)>,
}

impl LogoutRequest {
    async fn read(origin: &Origin, request: &Request) -> Result<Self, KeyringError> {
        // A repeated parameter is treated as absent.
        let parameters = request
            .collected_parameters()
            .or_else(|_| Parameters::collected(request.query.as_bytes()))
            .unwrap_or_default();
        let named = parameters.any(&["client_id", "clientId"]);
        let token = parameters.get("id_token_hint");
        let queries = (
            session::find(origin, request),
            Query::from(named.map(clients::find)),
            id_token_hint::keys(origin, token),
        );
        let (current, application, keys) = load(&*origin.database, queries).await?;
        let mut found = Self {
            hint: None,
            client_id: named.map(str::to_owned),
            application: application.flatten().and_then(Registered::enabled),
            current,
            hinted: None,
            parameters: Parameters::default(),
        };
        if let Some(token) = token {
            let hint = id_token_hint::read(origin, &keys, token).await?;
            let hint = hint.filter(|hint| named.is_none_or(|named| named == hint.client_id));
            found.with_hint(origin, hint).await?;
        }
        Ok(Self { parameters, ..found })
    }

    /// Reads client and session from the hint; `None` if the hint is invalid.
    async fn with_hint(
        &mut self,
        origin: &Origin,
        hint: Option<IdTokenHint>,
    ) -> Result<(), DatabaseError> {
        let Some(hint) = hint else {
            (self.client_id, self.application) = (None, None);
            return Ok(());
        };
        let now = origin.clock.now();
        let queries = (
            sessions::find_by_id(&hint.subject, &hint.session_id, now),
            accounts::find(accounts::Named::Id(&hint.subject)),
            clients::find(&hint.client_id),
        );
        let (hinted, account, application) = load(&*origin.database, queries).await?;
        self.hinted = hinted.zip(account.map(|account| account.user));
        self.application = application.and_then(Registered::enabled);
        self.client_id = Some(hint.client_id.clone());
        self.hint = Some(hint);
        Ok(())
    }

    /// Adds the end of the session and of the user's grants to the client. Returns where the change
    /// reads the frames of the page.
    fn end(&self, change: &mut Change, user: &User, session: &Session, now: UnixTime) -> Position {
        change.record(Subject::with(
            &user.owner,
            "session",
            &user.name,
            &json!({"id": session.id}),
        ));
        let framed = logouts::read(change, session, now);
        change.revoke(revocation::session(&session.user_id, &session.id, now));
        if let Some(client_id) = &self.client_id {
            change.revoke(revocation::grants_between(&session.user_id, client_id, now));
        }
        framed
    }

    /// The ended session, if any, and its user.
    fn ended_session(&self, has_ended: bool) -> Option<(&Session, &User)> {
        let current = self.current.as_ref().map(|it| (&it.session, &it.person.user));
        let hinted = self.hinted.as_ref().map(|(session, user)| (session, user));
        current.or(hinted).filter(|_| has_ended)
    }

    /// Without its state, the client would have to reject the response, so none is sent.
    fn has_acceptable_state(&self) -> bool {
        let state = self.parameters.get("state").unwrap_or_default();
        state.chars().count() <= MAXIMUM_STATE
            && !self.parameters.repeated().any(|name| name == "state")
    }

    /// Whether the hint is an ID token of that session.
    fn names(&self, current: &Current) -> bool {
        self.hint.as_ref().is_some_and(|hint| {
            hint.subject == current.person.user.id && hint.session_id == current.session.id
        })
    }

    /// The recognized parameters with their values.
    fn known(&self) -> Vec<(&'static str, String)> {
        let value = |name| Some((name, self.parameters.get(name)?.to_owned()));
        PARAMETERS.into_iter().filter_map(value).collect()
    }

    /// Redirects to the same request as a GET, unless the URL would be too long.
    fn by_get(&self) -> Option<Response> {
        let address = format!("{ENDPOINT}?{}", redirect::encoded(&self.known()));
        (address.len() <= MAXIMUM_TARGET).then(|| response::redirect(&address))?
    }

    /// The page that asks whether to sign out.
    fn ask(&self, look: &Look, current: &Current) -> Response {
        ask(look, current, &self.known())
    }

    /// The redirect URI, if registered by the client.
    fn target(&self) -> Option<String> {
        let requested = self.parameters.get("post_logout_redirect_uri")?;
        let registered = &self.application.as_ref()?.post_logout_redirect_uris;
        let uri = RedirectUri::registered(requested, registered).ok()?;
        Some(match self.parameters.get("state") {
            Some(state) => redirect::with_query(&uri, &[("state", state.to_owned())]),
            None => uri.as_str().to_owned(),
        })
    }
}

/// User and client of the access token in the header. Token cookies are ignored, because browsers
/// send them automatically.
async fn bearer(origin: &Origin, request: &Request) -> Result<Option<Principal>, DatabaseError> {
    if !caller::is_presented(request) {
        return Ok(None);
    }
    let principal = match caller::authenticate(origin, request).await {
        Ok(principal) => principal,
        Err(CallerError::Failed(cause)) => {
            return Err(DatabaseError::Failed(cause.to_string()));
        }
        Err(_) => None,
    };
    let of_token = |principal: &Principal| matches!(principal.credential, Credential::Token { .. });
    Ok(principal.filter(of_token))
}

/// Whether the request is a browser navigation: a `GET`, or a form posted from a page.
fn is_navigation(request: &Request, asked: &LogoutRequest) -> bool {
    if request.method == Method::GET {
        return true;
    }
    if let Some(mode) = request.header("sec-fetch-mode") {
        return mode == "navigate";
    }
    request.media_type().as_deref() == Some("application/x-www-form-urlencoded")
        && (asked.parameters.get("post_logout_redirect_uri").is_some()
            || request.header("accept").is_some_and(|accept| accept.contains("text/html")))
}

fn ask(look: &Look, current: &Current, fields: &[(&str, String)]) -> Response {
    let user = &current.person.user;
    let person = format!("{}/{}", user.owner, user.name);
    pages::signin::sign_out(look, &person, &look.link(ENDPOINT), fields).response()
}
