//! What came of a run.

use serde::{Deserialize, Serialize};

use super::{Batch, Change, RefusedEntry};

/// The most refused entries that a report names.
const MOST_NAMED: usize = 50;

/// What came of a run so far. With a dry run, what would have come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Report {
    /// People read.
    pub people: u64,
    /// Accounts created.
    pub created: u64,
    /// Accounts updated.
    pub updated: u64,
    /// Accounts that were disabled and are active again.
    pub enabled: u64,
    /// Accounts disabled.
    pub disabled: u64,
    /// Accounts with nothing to change.
    pub unchanged: u64,
    /// Entries that are no valid person.
    pub refused: u64,
    /// The first of them, with the reason.
    pub refused_entries: Vec<RefusedEntry>,
    /// Search references, which are not followed.
    pub references: u64,
    /// Pages read.
    pub pages: u64,
    /// Ranges read.
    pub ranges: u64,
    /// Ranges that were split.
    pub splits: u64,
}

impl Report {
    pub(super) fn read(&mut self, batch: &Batch) {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        self.people += count(batch.people.len());
        self.refused += count(batch.refused.len());
        let room = MOST_NAMED.saturating_sub(self.refused_entries.len());
        self.refused_entries.extend(batch.refused.iter().take(room).cloned());
    }

    /// Counts an entry whose account is not made or changed.
    pub fn refuse(&mut self, entry: RefusedEntry) {
        self.refused += 1;
        if self.refused_entries.len() < MOST_NAMED {
            self.refused_entries.push(entry);
        }
    }

    /// Counts changes, and people without any.
    pub fn count(&mut self, changes: &[Change], unchanged: u64) {
        self.unchanged += unchanged;
        for change in changes {
            *match change {
                Change::Create(_) => &mut self.created,
                Change::Update(_) => &mut self.updated,
                Change::Enable(_) => &mut self.enabled,
                Change::Disable { .. } => &mut self.disabled,
            } += 1;
        }
    }
}
