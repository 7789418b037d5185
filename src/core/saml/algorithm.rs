//! Accepted algorithms, by identifier (RFC 9231, XML Signature 1.1 §6).

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::core::signature::Scheme;

/// Per-provider settings that accept weak algorithms. All off by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Algorithms {
    /// Accepts RSA-SHA1 signatures and SHA-1 digests: collisions can be made.
    pub danger_sha1: bool,
    /// Accepts AES-CBC, which is unauthenticated: a decryption oracle reveals the plaintext.
    pub danger_cbc: bool,
}

impl Algorithms {
    /// The scheme of a `SignatureMethod` or `SigAlg`; `None` if it is not accepted.
    pub fn scheme(self, uri: &str) -> Option<Scheme> {
        match uri {
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => Some(Scheme::RsaSha256),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => Some(Scheme::RsaSha384),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => Some(Scheme::RsaSha512),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => Some(Scheme::EcdsaSha256),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => Some(Scheme::EcdsaSha384),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512" => Some(Scheme::EcdsaSha512),
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1" if self.danger_sha1 => {
                Some(Scheme::DangerRsaSha1)
            }
            _ => None,
        }
    }

    /// The digest of `bytes` with a `DigestMethod`; `None` if it is not accepted.
    pub fn digest(self, uri: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        match uri {
            "http://www.w3.org/2001/04/xmlenc#sha256" => Some(Sha256::digest(bytes).to_vec()),
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => Some(Sha384::digest(bytes).to_vec()),
            "http://www.w3.org/2001/04/xmlenc#sha512" => Some(Sha512::digest(bytes).to_vec()),
            "http://www.w3.org/2000/09/xmldsig#sha1" if self.danger_sha1 => {
                Some(Sha1::digest(bytes).to_vec())
            }
            _ => None,
        }
    }
}
