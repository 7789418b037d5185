//! Reads credential public keys: `COSE_Key` (RFC 9052 §7, RFC 9053) with the algorithms that we offer.

use crate::core::cbor::Cbor;
use crate::core::{
    crypto::{CryptoError, Signatures},
    signature::{RsaKey, Scheme, VerifyingKey},
    x509::verify_der,
};

/// A COSE algorithm that we verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CoseAlgorithm {
    /// ECDSA on P-256 with SHA-256 (-7).
    Es256,
    /// Ed25519 (-8).
    EdDsa,
    /// ECDSA on P-384 with SHA-384 (-35).
    Es384,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (-257), of Windows Hello with a TPM.
    Rs256,
}

impl CoseAlgorithm {
    /// All of them, the preferred first.
    pub const ALL: [Self; 4] = [Self::Es256, Self::EdDsa, Self::Es384, Self::Rs256];

    /// Its number in the registry of IANA.
    pub const fn number(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Es384 => -35,
            Self::Rs256 => -257,
        }
    }

    /// The algorithm of a number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.number() == number)
    }

    /// How its keys sign.
    pub const fn scheme(self) -> Scheme {
        match self {
            Self::Es256 => Scheme::EcdsaSha256,
            Self::EdDsa => Scheme::Ed25519,
            Self::Es384 => Scheme::EcdsaSha384,
            Self::Rs256 => Scheme::RsaSha256,
        }
    }
}

/// The public key of a credential, with the one algorithm that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialKey {
    algorithm: CoseAlgorithm,
    key: VerifyingKey,
}

const KEY_TYPE: i128 = 1;
const ALGORITHM: i128 = 3;
const OKP: i64 = 1;
const EC2: i64 = 2;
const RSA: i64 = 3;
const P256: i64 = 1;
const P384: i64 = 2;
const ED25519: i64 = 6;

/// The number of the algorithm that a `COSE_Key` is for.
pub(super) fn algorithm_number(key: &Cbor<'_>) -> Option<i64> {
    key.number_key(ALGORITHM)?.integer()
}

impl CredentialKey {
    /// Reads a `COSE_Key`, as a credential record keeps it; `None` if it is none that we accept or
    /// something follows it.
    pub fn from_cose(bytes: &[u8]) -> Option<Self> {
        Self::read(&Cbor::only(bytes)?)
    }

    /// Reads the map of a `COSE_Key`. Type and curve must be those of the algorithm (§5.8.5).
    pub(super) fn read(map: &Cbor<'_>) -> Option<Self> {
        let member = |label: i128| map.number_key(label);
        let number = |label| member(label).and_then(Cbor::integer);
        let bytes = |label| member(label).and_then(Cbor::bytes);
        let algorithm = CoseAlgorithm::from_number(algorithm_number(map)?)?;
        let key = match (algorithm, number(KEY_TYPE)?) {
            (CoseAlgorithm::Es256, EC2) if number(-1)? == P256 => VerifyingKey::P256 {
                x: bytes(-2)?.try_into().ok()?,
                y: bytes(-3)?.try_into().ok()?,
            },
            (CoseAlgorithm::Es384, EC2) if number(-1)? == P384 => VerifyingKey::P384 {
                x: bytes(-2)?.try_into().ok()?,
                y: bytes(-3)?.try_into().ok()?,
            },
            (CoseAlgorithm::EdDsa, OKP) if number(-1)? == ED25519 => {
                VerifyingKey::Ed25519(bytes(-2)?.try_into().ok()?)
            }
            (CoseAlgorithm::Rs256, RSA) => VerifyingKey::Rsa(RsaKey::new(bytes(-1)?, bytes(-2)?)?),
            _ => return None,
        };
        Some(Self { algorithm, key })
    }

    /// The algorithm that the key is for.
    pub const fn algorithm(&self) -> CoseAlgorithm {
        self.algorithm
    }

    /// Whether `signature`, in the form of §6.5.5, of `message` is this key's.
    pub async fn verify(
        &self,
        crypto: &dyn Signatures,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        verify_der(crypto, &self.key, self.algorithm.scheme(), message, signature).await
    }
}
