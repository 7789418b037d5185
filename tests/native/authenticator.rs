//! An authenticator in software, as a browser presents it (Web Authentication Level 3).

use ciborium::Value as Cbor;
use hanzo_iam::core::encoding::{base64url, from_base64url, sha256};
use p256::ecdsa::{DerSignature, SigningKey, signature::Signer};
use serde_json::{Value, json};

use crate::world::ISSUER;

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const CREDENTIAL: u8 = 1 << 6;

/// One that has one credential at most.
#[derive(Clone)]
pub struct Authenticator {
    key: SigningKey,
    pub id: Vec<u8>,
    pub user: Vec<u8>,
    /// The counter, which each use raises.
    pub count: u32,
    /// Whether it verifies its user.
    pub verifies: bool,
    /// Whether its credential is synced.
    pub is_synced: bool,
    /// The page that uses it.
    pub origin: String,
}

fn written(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

impl Authenticator {
    /// A new one; `seed` tells several apart.
    pub fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[seed; 32]).unwrap(),
            id: vec![seed; 16],
            user: Vec::new(),
            count: 1,
            verifies: true,
            is_synced: false,
            origin: ISSUER.to_owned(),
        }
    }

    pub fn synced(self) -> Self {
        Self { is_synced: true, ..self }
    }

    fn data(&self, rp_id: &str, further: u8, credential: &[u8]) -> Vec<u8> {
        let mut flags = PRESENT | further;
        if self.verifies {
            flags |= VERIFIED;
        }
        if self.is_synced {
            flags |= BACKUP_ELIGIBLE | BACKED_UP;
        }
        let hash = sha256(rp_id.as_bytes());
        [&hash[..], &[flags], &self.count.to_be_bytes(), credential].concat()
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        json!({"type": kind, "challenge": options["challenge"], "origin": self.origin})
            .to_string()
            .into_bytes()
    }

    fn cose(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes()[1..].split_at(32);
        let pairs = [
            (1, Cbor::from(2)),
            (3, Cbor::from(-7)),
            (-1, Cbor::from(1)),
            (-2, Cbor::Bytes(x.to_vec())),
            (-3, Cbor::Bytes(y.to_vec())),
        ];
        written(&Cbor::Map(
            pairs.into_iter().map(|(key, value)| (Cbor::from(key), value)).collect(),
        ))
    }

    /// `navigator.credentials.create`
    pub fn create(&mut self, options: &Value) -> Value {
        self.user = from_base64url(options["user"]["id"].as_str().unwrap()).unwrap();
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let credential = [&[0; 16][..], &length, &self.id, &self.cose()].concat();
        let data = self.data(options["rp"]["id"].as_str().unwrap(), CREDENTIAL, &credential);
        let object = written(&Cbor::Map(vec![
            (Cbor::from("fmt"), Cbor::from("none")),
            (Cbor::from("attStmt"), Cbor::Map(Vec::new())),
            (Cbor::from("authData"), Cbor::Bytes(data)),
        ]));
        json!({
            "id": base64url(&self.id), "rawId": base64url(&self.id), "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": base64url(&self.client_data("webauthn.create", options)),
                "attestationObject": base64url(&object),
                "transports": ["internal"],
            },
            "clientExtensionResults": {"credProps": {"rk": true}},
        })
    }

    /// `navigator.credentials.get`
    pub fn get(&mut self, options: &Value) -> Value {
        self.count += 1;
        let data = self.data(options["rpId"].as_str().unwrap(), 0, &[]);
        let client_data = self.client_data("webauthn.get", options);
        let signature: DerSignature = self.key.sign(&[&data[..], &sha256(&client_data)].concat());
        json!({
            "id": base64url(&self.id), "rawId": base64url(&self.id), "type": "public-key",
            "response": {
                "clientDataJSON": base64url(&client_data),
                "authenticatorData": base64url(&data),
                "signature": base64url(signature.as_bytes()),
                "userHandle": base64url(&self.user),
            },
            "clientExtensionResults": {},
        })
    }
}
