//! Responses of the sign-in endpoints: redirects to the client, pages with errors, failures.

use http::{Method, StatusCode, header};

use crate::{
    core::{
        authorization::ReturnAddress,
        directory::is_organization_name,
        redirect::{self, ResponseMode},
    },
    origin::{
        Origin,
        authn::{csrf::FormToken, password::SigninError, session},
        http::{Request, Response, response},
        pages::{
            self, Look, Theme,
            text::{self, Common, Signin},
        },
        store::{applications::Application, organizations::Organization},
    },
};

/// Path of the authorization endpoint's sign-in page.
pub const PAGE: &str = "/login/oauth/authorize";

/// The look of the pages of an application or organization.
pub fn look(
    origin: &Origin,
    request: &Request,
    organization: Option<&Organization>,
    application: Option<&Application>,
) -> Look {
    let of_organization = |organization: &Organization| {
        let Organization { name, display_name, .. } = organization;
        if display_name.is_empty() { name.clone() } else { display_name.clone() }
    };
    let name = organization.map(of_organization);
    let name = name.or_else(|| Some(application?.organization.clone())).unwrap_or_default();
    let of = [
        organization.map(|organization| &organization.attributes),
        application.map(|application| &application.attributes),
    ];
    let attributes: Vec<_> = of.into_iter().flatten().collect();
    Look::of(origin, request, Theme::of(&name, &attributes))
}

/// The look of pages without an organization.
pub fn plain_look(origin: &Origin, request: &Request) -> Look {
    look(origin, request, None, None)
}

/// The HTTP status of a page with a refused sign-in.
pub fn status_of(error: &SigninError) -> StatusCode {
    match error {
        SigninError::Wrong
        | SigninError::WrongInDirectory(_)
        | SigninError::Disabled
        | SigninError::Passkey(_) => StatusCode::UNAUTHORIZED,
        SigninError::Unverified(_) => StatusCode::BAD_GATEWAY,
        SigninError::NotAdmitted => StatusCode::FORBIDDEN,
        SigninError::Locked(_) | SigninError::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
        SigninError::Password(_) => StatusCode::BAD_REQUEST,
        SigninError::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The error in the language of the page.
pub const fn sentence(look: &Look, error: &SigninError) -> &'static str {
    let texts = Signin::of(look.language);
    match error {
        SigninError::Wrong | SigninError::WrongInDirectory(_) => texts.wrong,
        SigninError::Unverified(_) => texts.provider_failed,
        SigninError::Locked(_) => texts.locked,
        SigninError::RateLimited(_) => texts.rate_limited,
        SigninError::Disabled => texts.disabled,
        SigninError::Password(_) => texts.malformed_password,
        SigninError::Passkey(_) => texts.passkey_wrong,
        SigninError::NotAdmitted => texts.not_admitted,
        SigninError::Database(_) => Common::of(look.language).internal,
    }
}

/// Redirects to the issuer's host, which has the sessions and pages (WIRE §1.2), preserving method
/// and body.
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

/// The text page for a refusal that must not redirect (RFC 6749 §4.1.2.1).
pub fn refused_here(why: &str) -> Response {
    response::with_reason(response::no_store(response::text(StatusCode::BAD_REQUEST, why)), why)
}

/// The text page for an internal error; the cause is only logged.
pub fn broken(error: &impl std::fmt::Display) -> Response {
    let text = "the request could not be completed";
    let response = response::no_store(response::text(StatusCode::INTERNAL_SERVER_ERROR, text));
    response::with_cause(response::with_reason(response, text), Some(error.to_string()))
}

/// Converts a plain-text refusal in `response` to a page, for browser navigations.
pub fn for_people(origin: &Origin, request: &Request, mut response: Response) -> Response {
    let is_shown = request.header("accept").is_some_and(|accepted| accepted.contains("text/html"));
    let status = response.status();
    let is_failure = status.is_client_error() || status.is_server_error();
    let media_type = response.headers().get(header::CONTENT_TYPE);
    let is_text = media_type.is_some_and(|it| it.as_bytes().starts_with(b"text/plain"));
    if !(is_shown && is_failure && is_text) {
        return response;
    }
    let why = String::from_utf8_lossy(response.body());
    let look = plain_look(origin, request);
    let mut page = pages::failure(&look, status, &why, &request.request_id);
    std::mem::swap(page.extensions_mut(), response.extensions_mut());
    page
}

/// The page, with `error` as the logged reason.
pub fn refusing(page: Response, error: Option<&str>) -> Response {
    match error {
        Some(error) => response::with_reason(page, text::english(error)),
        None if page.status().is_client_error() => {
            response::with_reason(page, "the application does not take passwords")
        }
        None => page,
    }
}

/// The page, setting the cookie of its form token.
pub fn with_token_cookie(page: Response, token: FormToken) -> Response {
    match token.cookie {
        Some(cookie) => session::with_cookie(page, &cookie),
        None => page,
    }
}

/// The display name of an application.
pub fn name_of(application: &Application) -> &str {
    if application.display_name.is_empty() { &application.name } else { &application.display_name }
}

/// Redirects to the client with `answer`. After a form post, a page redirects, except to native
/// applications, which browsers open only on a user click.
pub fn deliver(
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
    let look = || plain_look(origin, http);
    let location = match to.mode {
        ResponseMode::Query => redirect::with_query(&to.redirect, &answer),
        ResponseMode::Fragment => redirect::with_fragment(&to.redirect, &answer),
        ResponseMode::FormPost => return pages::form_post(&look(), to.redirect.as_str(), &answer),
    };
    if http.method == Method::POST && http.path == PAGE && native_scheme(to).is_none() {
        return pages::onward(&look(), &location);
    }
    response::redirect(&location).unwrap_or_else(|| refused_here("the redirect_uri is malformed"))
}

/// The CSP source of a native application's private-use scheme (RFC 8252 §7.1).
pub fn native_scheme(to: &ReturnAddress) -> Option<String> {
    let source = to.redirect.policy_source();
    source.ends_with(':').then_some(source)
}

/// Name of the cookie with the organization of the last account sign-in.
pub fn organization_cookie(origin: &Origin, http: &Request) -> String {
    let prefix = if session::is_secure(origin, http) { "__Host-" } else { "" };
    format!("{prefix}hanzo_organization")
}

/// The organization of the last account sign-in in this browser.
pub fn remembered_organization(origin: &Origin, http: &Request) -> Option<String> {
    let kept = http.cookie(&organization_cookie(origin, http)).map(str::to_owned);
    kept.filter(|name| is_organization_name(name))
}
