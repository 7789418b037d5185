//! For whom a provider speaks.
//!
//! Who administers a provider can make it say anything. It therefore speaks for accounts that hold no more than
//! those who set it up: for others a factor of the account has to be proven besides, and for administrators of
//! the platform it never speaks unless it is the platform's.

use crate::{
    core::{authority::administers_platform, principal::PLATFORM_ORGANIZATION, token::Role},
    origin::{
        domain::people::Person,
        store::{providers::Provider, resource::Stored},
    },
};

/// How far the word of a provider goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouching {
    /// It is enough.
    Enough,
    /// A factor of the account has to be proven besides.
    WithOwnFactor,
    /// It counts for nothing.
    Nothing,
}

/// How far `provider` speaks for `person`.
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
