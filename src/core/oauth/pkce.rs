//! Proof Key for Code Exchange (RFC 7636), with S256 only.

use std::fmt;

use crate::core::{
    encoding::{from_base64url, sha256},
    secret::constant_time_eq,
};

/// The one `code_challenge_method`: `plain` proves nothing if an attacker saw the request.
pub const METHOD: &str = "S256";

/// A `code_challenge`: the SHA-256 of a verifier that only the client knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// Reads `code_challenge` and `code_challenge_method`. An absent method means `plain`
    /// (RFC 7636 §4.3), so it is refused as `plain` is.
    pub fn parse(challenge: &str, method: Option<&str>) -> Result<Self, ChallengeError> {
        if method != Some(METHOD) {
            return Err(ChallengeError::Method);
        }
        Self::stored(challenge).ok_or(ChallengeError::Form)
    }

    /// Reads a challenge that was stored, whose method is known.
    pub fn stored(challenge: &str) -> Option<Self> {
        Some(Self(from_base64url(challenge)?.try_into().ok()?))
    }

    /// Whether `verifier` is well-formed (RFC 7636 §4.1) and is what the challenge was made from.
    pub fn is_met_by(&self, verifier: &str) -> bool {
        is_verifier(verifier) && constant_time_eq(&sha256(verifier.as_bytes()), &self.0)
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::core::encoding::base64url(&self.0))
    }
}

/// Why a challenge is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeError {
    /// Not `S256`.
    Method,
    /// Not the base64url of 32 bytes.
    Form,
}

impl fmt::Display for ChallengeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "code_challenge_method must be S256",
            Self::Form => "code_challenge must be the base64url of a SHA-256 digest",
        })
    }
}

/// 43 to 128 unreserved characters (RFC 7636 §4.1).
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_rfc_7636_is_met_by_its_verifier_only() {
        let challenge = Challenge::parse(CHALLENGE, Some("S256")).unwrap();
        assert!(challenge.is_met_by(VERIFIER));
        assert!(!challenge.is_met_by(&VERIFIER.replace('d', "e")));
        assert!(!challenge.is_met_by(CHALLENGE), "the challenge is not its own verifier");
        assert_eq!(challenge.to_string(), CHALLENGE);
    }

    /// ATTACKS C-43.
    #[test]
    fn another_method_or_form_of_challenge_is_refused() {
        for method in [None, Some("plain"), Some("s256"), Some("S512")] {
            assert_eq!(Challenge::parse(CHALLENGE, method), Err(ChallengeError::Method));
        }
        for text in [
            "",
            "a",
            CHALLENGE.trim_start_matches('E'),
            &format!("{CHALLENGE}="),
            VERIFIER_128_LIKE,
        ] {
            assert_eq!(Challenge::parse(text, Some("S256")), Err(ChallengeError::Form), "{text}");
        }
    }

    const VERIFIER_128_LIKE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMAAAA";

    /// ATTACKS C-43: the verifier's length and alphabet.
    #[test]
    fn a_verifier_of_another_length_or_alphabet_meets_nothing() {
        for verifier in ["a".repeat(42), "a".repeat(129), format!("{} ", "a".repeat(43))] {
            let challenge = Challenge(sha256(verifier.as_bytes()));
            assert!(!challenge.is_met_by(&verifier), "{verifier:?}");
        }
        for verifier in ["a".repeat(43), "~".repeat(128)] {
            assert!(Challenge(sha256(verifier.as_bytes())).is_met_by(&verifier));
        }
    }
}
