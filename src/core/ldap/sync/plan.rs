//! The changes of a run: the difference between directory and accounts, as pure code. A dry run
//! computes the same plan without applying it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SyncScope;
use crate::core::ldap::Person;

/// The stored state of an account of this directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// [`Person::fingerprint`] at the last creation or update.
    pub fingerprint: String,
    /// Whether it is active.
    pub active: bool,
}

/// A change of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A user without an account.
    Create(Person),
    /// A user whose entry has changed.
    Update(Person),
    /// A disabled account whose user is active in the directory; includes an update.
    Enable(Person),
    /// A user who is disabled in or absent from the directory.
    Disable {
        /// The account's subject.
        subject: String,
        /// Whether the user is still in the directory.
        present: bool,
    },
}

/// The changes for these users, and the number of unchanged ones. `known` are their accounts by
/// subject. Users who are disabled in the directory do not get an account.
pub fn changes(people: &[Person], known: &BTreeMap<String, Known>) -> (Vec<Change>, u64) {
    let mut unchanged = 0;
    let mut changes = Vec::new();
    for person in people {
        let change = match known.get(&person.subject) {
            None if person.active => Some(Change::Create(person.clone())),
            Some(account) if account.active && !person.active => {
                Some(Change::Disable { subject: person.subject.clone(), present: true })
            }
            Some(account) if !account.active && person.active => {
                Some(Change::Enable(person.clone()))
            }
            Some(account) if person.active && account.fingerprint != person.fingerprint() => {
                Some(Change::Update(person.clone()))
            }
            None | Some(_) => None,
        };
        match change {
            Some(change) => changes.push(change),
            None => unchanged += 1,
        }
    }
    (changes, unchanged)
}

/// How many accounts a run may disable. A directory that is emptied, moved or hidden by a changed right must
/// not lock everyone out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Safeguard {
    /// The most active accounts that a run disables, in percent.
    pub percent: u8,
    /// This many are disabled in any case, so that small directories work.
    pub at_least: u64,
}

impl Default for Safeguard {
    fn default() -> Self {
        Self { percent: 10, at_least: 5 }
    }
}

/// Why the safeguard prevents disabling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SafeguardError {
    /// Too many accounts.
    #[error("{disable} of {active} active accounts would be disabled, and {limit} are allowed")]
    TooMany {
        /// Accounts that the run would disable.
        disable: u64,
        /// Active accounts before the run.
        active: u64,
        /// The limit.
        limit: u64,
    },
    /// A full run saw no users.
    #[error("the run saw no person: nothing is disabled")]
    NobodySeen,
    /// An incremental run cannot detect departed users.
    #[error("only a full run tells who has left the directory")]
    NotFull,
}

impl Safeguard {
    /// Whether a run may disable `disable` of `active` accounts in total.
    pub fn allows(self, disable: u64, active: u64) -> Result<(), SafeguardError> {
        let share = u128::from(active) * u128::from(self.percent.min(100)) / 100;
        let limit = u64::try_from(share).unwrap_or(u64::MAX).max(self.at_least);
        if disable > limit {
            return Err(SafeguardError::TooMany { disable, active, limit });
        }
        Ok(())
    }
}

/// The changes for accounts that a full run did not see. `missing` are the subjects of active accounts of this
/// directory that no batch contained, neither among its people nor among its refused entries; `seen` the people of all batches; `active` the active accounts before the
/// run; `disabled` those that the run has disabled already, because the directory marks them.
pub fn disables(
    scope: SyncScope,
    missing: &[String],
    seen: u64,
    active: u64,
    disabled: u64,
    safeguard: Safeguard,
) -> Result<Vec<Change>, SafeguardError> {
    if scope != SyncScope::Full {
        return Err(SafeguardError::NotFull);
    }
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    if seen == 0 {
        return Err(SafeguardError::NobodySeen);
    }
    let count = u64::try_from(missing.len()).unwrap_or(u64::MAX);
    safeguard.allows(disabled.saturating_add(count), active)?;
    let disable = |subject: &String| Change::Disable { subject: subject.clone(), present: false };
    Ok(missing.iter().map(disable).collect())
}
