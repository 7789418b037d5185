//! The policy of a sign-in.

use super::method::{Acr, Method, Methods};
use crate::core::{session::Factor, time::UnixTime};

/// What the names begin with by which a session notes its second factors: `amr` does not tell an authenticator
/// app from a code by e-mail.
const SECOND: &str = "second:";

/// The name of a passkey that verified its user, which is two factors.
pub(super) const VERIFIED_PASSKEY: &str = "second:verified-passkey";

/// What the name begins with by which a session notes a factor that a remembered browser stands for, with the
/// time when that factor was proven.
const REMEMBERED: &str = "rba:";

/// The name by which a session notes `method` as a second factor.
pub fn second_name(method: Method) -> String {
    format!("{SECOND}{}", method.wire_name())
}

/// What the application and the organization demand of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The methods by which a sign-in may begin.
    pub first: Methods,
    /// The second factors that count.
    pub second: Methods,
    /// Whether everyone needs a second factor, enrolled or not.
    pub requires_second: bool,
    /// The least class that the request demands (`acr_values`).
    pub acr: Option<Acr>,
    /// How long a browser may stand for a second factor after its proof, in hours; 0: it may not.
    pub remembered_hours: i64,
}

impl Policy {
    /// Whether a session meets the policy at `now` that was begun by methods of the names `amr` and has proved
    /// `factors`.
    pub fn is_met_by(self, amr: &[String], factors: &[Factor], now: UnixTime) -> bool {
        let counts = |factor: &Factor| match factor.method.strip_prefix(REMEMBERED) {
            Some(name) => self.counts(name) && self.remembers(factor.at, now),
            None => self.counts(&factor.method),
        };
        let has_second = factors.iter().any(counts);
        (!self.requires_second || has_second) && self.acr.is_none_or(|class| Acr::of(amr) >= class)
    }

    /// Whether a browser stands at `now` for a factor that was proven at `at`.
    const fn remembers(self, at: UnixTime, now: UnixTime) -> bool {
        now.since(at) < self.remembered_hours.saturating_mul(3600)
    }

    /// Whether a browser stands at `now` for a second factor that counts, in a sign-in that `first` began.
    pub(super) fn counts_remembered(
        self,
        remembered: Remembered,
        first: Method,
        now: UnixTime,
    ) -> bool {
        self.remembers(remembered.at, now)
            && remembered.names(first).iter().any(|name| self.counts(name))
    }

    /// Whether that is the name of a second factor that counts. A recovery code stands in for one.
    fn counts(self, name: &str) -> bool {
        let method = name.strip_prefix(SECOND).and_then(Method::of_wire_name);
        let is_counted = |method| method == Method::Recovery || self.second.has(method);
        name == VERIFIED_PASSKEY || method.is_some_and(is_counted)
    }
}

/// What the policy asks of the person's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// The second factors that the person can use.
    pub enrolled: Methods,
    /// Those of them that prove nothing for now, and are asked for none the less: a recovery code stands in.
    pub barred: Methods,
    /// Whether a second factor is asked for because the account has one. A passkey alone does not say so, unless
    /// the person administers the platform.
    pub wants_second: bool,
    /// What the person let this browser remember.
    pub remembered: Option<Remembered>,
}

/// The second factors that a browser stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembered {
    methods: Methods,
    has_verified_passkey: bool,
    at: UnixTime,
}

impl Remembered {
    /// The factors with these names, separated by spaces, that were proven at `at`.
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

    /// What a session notes of it that `first` began.
    pub(super) fn noted(self, first: Method) -> Vec<Factor> {
        let names = self.names(first).into_iter();
        names.map(|name| Factor { method: format!("{REMEMBERED}{name}"), at: self.at }).collect()
    }
}
