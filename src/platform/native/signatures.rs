//! Signature verification with foreign keys, by RustCrypto.

use async_trait::async_trait;
use p256::ecdsa::signature::{Verifier, hazmat::PrehashVerifier};
use rsa::{pkcs1v15, pss};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::RustCrypto;
use crate::{
    core::signature::{Scheme, VerifyingKey},
    ports::{CryptoError, Signatures},
};

#[async_trait(?Send)]
impl Signatures for RustCrypto {
    async fn verify_with(
        &self,
        key: &VerifyingKey,
        scheme: Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        Ok(key.signs(scheme) && verified(key, scheme, message, signature).is_some())
    }
}

/// `None` if the key or the signature is none, or the signature is another key's.
fn verified(key: &VerifyingKey, scheme: Scheme, message: &[u8], signature: &[u8]) -> Option<()> {
    let digest = || match scheme {
        Scheme::EcdsaSha384 => Sha384::digest(message).to_vec(),
        Scheme::EcdsaSha512 => Sha512::digest(message).to_vec(),
        _ => Sha256::digest(message).to_vec(),
    };
    match key {
        VerifyingKey::P256 { x, y } => {
            let point = p256::Sec1Point::from_affine_coordinates(x.into(), y.into(), false);
            let key = p256::ecdsa::VerifyingKey::from_sec1_point(&point).ok()?;
            let signature = p256::ecdsa::Signature::from_slice(signature).ok()?;
            key.verify_prehash(&digest(), &signature).ok()
        }
        VerifyingKey::P384 { x, y } => {
            let point = p384::Sec1Point::from_affine_coordinates(x.into(), y.into(), false);
            let key = p384::ecdsa::VerifyingKey::from_sec1_point(&point).ok()?;
            let signature = p384::ecdsa::Signature::from_slice(signature).ok()?;
            key.verify_prehash(&digest(), &signature).ok()
        }
        VerifyingKey::P521 { x, y } => {
            let point =
                p521::Sec1Point::from_affine_coordinates((&**x).into(), (&**y).into(), false);
            let key = p521::ecdsa::VerifyingKey::from_sec1_point(&point).ok()?;
            let signature = p521::ecdsa::Signature::from_slice(signature).ok()?;
            key.verify_prehash(&digest(), &signature).ok()
        }
        VerifyingKey::Ed25519(point) => {
            let key = ed25519_dalek::VerifyingKey::from_bytes(point).ok()?;
            key.verify_strict(message, &ed25519_dalek::Signature::from_slice(signature).ok()?).ok()
        }
        VerifyingKey::Rsa(key) => {
            let number = |bytes: &[u8]| rsa::BoxedUint::from_be_slice_vartime(bytes);
            let key = rsa::PublicKey::new(number(key.modulus()), number(key.exponent())).ok()?;
            verified_by_rsa(key, scheme, message, signature)
        }
    }
}

fn verified_by_rsa(
    key: rsa::PublicKey,
    scheme: Scheme,
    message: &[u8],
    signature: &[u8],
) -> Option<()> {
    macro_rules! verify {
        ($padding:ident, $hash:ty) => {
            $padding::VerifyingKey::<$hash>::new(key)
                .verify(message, &$padding::Signature::try_from(signature).ok()?)
                .ok()
        };
    }
    match scheme {
        Scheme::RsaSha256 => verify!(pkcs1v15, Sha256),
        Scheme::RsaSha384 => verify!(pkcs1v15, Sha384),
        Scheme::RsaSha512 => verify!(pkcs1v15, Sha512),
        Scheme::DangerRsaSha1 => verify!(pkcs1v15, Sha1),
        Scheme::RsaPssSha256 => verify!(pss, Sha256),
        Scheme::RsaPssSha384 => verify!(pss, Sha384),
        Scheme::RsaPssSha512 => verify!(pss, Sha512),
        Scheme::EcdsaSha256 | Scheme::EcdsaSha384 | Scheme::EcdsaSha512 | Scheme::Ed25519 => None,
    }
}
