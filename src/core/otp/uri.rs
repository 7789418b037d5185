//! The `otpauth:` URI, by which an authenticator app is given a secret (Key Uri Format of Google
//! Authenticator).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Totp, base32};

/// All but the unreserved characters (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The URI of `totp`, under which the app shows `issuer` and `account`. It contains the secret.
///
/// A colon separates the two in the label, so that neither keeps one of its own.
pub fn otpauth(totp: &Totp, issuer: &str, account: &str) -> String {
    let plain = |text: &str| {
        let text = text.replace(':', " ");
        utf8_percent_encode(text.trim(), RESERVED).to_string()
    };
    let (issuer, account) = (plain(issuer), plain(account));
    format!(
        "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm={}&digits={}&period={}",
        base32::encode(totp.secret().expose()),
        totp.algorithm().name(),
        totp.digits(),
        totp.period(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{otp::Algorithm, secret::Secret};

    fn totp() -> Totp {
        Totp::new(Secret::new(b"12345678901234567890".to_vec()))
    }

    #[test]
    fn a_uri_has_what_an_app_needs() {
        assert_eq!(
            otpauth(&totp(), "Hanzo", "alice@hanzo.example"),
            "otpauth://totp/Hanzo:alice%40hanzo.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Hanzo&algorithm=SHA1&digits=6&period=30"
        );
        let other = totp().with(Algorithm::Sha512, 8, 60).unwrap();
        let uri = otpauth(&other, "Hanzo", "alice");
        assert!(uri.ends_with("&algorithm=SHA512&digits=8&period=60"), "{uri}");
    }

    #[test]
    fn no_name_adds_a_parameter_or_a_label() {
        let uri = otpauth(&totp(), "A & B: C", "x?secret=AAAA#&issuer=evil/\u{65e5}\"");
        let (label, query) = uri.strip_prefix("otpauth://totp/").unwrap().split_once('?').unwrap();
        assert_eq!(label, "A%20%26%20B%20%20C:x%3Fsecret%3DAAAA%23%26issuer%3Devil%2F%E6%97%A5%22");
        assert_eq!(query.matches('&').count(), 4);
        assert_eq!(query.matches("secret=").count(), 1);
    }
}
