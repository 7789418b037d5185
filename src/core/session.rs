//! Browser sessions: lifetimes and proven factors.

use serde::{Deserialize, Serialize};

use super::time::UnixTime;

/// The bounds of both limits, in seconds: a quarter of an hour to 90 days.
pub const BOUNDS: std::ops::RangeInclusive<i64> = 15 * 60..=90 * 24 * 3600;

/// How long sessions of an organization live, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the sign-in on, however often it is used.
    pub lifetime: i64,
    /// Without being used.
    pub idle: i64,
}

/// 14 days (WIRE §2.3), and three days without use.
impl Default for Limits {
    fn default() -> Self {
        Self { lifetime: 14 * 24 * 3600, idle: 3 * 24 * 3600 }
    }
}

impl Limits {
    /// The limits that an organization configured; 0: the default of each.
    pub fn configured(lifetime: i64, idle: i64) -> Self {
        let default = Self::default();
        let set = |seconds: i64, default: i64| {
            if seconds == 0 { default } else { seconds.clamp(*BOUNDS.start(), *BOUNDS.end()) }
        };
        let lifetime = set(lifetime, default.lifetime);
        Self { lifetime, idle: set(idle, default.idle).min(lifetime) }
    }

    /// Whether a session that began at `began` and was last used at `used` lives at `now`.
    pub const fn admit(self, began: UnixTime, used: UnixTime, now: UnixTime) -> bool {
        now.since(began) < self.lifetime && now.since(used) < self.idle
    }

    /// Seconds for which a noted use is not noted again: an hour, less where the idle time is short.
    pub const fn noting(self) -> i64 {
        let quarter = self.idle / 4;
        if quarter < 3600 { quarter } else { 3600 }
    }
}

/// A method that was proved in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// Its name (`amr`, RFC 8176).
    pub method: String,
    /// When it was last proved.
    pub at: UnixTime,
}

/// `factors` with `methods` proved at `now`: a method has one entry, the latest.
pub fn proved(mut factors: Vec<Factor>, methods: &[&str], now: UnixTime) -> Vec<Factor> {
    factors.retain(|factor| !methods.contains(&factor.method.as_str()));
    factors.extend(methods.iter().map(|&method| Factor { method: method.to_owned(), at: now }));
    factors
}

/// When the latest of `methods` was proved; `None`: none of them was.
pub fn proved_at(factors: &[Factor], methods: &[&str]) -> Option<UnixTime> {
    let among = factors.iter().filter(|factor| methods.contains(&factor.method.as_str()));
    among.map(|factor| factor.at).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_stay_in_their_bounds_and_idle_within_the_lifetime() {
        assert_eq!(Limits::configured(0, 0), Limits::default());
        let short = Limits::configured(1, 1);
        assert_eq!(short, Limits { lifetime: 900, idle: 900 });
        let long = Limits::configured(i64::MAX, i64::MAX);
        assert_eq!(long, Limits { lifetime: *BOUNDS.end(), idle: *BOUNDS.end() });
        assert_eq!(Limits::configured(3600, 0), Limits { lifetime: 3600, idle: 3600 });
    }

    #[test]
    fn a_session_ends_at_either_limit() {
        let limits = Limits { lifetime: 100, idle: 10 };
        let lives = |began, used, now| limits.admit(UnixTime(began), UnixTime(used), UnixTime(now));
        assert!(lives(0, 0, 9) && !lives(0, 0, 10));
        assert!(lives(0, 95, 99) && !lives(0, 95, 100));
    }

    #[test]
    fn a_use_is_noted_before_the_idle_time_has_passed() {
        assert_eq!(Limits::default().noting(), 3600);
        assert_eq!(Limits::configured(0, 900).noting(), 225);
    }

    #[test]
    fn a_method_has_the_time_of_its_latest_proof() {
        let factors = proved(Vec::new(), &["pwd", "otp"], UnixTime(1));
        let factors = proved(factors, &["otp"], UnixTime(5));
        assert_eq!(factors.len(), 2);
        assert_eq!(proved_at(&factors, &["otp", "hwk"]), Some(UnixTime(5)));
        assert_eq!(proved_at(&factors, &["pwd"]), Some(UnixTime(1)));
        assert_eq!(proved_at(&factors, &["hwk"]), None);
    }
}
