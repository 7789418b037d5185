//! The vectors of `vectors/saml`: every verdict of their index, and alterations of what is accepted.

mod canonical;
mod hostile;
mod messages;
mod mutations;
mod queries;
mod responses;
mod written;

use std::{collections::BTreeMap, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;

use crate::core::{
    secret::Secret,
    signature::{RsaKey, VerifyingKey},
    time::UnixTime,
    x509::Certificate,
};

/// Where the vectors are.
fn vectors() -> PathBuf {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/saml").into()
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(vectors().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// An entry of the index.
#[derive(Debug, Deserialize)]
struct Vector {
    file: String,
    kind: String,
    encoding: String,
    expected: String,
    reason: String,
    clock: Option<String>,
    idp_entity_id: Option<String>,
    sp_entity_id: Option<String>,
    acs_url: Option<String>,
    request_id: Option<String>,
    signing_cert: Option<String>,
    decryption_key: Option<String>,
    name_id: Option<String>,
    must_not_name_id: Option<String>,
    attributes: Option<BTreeMap<String, Vec<String>>>,
    policy: Option<String>,
    #[serde(default)]
    entities: Vec<serde_json::Value>,
    issuer: Option<String>,
    destination: Option<String>,
    in_response_to: Option<String>,
    #[serde(default)]
    session_index: Vec<String>,
    assertion_ids: Option<Vec<String>>,
}

impl Vector {
    fn message(&self) -> Vec<u8> {
        let bytes = file(&self.file);
        let text = || String::from_utf8(bytes.clone()).unwrap();
        match self.encoding.as_str() {
            "xml" => bytes,
            "base64" => super::binding::from_form(&text()).unwrap(),
            "deflate+base64" => super::binding::from_query_value(&text()).unwrap(),
            other => panic!("{other}"),
        }
    }

    fn has(&self, policy: &str) -> bool {
        self.policy.as_ref().is_some_and(|all| all.split('+').any(|one| one == policy))
    }

    fn now(&self) -> UnixTime {
        self.clock.as_deref().map_or(UnixTime(1_400_000_000), |clock| clock.parse().unwrap())
    }
}

fn index() -> Vec<Vector> {
    serde_json::from_slice(&file("index.json")).unwrap()
}

fn pem(name: &str) -> Vec<u8> {
    let text = String::from_utf8(file(name)).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body.replace(char::is_whitespace, "")).unwrap()
}

/// The key of a certificate; one of 1024 bits only if `short` ones are allowed.
fn key_of(name: &str, short: bool) -> Vec<VerifyingKey> {
    let der = pem(name);
    let certificate = Certificate::from_der(&der).unwrap();
    certificate.key.or_else(|| short.then(|| short_key(&der))?).into_iter().collect()
}

/// The RSA key of 1024 bits in a certificate: found by its shape, `INTEGER` of 129 bytes, then 65537.
fn short_key(der: &[u8]) -> Option<VerifyingKey> {
    let at = der.windows(4).position(|part| part == [0x02, 0x81, 0x81, 0x00])?;
    let modulus = der.get(at + 4..at + 132)?;
    (der.get(at + 132..at + 137)? == [2, 3, 1, 0, 1]).then_some(())?;
    RsaKey::danger_short(modulus, &[1, 0, 1]).map(VerifyingKey::Rsa)
}

/// A private key in PKCS#8, whatever its PEM is labelled.
fn private_key(name: &str) -> Secret<Vec<u8>> {
    use rsa::{pkcs1::DecodeRsaPrivateKey, pkcs8::EncodePrivateKey};
    let der = pem(name);
    match rsa::PrivateKey::from_pkcs1_der(&der) {
        Ok(key) => Secret::new(key.to_pkcs8_der().unwrap().as_bytes().to_vec()),
        Err(_) => Secret::new(der),
    }
}
