//! Logout (OpenID Connect RP-Initiated Logout 1.0, WIRE §4.4), and the page after it.
//!
//! It ends the browser's session with whatever was given in it, and revokes what its person, or the
//! bearer of the token that came along, gave the client. A `GET` that another site caused, without
//! an ID token of the very person who is signed in, asks first: otherwise any page could sign
//! people out. Only an address that the client registered for it is redirected to.

use http::{Method, StatusCode};
use serde_json::json;

use super::{
    admission,
    authorize::{broken, issuer_host},
    forgery,
    hint::{self, Hint},
    page,
    session::{self, Current},
};
use crate::{
    core::{
        principal::Credential,
        redirect::{self, RedirectUri},
    },
    origin::{
        Origin, caller,
        http::{Parameters, Request, Response, response},
        keyring::KeyringError,
        revocation,
    },
    world::DatabaseError,
};

/// Where the endpoint is.
const ENDPOINT: &str = "/v1/iam/oauth/logout";

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
    // A form of another site does not bring the session's cookie (`SameSite=Lax`), nor may it.
    let current = if request.method == Method::GET || forgery::is_from_ours(origin, request) {
        session::current(origin, request).await?
    } else {
        None
    };
    if let Some(current) = &current
        && request.method == Method::GET
        && forgery::is_cross_site(request)
        && asked.hint.as_ref().is_none_or(|hint| hint.subject != current.user.id)
    {
        return Ok(ask(request, current));
    }
    let now = origin.clock.now();
    let mut statements = Vec::new();
    if let Some(current) = &current {
        statements.extend(revocation::session(&current.session.id, now));
        if let Some(client_id) = &asked.client_id {
            statements.extend(revocation::grants_between(&current.user.id, client_id, now));
        }
    }
    if let Some((user_id, client_id)) = bearer(origin, request).await {
        statements.extend(revocation::grants_between(&user_id, &client_id, now));
    }
    if !statements.is_empty() {
        revocation::commit(origin, statements).await?;
    }
    let answer = if is_navigation(request) {
        let location = match asked.target(origin).await? {
            Some(target) => target,
            None => format!("{}/login?signed_out=1", origin.config.issuer_for(&request.base)),
        };
        if request.method == Method::GET {
            response::redirect(&location)
        } else {
            Some(page::onward(&location))
        }
    } else {
        None
    };
    let answer = answer.unwrap_or_else(|| {
        response::no_store(response::json(StatusCode::OK, &json!({"status": "ok"})))
    });
    Ok(session::forget(origin, request, answer))
}

/// What the request names.
struct Asked {
    parameters: Parameters,
    hint: Option<Hint>,
    /// The client that a verified hint or `client_id` names, if they agree.
    client_id: Option<String>,
}

impl Asked {
    async fn read(origin: &Origin, request: &Request) -> Result<Self, KeyringError> {
        let query = request.query_parameters().ok();
        let body = request.body_parameters().unwrap_or_default();
        // Repeated parameters count as none: the person is signed out all the same.
        let parameters = query.and_then(|query| query.merged(body).ok()).unwrap_or_default();
        let named = parameters.any(&["client_id", "clientId"]);
        let (hint, client_id) = match parameters.get("id_token_hint") {
            None => (None, named.map(str::to_owned)),
            Some(token) => {
                let hint = hint::read(origin, token)
                    .await?
                    .filter(|hint| named.is_none_or(|named| named == hint.client_id));
                let client_id = hint.as_ref().map(|hint| hint.client_id.clone());
                (hint, client_id)
            }
        };
        Ok(Self { parameters, hint, client_id })
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

/// User and client of the access token that came along.
async fn bearer(origin: &Origin, request: &Request) -> Option<(String, String)> {
    let principal = caller::authenticate(origin, request).await.ok()??;
    matches!(principal.credential, Credential::Token { .. })
        .then_some((principal.subject, principal.client_id))
}

/// Whether a person will see the answer: a `GET`, or a form posted from a page.
fn is_navigation(request: &Request) -> bool {
    let posts_form = request.media_type().as_deref() == Some("application/x-www-form-urlencoded");
    request.method == Method::GET
        || (posts_form
            && request.header("accept").is_some_and(|accept| accept.contains("text/html")))
}

fn ask(request: &Request, current: &Current) -> Response {
    let query =
        if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let main = format!(
        "<h1>Sign out?</h1><p>You are signed in as <strong>{}/{}</strong>.</p>\
         <form method=\"post\" action=\"{}\"><button type=\"submit\">Sign out</button></form>",
        page::escape(&current.user.owner),
        page::escape(&current.user.name),
        page::escape(&format!("{ENDPOINT}{query}")),
    );
    page::answer(StatusCode::OK, "Sign out?", &main)
}

/// `GET /login`: where a browser lands after a logout, or by itself.
pub async fn landing(origin: &Origin, request: &Request) -> Response {
    if let Some(elsewhere) = issuer_host(origin, request) {
        return elsewhere;
    }
    match session::current(origin, request).await {
        Ok(Some(current)) => ask(request, &current),
        Ok(None) => {
            let parameters = request.query_parameters().unwrap_or_default();
            let (title, text) = if parameters.get("signed_out").is_some() {
                ("You are signed out", "You can close this page.")
            } else {
                ("Sign in", "Open the application that you want to use: it brings you back here.")
            };
            let main = format!("<h1>{title}</h1><p>{text}</p>");
            page::answer(StatusCode::OK, title, &main)
        }
        Err(error) => broken(&error),
    }
}
