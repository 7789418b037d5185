//! The state of a synchronization run between schedule ticks.

use serde::{Deserialize, Serialize};

use super::{Batch, Outcome, Report, time};
use crate::core::{
    ldap::{Filter, KeyRule},
    time::UnixTime,
};

/// The scope of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyncScope {
    /// All users: users not seen have left the directory.
    Full,
    /// Users whose entries changed at or after this time, by the server's clock. Departed users are
    /// not detected.
    Changes(UnixTime),
}

/// Keys from `from` to `to`, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    #[serde(with = "key_text")]
    from: u128,
    #[serde(with = "key_text")]
    to: u128,
}

/// Serializes keys in hex, because JSON numbers cannot hold 128 bits.
mod key_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(key: &u128, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{key:032x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u128, D::Error> {
        let text = String::deserialize(from)?;
        u128::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

/// Why a run cannot continue or complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// More users than the range limit have the same key, or there is no key.
    #[error("a range of more than {0} people cannot be split: raise `limits.range` or set a key")]
    Unsplittable(usize),
    /// The ranges contain fewer users than a range had before it was split.
    #[error(
        "{sampled} people were seen in a range, and only {found} in its parts: \
         the server does not compare the key attribute by order"
    )]
    RangesUnsupported {
        /// Users before the split.
        sampled: u64,
        /// Users in the parts.
        found: u64,
    },
    /// The batch does not belong to the next range.
    #[error("the batch is not of the range that is due")]
    OutOfOrder,
}

/// A run: its remaining ranges and results so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Its scope.
    pub scope: SyncScope,
    /// The remaining ranges; the last is next.
    ranges: Vec<Range>,
    /// The latest change seen.
    newest: Option<UnixTime>,
    /// The largest number of users seen in a split range.
    sampled: u64,
    /// The results.
    pub report: Report,
}

impl Cursor {
    /// Begins a run.
    pub fn new(scope: SyncScope) -> Self {
        let newest = match scope {
            SyncScope::Full => None,
            SyncScope::Changes(since) => Some(since),
        };
        let ranges = vec![Range { from: 0, to: u128::MAX }];
        Self { scope, ranges, newest, sampled: 0, report: Report::default() }
    }

    /// The next range; `None` if the run is complete.
    pub fn due(&self) -> Option<Range> {
        self.ranges.last().copied()
    }

    /// The number of known remaining ranges.
    pub const fn ranges_left(&self) -> usize {
        self.ranges.len()
    }

    /// Start of the next run of [`SyncScope::Changes`]: the latest change seen, minus `overlap`
    /// seconds for replication delay. `None` if nothing was seen.
    pub fn next_since(&self, overlap: i64) -> Option<UnixTime> {
        self.newest.map(|newest| newest.plus(overlap.saturating_neg()))
    }

    /// Counts an applied batch and removes its range, or splits the range.
    pub fn advance(&mut self, batch: &Batch) -> Result<(), CursorError> {
        if self.due() != Some(batch.range) {
            return Err(CursorError::OutOfOrder);
        }
        self.report.pages += u64::from(batch.pages);
        self.report.references += batch.references;
        match &batch.outcome {
            Outcome::Complete => {
                self.ranges.pop();
                self.report.ranges += 1;
                self.newest = self.newest.max(batch.newest());
                self.report.read(batch);
            }
            Outcome::TooMany { keys } => {
                self.sampled = self.sampled.max(u64::try_from(keys.len()).unwrap_or(u64::MAX));
                let (lower, upper) =
                    batch.range.split(keys).ok_or(CursorError::Unsplittable(keys.len()))?;
                self.ranges.pop();
                self.ranges.extend([upper, lower]);
                self.report.splits += 1;
            }
        }
        // Users may leave during a run, but not a tenth of them.
        let found = self.report.people.saturating_add(self.report.refused);
        if self.ranges.is_empty() && found.saturating_mul(10) < self.sampled.saturating_mul(9) {
            return Err(CursorError::RangesUnsupported { sampled: self.sampled, found });
        }
        Ok(())
    }
}

impl Default for Cursor {
    /// A new full run.
    fn default() -> Self {
        Self::new(SyncScope::Full)
    }
}

impl Range {
    /// Splits the range at the median of these keys.
    fn split(self, keys: &[u128]) -> Option<(Self, Self)> {
        let mut keys: Vec<u128> = keys.to_vec();
        keys.sort_unstable();
        let median = keys.get(keys.len() / 2)?;
        if self.from >= self.to || keys.first() == keys.last() {
            return None;
        }
        let middle = (*median).clamp(self.from, self.to - 1);
        Some((Self { from: self.from, to: middle }, Self { from: middle + 1, to: self.to }))
    }

    /// The filter for this range. Bounds at the ends of the key space are omitted.
    pub(super) fn filter(self, rule: &KeyRule) -> Vec<Filter> {
        let (name, write): (_, fn(u128) -> String) = match rule {
            KeyRule::Uuid(name) => (name, write_uuid),
            KeyRule::Time(name) => (name, write_time),
            KeyRule::Whole => return Vec::new(),
        };
        let from = (self.from > 0).then(|| Filter::at_least(name, write(self.from)));
        let to = (self.to < u128::MAX).then(|| Filter::at_most(name, write(self.to)));
        from.into_iter().chain(to).collect()
    }
}

fn write_uuid(key: u128) -> String {
    let hex = format!("{key:032x}");
    let mut rest = hex.as_str();
    let mut parts = Vec::new();
    for length in [8, 4, 4, 4] {
        let Some((part, after)) = rest.split_at_checked(length) else { break };
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts.join("-")
}

fn write_time(key: u128) -> String {
    time::write(UnixTime(i64::try_from(key).unwrap_or(i64::MAX)))
}

/// Parses the key of a user from the attribute's text.
pub(super) fn read_key(rule: &KeyRule, text: &str) -> Option<u128> {
    match rule {
        KeyRule::Uuid(_) => {
            let hex: String = text.chars().filter(|char| *char != '-').collect();
            (hex.len() == 32).then(|| u128::from_str_radix(&hex, 16).ok())?
        }
        KeyRule::Time(_) => u128::try_from(time::parse(text)?.0).ok(),
        KeyRule::Whole => Some(0),
    }
}
