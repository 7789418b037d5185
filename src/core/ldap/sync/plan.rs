//! What a run changes: pure differences between the directory and the accounts. A dry run is the same plan,
//! not applied.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SyncScope;
use crate::core::ldap::Person;

/// What is known of an account of this directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// [`Person::fingerprint`] of when it was last created or updated.
    pub fingerprint: String,
    /// Whether it is active.
    pub active: bool,
}

/// A change of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A person without an account.
    Create(Person),
    /// A person whose entry has changed.
    Update(Person),
    /// A person whose account is disabled and who is active in the directory; updates too.
    Enable(Person),
    /// A person who is disabled in the directory, or is not in it.
    Disable {
        /// Whose account.
        subject: String,
        /// Whether the person is in the directory still.
        present: bool,
    },
}

/// The changes for these people, and how many have none. `known` are their accounts by subject. People who are
/// disabled in the directory and have no account get none.
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

/// Why nothing is disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SafeguardError {
    /// Too many.
    #[error("{disable} of {active} active accounts would be disabled, and {limit} are allowed")]
    TooMany {
        /// To be disabled by the whole run.
        disable: u64,
        /// Active before it.
        active: u64,
        /// Allowed.
        limit: u64,
    },
    /// A full run that saw no person at all.
    #[error("the run saw no person: nothing is disabled")]
    NobodySeen,
    /// A run over changes does not tell who has left.
    #[error("only a full run tells who has left the directory")]
    NotFull,
}

impl Safeguard {
    /// Whether a run that found `active` active accounts may disable `disable` of them in all.
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
