//! CSRF protection (RFC 9700 §4.7, ATTACKS C-52, C-55).
//!
//! A form carries a token, the MAC of a cookie of this browser; and the browser names the site that
//! initiated the request (`Origin`, `Sec-Fetch-Site`). Both are checked.

use hmac::Mac;

use super::session;
use crate::{
    core::{
        credential::Initiator,
        encoding::{base64url, from_base64url},
        root_key::{Purpose, RootKey},
        secret::constant_time_eq,
    },
    origin::{Origin, http::Request},
};

/// The form field that carries the token.
pub const FIELD: &str = "form_token";

/// A form token and its cookie.
#[derive(Debug)]
pub struct FormToken {
    /// The hidden field's value.
    pub token: String,
    /// The cookie to set, unless already present.
    pub cookie: Option<String>,
}

impl FormToken {
    /// The token for a page that responds to `request`.
    pub fn issue(origin: &Origin, request: &Request) -> Self {
        let (value, cookie) = bound(origin, request);
        let token = base64url(&mac(&origin.config.root_keys.current, origin, &value));
        Self { token, cookie }
    }
}

/// Whether a posted form with `token` comes from one of our pages in this browser.
pub fn is_genuine(origin: &Origin, request: &Request, token: Option<&str>) -> bool {
    let (Some(value), Some(token)) = (binding(origin, request), token.and_then(from_base64url))
    else {
        return false;
    };
    is_from_ours(origin, request)
        && origin
            .config
            .root_keys
            .iter()
            .any(|key| constant_time_eq(&mac(key, origin, value), &token))
}

/// The header that carries the token of [`token_of`].
pub const HEADER: &str = "x-csrf-token";

/// How long the token of [`token_of`] is valid, in seconds.
pub const LIFETIME: i64 = 3600;

/// A token for cookie-authenticated changes by `subject`, sent in the header [`HEADER`]. Cross-site
/// pages cannot read it.
pub fn token_of(origin: &Origin, subject: &str) -> String {
    let end = origin.clock.now().plus(LIFETIME).0;
    let mac = mac(&origin.config.root_keys.current, origin, &of_subject(subject, end));
    format!("{end}.{}", base64url(&mac))
}

/// Whether `token` is an unexpired token of [`token_of`] for `subject`.
pub fn is_of(origin: &Origin, subject: &str, token: Option<&str>) -> bool {
    let parts = token.and_then(|token| token.split_once('.'));
    let read = |(end, mac): (&str, &str)| Some((end.parse().ok()?, from_base64url(mac)?));
    let Some((end, sent)) = parts.and_then(read) else { return false };
    let value = of_subject(subject, end);
    origin.clock.now().0 < end
        && origin
            .config
            .root_keys
            .iter()
            .any(|key| constant_time_eq(&mac(key, origin, &value), &sent))
}

/// This form differs from every [`FormToken`] cookie.
fn of_subject(subject: &str, end: i64) -> String {
    format!("account:{end}:{subject}")
}

/// Whether the request comes from our own or a listed origin, according to the browser's headers. A
/// request without them is not from a page: browsers send them with every unsafe request.
pub fn is_from_ours(origin: &Origin, request: &Request) -> bool {
    // A browser does not repeat the header.
    let from = request.headers.contains_key("origin");
    let from = from.then(|| request.header("origin").unwrap_or_default());
    let is_own = |from: &str| {
        from == request.base
            || from == origin.config.issuer_for(&request.base)
            || origin.config.session_origins.iter().any(|listed| listed == from)
    };
    Initiator::of(from, request.header("sec-fetch-site"), is_own) != Initiator::Foreign
}

/// Whether the browser reports a cross-site request.
pub fn is_cross_site(request: &Request) -> bool {
    request.header("sec-fetch-site") == Some("cross-site")
}

/// The browser's cookie value, and the cookie to set if it has none.
pub fn bound(origin: &Origin, request: &Request) -> (String, Option<String>) {
    if let Some(value) = binding(origin, request) {
        return (value.to_owned(), None);
    }
    let value = base64url(&origin.random.bytes::<32>());
    let name = cookie_name(origin, request);
    let cookie = session::set_cookie(origin, request, name, &value, None);
    (value, Some(cookie))
}

/// The value of this browser's cookie.
pub fn binding<'a>(origin: &Origin, request: &'a Request) -> Option<&'a str> {
    request.cookie(cookie_name(origin, request)).filter(|value| value.len() == 43)
}

/// Over `https`, sibling hosts cannot set a cookie of this name (RFC 6265bis §4.1.3.2).
fn cookie_name(origin: &Origin, request: &Request) -> &'static str {
    if session::is_secure(origin, request) { "__Host-hanzo_signin" } else { "hanzo_signin" }
}

fn mac(key: &RootKey, origin: &Origin, value: &str) -> Vec<u8> {
    let mut mac = key.hmac(Purpose::Form, &origin.config.environment);
    mac.update(value.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
