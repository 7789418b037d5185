//! RustCrypto's RSAES-OAEP.

use async_trait::async_trait;
use rsa::{Oaep, pkcs8::DecodePrivateKey};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::RustCrypto;
use crate::{
    core::{
        crypto::{Decryption, Encryption, OaepHash},
        secret::Secret,
        signature::VerifyingKey,
    },
    ports::CryptoError,
};

#[async_trait(?Send)]
impl Decryption for RustCrypto {
    async fn decrypt_oaep(
        &self,
        private_key: &Secret<Vec<u8>>,
        hash: OaepHash,
        ciphertext: &[u8],
    ) -> Result<Option<Secret<Vec<u8>>>, CryptoError> {
        let key = rsa::PrivateKey::from_pkcs8_der(private_key.expose());
        let key = key.map_err(|error| CryptoError(error.to_string()))?;
        let plain = match hash {
            OaepHash::Sha1 => key.decrypt(Oaep::<Sha1>::new(), ciphertext),
            OaepHash::Sha256 => key.decrypt(Oaep::<Sha256>::new(), ciphertext),
            OaepHash::Sha384 => key.decrypt(Oaep::<Sha384>::new(), ciphertext),
            OaepHash::Sha512 => key.decrypt(Oaep::<Sha512>::new(), ciphertext),
        };
        Ok(plain.ok().map(Secret::new))
    }
}

#[async_trait(?Send)]
impl Encryption for RustCrypto {
    async fn encrypt_oaep(
        &self,
        key: &VerifyingKey,
        hash: OaepHash,
        plaintext: &[u8],
    ) -> Result<Option<Vec<u8>>, CryptoError> {
        let VerifyingKey::Rsa(key) = key else { return Ok(None) };
        let number = |bytes: &[u8]| rsa::BoxedUint::from_be_slice_vartime(bytes);
        let key = rsa::PublicKey::new(number(key.modulus()), number(key.exponent()));
        let key = key.map_err(|error| CryptoError(error.to_string()))?;
        let mut random = rsa::rand_core::UnwrapErr(getrandom::SysRng);
        let sealed = match hash {
            OaepHash::Sha1 => key.encrypt(&mut random, Oaep::<Sha1>::new(), plaintext),
            OaepHash::Sha256 => key.encrypt(&mut random, Oaep::<Sha256>::new(), plaintext),
            OaepHash::Sha384 => key.encrypt(&mut random, Oaep::<Sha384>::new(), plaintext),
            OaepHash::Sha512 => key.encrypt(&mut random, Oaep::<Sha512>::new(), plaintext),
        };
        sealed.map(Some).map_err(|error| CryptoError(error.to_string()))
    }
}
