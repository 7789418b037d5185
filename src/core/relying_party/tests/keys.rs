//! Private keys of the provider in the tests.

use p256::ecdsa::signature::Signer;
use rsa::{pkcs8::EncodePrivateKey, signature::SignatureEncoding};
use serde_json::{Value, json};
use sha2::{Sha256, Sha384, Sha512};

use crate::core::{
    encoding::{base64url, from_base64url},
    relying_party::jws::JwsAlgorithm,
    secret::Secret,
};

/// The RSA key of RFC 7520 §3.4.
const RSA: &str =
    include_str!("../../../../tests/vectors/jose-cookbook/jwk/3_4.rsa_private_key.json");

/// A private key. Those of curves are made of one byte, so that tests are repeatable.
#[derive(Debug, Clone, Copy)]
pub(super) enum TestKey {
    Rsa,
    P256(u8),
    P384(u8),
    P521(u8),
    Ed25519(u8),
}

impl TestKey {
    /// One that signs with `algorithm`.
    pub(super) fn of(algorithm: JwsAlgorithm) -> Self {
        match algorithm {
            JwsAlgorithm::Es256 => Self::P256(1),
            JwsAlgorithm::Es384 => Self::P384(2),
            JwsAlgorithm::Es512 => Self::P521(3),
            JwsAlgorithm::EdDsa => Self::Ed25519(4),
            _ => Self::Rsa,
        }
    }

    /// The public half, without `kid` and `alg`.
    pub(super) fn jwk(self) -> Value {
        let ec = |curve: &str, point: &[u8]| {
            let (x, y) = point[1..].split_at((point.len() - 1) / 2);
            json!({"kty": "EC", "crv": curve, "x": base64url(x), "y": base64url(y)})
        };
        match self {
            Self::Rsa => {
                let key: Value = serde_json::from_str(RSA).unwrap();
                json!({"kty": "RSA", "n": key["n"], "e": key["e"]})
            }
            Self::P256(seed) => {
                ec("P-256", p256_key(seed).verifying_key().to_sec1_point(false).as_bytes())
            }
            Self::P384(seed) => {
                ec("P-384", p384_key(seed).verifying_key().to_sec1_point(false).as_bytes())
            }
            Self::P521(seed) => {
                ec("P-521", p521_key(seed).verifying_key().to_sec1_point(false).as_bytes())
            }
            Self::Ed25519(seed) => {
                let key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).verifying_key();
                json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(key.as_bytes())})
            }
        }
    }

    pub(super) fn sign(self, algorithm: JwsAlgorithm, message: &[u8]) -> Vec<u8> {
        use rsa::{pkcs1v15, pss, signature::RandomizedSigner};
        let mut random = Counter(0);
        match (self, algorithm) {
            (Self::P256(seed), _) => {
                let signature: p256::ecdsa::Signature = p256_key(seed).sign(message);
                signature.to_bytes().to_vec()
            }
            (Self::P384(seed), _) => {
                let signature: p384::ecdsa::Signature = p384_key(seed).sign(message);
                signature.to_bytes().to_vec()
            }
            (Self::P521(seed), _) => {
                let signature: p521::ecdsa::Signature = p521_key(seed).sign(message);
                signature.to_bytes().to_vec()
            }
            (Self::Ed25519(seed), _) => {
                ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).sign(message).to_vec()
            }
            (Self::Rsa, JwsAlgorithm::Rs384) => {
                pkcs1v15::SigningKey::<Sha384>::new(rsa_key()).sign(message).to_vec()
            }
            (Self::Rsa, JwsAlgorithm::Rs512) => {
                pkcs1v15::SigningKey::<Sha512>::new(rsa_key()).sign(message).to_vec()
            }
            (Self::Rsa, JwsAlgorithm::Ps256) => pss::SigningKey::<Sha256>::new(rsa_key())
                .sign_with_rng(&mut random, message)
                .to_vec(),
            (Self::Rsa, JwsAlgorithm::Ps384) => pss::SigningKey::<Sha384>::new(rsa_key())
                .sign_with_rng(&mut random, message)
                .to_vec(),
            (Self::Rsa, JwsAlgorithm::Ps512) => pss::SigningKey::<Sha512>::new(rsa_key())
                .sign_with_rng(&mut random, message)
                .to_vec(),
            (Self::Rsa, _) => pkcs1v15::SigningKey::<Sha256>::new(rsa_key()).sign(message).to_vec(),
        }
    }

    /// The private half in PKCS#8.
    pub(super) fn pkcs8(self) -> Secret<Vec<u8>> {
        Secret::new(match self {
            Self::P256(seed) => {
                let key = p256::SecretKey::from_slice(&[seed; 32]).unwrap();
                p256::pkcs8::EncodePrivateKey::to_pkcs8_der(&key).unwrap().as_bytes().to_vec()
            }
            _ => rsa_key().to_pkcs8_der().unwrap().as_bytes().to_vec(),
        })
    }
}

/// The base64 of the `SubjectPublicKeyInfo` of the RSA key.
pub(super) fn rsa_public_info() -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use rsa::pkcs8::EncodePublicKey;
    STANDARD.encode(rsa_key().to_public_key().to_public_key_der().unwrap().as_bytes())
}

fn rsa_key() -> rsa::PrivateKey {
    let key: Value = serde_json::from_str(RSA).unwrap();
    let number = |name: &str| {
        let bytes = from_base64url(key[name].as_str().unwrap()).unwrap();
        rsa::BoxedUint::from_be_slice_vartime(&bytes)
    };
    let primes = vec![number("p"), number("q")];
    rsa::PrivateKey::from_components(number("n"), number("e"), number("d"), primes).unwrap()
}

fn p256_key(seed: u8) -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap()
}

fn p384_key(seed: u8) -> p384::ecdsa::SigningKey {
    p384::ecdsa::SigningKey::from_slice(&[seed; 48]).unwrap()
}

fn p521_key(seed: u8) -> p521::ecdsa::SigningKey {
    let mut scalar = [seed; 66];
    scalar[0] = 0;
    p521::ecdsa::SigningKey::from_slice(&scalar).unwrap()
}

/// Not chance at all.
struct Counter(u8);

impl rsa::rand_core::TryRng for Counter {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.0 = self.0.wrapping_add(1);
        Ok(u32::from(self.0))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.try_next_u32().map(u64::from)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for byte in bytes {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}

impl rsa::rand_core::TryCryptoRng for Counter {}
