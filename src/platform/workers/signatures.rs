//! Signature verification with foreign keys, by WebCrypto. Keys are imported for one use.

use async_trait::async_trait;

use super::crypto::{WebCrypto, import_as, object, settled, verify_as};
use crate::{
    core::signature::{Scheme, VerifyingKey},
    ports::{CryptoError, Signatures},
};

#[async_trait(?Send)]
impl Signatures for WebCrypto {
    async fn verify_with(
        &self,
        key: &VerifyingKey,
        scheme: Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        if !key.signs(scheme) {
            return Ok(false);
        }
        let kind = object(match key {
            VerifyingKey::P256 { .. } => r#"{"name":"ECDSA","namedCurve":"P-256"}"#,
            VerifyingKey::P384 { .. } => r#"{"name":"ECDSA","namedCurve":"P-384"}"#,
            VerifyingKey::P521 { .. } => r#"{"name":"ECDSA","namedCurve":"P-521"}"#,
            VerifyingKey::Ed25519(_) => r#"{"name":"Ed25519"}"#,
            VerifyingKey::Rsa(_) => match scheme {
                Scheme::DangerRsaSha1 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-1"}"#,
                Scheme::RsaSha384 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-384"}"#,
                Scheme::RsaSha512 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-512"}"#,
                Scheme::RsaPssSha256 => r#"{"name":"RSA-PSS","hash":"SHA-256"}"#,
                Scheme::RsaPssSha384 => r#"{"name":"RSA-PSS","hash":"SHA-384"}"#,
                Scheme::RsaPssSha512 => r#"{"name":"RSA-PSS","hash":"SHA-512"}"#,
                _ => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#,
            },
        })?;
        let jwk = object(&key.to_jwk())?;
        // The members and sizes are right, so what is refused here is no point of the curve.
        let Ok(imported) = import_as("jwk", &jwk, &kind, "verify").await else {
            return Ok(false);
        };
        let parameters = object(match scheme {
            Scheme::EcdsaSha256 => r#"{"name":"ECDSA","hash":"SHA-256"}"#,
            Scheme::EcdsaSha384 => r#"{"name":"ECDSA","hash":"SHA-384"}"#,
            Scheme::EcdsaSha512 => r#"{"name":"ECDSA","hash":"SHA-512"}"#,
            Scheme::RsaSha256 | Scheme::RsaSha384 | Scheme::RsaSha512 | Scheme::DangerRsaSha1 => {
                r#"{"name":"RSASSA-PKCS1-v1_5"}"#
            }
            Scheme::RsaPssSha256 => r#"{"name":"RSA-PSS","saltLength":32}"#,
            Scheme::RsaPssSha384 => r#"{"name":"RSA-PSS","saltLength":48}"#,
            Scheme::RsaPssSha512 => r#"{"name":"RSA-PSS","saltLength":64}"#,
            Scheme::Ed25519 => r#"{"name":"Ed25519"}"#,
        })?;
        let answer = verify_as(&parameters, &imported, message, signature)?;
        Ok(settled(Ok(answer)).await?.is_truthy())
    }
}
