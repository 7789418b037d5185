//! Limits per network, client, account and organization (docs/OPERATIONS.md, "Limits").

use serde::Deserialize;

use crate::core::limit::AttemptLimit;

/// The limits of a deployment. Each has a safe default, and none can be switched off.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Wrong passwords from one network (an IPv4 address or an IPv6 /64), `SIGNIN_FAILURES`.
    pub signin_failures: AttemptLimit,
    /// All passwords from one network, right ones too: each costs a hash. `SIGNIN_ATTEMPTS`.
    pub signin_attempts: AttemptLimit,
    /// What one organization may have, unless its own record says otherwise. `QUOTAS`.
    pub quotas: Quotas,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            signin_failures: AttemptLimit::within(30, 600),
            signin_attempts: AttemptLimit::within(300, 600),
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
    /// Organizations that one person may found by self-service.
    pub organizations: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            applications: 200,
            users: 10_000,
            keys: 1_000,
            memberships: 10_000,
            organizations: 5,
        }
    }
}
