//! Breached-password check with k-anonymity: the range server receives five of the forty
//! hexadecimal digits of the SHA-1 (Pwned Passwords API).

use sha1::{Digest, Sha1};

use super::Password;
use crate::core::{
    encoding::hex,
    secret::{Secret, constant_time_eq},
};

/// Digits that are sent.
const PREFIX: usize = 5;

/// A question about one password.
#[derive(Debug)]
pub struct Inquiry {
    prefix: String,
    suffix: Secret<String>,
}

impl Inquiry {
    /// The question about `password`.
    pub fn about(password: &Password) -> Self {
        let digits = hex(&Sha1::digest(password.0.expose().as_bytes())).to_uppercase();
        let (prefix, suffix) = digits.split_at_checked(PREFIX).unwrap_or_default();
        Self { prefix: prefix.to_owned(), suffix: Secret::new(suffix.to_owned()) }
    }

    /// The address to get at `endpoint`: `https://api.pwnedpasswords.com/range/`.
    pub fn url(&self, endpoint: &str) -> String {
        format!("{}/{}", endpoint.trim_end_matches('/'), self.prefix)
    }

    /// Whether the response lists the password: lines `SUFFIX:COUNT`, of which those with the count 0 are
    /// padding.
    pub fn is_listed(&self, response: &str) -> bool {
        response.lines().any(|line| {
            let Some((suffix, count)) = line.trim().split_once(':') else { return false };
            let suffix = suffix.to_ascii_uppercase();
            constant_time_eq(suffix.as_bytes(), self.suffix.expose().as_bytes())
                && count.trim().bytes().any(|digit| matches!(digit, b'1'..=b'9'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-1 of `password` is 5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8.
    fn inquiry() -> Inquiry {
        Inquiry::about(&Password::parse("password").unwrap())
    }

    #[test]
    fn five_digits_are_sent_and_the_rest_is_compared_here() {
        for endpoint in ["https://ranges.example/range/", "https://ranges.example/range"] {
            assert_eq!(inquiry().url(endpoint), "https://ranges.example/range/5BAA6");
        }
        assert!(!format!("{:?}", inquiry()).contains("1E4C9"));
    }

    #[test]
    fn a_listed_suffix_is_found_and_padding_is_not() {
        let other = "0018A45C4D1DEF81644B54AB7F969B88D65:21\r\n";
        let known = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";
        assert!(inquiry().is_listed(&format!("{other}{known}:3861493\r\n")));
        assert!(inquiry().is_listed(&format!("{}:1", known.to_lowercase())));
        for response in [
            other.to_owned(),
            format!("{known}:0\r\n"),
            known.to_owned(),
            String::new(),
            "<html>error</html>".to_owned(),
            format!("{}:9", known.get(1..).unwrap()),
        ] {
            assert!(!inquiry().is_listed(&response), "{response}");
        }
    }
}
