//! Asymmetric cryptography, which on Workers the platform does fourteen times faster than wasm.
//!
//! Digests, MACs and sealing are not here: for short input they are faster in wasm and stay
//! synchronous (`crate::core`).

use std::fmt;

use async_trait::async_trait;

use crate::core::{
    secret::Secret,
    signature::{Scheme, VerifyingKey},
    token::{Algorithm, PublicKey},
};

/// Verifies with the platform's cryptography.
#[async_trait(?Send)]
pub trait Crypto {
    /// Whether `signature` (JWS form: RFC 7518 §3.3, §3.4) of `message` is `key`'s.
    async fn verify(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError>;
}

/// Verifies signatures of keys that are not ours. A separate trait, so that the edge's module contains
/// none of it.
#[async_trait(?Send)]
pub trait Signatures {
    /// Whether `signature` of `message` is `key`'s; that of ECDSA is `r` and `s` (RFC 7518 §3.4). `false`
    /// also for a key that is no point of its curve, or has no such scheme.
    async fn verify_with(
        &self,
        key: &VerifyingKey,
        scheme: Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError>;
}

/// Signing, which only the origin does. A separate trait, so that the edge's module contains no signing
/// code.
#[async_trait(?Send)]
pub trait Signing: Crypto + Signatures + Decryption + Encryption {
    /// Signs `message` with a private key in PKCS#8 DER; the signature is in its JWS form.
    async fn sign(
        &self,
        algorithm: Algorithm,
        private_key: &Secret<Vec<u8>>,
        message: &[u8],
    ) -> Result<Vec<u8>, CryptoError>;

    /// Makes a new key pair.
    async fn generate(&self, algorithm: Algorithm) -> Result<GeneratedKey, CryptoError>;
}

/// The hash of RSAES-OAEP (RFC 8017 §7.1), for the label and for MGF1 alike: WebCrypto has no other form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OaepHash {
    /// SHA-1. Its collisions do not matter to OAEP.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Decrypts keys that were sent to us. A separate trait: only SAML does this.
#[async_trait(?Send)]
pub trait Decryption {
    /// The plaintext of `ciphertext` by RSAES-OAEP with an empty label and a private key in PKCS#8 DER;
    /// `None` if it is not of this key.
    async fn decrypt_oaep(
        &self,
        private_key: &Secret<Vec<u8>>,
        hash: OaepHash,
        ciphertext: &[u8],
    ) -> Result<Option<Secret<Vec<u8>>>, CryptoError>;
}

/// Encrypts keys for others. A separate trait: only SAML does this.
#[async_trait(?Send)]
pub trait Encryption {
    /// `plaintext` by RSAES-OAEP with an empty label for an RSA key; `None` if the key is of another kind.
    async fn encrypt_oaep(
        &self,
        key: &VerifyingKey,
        hash: OaepHash,
        plaintext: &[u8],
    ) -> Result<Option<Vec<u8>>, CryptoError>;
}

/// A key pair that has just been made.
#[derive(Debug)]
pub struct GeneratedKey {
    /// The public half.
    pub public: PublicKey,
    /// The private half, PKCS#8 DER.
    pub private: Secret<Vec<u8>>,
}

/// The backend could not do what was asked (never: "the signature is wrong").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CryptoError(pub String);

impl fmt::Display for CryptoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "crypto: {}", self.0)
    }
}

impl std::error::Error for CryptoError {}
