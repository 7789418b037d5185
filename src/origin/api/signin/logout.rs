//! Logout (OpenID Connect RP-Initiated Logout 1.0, WIRE §4.4), and the page after it.
//!
//! It ends a session and everything granted in it, and revokes what its user, or the subject of the
//! token that was sent, granted the client. The person is asked first (§2), unless the request
//! is a page of ours or of a listed origin that has asked, or carries an ID token of the very
//! session that ends: any other site could sign people out. Only an address that the client
//! registered for it is redirected to.

use http::{Method, StatusCode};
use serde_json::json;

use super::authorize::{broken, issuer_host, refused_here};
use crate::{
    core::{
        authorization::MAXIMUM_STATE,
        gateway::MAXIMUM_TARGET,
        principal::{Credential, Principal},
        redirect::{self, RedirectUri},
        time::UnixTime,
    },
    origin::{
        Origin,
        authn::{
            caller::{self, CallerError},
            csrf,
            id_token_hint::{self, IdTokenHint},
            session::{self, Current},
        },
        domain::{admission, keyring::KeyringError, revocation},
        http::{Parameters, Request, Response, response},
        pages,
        store::sessions,
    },
    ports::{DatabaseError, Statement},
};

/// Where the endpoint is.
const ENDPOINT: &str = "/v1/iam/oauth/logout";

/// The parameters that are read.
const PARAMETERS: [&str; 5] =
    ["id_token_hint", "client_id", "clientId", "post_logout_redirect_uri", "state"];

/// `GET|POST /v1/iam/oauth/logout`
pub async fn logout(origin: &Origin, request: &Request) -> Response {
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
    let asked = Asked::read(origin, request).await?;
    if !asked.has_acceptable_state() {
        return Ok(refused_here(
            "the state occurs more than once or is longer than 4096 characters",
        ));
    }
    let is_posted = request.method == Method::POST;
    let is_ours = is_posted && csrf::is_from_ours(origin, request);
    let now = origin.clock.now();
    let current = session::current(origin, request).await?;
    let mut statements = Vec::new();
    let mut forgets = is_ours || !is_posted;
    match &current {
        Some(current) if is_ours || asked.names(current) => {
            statements.extend(revocation::session(&current.session.id, now));
            statements.extend(asked.grants_of(&current.user.id, now));
            forgets = true;
        }
        Some(current) if is_navigation(request, &asked) => return Ok(asked.ask(current)),
        Some(_) => forgets = false,
        None => match asked.hinted_session(origin).await? {
            Some((user_id, session_id)) => {
                statements.extend(revocation::session(&session_id, now));
                statements.extend(asked.grants_of(&user_id, now));
            }
            // A form of another site does not bring the session's cookie (`SameSite=Lax`); the
            // redirect does.
            None if is_posted && !is_ours && is_navigation(request, &asked) => {
                if let Some(answer) = asked.by_get() {
                    return Ok(answer);
                }
            }
            None => {}
        },
    }
    if let Some((user_id, client_id)) = bearer(origin, request).await? {
        statements.extend(revocation::grants_between(&user_id, &client_id, now));
    }
    if !statements.is_empty() {
        revocation::commit(origin, statements).await?;
    }
    let answer = done(origin, request, &asked).await?;
    Ok(if forgets { session::forget(origin, request, answer) } else { answer })
}

/// Where the browser goes next; JSON for a program.
async fn done(
    origin: &Origin,
    request: &Request,
    asked: &Asked,
) -> Result<Response, DatabaseError> {
    let json = || response::no_store(response::json(StatusCode::OK, &json!({"status": "ok"})));
    if !is_navigation(request, asked) {
        return Ok(json());
    }
    let location = match asked.target(origin).await? {
        Some(target) => target,
        None => format!("{}/login?signed_out=1", origin.config.issuer_for(&request.base)),
    };
    // The policy of our own form would follow a redirect.
    if request.method == Method::POST && csrf::is_from_ours(origin, request) {
        return Ok(pages::onward(&location));
    }
    Ok(response::redirect(&location).unwrap_or_else(json))
}

/// What the request names.
struct Asked {
    parameters: Parameters,
    hint: Option<IdTokenHint>,
    /// The client that a verified hint or `client_id` names, if they agree.
    client_id: Option<String>,
}

impl Asked {
    async fn read(origin: &Origin, request: &Request) -> Result<Self, KeyringError> {
        // A parameter that occurs more than once has no value.
        let parameters = request
            .collected_parameters()
            .or_else(|_| Parameters::collected(request.query.as_bytes()))
            .unwrap_or_default();
        let named = parameters.any(&["client_id", "clientId"]);
        let (hint, client_id) = match parameters.get("id_token_hint") {
            None => (None, named.map(str::to_owned)),
            Some(token) => {
                let hint = id_token_hint::read(origin, token)
                    .await?
                    .filter(|hint| named.is_none_or(|named| named == hint.client_id));
                let client_id = hint.as_ref().map(|hint| hint.client_id.clone());
                (hint, client_id)
            }
        };
        Ok(Self { parameters, hint, client_id })
    }

    /// A client that does not get its state back must refuse the answer, so that there is none.
    fn has_acceptable_state(&self) -> bool {
        let state = self.parameters.get("state").unwrap_or_default();
        state.chars().count() <= MAXIMUM_STATE
            && !self.parameters.repeated().any(|name| name == "state")
    }

    /// Whether the hint is an ID token of that session.
    fn names(&self, current: &Current) -> bool {
        self.hint.as_ref().is_some_and(|hint| {
            hint.subject == current.user.id && hint.session_id == current.session.id
        })
    }

    /// The live session of the hint: its person and its id.
    async fn hinted_session(
        &self,
        origin: &Origin,
    ) -> Result<Option<(String, String)>, DatabaseError> {
        let Some(hint) = &self.hint else { return Ok(None) };
        let session =
            sessions::find_by_id(&*origin.database, &hint.session_id, origin.clock.now()).await?;
        Ok(session
            .filter(|session| session.user_id == hint.subject)
            .map(|session| (session.user_id, session.id)))
    }

    /// Ends what the person gave the client.
    fn grants_of(&self, user_id: &str, now: UnixTime) -> Vec<Statement> {
        self.client_id
            .as_ref()
            .map_or_else(Vec::new, |client_id| revocation::grants_between(user_id, client_id, now))
    }

    /// The parameters that are read, with their values.
    fn known(&self) -> Vec<(&'static str, String)> {
        let value = |name| Some((name, self.parameters.get(name)?.to_owned()));
        PARAMETERS.into_iter().filter_map(value).collect()
    }

    /// The redirect to the same request as a GET, unless it is too long for an address.
    fn by_get(&self) -> Option<Response> {
        let address = format!("{ENDPOINT}?{}", redirect::encoded(&self.known()));
        (address.len() <= MAXIMUM_TARGET).then(|| response::redirect(&address))?
    }

    /// The page that asks whether to sign out.
    fn ask(&self, current: &Current) -> Response {
        let fields: String =
            self.known().iter().map(|(name, value)| pages::hidden(name, value)).collect();
        ask(current, &fields)
    }

    /// The address to go to, if the client registered it.
    async fn target(&self, origin: &Origin) -> Result<Option<String>, DatabaseError> {
        let (Some(client_id), Some(requested)) =
            (&self.client_id, self.parameters.get("post_logout_redirect_uri"))
        else {
            return Ok(None);
        };
        let Some(application) = admission::application(origin, client_id).await? else {
            return Ok(None);
        };
        let uri = RedirectUri::registered(requested, &application.post_logout_redirect_uris).ok();
        Ok(uri.map(|uri| match self.parameters.get("state") {
            Some(state) => redirect::with_query(&uri, &[("state", state.to_owned())]),
            None => uri.as_str().to_owned(),
        }))
    }
}

/// User and client of the access token in the header. One in a cookie comes along unasked.
async fn bearer(
    origin: &Origin,
    request: &Request,
) -> Result<Option<(String, String)>, DatabaseError> {
    if !caller::is_presented(request) {
        return Ok(None);
    }
    let principal = match caller::authenticate(origin, request).await {
        Ok(principal) => principal,
        Err(CallerError::Failed(cause)) => return Err(DatabaseError::Failed(cause)),
        Err(_) => None,
    };
    let of_token = |principal: &Principal| matches!(principal.credential, Credential::Token { .. });
    Ok(principal.filter(of_token).map(|principal| (principal.subject, principal.client_id)))
}

/// Whether a person will see the answer: a `GET`, or a form posted from a page.
fn is_navigation(request: &Request, asked: &Asked) -> bool {
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

fn ask(current: &Current, fields: &str) -> Response {
    let main = format!(
        "<h1>Sign out?</h1><p>You are signed in as <strong>{}/{}</strong>.</p>\
         <form method=\"post\" action=\"{ENDPOINT}\">{fields}\
         <button type=\"submit\">Sign out</button></form>",
        pages::escape(&current.user.owner),
        pages::escape(&current.user.name),
    );
    pages::answer(StatusCode::OK, "Sign out?", &main)
}

/// `GET /login`: where a browser lands after a logout, or by itself.
pub async fn landing(origin: &Origin, request: &Request) -> Response {
    if let Some(elsewhere) = issuer_host(origin, request) {
        return elsewhere;
    }
    match session::current(origin, request).await {
        Ok(Some(current)) => ask(&current, ""),
        Ok(None) => {
            let parameters = request.query_parameters().unwrap_or_default();
            let (title, text) = if parameters.get("signed_out").is_some() {
                ("You are signed out", "You can close this page.")
            } else {
                ("Sign in", "Open the application that you want to use: it brings you back here.")
            };
            let main = format!("<h1>{title}</h1><p>{text}</p>");
            pages::answer(StatusCode::OK, title, &main)
        }
        Err(error) => broken(&error),
    }
}
