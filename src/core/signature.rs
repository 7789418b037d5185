//! Foreign public keys (authenticators, certificates, identity providers) and their signature
//! schemes.

use crate::core::encoding::base64url;

/// A public key, in the sizes that we accept. That it is a point of its curve shows when it verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerifyingKey {
    /// A point of P-256.
    P256 {
        /// Its first coordinate.
        x: [u8; 32],
        /// Its second coordinate.
        y: [u8; 32],
    },
    /// A point of P-384.
    P384 {
        /// Its first coordinate.
        x: [u8; 48],
        /// Its second coordinate.
        y: [u8; 48],
    },
    /// A point of P-521, each coordinate with its seven leading zero bits (SEC 1 §2.3.5).
    P521 {
        /// Its first coordinate.
        x: Box<[u8; 66]>,
        /// Its second coordinate.
        y: Box<[u8; 66]>,
    },
    /// A compressed point of edwards25519 (RFC 8032).
    Ed25519([u8; 32]),
    /// An RSA key.
    Rsa(RsaKey),
}

/// Modulus and exponent of an RSA key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RsaKey {
    modulus: Vec<u8>,
}

/// The one exponent that we accept.
const EXPONENT: [u8; 3] = [1, 0, 1];

impl RsaKey {
    /// The key of these numbers, big-endian without leading zeros; `None` if it is shorter than 2048 bits
    /// or longer than 4096, or its exponent is not 65537.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let sized = (256..=512).contains(&modulus.len()) && modulus.first().is_some_and(|b| *b > 0);
        (sized && exponent == EXPONENT).then(|| Self { modulus: modulus.to_vec() })
    }

    /// [`RsaKey::new`] that also takes 1024 bits and more, which can be factored. Only for a provider whose
    /// settings allow it.
    pub fn danger_short(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let sized = (128..=512).contains(&modulus.len()) && modulus.first().is_some_and(|b| *b > 0);
        (sized && exponent == EXPONENT).then(|| Self { modulus: modulus.to_vec() })
    }

    /// The modulus, big-endian.
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The exponent, big-endian.
    pub const fn exponent(&self) -> &'static [u8] {
        &EXPONENT
    }
}

/// How a message is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// ECDSA of SHA-256.
    EcdsaSha256,
    /// ECDSA of SHA-384.
    EcdsaSha384,
    /// ECDSA of SHA-512.
    EcdsaSha512,
    /// RSASSA-PKCS1-v1_5 of SHA-256.
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 of SHA-384.
    RsaSha384,
    /// RSASSA-PKCS1-v1_5 of SHA-512.
    RsaSha512,
    /// RSASSA-PSS of SHA-256, with a salt as long as the digest (RFC 7518 §3.5).
    RsaPssSha256,
    /// RSASSA-PSS of SHA-384.
    RsaPssSha384,
    /// RSASSA-PSS of SHA-512.
    RsaPssSha512,
    /// RSASSA-PKCS1-v1_5 of SHA-1: collisions can be made. Only for a provider whose settings allow it.
    DangerRsaSha1,
    /// Ed25519 (RFC 8032), which hashes by itself.
    Ed25519,
}

impl VerifyingKey {
    /// A point of P-256, P-384 or P-521 in its uncompressed form (SEC 1 §2.3.3).
    pub fn from_point(point: &[u8]) -> Option<Self> {
        let coordinates = point.strip_prefix(&[4])?;
        let (x, y) = coordinates.split_at_checked(coordinates.len() / 2)?;
        match coordinates.len() {
            64 => Some(Self::P256 { x: x.try_into().ok()?, y: y.try_into().ok()? }),
            96 => Some(Self::P384 { x: x.try_into().ok()?, y: y.try_into().ok()? }),
            132 => Some(Self::P521 {
                x: Box::new(x.try_into().ok()?),
                y: Box::new(y.try_into().ok()?),
            }),
            _ => None,
        }
    }

    /// Whether a signature of `scheme` can be this key's.
    pub const fn signs(&self, scheme: Scheme) -> bool {
        match self {
            Self::P256 { .. } | Self::P384 { .. } | Self::P521 { .. } => {
                matches!(scheme, Scheme::EcdsaSha256 | Scheme::EcdsaSha384 | Scheme::EcdsaSha512)
            }
            Self::Ed25519(_) => matches!(scheme, Scheme::Ed25519),
            Self::Rsa(_) => matches!(
                scheme,
                Scheme::RsaSha256
                    | Scheme::RsaSha384
                    | Scheme::RsaSha512
                    | Scheme::RsaPssSha256
                    | Scheme::RsaPssSha384
                    | Scheme::RsaPssSha512
                    | Scheme::DangerRsaSha1
            ),
        }
    }

    /// The length of a coordinate; `None` if the key is not of ECDSA.
    pub const fn coordinate_length(&self) -> Option<usize> {
        match self {
            Self::P256 { .. } => Some(32),
            Self::P384 { .. } => Some(48),
            Self::P521 { .. } => Some(66),
            Self::Ed25519(_) | Self::Rsa(_) => None,
        }
    }

    /// The key as a JWK (RFC 7517, RFC 8037), with its required members only.
    pub fn to_jwk(&self) -> String {
        let point = |curve: &str, x: &[u8], y: &[u8]| {
            let (x, y) = (base64url(x), base64url(y));
            format!(r#"{{"kty":"EC","crv":"{curve}","x":"{x}","y":"{y}"}}"#)
        };
        match self {
            Self::P256 { x, y } => point("P-256", x, y),
            Self::P384 { x, y } => point("P-384", x, y),
            Self::P521 { x, y } => point("P-521", x.as_slice(), y.as_slice()),
            Self::Ed25519(x) => {
                format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, base64url(x))
            }
            Self::Rsa(key) => {
                let (n, e) = (base64url(key.modulus()), base64url(key.exponent()));
                format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}"}}"#)
            }
        }
    }
}
