//! What a sign-in must prove.

use super::{
    flow::REMEMBERED,
    method::{Acr, Method, Methods},
};
use crate::core::session::Factor;

/// What the names begin with by which a session notes its second factors: `amr` does not tell an authenticator
/// app from a code by e-mail.
const SECOND: &str = "second:";

/// The name of a passkey that verified its user, which is two factors.
pub(super) const VERIFIED_PASSKEY: &str = "second:verified-passkey";

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
    /// Whether a browser that the person let remember may stand for the second factor.
    pub remembers: bool,
}

impl Policy {
    /// Whether a session meets the policy that was begun by methods of the names `amr` and has proved `factors`.
    pub fn is_met_by(self, amr: &[String], factors: &[Factor]) -> bool {
        let is_remembered = self.remembers && amr.iter().any(|name| name == REMEMBERED);
        let has_second = is_remembered || factors.iter().any(|factor| self.counts(&factor.method));
        (!self.requires_second || has_second) && self.acr.is_none_or(|class| Acr::of(amr) >= class)
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
    /// Whether the person let this browser remember the second factor.
    pub is_remembered: bool,
}
