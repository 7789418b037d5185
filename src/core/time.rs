//! Points in time.

use std::{fmt, str::FromStr};

use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z (RFC 7519 §2 `NumericDate`, without fractions).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// This many seconds later (saturating, so that no claim can overflow it).
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this point; negative if `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// RFC 3339 in UTC, as the `/v1/iam` objects write time (`2026-11-23T20:00:00Z`).
impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp(self.0, 0) {
            Some(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true)),
            None => write!(f, "@{}", self.0),
        }
    }
}

/// Reads RFC 3339 with any offset.
impl FromStr for UnixTime {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DateTime::parse_from_rfc3339(text).map(|time| Self(time.timestamp()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_what_it_writes() {
        for seconds in [0, 1_795_464_000, 2_147_483_648, 253_402_300_799] {
            let time = UnixTime(seconds);
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        assert_eq!(UnixTime(1_795_464_000).to_string(), "2026-11-23T20:00:00Z");
    }

    #[test]
    fn a_time_out_of_any_calendar_neither_panics_nor_overflows() {
        assert_eq!(UnixTime(i64::MAX).plus(1), UnixTime(i64::MAX));
        assert_eq!(UnixTime(i64::MAX).to_string(), format!("@{}", i64::MAX));
    }
}
