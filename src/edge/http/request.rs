//! Checks of every request, and classification of its path.

use std::net::IpAddr;

use http::Method;

use super::{Error, Response};
use crate::core::{
    cors::{ALLOWED_METHODS, allowed_headers},
    gateway::{MAXIMUM_TARGET, PathError, Slashes, check},
    request_head::RequestHead,
    request_id::RequestId,
};

/// The methods that the edge accepts. TRACE would show a client the service's view of its request,
/// including the credentials that the edge adds (RFC 9110 §9.3.8).
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

const AMBIGUOUS: &str = "the path is ambiguous";

/// The method of a request, if it is known, the client's address is well-formed (ATTACKS F-87) and
/// the path is unambiguous.
pub(in crate::edge) fn admitted(head: &RequestHead<'_>) -> Result<Method, Error> {
    let method = Method::from_bytes(head.method.as_bytes()).ok();
    let method = method.filter(is_known).ok_or(Error::Method(METHODS))?;
    if !head.client_ip.is_empty() && head.client_ip.parse::<IpAddr>().is_err() {
        return Err(Error::BadRequest("the client's address is malformed"));
    }
    match check(head.path) {
        // No name in the directory contains a slash.
        Ok(Slashes::Encoded) if is_origin_path(head.path) => Err(Error::BadRequest(AMBIGUOUS)),
        Ok(_) => Ok(method),
        Err(PathError::Ambiguous) => Err(Error::BadRequest(AMBIGUOUS)),
        Err(PathError::TooLong) => Err(Error::TooLong),
    }
}

/// An error if a request's target is too long to be searched for credentials.
pub(in crate::edge) fn check_length(head: &RequestHead<'_>) -> Result<(), Error> {
    if head.target.len() > MAXIMUM_TARGET { Err(Error::TooLong) } else { Ok(()) }
}

fn is_known(method: &Method) -> bool {
    METHODS.split(", ").any(|known| known == method.as_str())
}

/// Whether the origin serves the path.
pub(in crate::edge) fn is_origin_path(path: &str) -> bool {
    let mut segments = path.split('/').skip(1);
    matches!(
        (segments.next(), segments.next(), segments.next()),
        (Some("v1"), Some("iam" | "authz"), _)
            | (Some("v1"), Some("account"), Some("keys" | "csrf"))
            | (Some("login" | "account" | "api" | "oauth" | "access"), _, _)
    ) || matches!(path, "/.well-known/authzen-configuration" | "/.well-known/webauthn")
}

/// Whether a path is a page of the sign-in or of the account: authorization endpoint, its forms, the device
/// page.
pub(in crate::edge) fn is_page(path: &str) -> bool {
    matches!(
        path,
        "/login" | "/account" | "/v1/iam/oauth/authorize" | "/oauth/authorize" | "/v1/iam/spnego"
    ) || path.starts_with("/login/")
        || path.starts_with("/account/")
}

/// Whether a request is a CORS preflight (Fetch §3.3.2).
pub(in crate::edge) fn is_preflight(head: &RequestHead<'_>) -> bool {
    head.method == "OPTIONS"
        && head.header("origin").is_some()
        && head.header("access-control-request-method").is_some()
}

/// The response to a preflight. It carries no credential (Fetch §3.3.5), so it is not forwarded. Any
/// page may send its own bearer token, and none a cookie; the service decides what a page may read.
pub(in crate::edge) fn preflight(head: &RequestHead<'_>, request_id: RequestId) -> Response {
    let allowed = allowed_headers(head.header("access-control-request-headers"));
    Response::empty(204, request_id)
        .with("access-control-allow-origin", "*".to_owned())
        .with("access-control-allow-methods", ALLOWED_METHODS.to_owned())
        .with("access-control-allow-headers", allowed.to_owned())
        .with("access-control-max-age", "600".to_owned())
}
