//! Browsers in which a person has signed in before, by a cookie: the guesses of strangers do not slow them.
//!
//! The cookie has the number of the browser, and a MAC for each login of the accounts that signed in there
//! (a device cookie of OWASP, "Slow Down Online Guessing Attacks"). It proves nothing else: who has it may
//! guess five times in a quarter of an hour, as any network may, and all known
//! browsers of a login are slowed together.
//! Each MAC has the time when it was made, and ends some months later.

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

/// How old a MAC may be that a sign-in does not renew, in seconds.
const RENEWED_AFTER: i64 = 24 * 3600;

/// How many logins it has: two of each of five accounts.
const MOST: usize = 10;

/// Characters of 128 bits.
const LENGTH: usize = 22;

/// Who guesses at `login` in `owner` by `request`: the browser, if the person has signed in there, or else its
/// network.
pub fn guesser(origin: &Origin, request: &Request, owner: &str, login: &str) -> Guesser {
    let known = Known::read(origin, request);
    match known.filter(|known| known.has(origin, &guesses::login(owner, login), LIFETIME)) {
        Some(known) => Guesser::of_browser(&known.browser),
        None => Guesser::of_network(&request.client_ip),
    }
}

/// [`guesser`] at the second factors of `user`.
pub fn guesser_of(origin: &Origin, request: &Request, user: &User) -> Guesser {
    guesser(origin, request, &user.owner, &user.name)
}

/// The cookie by which the browser is known after a sign-in of `user`; `None`: it is already.
pub fn known(origin: &Origin, request: &Request, user: &User) -> Option<String> {
    let known = Known::read(origin, request);
    // Only what no other user of the organization can have too.
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

    /// Whether it knows the login since a sign-in less than `lifetime` seconds ago.
    fn has(&self, origin: &Origin, login: &str, lifetime: i64) -> bool {
        let now = origin.clock.now();
        self.logins.iter().fold(false, |found, entry| {
            found | self.since(origin, entry, login).is_some_and(|at| now.since(at) < lifetime)
        })
    }

    /// When `entry` was made, if it is that of the login.
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

/// Over `https` no other host of the domain can plant a cookie of this name (RFC 6265bis §4.1.3.2).
fn cookie_name(origin: &Origin, request: &Request) -> String {
    let prefix = if cookie::is_secure(origin, request) { "__Host-" } else { "" };
    format!("{prefix}{COOKIE}")
}
