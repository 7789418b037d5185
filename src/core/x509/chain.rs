//! Verifies that a certificate chains to a trust anchor (RFC 5280 §6, without names and policies).

use std::fmt;

use super::{Certificate, oid, verify_der};
use crate::core::{
    crypto::{CryptoError, Signatures},
    time::UnixTime,
};

/// The longest chain that is verified.
const LONGEST: usize = 8;

/// A certificate that is trusted by configuration: an authority, or the end of a chain itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustAnchor {
    der: Vec<u8>,
}

impl TrustAnchor {
    /// Reads the certificate in DER; `None` if it is none.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        Certificate::from_der(der).map(|_| Self { der: der.to_vec() })
    }

    fn certificate(&self) -> Option<Certificate<'_>> {
        Certificate::from_der(&self.der)
    }
}

/// Why a chain is not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainError {
    /// It has no certificate, or too many.
    Length,
    /// A certificate is not valid at this time.
    Time,
    /// A certificate was issued by one that is not a certification authority, or not for a path so long.
    Authority,
    /// A certificate names another issuer than the one that follows it, or has another signature.
    Link,
    /// A certificate has a critical extension that we do not know.
    Extension,
    /// The last certificate is issued by no trust anchor.
    Untrusted,
    /// The signatures could not be verified.
    Crypto(CryptoError),
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "the chain is empty or too long",
            Self::Time => "a certificate is not valid at this time",
            Self::Authority => "an issuer is not a certification authority for this path",
            Self::Link => "a certificate is not issued by the one that follows it",
            Self::Extension => "a critical extension is unknown",
            Self::Untrusted => "no trust anchor issued the last certificate",
            Self::Crypto(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for ChainError {}

impl From<CryptoError> for ChainError {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

/// Verifies that each certificate of `chain`, the end first, is issued by the next, and the last one by one
/// of `anchors` or is an anchor itself.
pub async fn verify_chain(
    crypto: &dyn Signatures,
    chain: &[Certificate<'_>],
    anchors: impl Iterator<Item = &TrustAnchor>,
    now: UnixTime,
) -> Result<(), ChainError> {
    if chain.is_empty() || chain.len() > LONGEST {
        return Err(ChainError::Length);
    }
    let anchors: Vec<Certificate<'_>> = anchors.filter_map(TrustAnchor::certificate).collect();
    for (depth, certificate) in chain.iter().enumerate() {
        checked(certificate, now)?;
        if anchors.iter().any(|anchor| anchor.der == certificate.der) {
            return Ok(());
        }
        if let Some(issuer) = chain.get(depth + 1) {
            issued(crypto, certificate, issuer, depth).await?;
            continue;
        }
        for anchor in &anchors {
            match issued(crypto, certificate, anchor, depth).await {
                Ok(()) => return checked(anchor, now),
                Err(ChainError::Crypto(error)) => return Err(error.into()),
                Err(_) => {}
            }
        }
    }
    Err(ChainError::Untrusted)
}

/// Time and critical extensions of one certificate.
fn checked(certificate: &Certificate<'_>, now: UnixTime) -> Result<(), ChainError> {
    if now < certificate.begins || now > certificate.ends {
        return Err(ChainError::Time);
    }
    let known = [oid::BASIC_CONSTRAINTS, oid::KEY_USAGE];
    let known = certificate
        .extensions
        .iter()
        .all(|extension| !extension.critical || known.contains(&extension.id));
    if known { Ok(()) } else { Err(ChainError::Extension) }
}

/// Whether `issuer` issued `certificate`, which has `depth` certificates below it.
async fn issued(
    crypto: &dyn Signatures,
    certificate: &Certificate<'_>,
    issuer: &Certificate<'_>,
    depth: usize,
) -> Result<(), ChainError> {
    if certificate.issuer != issuer.subject {
        return Err(ChainError::Link);
    }
    let constraints = issuer.basic_constraints().unwrap_or_default();
    let long = constraints.path_length.is_some_and(|longest| depth > usize::from(longest));
    if !constraints.authority || long || !issuer.may_sign_certificates() {
        return Err(ChainError::Authority);
    }
    let (Some(key), Some(scheme)) = (&issuer.key, certificate.scheme) else {
        return Err(ChainError::Link);
    };
    let signed = verify_der(crypto, key, scheme, certificate.signed, certificate.signature).await?;
    if signed { Ok(()) } else { Err(ChainError::Link) }
}
