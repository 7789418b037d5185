//! `Set-Cookie` headers.

use crate::origin::{Origin, http::Request};

/// A `Set-Cookie` header value; without `lifetime`, a session cookie.
pub fn set_cookie(
    origin: &Origin,
    request: &Request,
    name: &str,
    value: &str,
    lifetime: Option<i64>,
) -> String {
    let lifetime = lifetime.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let secure = if is_secure(origin, request) { "; Secure" } else { "" };
    format!("{name}={value}; Path=/{lifetime}; HttpOnly; SameSite=Lax{secure}")
}

/// Whether cookies are `Secure`: everywhere except in development.
pub fn is_secure(origin: &Origin, request: &Request) -> bool {
    origin.config.issuer_for(&request.base).starts_with("https://")
}
