//! Browsers in which a person has signed in before, by a cookie: the guesses of strangers do not slow them.
//!
//! The cookie has the number of the browser, and a MAC for each login of the accounts that signed in there
//! (a device cookie of OWASP, "Slow Down Online Guessing Attacks"). It proves nothing else: who has it may
//! guess five times in a quarter of an hour, as any network may.

use super::cookie;
use crate::{
    core::{
        encoding::base64url,
        root_key::{Purpose, RootKey},
        secret::constant_time_eq,
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

/// How long it stays, in seconds: as long as browsers keep a cookie (RFC 6265bis §5.5).
const LIFETIME: i64 = 400 * 24 * 3600;

/// How many logins it has: two of each of five accounts.
const MOST: usize = 10;

/// Characters of 128 bits.
const LENGTH: usize = 22;

/// Who guesses at `login` in `owner` by `request`: the browser, if the person has signed in there, or else its
/// network.
pub fn guesser(origin: &Origin, request: &Request, owner: &str, login: &str) -> Guesser {
    let known = Known::read(origin, request);
    match known.filter(|known| known.has(origin, &guesses::login(owner, login))) {
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
    if known.as_ref().is_some_and(|known| logins.iter().all(|login| known.has(origin, login))) {
        return None;
    }
    let mut known = known.unwrap_or_else(|| Known {
        browser: base64url(&origin.random.bytes::<16>()),
        logins: Vec::new(),
    });
    let key = &origin.config.root_keys.current;
    let mut all: Vec<String> = logins.iter().map(|login| known.mac(key, origin, login)).collect();
    known.logins.retain(|mac| !all.contains(mac));
    all.append(&mut known.logins);
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

    fn has(&self, origin: &Origin, login: &str) -> bool {
        let keys = origin.config.root_keys.iter();
        keys.map(|key| self.mac(key, origin, login)).fold(false, |found, mac| {
            let is_it = |known: &String| constant_time_eq(known.as_bytes(), mac.as_bytes());
            self.logins.iter().fold(found, |found, known| found | is_it(known))
        })
    }

    fn mac(&self, key: &RootKey, origin: &Origin, login: &str) -> String {
        let environment = &origin.config.environment;
        let context = format!("{environment}/known/{}/{login}", self.browser);
        let mac = key.derive(Purpose::Attempts, &context);
        mac.expose().first_chunk::<16>().map(|mac| base64url(mac)).unwrap_or_default()
    }
}

/// Over `https` no other host of the domain can plant a cookie of this name (RFC 6265bis §4.1.3.2).
fn cookie_name(origin: &Origin, request: &Request) -> String {
    let prefix = if cookie::is_secure(origin, request) { "__Host-" } else { "" };
    format!("{prefix}{COOKIE}")
}
