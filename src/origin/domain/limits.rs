//! How much one network, client, account and organization may do (docs/OPERATIONS.md, "Limits").

use serde::Deserialize;

use crate::{
    core::limit::Slot,
    origin::{Origin, store::attempts::Limit},
};

/// The limits of a deployment. Each has a safe default, and none can be switched off.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Wrong passwords from one network (an IPv4 address or an IPv6 /64), `SIGNIN_FAILURES`.
    pub signin_failures: Limit,
    /// All passwords from one network, right ones too: each costs a hash. `SIGNIN_ATTEMPTS`.
    pub signin_attempts: Limit,
    /// What one organization may have, unless its own record says otherwise. `QUOTAS`.
    pub quotas: Quotas,
}

impl Default for Limits {
    fn default() -> Self {
        let within_ten_minutes = |attempts| Limit { attempts, window: 600, freeze: None };
        Self {
            signin_failures: within_ten_minutes(30),
            signin_attempts: within_ten_minutes(300),
            quotas: Quotas::default(),
        }
    }
}

/// How many objects an organization may have at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// OAuth clients.
    pub applications: u32,
    /// Users whose home it is.
    pub users: u32,
    /// API keys that are not revoked.
    pub keys: u32,
    /// Memberships of users from elsewhere.
    pub memberships: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { applications: 200, users: 10_000, keys: 1_000, memberships: 10_000 }
    }
}

impl Origin {
    /// Where attempts of `whom` are counted among those of `kind`.
    pub fn slot(&self, kind: &str, whom: &str) -> Slot {
        Slot::of(&self.config.root_keys.current, &self.config.environment, kind, whom)
    }
}
