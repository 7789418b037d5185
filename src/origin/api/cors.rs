//! Cross-origin requests: asks the database what [`crate::core::cors`] needs to decide, and writes
//! its headers.

use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use crate::{
    core::cors::{Audience, Permission, is_origin},
    origin::{
        Origin,
        api::{
            compat::Alias,
            list::{self, Matched},
        },
        http::{Request, Response, response},
        store::applications,
    },
};

/// What the page that sent `request` may do. Without an answer of the database: nothing.
pub async fn permission(origin: &Origin, request: &Request) -> Permission {
    let audience = audience(request);
    let from = request.header(header::ORIGIN.as_str());
    let is_registered = match from {
        // A page of this very host is of the same origin: nothing has to be looked up for it.
        Some(from)
            if from != request.base && audience.includes_applications() && is_origin(from) =>
        {
            applications::has_redirect_at(&*origin.database, from).await.unwrap_or(false)
        }
        _ => false,
    };
    Permission::decide(audience, from, &origin.config.session_origins, is_registered)
}

/// Which pages may call the path, whatever the method. An older spelling is for those that its
/// operation is for.
fn audience(request: &Request) -> Audience {
    if let Some(alias) = Alias::find(&request.path) {
        let declared = list::operation(alias.operation).map(|known| known.cors);
        return declared.unwrap_or_else(|| Audience::of(&request.path));
    }
    let segments = request.segments().unwrap_or_default();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let declared = Matched::find(&path).and_then(|matched| Some(matched.declaration()?.cors));
    declared.unwrap_or_else(|| Audience::of(&request.path))
}

/// Whether a browser asks beforehand.
pub fn is_preflight(request: &Request) -> bool {
    request.method == Method::OPTIONS
        && request.headers.contains_key(header::ORIGIN)
        && request.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a preflight request.
pub fn preflight(request: &Request, permission: &Permission) -> Response {
    let asked = request.header(header::ACCESS_CONTROL_REQUEST_HEADERS.as_str());
    with_headers(response::empty(StatusCode::NO_CONTENT), permission.preflight_headers(asked))
}

/// The answer with what lets the page read it.
pub fn allow(answer: Response, permission: &Permission) -> Response {
    with_headers(answer, permission.headers())
}

fn with_headers(mut answer: Response, headers: Vec<(&'static str, String)>) -> Response {
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().append(HeaderName::from_static(name), value);
        }
    }
    answer
}
