//! A provider's keys (RFC 7517 §5) and key selection.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{http::Reply, jws::JwsAlgorithm};
use crate::core::{
    encoding::from_public_base64url,
    signature::{RsaKey, VerifyingKey},
};

/// Maximum number of keys in a set.
const MAXIMUM_KEYS: usize = 64;

/// A provider's signature keys, without unsupported types, sizes and uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JsonWebKeys(Vec<JsonWebKey>);

/// A signature key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JsonWebKey {
    id: Option<String>,
    key: VerifyingKey,
    /// Its `alg`; `None` only for RSA, whose other keys have but one.
    algorithm: Option<JwsAlgorithm>,
    /// Microsoft's `issuer`: the key signs that tenant's tokens only.
    issuer: Option<String>,
}

/// Why a set is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The response has an error status.
    #[error("the keys request was answered with status {0}")]
    Status(u16),
    /// It is too long or not a JWK set.
    #[error("the answer is not a JWK set, or too long")]
    Malformed,
    /// It has too many keys.
    #[error("there are more than 64 keys")]
    TooMany,
    /// None of its keys can verify a signature.
    #[error("no key of the set can verify a signature")]
    NoneUsable,
}

/// The result of key selection.
pub(super) enum KeyChoice<'a> {
    One(&'a JsonWebKey),
    None,
    Several,
}

#[derive(Deserialize)]
struct Set<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Members {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    d: Option<serde::de::IgnoredAny>,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    issuer: Option<String>,
}

impl JsonWebKeys {
    /// Reads the response of a provider's `jwks_uri`.
    pub fn parse(reply: &Reply<'_>) -> Result<Self, KeysError> {
        if !reply.is_success() {
            return Err(KeysError::Status(reply.status));
        }
        let text = reply.text().ok_or(KeysError::Malformed)?;
        let set: Set<'_> = serde_json::from_str(text).map_err(|_| KeysError::Malformed)?;
        if set.keys.len() > MAXIMUM_KEYS {
            return Err(KeysError::TooMany);
        }
        // RFC 7517 §5: keys that are not understood are ignored.
        let keys: Vec<_> = set.keys.iter().filter_map(|jwk| JsonWebKey::parse(jwk.get())).collect();
        if keys.is_empty() { Err(KeysError::NoneUsable) } else { Ok(Self(keys)) }
    }

    /// The key of a header: by `kid`, or without one the only key of its algorithm.
    pub(super) fn choose(
        &self,
        key_id: Option<&str>,
        algorithm: JwsAlgorithm,
        rsa: JwsAlgorithm,
    ) -> KeyChoice<'_> {
        let named = |key: &&JsonWebKey| match key_id {
            Some(id) => key.id.as_deref() == Some(id),
            None => key.algorithm(rsa) == algorithm,
        };
        let candidates: Vec<_> = self.0.iter().filter(named).collect();
        match candidates.as_slice() {
            [] => KeyChoice::None,
            [key] => KeyChoice::One(key),
            // Keys of different algorithms may share a `kid` (RFC 7517 §4.5).
            several => {
                let mut fitting = several.iter().filter(|key| key.algorithm(rsa) == algorithm);
                match (fitting.next(), fitting.next()) {
                    (Some(key), None) => KeyChoice::One(key),
                    _ => KeyChoice::Several,
                }
            }
        }
    }
}

impl JsonWebKey {
    /// `None` if it is not an accepted public signature key, or has an impossible `alg`.
    fn parse(json: &str) -> Option<Self> {
        let members: Members = serde_json::from_str(json).ok()?;
        let signs = members.usage.as_deref().is_none_or(|usage| usage == "sig")
            && members.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        // Everyone can sign by a key whose private half is published.
        if !signs || members.d.is_some() {
            return None;
        }
        let number = |text: &Option<String>| from_public_base64url(text.as_deref()?);
        let (key, curve) = match (members.kty.as_str(), members.crv.as_deref()) {
            ("RSA", _) => {
                (VerifyingKey::Rsa(RsaKey::new(&number(&members.n)?, &number(&members.e)?)?), None)
            }
            ("EC", Some(curve)) => {
                let (algorithm, length) = match curve {
                    "P-256" => (JwsAlgorithm::Es256, 32),
                    "P-384" => (JwsAlgorithm::Es384, 48),
                    "P-521" => (JwsAlgorithm::Es512, 66),
                    _ => return None,
                };
                let (x, y) = (number(&members.x)?, number(&members.y)?);
                if x.len() != length || y.len() != length {
                    return None;
                }
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                (VerifyingKey::from_point(&point)?, Some(algorithm))
            }
            ("OKP", Some("Ed25519")) => {
                let x = number(&members.x)?.try_into().ok()?;
                (VerifyingKey::Ed25519(x), Some(JwsAlgorithm::EdDsa))
            }
            _ => return None,
        };
        let declared = match members.alg.as_deref() {
            Some(name) => Some(JwsAlgorithm::from_name(name)?),
            None => None,
        };
        let algorithm = match (curve, declared) {
            (Some(own), None) => Some(own),
            (Some(own), Some(declared)) if own == declared => Some(own),
            (None, None) => None,
            (None, Some(declared)) if declared.is_rsa() => Some(declared),
            _ => return None,
        };
        Some(Self { id: members.kid, key, algorithm, issuer: members.issuer })
    }

    /// Its algorithm; `rsa` is that of RSA keys that name none.
    pub(super) const fn algorithm(&self, rsa: JwsAlgorithm) -> JwsAlgorithm {
        match self.algorithm {
            Some(algorithm) => algorithm,
            None => rsa,
        }
    }

    /// The key itself.
    pub(super) const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The issuer of its tokens, if stated.
    pub(super) fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }
}
