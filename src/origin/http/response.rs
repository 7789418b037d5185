//! HTTP responses.

use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// A complete response.
pub type Response = http::Response<Vec<u8>>;

/// The cause of a server error: an extension of the response, for the log only.
#[derive(Debug, Clone)]
pub struct Cause(pub String);

/// The reason of a refusal, as the client gets it: an extension of the response, for the log.
#[derive(Debug, Clone)]
pub struct Reason(pub String);

/// The response with the reason of a refusal.
#[must_use]
pub fn with_reason(mut response: Response, reason: impl Into<String>) -> Response {
    response.extensions_mut().insert(Reason(reason.into()));
    response
}

/// The response with its cause.
#[must_use]
pub fn with_cause(mut response: Response, cause: Option<String>) -> Response {
    if let Some(cause) = cause {
        response.extensions_mut().insert(Cause(cause));
    }
    response
}

/// A JSON response.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    json_as(status, "application/json", value)
}

/// A JSON response of a media type of its own.
pub fn json_as(status: StatusCode, media_type: &'static str, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => with_type(status, media_type, body),
        Err(_) => with_type(
            StatusCode::INTERNAL_SERVER_ERROR,
            "application/json",
            br#"{"status":500,"error":"the answer could not be written"}"#.to_vec(),
        ),
    }
}

/// A page. It may not be framed and runs no script (RFC 9700 §4.16).
pub fn html(status: StatusCode, page: String) -> Response {
    let mut response = with_type(status, "text/html; charset=utf-8", page.into_bytes());
    let headers = response.headers_mut();
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; \
             base-uri 'none'",
        ),
    );
    no_store(response)
}

/// Bytes that another worker of ours reads.
pub fn bytes(status: StatusCode, body: Vec<u8>) -> Response {
    with_type(status, "application/octet-stream", body)
}

/// A text of that media type.
pub fn text_of(status: StatusCode, media_type: &'static str, text: &str) -> Response {
    with_type(status, media_type, text.as_bytes().to_vec())
}

/// Plain text, for errors that may not redirect (RFC 6749 §4.1.2.1).
pub fn text(status: StatusCode, message: &str) -> Response {
    with_type(status, "text/plain; charset=utf-8", message.as_bytes().to_vec())
}

/// A redirection by GET. `None` if `location` cannot stand in a header.
pub fn redirect(location: &str) -> Option<Response> {
    let mut response = empty(StatusCode::SEE_OTHER);
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_str(location).ok()?);
    Some(no_store(response))
}

/// A response without a body.
pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

/// The response with `Cache-Control: no-store` (RFC 6749 §5.1).
#[must_use]
pub fn no_store(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// The response with one more header, if `value` is a valid header value.
#[must_use]
pub fn with_header(mut response: Response, name: header::HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().append(name, value);
    }
    response
}

/// Names the realm in the challenge for a bearer credential (RFC 9110 §11.5), as the edge does.
pub fn name_realm(response: &mut Response, realm: &str) {
    let Some(challenge) = response.headers().get(header::WWW_AUTHENTICATE) else { return };
    let named = match challenge.to_str().ok().and_then(|text| text.strip_prefix("Bearer")) {
        Some("") => format!("Bearer realm=\"{realm}\""),
        Some(parameters) if !parameters.contains("realm=") => {
            format!("Bearer realm=\"{realm}\",{parameters}")
        }
        _ => return,
    };
    if let Ok(named) = HeaderValue::from_str(&named) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, named);
    }
}

fn with_type(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
