//! Third-party signed tokens (RFC 7515, RFC 7519), from text to verified payload.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::keys::{JsonWebKeys, KeyChoice};
use crate::core::{
    crypto::{CryptoError, Signatures},
    encoding::{base64url, from_public_base64url},
    signature::Scheme,
    token,
};

/// Maximum token length in bytes: some providers list hundreds of groups.
pub const MAXIMUM_LENGTH: usize = 32 * 1024;

/// The accepted signature algorithms (RFC 7518 §3.1, RFC 8037 §3.1), without `none` and symmetric
/// ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum JwsAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl JwsAlgorithm {
    const ALL: [(Self, &'static str, Scheme); 10] = [
        (Self::Rs256, "RS256", Scheme::RsaSha256),
        (Self::Rs384, "RS384", Scheme::RsaSha384),
        (Self::Rs512, "RS512", Scheme::RsaSha512),
        (Self::Ps256, "PS256", Scheme::RsaPssSha256),
        (Self::Ps384, "PS384", Scheme::RsaPssSha384),
        (Self::Ps512, "PS512", Scheme::RsaPssSha512),
        (Self::Es256, "ES256", Scheme::EcdsaSha256),
        (Self::Es384, "ES384", Scheme::EcdsaSha384),
        (Self::Es512, "ES512", Scheme::EcdsaSha512),
        (Self::EdDsa, "EdDSA", Scheme::Ed25519),
    ];

    /// The algorithm of that exact name. RFC 9864 calls Ed25519's by the name of its curve.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = if name == "Ed25519" { "EdDSA" } else { name };
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(algorithm, ..)| *algorithm)
    }

    /// Its name in JOSE.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, ..)| *known == self).map_or("", |(_, name, _)| *name)
    }

    /// Its signature scheme.
    pub fn scheme(self) -> Scheme {
        let known = Self::ALL.iter().find(|(known, ..)| *known == self);
        known.map_or(Scheme::RsaSha256, |(.., scheme)| *scheme)
    }

    /// Whether its keys are RSA keys.
    pub const fn is_rsa(self) -> bool {
        matches!(
            self,
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512
        )
    }

    /// `at_hash` or `c_hash` of `value`: the left half of its digest (OpenID Connect Core §3.1.3.6), which
    /// for Ed25519 is SHA-512.
    pub fn half_hash(self, value: &str) -> String {
        let digest = match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => Sha256::digest(value).to_vec(),
            Self::Rs384 | Self::Ps384 | Self::Es384 => Sha384::digest(value).to_vec(),
            Self::Rs512 | Self::Ps512 | Self::Es512 | Self::EdDsa => Sha512::digest(value).to_vec(),
        };
        base64url(digest.get(..digest.len() / 2).unwrap_or_default())
    }
}

impl fmt::Display for JwsAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a token's form or signature is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// It is too long.
    #[error("the token is too long")]
    TooLong,
    /// It has five segments: it is encrypted, which we never request (OpenID Connect Core §3.1.3.7,
    /// 1).
    #[error("the token is encrypted")]
    Encrypted,
    /// It does not have three segments (RFC 7515 §7.1), or is unsigned.
    #[error("the token does not have three segments")]
    Segments,
    /// A segment is not strict base64url.
    #[error("a segment is not base64url")]
    Encoding,
    /// The header is not a strict JSON object with strings for `alg`, `kid` and `typ`.
    #[error("the header is malformed")]
    Header,
    /// The header requires an extension or contains a key.
    #[error("the header has {0:?}, which is not supported")]
    Extension(&'static str),
    /// `alg` is `none`, symmetric or unknown (RFC 8725 §3.1, §3.2).
    #[error("alg is {0:?}, which is not accepted")]
    Algorithm(String),
    /// No key has the token's `kid` or algorithm: the provider may have new keys. The caller
    /// fetches them and retries once; if the error recurs, or keys were fetched a moment ago, the
    /// token is refused.
    #[error("no known key has the token's kid")]
    NeedKeys,
    /// The key is ambiguous: there is no `kid`, or several keys have it.
    #[error("more than one key could have signed the token")]
    AmbiguousKey,
    /// `alg` does not match the key.
    #[error("alg is {found}, but the key's algorithm is {key}")]
    AlgorithmOfAnotherKey {
        /// The algorithm of the header.
        found: JwsAlgorithm,
        /// The algorithm of the key.
        key: JwsAlgorithm,
    },
    /// The signature is invalid.
    #[error("the signature is wrong")]
    Signature,
    /// The payload is not a strict JSON object.
    #[error("the claims are no JSON object with unique members")]
    Claims,
    /// The crypto backend failed, which says nothing about the token.
    #[error("{0}")]
    Crypto(CryptoError),
}

/// A token with a verified signature and unchecked claims.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    /// The payload.
    pub(super) claims: Map<String, Value>,
    /// The algorithm, which is the key's.
    pub(super) algorithm: JwsAlgorithm,
    /// `typ`, in lower case without `application/`.
    pub(super) typ: Option<String>,
    /// The issuer of the key's tokens, if stated in its JWK.
    pub(super) key_issuer: Option<String>,
}

/// Verifies the signature with one of `keys`; `rsa` is the algorithm of RSA keys that name none.
pub(super) async fn verify(
    crypto: &dyn Signatures,
    keys: &JsonWebKeys,
    rsa: JwsAlgorithm,
    token: &str,
) -> Result<Signed, JwsError> {
    if token.len() > MAXIMUM_LENGTH {
        return Err(JwsError::TooLong);
    }
    let segments: Vec<&str> = token.splitn(6, '.').collect();
    let [header, payload, signature] = segments.as_slice() else {
        return Err(if segments.len() == 5 { JwsError::Encrypted } else { JwsError::Segments });
    };
    let decoded = |segment: &str| from_public_base64url(segment).ok_or(JwsError::Encoding);
    let header = Header::parse(&decoded(header)?)?;
    if payload.is_empty() || signature.is_empty() {
        return Err(JwsError::Segments);
    }
    let (bytes, signature) = (decoded(payload)?, decoded(signature)?);
    let key = match keys.choose(header.key_id.as_deref(), header.algorithm, rsa) {
        KeyChoice::One(key) => key,
        KeyChoice::None => return Err(JwsError::NeedKeys),
        KeyChoice::Several => return Err(JwsError::AmbiguousKey),
    };
    let algorithm = key.algorithm(rsa);
    if header.algorithm != algorithm {
        return Err(JwsError::AlgorithmOfAnotherKey { found: header.algorithm, key: algorithm });
    }
    let message = token.rsplit_once('.').map(|(message, _)| message).unwrap_or_default();
    let genuine =
        crypto.verify_with(key.key(), algorithm.scheme(), message.as_bytes(), &signature).await;
    if !genuine.map_err(JwsError::Crypto)? {
        return Err(JwsError::Signature);
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| JwsError::Claims)?;
    let claims = token::from_object(text).ok_or(JwsError::Claims)?;
    let issuer = key.issuer().map(str::to_owned);
    Ok(Signed { claims, algorithm, typ: header.typ, key_issuer: issuer })
}

/// A plain header. `jku`, `x5u`, `x5c` and `x5t` are ignored: keys come only from the provider's
/// published set, and nothing named in a token is fetched.
struct Header {
    algorithm: JwsAlgorithm,
    key_id: Option<String>,
    typ: Option<String>,
}

impl Header {
    fn parse(json: &[u8]) -> Result<Self, JwsError> {
        let text = std::str::from_utf8(json).map_err(|_| JwsError::Header)?;
        let members: Map<String, Value> = token::from_object(text).ok_or(JwsError::Header)?;
        let forbidden = ["crit", "b64", "jwk", "zip", "enc", "epk", "p2s", "p2c"];
        if let Some(name) = forbidden.into_iter().find(|name| members.contains_key(*name)) {
            return Err(JwsError::Extension(name));
        }
        let text = |name: &str| match members.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= 1024 => Ok(Some(text.as_str())),
            Some(_) => Err(JwsError::Header),
        };
        let name = text("alg")?.ok_or(JwsError::Header)?;
        let algorithm = JwsAlgorithm::from_name(name);
        let typ = text("typ")?.map(str::to_ascii_lowercase);
        Ok(Self {
            algorithm: algorithm
                .ok_or_else(|| JwsError::Algorithm(super::callback::clipped(name)))?,
            key_id: text("kid")?.filter(|kid| !kid.is_empty()).map(str::to_owned),
            typ: typ.map(|typ| match typ.strip_prefix("application/") {
                Some(name) => name.to_owned(),
                None => typ,
            }),
        })
    }
}
