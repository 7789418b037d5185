//! What a sign-in must prove.

use super::{
    flow::REMEMBERED,
    method::{Acr, Methods},
};

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
    /// Whether a session that was begun by methods of these names (`amr`) meets the policy.
    pub fn is_met_by(&self, amr: &[String]) -> bool {
        let has = |name: &str| amr.iter().any(|known| known == name);
        let has_second = has("mfa") || (self.remembers && has(REMEMBERED));
        (!self.requires_second || has_second) && self.acr.is_none_or(|class| Acr::of(amr) >= class)
    }
}

/// What the policy asks of the person's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// The second factors that the person can use.
    pub enrolled: Methods,
    /// Whether the person wants a second factor to be asked for. A passkey alone does not say so.
    pub wants_second: bool,
    /// Whether the person let this browser remember the second factor.
    pub is_remembered: bool,
}
