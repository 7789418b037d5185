//! Times of SAML messages (SAML core §1.3.3): XML Schema `dateTime` in UTC.

use crate::core::time::UnixTime;

/// Tolerated clock skew, in seconds.
pub const SKEW: i64 = 60;

/// Parses a time, which must end with `Z`; fractions are dropped.
pub fn instant(text: &str) -> Option<UnixTime> {
    let text = text.trim_ascii();
    // chrono accepts more forms than XML Schema: lower-case letters and a space separator.
    let plain =
        text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b':' | b'T' | b'.' | b'Z'));
    if plain && text.ends_with('Z') { text.parse().ok() } else { None }
}

/// Whether `from` is in the future.
pub(super) const fn is_early(from: UnixTime, now: UnixTime) -> bool {
    now.plus(SKEW).since(from) < 0
}

/// Whether `until` (exclusive) has passed.
pub(super) const fn is_over(until: UnixTime, now: UnixTime) -> bool {
    now.plus(-SKEW).since(until) >= 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_utc_is_a_time() {
        assert_eq!(instant("2026-11-25T12:00:00Z"), Some(UnixTime(1_795_608_000)));
        assert_eq!(instant(" 2026-11-25T12:00:00.999Z\n"), Some(UnixTime(1_795_608_000)));
        for other in [
            "",
            "2026-11-25",
            "2026-11-25T12:00:00",
            "2026-11-25T12:00:00+00:00",
            "2026-11-25t12:00:00z",
            "2026-11-25 12:00:00Z",
            "2026-13-25T12:00:00Z",
            "99999999999-11-25T12:00:00Z",
        ] {
            assert_eq!(instant(other), None, "{other}");
        }
    }

    #[test]
    fn clocks_may_differ_by_sixty_seconds() {
        let at = UnixTime(1000);
        assert!(!is_early(at, UnixTime(940)) && is_early(at, UnixTime(939)));
        assert!(!is_over(at, UnixTime(1059)) && is_over(at, UnixTime(1060)));
    }
}
