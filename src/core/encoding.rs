//! Texts for bytes: base64url (RFC 4648 §5, unpadded), lowercase hex, SHA-256.

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

/// `bytes` in unpadded base64url.
pub fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The bytes of strict base64url: no padding, no other alphabet, no stray trailing bits, so that
/// no two texts mean the same bytes (RFC 7515 §2).
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// `bytes` in lowercase hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or_default());
        }
        text
    })
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// How a high-entropy secret (key, code, refresh token) is stored: SHA-256, in base64url.
pub fn digest(secret: &str) -> String {
    base64url(&sha256(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_has_one_text_for_each_value() {
        assert_eq!(from_base64url("AQ"), Some(vec![1]));
        for other in ["AQ==", "AR", "AQ\n", "A+", "A/", " AQ", "A"] {
            assert_eq!(from_base64url(other), None, "{other:?}");
        }
    }

    #[test]
    fn hex_is_lowercase() {
        assert_eq!(hex(&[0, 15, 171]), "000fab");
    }
}
