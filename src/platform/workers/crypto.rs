//! WebCrypto.

use std::{cell::RefCell, collections::HashMap};

use async_trait::async_trait;
use js_sys::{Array, JSON, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use super::message;
use crate::{
    core::{
        encoding::sha256,
        secret::Secret,
        token::{Algorithm, KeyId, PublicKey},
    },
    ports::{Crypto, CryptoError, GeneratedKey, Signing},
};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = crypto, js_name = subtle)]
    pub(super) static SUBTLE: SubtleCrypto;
}

/// How many imported keys are kept; there are never that many that sign.
const KEPT: usize = 64;

/// The platform's cryptography. A key is imported once an isolate.
#[derive(Debug, Default)]
pub struct WebCrypto {
    public: RefCell<HashMap<KeyId, CryptoKey>>,
    private: RefCell<HashMap<[u8; 32], CryptoKey>>,
}

#[async_trait(?Send)]
impl Crypto for WebCrypto {
    async fn verify(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        let imported = self.public.borrow().get(key.id()).cloned();
        let imported = match imported {
            Some(imported) => imported,
            None => self.import_public(key).await?,
        };
        let answer = begin_verify(key.algorithm(), &imported, message, signature)?;
        Ok(settled(Ok(answer)).await?.is_truthy())
    }
}

#[async_trait(?Send)]
impl Signing for WebCrypto {
    async fn sign(
        &self,
        algorithm: Algorithm,
        private_key: &Secret<Vec<u8>>,
        message: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let name = sha256(private_key.expose());
        let imported = self.private.borrow().get(&name).cloned();
        let imported = match imported {
            Some(imported) => imported,
            None => self.import_private(name, algorithm, private_key).await?,
        };
        let parameters = signing_parameters(algorithm)?;
        let answer = SUBTLE
            .with(|subtle| subtle.sign_with_object_and_u8_array(&parameters, &imported, message));
        Ok(bytes(&settled(answer).await?))
    }

    async fn generate(&self, algorithm: Algorithm) -> Result<GeneratedKey, CryptoError> {
        let parameters = object(match algorithm {
            Algorithm::Es256 => r#"{"name":"ECDSA","namedCurve":"P-256"}"#,
            Algorithm::Rs256 => {
                r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256","modulusLength":2048}"#
            }
        })?;
        if algorithm == Algorithm::Rs256 {
            let exponent = Uint8Array::from([1, 0, 1].as_slice());
            Reflect::set(&parameters, &"publicExponent".into(), &exponent)
                .map_err(|error| failure(&error))?;
        }
        let pair = SUBTLE.with(|subtle| {
            subtle.generate_key_with_object(&parameters, true, &usages(&["sign", "verify"]))
        });
        let pair = settled(pair).await?;
        let public = export("jwk", &half(&pair, "publicKey")?).await?;
        let public = JSON::stringify(&public).map_err(|error| failure(&error))?;
        let public = PublicKey::from_jwk(&String::from(public))
            .ok_or_else(|| CryptoError("a public key of another shape".to_owned()))?;
        let private = export("pkcs8", &half(&pair, "privateKey")?).await?;
        Ok(GeneratedKey { public, private: Secret::new(bytes(&private)) })
    }
}

impl WebCrypto {
    /// Begins to check a signature with a key that has been imported already: the promise of a
    /// boolean, without a future around it. `None` if [`Crypto::verify`] has to import it first.
    pub fn verification(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Option<Promise> {
        let public = self.public.borrow();
        let imported = public.get(key.id())?;
        begin_verify(key.algorithm(), imported, message, signature).ok()
    }

    async fn import_public(&self, key: &PublicKey) -> Result<CryptoKey, CryptoError> {
        let jwk = object(&key.to_jwk())?;
        let imported = import("jwk", &jwk, key.algorithm(), "verify").await?;
        remember(&self.public, key.id().clone(), &imported);
        Ok(imported)
    }

    async fn import_private(
        &self,
        name: [u8; 32],
        algorithm: Algorithm,
        key: &Secret<Vec<u8>>,
    ) -> Result<CryptoKey, CryptoError> {
        let der = Uint8Array::from(key.expose().as_slice());
        let imported = import("pkcs8", &der, algorithm, "sign").await;
        der.fill(0, 0, der.length());
        let imported = imported?;
        remember(&self.private, name, &imported);
        Ok(imported)
    }
}

fn begin_verify(
    algorithm: Algorithm,
    key: &CryptoKey,
    message: &[u8],
    signature: &[u8],
) -> Result<Promise, CryptoError> {
    verify_as(&signing_parameters(algorithm)?, key, message, signature)
}

/// Begins to check a signature; the promise of a boolean.
pub(super) fn verify_as(
    parameters: &Object,
    key: &CryptoKey,
    message: &[u8],
    signature: &[u8],
) -> Result<Promise, CryptoError> {
    SUBTLE
        .with(|subtle| {
            subtle.verify_with_object_and_u8_array_and_u8_array(parameters, key, signature, message)
        })
        .map_err(|error| failure(&error))
}

fn remember<K: std::hash::Hash + Eq>(
    keys: &RefCell<HashMap<K, CryptoKey>>,
    name: K,
    key: &CryptoKey,
) {
    let mut keys = keys.borrow_mut();
    if keys.len() >= KEPT {
        keys.clear();
    }
    keys.insert(name, key.clone());
}

async fn import(
    format: &str,
    data: &Object,
    algorithm: Algorithm,
    usage: &str,
) -> Result<CryptoKey, CryptoError> {
    let parameters = object(match algorithm {
        Algorithm::Es256 => r#"{"name":"ECDSA","namedCurve":"P-256"}"#,
        Algorithm::Rs256 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#,
    })?;
    import_as(format, data, &parameters, usage).await
}

/// Imports a key for one usage; it cannot be exported again.
pub(super) async fn import_as(
    format: &str,
    data: &Object,
    parameters: &Object,
    usage: &str,
) -> Result<CryptoKey, CryptoError> {
    let key = SUBTLE.with(|subtle| {
        subtle.import_key_with_object(format, data, parameters, false, &usages(&[usage]))
    });
    settled(key).await.map(JsCast::unchecked_into)
}

async fn export(format: &str, key: &CryptoKey) -> Result<JsValue, CryptoError> {
    settled(SUBTLE.with(|subtle| subtle.export_key(format, key))).await
}

fn half(pair: &JsValue, name: &str) -> Result<CryptoKey, CryptoError> {
    Reflect::get(pair, &name.into()).map(JsCast::unchecked_into).map_err(|error| failure(&error))
}

/// What `sign` and `verify` take (RFC 7518 §3.3, §3.4); made once.
fn signing_parameters(algorithm: Algorithm) -> Result<Object, CryptoError> {
    thread_local! {
        static MADE: RefCell<[Option<Object>; 2]> = const { RefCell::new([None, None]) };
    }
    MADE.with_borrow_mut(|[ecdsa, rsa]| {
        let (slot, json) = match algorithm {
            Algorithm::Es256 => (ecdsa, r#"{"name":"ECDSA","hash":"SHA-256"}"#),
            Algorithm::Rs256 => (rsa, r#"{"name":"RSASSA-PKCS1-v1_5"}"#),
        };
        if let Some(parameters) = slot {
            return Ok(parameters.clone());
        }
        let parameters = object(json)?;
        *slot = Some(parameters.clone());
        Ok(parameters)
    })
}

pub(super) fn object(json: &str) -> Result<Object, CryptoError> {
    JSON::parse(json).map(JsCast::unchecked_into).map_err(|error| failure(&error))
}

fn usages(names: &[&str]) -> JsValue {
    names.iter().map(|name| JsValue::from_str(name)).collect::<Array>().into()
}

pub(super) fn bytes(buffer: &JsValue) -> Vec<u8> {
    Uint8Array::new(buffer).to_vec()
}

pub(super) async fn settled(promise: Result<Promise, JsValue>) -> Result<JsValue, CryptoError> {
    let promise = promise.map_err(|error| failure(&error))?;
    JsFuture::from(promise).await.map_err(|error| failure(&error))
}

pub(super) fn failure(error: &JsValue) -> CryptoError {
    CryptoError(message(error))
}
