//! Generalized time (RFC 4517 §3.3.13), as far as servers write it: UTC, with seconds.

use crate::core::time::UnixTime;

/// The time in `20261125184943Z` or `20261125184943.0Z`.
pub(in crate::core::ldap) fn parse(text: &str) -> Option<UnixTime> {
    let text = text.strip_suffix('Z')?;
    let (seconds, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if seconds.len() != 14 || fraction.is_empty() || !digits(seconds) || !digits(fraction) {
        return None;
    }
    // As RFC 3339, which the crate reads anyway.
    let mut text = String::with_capacity(20);
    for (digit, separator) in seconds.chars().zip("\0\0\0\0-\0-\0T\0:\0:\0".chars()) {
        text.extend((separator != '\0').then_some(separator));
        text.push(digit);
    }
    text.push('Z');
    text.parse().ok()
}

/// `20261125184943.0Z`, the form that both Active Directory and OpenLDAP take.
pub(in crate::core::ldap) fn write(time: UnixTime) -> String {
    // The four digits of a year end at 9999.
    let time = UnixTime(time.0.clamp(0, 253_402_300_799)).to_string();
    let digits: String = time.chars().filter(char::is_ascii_digit).collect();
    digits + ".0Z"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_and_writes_as_servers_do() {
        let time = UnixTime(1_795_632_583);
        for text in ["20261125184943Z", "20261125184943.0Z", "20261125184943,474018Z"] {
            assert_eq!(parse(text), Some(time), "{text}");
        }
        assert_eq!(write(time), "20261125184943.0Z");
        assert_eq!(write(UnixTime(i64::MAX)), "99991231235959.0Z");
        assert_eq!(write(UnixTime(-1)), "19700101000000.0Z");
        for text in [
            "",
            "Z",
            "20261125184943",
            "20261325184943Z",
            "2026112518494Z",
            "20261125184943.Z",
            "20261125184943+0100",
            "20261125184943.xZ",
            "+0261125184943Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
