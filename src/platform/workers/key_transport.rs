//! WebCrypto's RSAES-OAEP. Keys are imported for one use.

use async_trait::async_trait;
use js_sys::Uint8Array;
use web_sys::CryptoKey;

use super::crypto::{SUBTLE, WebCrypto, bytes, import_as, object, settled};
use crate::{
    core::{
        crypto::{Decryption, Encryption, OaepHash},
        secret::Secret,
        signature::VerifyingKey,
    },
    ports::CryptoError,
};

#[async_trait(?Send)]
impl Decryption for WebCrypto {
    async fn decrypt_oaep(
        &self,
        private_key: &Secret<Vec<u8>>,
        hash: OaepHash,
        ciphertext: &[u8],
    ) -> Result<Option<Secret<Vec<u8>>>, CryptoError> {
        let parameters = object(parameters(hash))?;
        let der = Uint8Array::from(private_key.expose().as_slice());
        let imported = import_as("pkcs8", &der, &parameters, "decrypt").await;
        der.fill(0, 0, der.length());
        let imported = imported?;
        let answer = SUBTLE.with(|subtle| {
            subtle.decrypt_with_object_and_u8_array(&parameters, &imported, ciphertext)
        });
        // WebCrypto tells a wrong ciphertext by an `OperationError`, and nothing else by it.
        Ok(settled(answer).await.ok().map(|plain| Secret::new(bytes(&plain))))
    }
}

#[async_trait(?Send)]
impl Encryption for WebCrypto {
    async fn encrypt_oaep(
        &self,
        key: &VerifyingKey,
        hash: OaepHash,
        plaintext: &[u8],
    ) -> Result<Option<Vec<u8>>, CryptoError> {
        if !matches!(key, VerifyingKey::Rsa(_)) {
            return Ok(None);
        }
        let parameters = object(parameters(hash))?;
        let jwk = object(&key.to_jwk())?;
        let imported: CryptoKey = import_as("jwk", &jwk, &parameters, "encrypt").await?;
        let answer = SUBTLE.with(|subtle| {
            subtle.encrypt_with_object_and_u8_array(&parameters, &imported, plaintext)
        });
        Ok(Some(bytes(&settled(answer).await?)))
    }
}

const fn parameters(hash: OaepHash) -> &'static str {
    match hash {
        OaepHash::Sha1 => r#"{"name":"RSA-OAEP","hash":"SHA-1"}"#,
        OaepHash::Sha256 => r#"{"name":"RSA-OAEP","hash":"SHA-256"}"#,
        OaepHash::Sha384 => r#"{"name":"RSA-OAEP","hash":"SHA-384"}"#,
        OaepHash::Sha512 => r#"{"name":"RSA-OAEP","hash":"SHA-512"}"#,
    }
}
