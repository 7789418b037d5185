//! The budget of a key and its use of it.

use serde::{Deserialize, Serialize};

use crate::core::time::UnixTime;

/// How many calls a key may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Budget {
    /// In a calendar month (UTC); `None`: as many as it likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<u64>,
    /// In its whole life; `None`: as many as it likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

impl Budget {
    /// Whether there is none.
    pub const fn is_unlimited(&self) -> bool {
        self.month.is_none() && self.total.is_none()
    }

    /// Whether it is spent at `now` by `spend` and `unconfirmed` calls.
    pub fn is_spent(&self, spend: Spend, unconfirmed: u64, now: UnixTime) -> bool {
        if self.is_unlimited() {
            return false;
        }
        let spend = spend.at(now);
        let reached = |limit: Option<u64>, used: u64| {
            limit.is_some_and(|limit| used.saturating_add(unconfirmed) >= limit)
        };
        reached(self.month, spend.month) || reached(self.total, spend.total)
    }
}

/// What a key has spent, in calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spend {
    /// The last month in which it was used.
    pub in_month: Month,
    /// In that month.
    pub month: u64,
    /// In its whole life.
    pub total: u64,
}

impl Spend {
    /// Whether it is nothing.
    pub const fn is_zero(&self) -> bool {
        self.total == 0
    }

    /// The spend at `now`: a new month starts at zero. When the clock is put back, the later month
    /// continues.
    #[must_use]
    pub fn at(self, now: UnixTime) -> Self {
        let present = Month::of(now);
        if present > self.in_month { Self { in_month: present, month: 0, ..self } } else { self }
    }

    /// What it was `calls` earlier in the same month.
    #[must_use]
    pub const fn before(self, calls: u64) -> Self {
        let (month, total) = (self.month.saturating_sub(calls), self.total.saturating_sub(calls));
        Self { month, total, ..self }
    }

    /// The later of two spends of the same key: a spend never decreases.
    #[must_use]
    pub fn or_later(self, other: Self) -> Self {
        let (earlier, later) =
            if self.in_month <= other.in_month { (self, other) } else { (other, self) };
        let known = if earlier.in_month == later.in_month { earlier.month } else { 0 };
        Self { month: later.month.max(known), total: later.total.max(earlier.total), ..later }
    }
}

/// A calendar month (UTC): months since the beginning of the year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Month(pub i64);

impl Month {
    /// The month of `now`. Howard Hinnant's `civil_from_days`: years begin in March, so that the
    /// leap day is a year's last.
    pub const fn of(now: UnixTime) -> Self {
        let days = now.0.div_euclid(86_400) + 719_468;
        let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let months_since_march = (5 * day + 2) / 153;
        Self((era * 400 + year) * 12 + months_since_march + 2)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Datelike};
    use proptest::prelude::*;

    use super::*;

    const NOVEMBER: UnixTime = UnixTime(1_795_464_000); // 2026-11-23T20:00:00Z

    fn spend(in_month: i64, month: u64, total: u64) -> Spend {
        Spend { in_month: Month(in_month), month, total }
    }

    #[test]
    fn a_month_ends_in_its_last_second() {
        let month = |text: &str| Month::of(text.parse().unwrap());
        assert_eq!(Month::of(NOVEMBER), Month(2026 * 12 + 10));
        assert_eq!(month("2026-12-31T23:59:59Z"), Month(2026 * 12 + 11));
        assert_eq!(month("2027-01-01T00:00:00Z"), Month(2027 * 12));
        assert_eq!(month("2028-02-29T23:59:59Z"), Month(2028 * 12 + 1));
        let _ = (Month::of(UnixTime(i64::MAX)), Month::of(UnixTime(i64::MIN)));
    }

    #[test]
    fn a_budget_is_spent_when_nothing_is_left_and_a_new_month_begins_with_nothing() {
        let budget = Budget { month: Some(10), total: Some(100) };
        let november = Month::of(NOVEMBER).0;
        assert!(!budget.is_spent(spend(november, 9, 9), 0, NOVEMBER));
        assert!(budget.is_spent(spend(november, 9, 9), 1, NOVEMBER));
        assert!(budget.is_spent(spend(november, 10, 10), 0, NOVEMBER));
        let december = NOVEMBER.plus(8 * 86_400);
        assert!(!budget.is_spent(spend(november, 10, 10), 0, december));
        assert!(budget.is_spent(spend(november, 10, 100), 0, december));
        // the clock is put back: the month that has begun goes on
        assert!(budget.is_spent(spend(november + 1, 10, 10), 0, NOVEMBER));
        assert!(!Budget::default().is_spent(spend(november, u64::MAX, u64::MAX), 9, NOVEMBER));
    }

    proptest! {
        #[test]
        fn a_month_is_that_of_the_calendar(seconds in -62_000_000_000i64..250_000_000_000) {
            let date = DateTime::from_timestamp(seconds, 0).unwrap();
            let expected = i64::from(date.year()) * 12 + i64::from(date.month0());
            prop_assert_eq!(Month::of(UnixTime(seconds)), Month(expected));
        }

        /// Statements may come late, twice and in any order.
        #[test]
        fn the_later_of_two_statements_is_the_same_from_either_side(
            a in (0i64..3, 0u64..5, 0u64..5), b in (0i64..3, 0u64..5, 0u64..5),
        ) {
            let (a, b) = (spend(a.0, a.1, a.2), spend(b.0, b.1, b.2));
            prop_assert_eq!(a.or_later(b), b.or_later(a));
            prop_assert_eq!(a.or_later(b).or_later(a), a.or_later(b));
        }
    }
}
