//! Texts for bytes: base64url (RFC 4648 §5, unpadded), lowercase hex, SHA-256.
//!
//! Secrets are decoded by `base64ct`, in constant time. Public data, the parts of a token, are decoded
//! by `base64`, which is faster.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
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

/// [`from_base64url`] for public data: the time depends on it.
pub fn from_public_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The two digits of a byte in lowercase hex.
pub fn hex_digits(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|nibble| nibble + if nibble < 10 { b'0' } else { b'a' - 10 })
}

/// `bytes` in lowercase hex.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.extend(hex_digits(*byte).map(char::from));
    }
    text
}

/// A version 4 UUID (RFC 9562 §5.4) of these random bytes.
pub fn uuid(mut random: [u8; 16]) -> String {
    let [.., version, _, variant, _, _, _, _, _, _, _] = &mut random;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    let text = hex(&random);
    let mut parts = [8, 4, 4, 4, 12].into_iter();
    let mut rest = text.as_str();
    let parts: Vec<&str> = std::iter::from_fn(|| {
        let (part, after) = rest.split_at_checked(parts.next()?)?;
        rest = after;
        Some(part)
    })
    .collect();
    parts.join("-")
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// How a high-entropy secret (key, code, refresh token) is stored: SHA-256, in base64url.
pub fn digest(secret: &str) -> String {
    base64url(&sha256(secret.as_bytes()))
}

/// A certificate in DER as PEM (RFC 7468 §5).
pub fn certificate_pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    let mut rest = text.as_str();
    while let Some((line, after)) = rest.split_at_checked(64) {
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    if !rest.is_empty() {
        pem.push_str(rest);
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_has_one_text_for_each_value() {
        assert_eq!(from_base64url("AQ"), Some(vec![1]));
        assert_eq!(from_public_base64url("AQ"), Some(vec![1]));
        for other in ["AQ==", "AR", "AQ\n", "A+", "A/", " AQ", "A"] {
            assert_eq!(from_base64url(other), None, "{other:?}");
            assert_eq!(from_public_base64url(other), None, "{other:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn both_readers_of_base64url_agree(text in "[A-Za-z0-9_=+/ -]{0,24}", bytes: Vec<u8>) {
            proptest::prop_assert_eq!(from_public_base64url(&text), from_base64url(&text));
            proptest::prop_assert_eq!(from_public_base64url(&base64url(&bytes)), Some(bytes));
        }
    }

    #[test]
    fn a_uuid_is_of_version_4_and_its_variant() {
        assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn hex_is_lowercase() {
        assert_eq!(hex(&[0, 15, 171]), "000fab");
    }
}
