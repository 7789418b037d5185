//! CORS: loads the data that [`crate::core::cors`] needs to decide, and writes its headers.

use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use crate::{
    core::cors::{CorsClass, Permission, is_origin},
    origin::{
        Origin,
        http::{Request, Response, response},
        store::applications,
    },
};

/// The permission of the page that sent `request`, at an endpoint of CORS `class`. None if the
/// database fails.
pub async fn permission(origin: &Origin, request: &Request, class: CorsClass) -> Permission {
    let from = request.header(header::ORIGIN.as_str());
    let is_registered = match from {
        // Same-origin pages need no look-up.
        Some(from) if from != request.base && class.includes_applications() && is_origin(from) => {
            applications::has_redirect_at(&*origin.database, from).await.unwrap_or(false)
        }
        _ => false,
    };
    Permission::decide(class, from, &origin.config.session_origins, is_registered)
}

/// Whether the request is a CORS preflight.
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

/// Adds the CORS headers to the response.
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
