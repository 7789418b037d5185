//! Known browsers, identified by a cookie: attackers' guesses do not slow them.
//!
//! The cookie has the browser's number, and a MAC for each login of the accounts that signed in
//! there (a device cookie of OWASP, "Slow Down Online Guessing Attacks"). It grants nothing else:
//! its holder may guess five times in a quarter of an hour, as any network may, and all known
//! browsers of a login are slowed together. Each MAC has its creation time, and expires some months
//! later.

use super::cookie;
use crate::{
    core::{
        encoding::base64url,
        root_key::{Purpose, RootKey},
        secret::constant_time_eq,
        time::UnixTime,
    },
    origin::{
        Origin,
        domain::guesses::{self, Guesser},
        http::Request,
        store::users::User,
    },
};

/// The cookie, without its prefix.
const COOKIE: &str = "hanzo_known";

/// How long a browser is known after a sign-in, in seconds.
const LIFETIME: i64 = 90 * 24 * 3600;

/// Minimum age of a MAC before a sign-in renews it, in seconds.
const RENEWED_AFTER: i64 = 24 * 3600;

/// Maximum number of logins: two for each of five accounts.
const MOST: usize = 10;

/// Characters of 128 bits.
const LENGTH: usize = 22;

/// The guesser at `login` in `owner`: the known browser, or else the network.
pub fn guesser(origin: &Origin, request: &Request, owner: &str, login: &str) -> Guesser {
    let known = Known::read(origin, request);
    match known.filter(|known| known.has(origin, &guesses::login(owner, login), LIFETIME)) {
        Some(known) => Guesser::of_browser(&known.browser),
        None => Guesser::of_network(&request.client_ip),
    }
}

/// [`guesser`] for the second factors of `user`.
pub fn guesser_of(origin: &Origin, request: &Request, user: &User) -> Guesser {
    guesser(origin, request, &user.owner, &user.name)
}

/// The known-browser cookie to set after a sign-in of `user`; `None` if already known.
pub fn known(origin: &Origin, request: &Request, user: &User) -> Option<String> {
    let known = Known::read(origin, request);
    // Only logins that are unique in the organization.
    let email = Some(&user.email).filter(|email| user.email_verified && !email.is_empty());
    let logins: Vec<String> = [Some(&user.name), email]
        .into_iter()
        .flatten()
        .map(|login| guesses::login(&user.owner, login))
        .collect();
    if known
        .as_ref()
        .is_some_and(|known| logins.iter().all(|login| known.has(origin, login, RENEWED_AFTER)))
    {
        return None;
    }
    let known = known.unwrap_or_else(|| Known {
        browser: base64url(&origin.random.bytes::<16>()),
        logins: Vec::new(),
    });
    let (key, now) = (&origin.config.root_keys.current, origin.clock.now());
    let mut all: Vec<String> =
        logins.iter().map(|login| known.entry(key, origin, now, login)).collect();
    let is_other =
        |entry: &&String| logins.iter().all(|login| known.since(origin, entry, login).is_none());
    all.extend(known.logins.iter().filter(is_other).cloned());
    all.truncate(MOST);
    let value = format!("{}.{}", known.browser, all.join("."));
    let name = cookie_name(origin, request);
    Some(cookie::set_cookie(origin, request, &name, &value, Some(LIFETIME)))
}

struct Known {
    browser: String,
    logins: Vec<String>,
}

impl Known {
    fn read(origin: &Origin, request: &Request) -> Option<Self> {
        let value = request.cookie(&cookie_name(origin, request))?;
        let mut parts = value.split('.').take(MOST + 1).map(str::to_owned);
        let browser = parts.next().filter(|browser| browser.len() == LENGTH)?;
        Some(Self { browser, logins: parts.collect() })
    }

    /// Whether the login signed in there less than `lifetime` seconds ago.
    fn has(&self, origin: &Origin, login: &str, lifetime: i64) -> bool {
        let now = origin.clock.now();
        self.logins.iter().fold(false, |found, entry| {
            found | self.since(origin, entry, login).is_some_and(|at| now.since(at) < lifetime)
        })
    }

    /// The creation time of `entry`, if it belongs to the login.
    fn since(&self, origin: &Origin, entry: &str, login: &str) -> Option<UnixTime> {
        let at = UnixTime(entry.split_once('-')?.0.parse().ok()?);
        let is_it =
            |key| constant_time_eq(self.entry(key, origin, at, login).as_bytes(), entry.as_bytes());
        origin.config.root_keys.iter().fold(false, |found, key| found | is_it(key)).then_some(at)
    }

    fn entry(&self, key: &RootKey, origin: &Origin, at: UnixTime, login: &str) -> String {
        let environment = &origin.config.environment;
        let context = format!("{environment}/known/{}/{}/{login}", self.browser, at.0);
        let mac = key.derive(Purpose::Attempts, &context);
        let mac = mac.expose().first_chunk::<16>().map(|mac| base64url(mac)).unwrap_or_default();
        format!("{}-{mac}", at.0)
    }
}

/// Over `https`, sibling hosts cannot set a cookie of this name (RFC 6265bis §4.1.3.2).
fn cookie_name(origin: &Origin, request: &Request) -> String {
    let prefix = if cookie::is_secure(origin, request) { "__Host-" } else { "" };
    format!("{prefix}{COOKIE}")
}
