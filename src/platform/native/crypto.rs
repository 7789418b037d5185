//! RustCrypto in place of WebCrypto.

use std::{borrow::Cow, num::NonZeroUsize};

use async_trait::async_trait;
use jwt_compact::{Algorithm as JwsAlgorithm, AlgorithmSignature};
use p256::{
    ecdsa::{
        Signature, SigningKey, VerifyingKey,
        signature::{Signer, Verifier},
    },
    elliptic_curve::Generate,
    pkcs8::{DecodePrivateKey, EncodePrivateKey},
};
use rsa::traits::PublicKeyParts;

use crate::{
    core::{
        secret::Secret,
        token::{Algorithm, PublicKey},
    },
    ports::{Crypto, CryptoError, GeneratedKey, Signing},
};

/// ES256 through `p256` inside `jwt-compact`'s algorithm, RS256 through `rsa`.
#[derive(Debug, Clone, Copy)]
pub struct RustCrypto;

#[async_trait(?Send)]
impl Crypto for RustCrypto {
    async fn verify(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        match key.algorithm() {
            Algorithm::Es256 => {
                let key = es256_key(key)?;
                Ok(Es256Signature::try_from_slice(signature)
                    .is_ok_and(|signature| Es256.verify_signature(&signature, &key, message)))
            }
            Algorithm::Rs256 => {
                let key = rsa::pkcs1v15::VerifyingKey::<sha2::Sha256>::new(rs256_key(key)?);
                Ok(rsa::pkcs1v15::Signature::try_from(signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok()))
            }
        }
    }
}

#[async_trait(?Send)]
impl Signing for RustCrypto {
    async fn sign(
        &self,
        algorithm: Algorithm,
        private_key: &Secret<Vec<u8>>,
        message: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        match algorithm {
            Algorithm::Es256 => {
                let key = SigningKey::from_pkcs8_der(private_key.expose()).map_err(failure)?;
                Ok(Es256.sign(&key, message).as_bytes().into_owned())
            }
            Algorithm::Rs256 => {
                let key = rsa::PrivateKey::from_pkcs8_der(private_key.expose()).map_err(failure)?;
                let key = rsa::pkcs1v15::SigningKey::<sha2::Sha256>::new(key);
                let signature: rsa::pkcs1v15::Signature = key.try_sign(message).map_err(failure)?;
                Ok(Box::<[u8]>::from(signature).into_vec())
            }
        }
    }

    async fn generate(&self, algorithm: Algorithm) -> Result<GeneratedKey, CryptoError> {
        let mut random = getrandom::SysRng;
        match algorithm {
            Algorithm::Es256 => {
                let key = SigningKey::try_generate_from_rng(&mut random).map_err(failure)?;
                let private = key.to_pkcs8_der().map_err(failure)?.as_bytes().to_vec();
                let point = key.verifying_key().to_sec1_point(false);
                let (Some(x), Some(y)) = (point.x(), point.y()) else {
                    return Err(CryptoError("a point without coordinates".to_owned()));
                };
                let public = PublicKey::p256(&(*x).into(), &(*y).into());
                Ok(GeneratedKey { public, private: Secret::new(private) })
            }
            Algorithm::Rs256 => {
                let key = rsa::PrivateKey::new(&mut random, 2048).map_err(failure)?;
                let private = key.to_pkcs8_der().map_err(failure)?.as_bytes().to_vec();
                let numbers = key.as_public_key();
                let public = PublicKey::rsa(&numbers.n_bytes(), &numbers.e_bytes())
                    .ok_or_else(|| CryptoError("an RSA key of another shape".to_owned()))?;
                Ok(GeneratedKey { public, private: Secret::new(private) })
            }
        }
    }
}

/// `jwt-compact`'s ES256 over `p256` 0.14 (its own feature brings 0.13, which is slower and would
/// double the family).
#[derive(Debug, Clone, Copy)]
pub struct Es256;

/// A signature of [`Es256`]: `r` and `s`, 32 bytes each.
#[derive(Debug)]
pub struct Es256Signature(Signature);

impl AlgorithmSignature for Es256Signature {
    const LENGTH: Option<NonZeroUsize> = NonZeroUsize::new(64);

    fn try_from_slice(bytes: &[u8]) -> anyhow::Result<Self> {
        Signature::from_slice(bytes).map(Self).map_err(|error| anyhow::anyhow!("{error}"))
    }

    fn as_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.0.to_bytes().to_vec())
    }
}

impl JwsAlgorithm for Es256 {
    type SigningKey = SigningKey;
    type VerifyingKey = VerifyingKey;
    type Signature = Es256Signature;

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(Algorithm::Es256.name())
    }

    fn sign(&self, signing_key: &SigningKey, message: &[u8]) -> Es256Signature {
        Es256Signature(signing_key.sign(message))
    }

    fn verify_signature(
        &self,
        signature: &Es256Signature,
        verifying_key: &VerifyingKey,
        message: &[u8],
    ) -> bool {
        verifying_key.verify(message, &signature.0).is_ok()
    }
}

fn es256_key(key: &PublicKey) -> Result<VerifyingKey, CryptoError> {
    let (x, y) = key.p256_coordinates().ok_or_else(|| failure("not a P-256 key"))?;
    let point = p256::Sec1Point::from_affine_coordinates(&x.into(), &y.into(), false);
    VerifyingKey::from_sec1_point(&point).map_err(failure)
}

fn rs256_key(key: &PublicKey) -> Result<rsa::PublicKey, CryptoError> {
    let (n, e) = key.rsa_numbers().ok_or_else(|| failure("not an RSA key"))?;
    let number = |bytes: &[u8]| rsa::BoxedUint::from_be_slice_vartime(bytes);
    rsa::PublicKey::new(number(&n), number(&e)).map_err(failure)
}

#[expect(clippy::needless_pass_by_value, reason = "so that `map_err` takes it by name")]
fn failure(error: impl ToString) -> CryptoError {
    CryptoError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_generated_key_signs_it_verifies_and_nothing_else() {
        for algorithm in Algorithm::ALL {
            pollster::block_on(async {
                let key = RustCrypto.generate(algorithm).await.unwrap();
                assert_eq!(key.public.algorithm(), algorithm);
                let signature = RustCrypto.sign(algorithm, &key.private, b"a").await.unwrap();
                assert!(RustCrypto.verify(&key.public, b"a", &signature).await.unwrap());
                assert!(!RustCrypto.verify(&key.public, b"b", &signature).await.unwrap());
                assert!(!RustCrypto.verify(&key.public, b"a", &[0; 64]).await.unwrap());
            });
        }
    }
}
