//! HOTP (RFC 4226): a code of digits from a secret and a counter.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

/// The hash function of the HMAC. Few authenticator apps read another one than SHA-1 from a QR code;
/// HMAC-SHA-1 is not weakened by collisions of SHA-1 (RFC 6194 §3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    /// HMAC-SHA-1 (RFC 4226).
    #[default]
    Sha1,
    /// HMAC-SHA-256 (RFC 6238 §1.2).
    Sha256,
    /// HMAC-SHA-512 (RFC 6238 §1.2).
    Sha512,
}

impl Algorithm {
    /// Its name in an `otpauth:` URI.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }

    /// The algorithm of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Sha1, Self::Sha256, Self::Sha512]
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }
}

/// The code of `digits` digits (at most 9) for `counter` (RFC 4226 §5.3).
pub fn code(algorithm: Algorithm, secret: &[u8], counter: u64, digits: u32) -> String {
    let message = counter.to_be_bytes();
    let mac = match algorithm {
        Algorithm::Sha1 => mac::<Hmac<Sha1>>(secret, message),
        Algorithm::Sha256 => mac::<Hmac<Sha256>>(secret, message),
        Algorithm::Sha512 => mac::<Hmac<Sha512>>(secret, message),
    };
    let digits = digits.min(9);
    format!("{:0width$}", truncated(&mac) % 10_u32.pow(digits), width = digits as usize)
}

fn mac<M: Mac + KeyInit>(secret: &[u8], message: [u8; 8]) -> Vec<u8> {
    // HMAC takes a key of any length (RFC 2104 §2), so that `new_from_slice` has no error here.
    M::new_from_slice(secret).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(&message);
            mac.finalize().into_bytes().to_vec()
        },
    )
}

/// Dynamic truncation (RFC 4226 §5.3): 31 bits at the offset that the last four bits say.
fn truncated(mac: &[u8]) -> u32 {
    let offset = usize::from(mac.last().copied().unwrap_or_default() & 15);
    let word = mac.get(offset..).and_then(<[u8]>::first_chunk::<4>);
    u32::from_be_bytes(word.copied().unwrap_or_default()) & 0x7fff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4226_are_computed() {
        let text = include_str!("../../../tests/vectors/otp/rfc4226-hotp.json");
        let file: serde_json::Value = serde_json::from_str(text).unwrap();
        let secret = file["secret_ascii"].as_str().unwrap().as_bytes();
        let vectors = file["vectors"].as_array().unwrap();
        assert_eq!(vectors.len(), 10);
        for vector in vectors {
            let counter = vector["counter"].as_u64().unwrap();
            assert_eq!(code(Algorithm::Sha1, secret, counter, 6), vector["otp"].as_str().unwrap());
            let whole = mac::<Hmac<Sha1>>(secret, counter.to_be_bytes());
            assert_eq!(u64::from(truncated(&whole)), vector["truncated"].as_u64().unwrap());
        }
    }

    #[test]
    fn a_code_keeps_its_leading_zeros() {
        let short = (0..1_000).map(|counter| code(Algorithm::Sha1, b"secret", counter, 6));
        let short: Vec<String> = short.collect();
        assert!(short.iter().all(|code| code.len() == 6));
        assert!(short.iter().any(|code| code.starts_with('0')));
    }
}
