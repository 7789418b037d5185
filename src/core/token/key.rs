//! Public keys as JSON Web Keys (RFC 7517), named by their thumbprint (RFC 7638).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Algorithm;
use crate::core::encoding::{base64url, from_base64url, sha256};

/// The name of a signing key: its RFC 7638 thumbprint.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(pub String);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A public signature key whose parameters have been checked: a curve and a size that we accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    id: KeyId,
    material: Material,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Material {
    P256 { x: String, y: String },
    Rsa { n: String, e: String },
}

/// The members of a JWK that we read and write.
#[derive(Debug, Serialize, Deserialize)]
struct JwkMembers<'a> {
    kty: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<&'a str>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<&'a str>,
}

impl PublicKey {
    /// A P-256 key from its coordinates, 32 bytes each.
    pub fn p256(x: &[u8; 32], y: &[u8; 32]) -> Self {
        Self::named(Material::P256 { x: base64url(x), y: base64url(y) })
    }

    /// An RSA key from modulus and exponent, big-endian without leading zeros; `None` if it is
    /// shorter than 2048 bits (RFC 7518 §3.3) or longer than 4096, or its exponent is not 65537.
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let sized = (256..=512).contains(&modulus.len()) && modulus.first().is_some_and(|b| *b > 0);
        (sized && exponent == [1, 0, 1])
            .then(|| Self::named(Material::Rsa { n: base64url(modulus), e: base64url(exponent) }))
    }

    /// Reads a JWK; `None` if it is not a public signature key that we accept, or claims another
    /// `alg` or `use` than it can have. The `kid` is not taken from it: it is the thumbprint.
    pub fn from_jwk(json: &str) -> Option<Self> {
        let members: JwkMembers<'_> = serde_json::from_str(json).ok()?;
        let key = match (members.kty, members.crv) {
            ("EC", Some("P-256")) => {
                let x = from_base64url(members.x?)?.try_into().ok()?;
                let y = from_base64url(members.y?)?.try_into().ok()?;
                Self::p256(&x, &y)
            }
            ("RSA", None) => Self::rsa(&from_base64url(members.n?)?, &from_base64url(members.e?)?)?,
            _ => return None,
        };
        let honest = members.alg.is_none_or(|alg| alg == key.algorithm().name())
            && members.usage.is_none_or(|usage| usage == "sig");
        honest.then_some(key)
    }

    /// The key's name.
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// The one algorithm of this key.
    pub const fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::P256 { .. } => Algorithm::Es256,
            Material::Rsa { .. } => Algorithm::Rs256,
        }
    }

    /// The key as a JWK with `kid`, `alg` and `use`, as the JWKS publishes it.
    pub fn to_jwk(&self) -> String {
        let mut members = self.members();
        members.kid = Some(&self.id.0);
        members.alg = Some(self.algorithm().name());
        members.usage = Some("sig");
        write(&members)
    }

    /// The public coordinates of a P-256 key (`x`, `y`).
    pub fn p256_coordinates(&self) -> Option<([u8; 32], [u8; 32])> {
        let Material::P256 { x, y } = &self.material else { return None };
        Some((from_base64url(x)?.try_into().ok()?, from_base64url(y)?.try_into().ok()?))
    }

    /// Modulus and exponent of an RSA key, big-endian.
    pub fn rsa_numbers(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let Material::Rsa { n, e } = &self.material else { return None };
        Some((from_base64url(n)?, from_base64url(e)?))
    }

    fn named(material: Material) -> Self {
        let mut key = Self { id: KeyId(String::new()), material };
        // RFC 7638 §3.2: the required members in lexicographic order, no white space.
        let canonical = match &key.material {
            Material::P256 { x, y } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Material::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
        };
        key.id = KeyId(base64url(&sha256(canonical.as_bytes())));
        key
    }

    fn members(&self) -> JwkMembers<'_> {
        let empty = JwkMembers {
            kty: "",
            crv: None,
            x: None,
            y: None,
            n: None,
            e: None,
            kid: None,
            alg: None,
            usage: None,
        };
        match &self.material {
            Material::P256 { x, y } => {
                JwkMembers { kty: "EC", crv: Some("P-256"), x: Some(x), y: Some(y), ..empty }
            }
            Material::Rsa { n, e } => JwkMembers { kty: "RSA", n: Some(n), e: Some(e), ..empty },
        }
    }
}

fn write(members: &JwkMembers<'_>) -> String {
    serde_json::to_string(members).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7638 §3.1.
    const RSA: &str = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;

    #[test]
    fn the_key_id_is_the_thumbprint_of_rfc_7638() {
        let key = PublicKey::from_jwk(RSA).unwrap();
        assert_eq!(key.id().0, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!(key.algorithm(), Algorithm::Rs256);
    }

    #[test]
    fn a_key_reads_back_what_it_writes() {
        let key = PublicKey::p256(&[7; 32], &[9; 32]);
        assert_eq!(PublicKey::from_jwk(&key.to_jwk()), Some(key));
    }

    #[test]
    fn a_key_that_we_do_not_accept_is_not_read() {
        let short = base64url(&[0xff; 128]);
        for jwk in [
            format!(r#"{{"kty":"RSA","n":"{short}","e":"AQAB"}}"#),
            RSA.replace("AQAB", "AQ"),
            RSA.replace("RS256", "ES256"),
            RSA.replace(r#""kty":"RSA""#, r#""kty":"RSA","use":"enc""#),
            r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"}"#.to_owned(),
            r#"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#.to_owned(),
            "[]".to_owned(),
        ] {
            assert_eq!(PublicKey::from_jwk(&jwk), None, "{jwk}");
        }
    }
}
