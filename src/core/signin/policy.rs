//! The policy of a sign-in.

use super::method::{Acr, Method, Methods};
use crate::core::{session::Factor, time::UnixTime};

/// Prefix of a session's second-factor names: `amr` does not distinguish an authenticator app from
/// an e-mail code.
const SECOND: &str = "second:";

/// The name of a passkey with user verification, which is two factors.
pub(super) const VERIFIED_PASSKEY: &str = "second:verified-passkey";

/// Prefix of a session's names for factors of a remembered browser, with the time of their proof.
const REMEMBERED: &str = "rba:";

/// The session name of `method` as a second factor.
pub fn second_name(method: Method) -> String {
    format!("{SECOND}{}", method.wire_name())
}

/// The combined sign-in requirements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The accepted first factors.
    pub first: Methods,
    /// The accepted second factors.
    pub second: Methods,
    /// Whether a second factor is required, enrolled or not.
    pub requires_second: bool,
    /// The minimum class required by the request (`acr_values`).
    pub acr: Option<Acr>,
    /// Lifetime of a remembered browser, in hours; 0 if not allowed.
    pub remembered_hours: i64,
}

impl Policy {
    /// Whether a session with the methods `amr` and proven `factors` meets the policy at `now`.
    pub fn is_met_by(self, amr: &[String], factors: &[Factor], now: UnixTime) -> bool {
        let counts = |factor: &Factor| match factor.method.strip_prefix(REMEMBERED) {
            Some(name) => self.counts(name) && self.remembers(factor.at, now),
            None => self.counts(&factor.method),
        };
        let has_second = factors.iter().any(counts);
        (!self.requires_second || has_second) && self.acr.is_none_or(|class| Acr::of(amr) >= class)
    }

    /// Whether a factor proven at `at` is still remembered at `now`.
    const fn remembers(self, at: UnixTime, now: UnixTime) -> bool {
        now.since(at) < self.remembered_hours.saturating_mul(3600)
    }

    /// Whether a remembered browser provides an accepted second factor at `now`, in a sign-in begun
    /// with `first`.
    pub(super) fn counts_remembered(
        self,
        remembered: Remembered,
        first: Method,
        now: UnixTime,
    ) -> bool {
        self.remembers(remembered.at, now)
            && remembered.names(first).iter().any(|name| self.counts(name))
    }

    /// Whether `name` is an accepted second factor, or a recovery code.
    fn counts(self, name: &str) -> bool {
        let method = name.strip_prefix(SECOND).and_then(Method::of_wire_name);
        let is_counted = |method| method == Method::Recovery || self.second.has(method);
        name == VERIFIED_PASSKEY || method.is_some_and(is_counted)
    }
}

/// The account data that the policy needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// The user's second factors.
    pub enrolled: Methods,
    /// Those temporarily not accepted but still requested; a recovery code can replace them.
    pub barred: Methods,
    /// Whether a second factor is required because the account has one. A passkey alone does not
    /// imply this, except for platform administrators.
    pub wants_second: bool,
    /// The remembered factors of this browser.
    pub remembered: Option<Remembered>,
}

/// The second factors of a remembered browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembered {
    methods: Methods,
    has_verified_passkey: bool,
    at: UnixTime,
}

impl Remembered {
    /// The factors with these space-separated names, proven at `at`.
    pub fn read(names: &str, at: UnixTime) -> Self {
        let methods = names.split(' ').filter_map(|name| name.strip_prefix(SECOND));
        Self {
            methods: Methods::of(methods.filter_map(Method::of_wire_name)),
            has_verified_passkey: names.split(' ').any(|name| name == VERIFIED_PASSKEY),
            at,
        }
    }

    /// The names of those that complete two factors with `first`.
    fn names(self, first: Method) -> Vec<String> {
        let verified = self.has_verified_passkey && first != Method::Passkey;
        let verified = verified.then(|| VERIFIED_PASSKEY.to_owned());
        self.methods.without(first).iter().map(second_name).chain(verified).collect()
    }

    /// Its session names in a sign-in begun with `first`.
    pub(super) fn noted(self, first: Method) -> Vec<Factor> {
        let names = self.names(first).into_iter();
        names.map(|name| Factor { method: format!("{REMEMBERED}{name}"), at: self.at }).collect()
    }
}
