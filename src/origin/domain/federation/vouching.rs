//! Which accounts a provider may vouch for.
//!
//! A provider's administrator can make it assert any identity. It therefore vouches only for
//! accounts with no more authority than its administrators: other accounts must also prove a factor
//! of their own, and for platform administrators only a platform provider is accepted.

use crate::{
    core::{authority::administers_platform, principal::PLATFORM_ORGANIZATION, token::Role},
    origin::{
        domain::people::Person,
        store::{providers::Provider, resource::Stored},
    },
};

/// How far a provider vouches for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouching {
    /// The assertion is sufficient.
    Enough,
    /// A factor of the account must also be proven.
    WithOwnFactor,
    /// The assertion is not accepted.
    Nothing,
}

/// How far `provider` vouches for `person`.
pub fn of(provider: &Provider, person: &Person) -> Vouching {
    let owner = &provider.meta().owner;
    if owner == PLATFORM_ORGANIZATION {
        return Vouching::Enough;
    }
    if administers_platform(&person.roles) || person.user.owner != *owner {
        return Vouching::Nothing;
    }
    let most = if provider.vouches_for_owners { Role::Owner } else { Role::Admin };
    let is_within = person.roles.iter().all(|held| held.org == *owner && held.role <= most);
    if is_within { Vouching::Enough } else { Vouching::WithOwnFactor }
}
