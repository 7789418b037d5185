//! The cookies of a browser's sessions.
//!
//! `hanzo_session` has the active session (WIRE §12). Published clients rely on the name, so it has
//! no `__Host-` prefix, but it is set accordingly: host-only, `Path=/`, `HttpOnly`, and `Secure`
//! wherever the issuer is `https`. `SameSite=Lax` includes the session in a client's redirect, but
//! not in cross-site posts and embeds. `__Host-hanzo_accounts` has the sessions of all accounts
//! that signed in here, the active one's too. Sibling hosts cannot set it over `https` (RFC 6265bis
//! §4.1.3.2), so sessions that it does not name did not begin in this browser.

use http::header::SET_COOKIE;

pub use crate::origin::authn::cookie::{is_secure, set_cookie};

use crate::{
    core::{
        encoding::{digest, from_base64url},
        session::BOUNDS,
    },
    origin::{
        Origin,
        http::{Request, Response, response},
        store::sessions::SessionKey,
    },
};

/// The cookie of the active session.
pub const COOKIE: &str = "hanzo_session";

/// Maximum number of session cookies looked up per request.
const MAXIMUM_COOKIES: usize = 4;

/// Maximum number of accounts per browser in addition to the active one.
pub(super) const FURTHER: usize = 5;

/// Maximum length of the user and session parts of a cookie.
const MAXIMUM_PART: usize = 128;

/// Separates sessions in the accounts cookie; does not occur in session values.
const SEPARATOR: char = '~';

/// A session named in a cookie, not necessarily verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// The look-up key of the session.
    pub key: SessionKey,
    /// The value of its cookie.
    pub value: String,
}

impl Held {
    /// Parses a cookie value: `<base64url(user id)>.<session id>.<secret>`.
    fn read(value: &str) -> Option<Self> {
        let mut parts = value.splitn(3, '.');
        let (user, id, secret) = (parts.next()?, parts.next()?, parts.next()?);
        if secret.len() != 43 || user.len() > MAXIMUM_PART || id.len() > MAXIMUM_PART {
            return None;
        }
        let user_id = String::from_utf8(from_base64url(user)?).ok()?;
        let key = SessionKey { user_id, id: id.to_owned(), digest: digest(value) };
        Some(Self { key, value: value.to_owned() })
    }
}

/// The well-formed, distinct cookies of the active session.
pub(super) fn active(request: &Request) -> Vec<Held> {
    distinct(request.cookies(COOKIE), MAXIMUM_COOKIES)
}

/// The sessions in the accounts cookie, most recently active first. Two different cookies of that
/// name count as none.
pub(super) fn held(origin: &Origin, request: &Request) -> Vec<Held> {
    let value = request.cookie(accounts_name(origin, request)).unwrap_or_default();
    distinct(value.split(SEPARATOR), FURTHER + 1)
}

fn distinct<'a>(values: impl Iterator<Item = &'a str>, most: usize) -> Vec<Held> {
    let mut found: Vec<Held> = Vec::new();
    for held in values.filter_map(Held::read) {
        if !found.contains(&held) && found.len() < most {
            found.push(held);
        }
    }
    found
}

/// The cookie of the active session, for `seconds`; `None` clears it.
pub(super) fn set_active(
    origin: &Origin,
    request: &Request,
    session: Option<(&str, i64)>,
) -> String {
    let (value, seconds) = session.unwrap_or_default();
    set_cookie(origin, request, COOKIE, value, Some(seconds))
}

/// The accounts cookie with these values.
pub(super) fn set_held(origin: &Origin, request: &Request, values: &[&str]) -> String {
    let lifetime = if values.is_empty() { 0 } else { *BOUNDS.end() };
    let value = values.join(SEPARATOR.encode_utf8(&mut [0; 4]));
    set_cookie(origin, request, accounts_name(origin, request), &value, Some(lifetime))
}

fn accounts_name(origin: &Origin, request: &Request) -> &'static str {
    if is_secure(origin, request) { "__Host-hanzo_accounts" } else { "hanzo_accounts" }
}

/// The response that also sets `cookies`, one per line.
pub fn with_cookie(response: Response, cookies: &str) -> Response {
    let set = |response, cookie| response::with_header(response, SET_COOKIE, cookie);
    cookies.lines().fold(response, set)
}
