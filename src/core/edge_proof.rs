//! The edge proof: a MAC that proves to the origin that an edge forwarded a request (ATTACKS F-90).
//!
//! The edge calls the origin with the host, the client's address and the request id in headers of
//! its own, and a MAC over them and the request line. A client that reaches the origin directly
//! has no key for the MAC, so the origin ignores these headers without a valid one.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{
    encoding::base64url,
    root_key::{HmacKeys, Purpose, RootKeys},
    secret::constant_time_eq,
    time::UnixTime,
};

/// `scheme://host` that the client used.
pub const BASE_HEADER: &str = "x-hanzo-base";
/// The client's address as the edge saw it.
pub const CLIENT_IP_HEADER: &str = "x-hanzo-client-ip";
/// The request's id, used in logs.
pub const REQUEST_ID_HEADER: &str = "x-request-id";
/// `<unix seconds>.<MAC>`
pub const EDGE_PROOF_HEADER: &str = "x-hanzo-hop";

/// How far the clocks of edge and origin may differ, in seconds.
const TOLERANCE: i64 = 60;

/// The values that an edge proof covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EdgeProof<'a> {
    /// The method.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// `scheme://host` that the client used.
    pub base: &'a str,
    /// The client's address; empty if unknown.
    pub client_ip: &'a str,
    /// The request's id.
    pub request_id: &'a str,
}

/// Why an edge proof is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeProofError {
    /// Not `<seconds>.<MAC>`.
    Malformed,
    /// Made too long ago, or in the future.
    Stale,
    /// Not made by an edge of this deployment, or for another request.
    Forged,
}

impl fmt::Display for EdgeProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the edge proof is malformed",
            Self::Stale => "the edge proof is stale",
            Self::Forged => "the edge proof is forged",
        })
    }
}

impl std::error::Error for EdgeProofError {}

/// The MAC keys of edge proofs.
#[derive(Debug, Clone)]
pub struct EdgeProofKeys(HmacKeys);

impl EdgeProofKeys {
    /// The keys of `environment`.
    pub fn derive(root_keys: &RootKeys, environment: &str) -> Self {
        Self(HmacKeys::derive(root_keys, Purpose::EdgeProof, environment))
    }

    /// The value of [`EDGE_PROOF_HEADER`] for `proof`.
    pub fn sign(&self, proof: &EdgeProof<'_>, now: UnixTime) -> String {
        let time = now.0.to_string();
        let mac = proof.mac(&self.0.current, &time);
        let mut value = time;
        value.push('.');
        value.push_str(&mac);
        value
    }

    /// Whether `value` was made for `proof` by an edge, with the current root key or the previous,
    /// within a minute of `now`.
    pub fn verify(
        &self,
        proof: &EdgeProof<'_>,
        value: &str,
        now: UnixTime,
    ) -> Result<(), EdgeProofError> {
        let (time, claimed) = value.split_once('.').ok_or(EdgeProofError::Malformed)?;
        let made: i64 = time.parse().map_err(|_| EdgeProofError::Malformed)?;
        if now.since(UnixTime(made)).saturating_abs() > TOLERANCE {
            return Err(EdgeProofError::Stale);
        }
        let genuine =
            self.0.any(|key| constant_time_eq(proof.mac(key, time).as_bytes(), claimed.as_bytes()));
        if genuine { Ok(()) } else { Err(EdgeProofError::Forged) }
    }
}

impl EdgeProof<'_> {
    /// The values, one a line: no value can hold a line feed, so different values never give the
    /// same text.
    fn mac(&self, key: &Hmac<Sha256>, time: &str) -> String {
        let mut mac = key.clone();
        let parts = [self.method, self.target, self.base, self.client_ip, self.request_id];
        mac.update(time.as_bytes());
        for part in parts {
            mac.update(b"\n");
            mac.update(part.as_bytes());
        }
        base64url(&mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::root_key::RootKey;

    const NOW: UnixTime = UnixTime(1_795_464_000);
    const PROOF: EdgeProof<'_> = EdgeProof {
        method: "POST",
        target: "/v1/iam/oauth/token?a=b",
        base: "https://hanzo.id",
        client_ip: "192.0.2.1",
        request_id: "r1",
    };

    fn roots(current: u8, previous: Option<u8>) -> RootKeys {
        RootKeys {
            current: RootKey::new([current; 32]),
            previous: previous.map(|byte| RootKey::new([byte; 32])),
        }
    }

    fn keys(current: u8, previous: Option<u8>) -> EdgeProofKeys {
        EdgeProofKeys::derive(&roots(current, previous), "test")
    }

    #[test]
    fn a_proof_is_valid_for_a_minute() {
        let value = keys(1, None).sign(&PROOF, NOW);
        assert_eq!(keys(1, None).verify(&PROOF, &value, NOW.plus(60)), Ok(()));
        assert_eq!(keys(1, None).verify(&PROOF, &value, NOW.plus(-60)), Ok(()));
        assert_eq!(keys(1, None).verify(&PROOF, &value, NOW.plus(61)), Err(EdgeProofError::Stale));
        assert_eq!(keys(1, None).verify(&PROOF, &value, NOW.plus(-61)), Err(EdgeProofError::Stale));
    }

    #[test]
    fn a_proof_by_the_previous_root_key_is_valid_while_that_key_is_kept() {
        let value = keys(1, None).sign(&PROOF, NOW);
        assert_eq!(keys(2, Some(1)).verify(&PROOF, &value, NOW), Ok(()));
        assert_eq!(keys(2, None).verify(&PROOF, &value, NOW), Err(EdgeProofError::Forged));
    }

    #[test]
    fn a_proof_is_valid_only_for_its_own_request_and_environment() {
        let value = keys(1, None).sign(&PROOF, NOW);
        for other in [
            EdgeProof { method: "GET", ..PROOF },
            EdgeProof { target: "/v1/iam/oauth/token", ..PROOF },
            EdgeProof { base: "https://lux.id", ..PROOF },
            EdgeProof { client_ip: "192.0.2.2", ..PROOF },
            EdgeProof { request_id: "r2", ..PROOF },
        ] {
            assert_eq!(keys(1, None).verify(&other, &value, NOW), Err(EdgeProofError::Forged));
        }
        let elsewhere = EdgeProofKeys::derive(&roots(1, None), "production");
        assert_eq!(elsewhere.verify(&PROOF, &value, NOW), Err(EdgeProofError::Forged));
    }

    #[test]
    fn a_malformed_proof_is_refused() {
        for value in ["", ".", "1795464000", "x.y", "1795464000.", "99999999999999999999.a"] {
            assert!(keys(1, None).verify(&PROOF, value, NOW).is_err(), "{value:?}");
        }
    }
}
