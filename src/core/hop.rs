//! The hop: how the origin knows that a request came through an edge (ATTACKS F-90).
//!
//! The edge calls the origin with the host, the client's address and the request id in headers of
//! its own, and a MAC over them and the request's line. A client that reaches the origin directly
//! has no key to make one; whatever hop headers it sends are worth nothing.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{
    encoding::base64url,
    root_key::{Purpose, RootKey, RootKeys},
    secret::constant_time_eq,
    time::UnixTime,
};

/// `scheme://host` that the client used.
pub const BASE_HEADER: &str = "x-hanzo-base";
/// The client's address as the edge saw it.
pub const CLIENT_IP_HEADER: &str = "x-hanzo-client-ip";
/// Names the request in logs.
pub const REQUEST_ID_HEADER: &str = "x-request-id";
/// `<unix seconds>.<MAC>`
pub const HOP_HEADER: &str = "x-hanzo-hop";

/// How far the clocks of edge and origin may differ, in seconds.
const TOLERANCE: i64 = 60;

/// What a hop vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hop<'a> {
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

/// A request did not come through an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HopError {
    /// Not `<seconds>.<MAC>`.
    Malformed,
    /// Made too long ago, or in the future.
    Stale,
    /// Not made by an edge of this deployment, or for another request.
    Forged,
}

impl fmt::Display for HopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the hop is malformed",
            Self::Stale => "the hop is stale",
            Self::Forged => "the hop is forged",
        })
    }
}

impl std::error::Error for HopError {}

/// The MAC keys of the hop, derived once.
#[derive(Clone)]
pub struct HopKeys {
    current: Hmac<Sha256>,
    previous: Option<Hmac<Sha256>>,
}

impl fmt::Debug for HopKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HopKeys(…)")
    }
}

impl HopKeys {
    /// The keys of `environment`; `None` never happens with a MAC that takes keys of any length.
    pub fn derive(root_keys: &RootKeys, environment: &str) -> Option<Self> {
        let derive = |root: &RootKey| {
            Hmac::new_from_slice(root.derive(Purpose::Hop, environment).expose()).ok()
        };
        let previous = match &root_keys.previous {
            Some(root) => Some(derive(root)?),
            None => None,
        };
        Some(Self { current: derive(&root_keys.current)?, previous })
    }

    /// The value of [`HOP_HEADER`] for `hop`.
    pub fn sign(&self, hop: &Hop<'_>, now: UnixTime) -> String {
        let time = now.0.to_string();
        let mac = hop.mac(&self.current, &time);
        let mut value = time;
        value.push('.');
        value.push_str(&mac);
        value
    }

    /// Whether `value` was made for `hop` by an edge, with the current root key or the previous,
    /// within a minute of `now`.
    pub fn verify(&self, hop: &Hop<'_>, value: &str, now: UnixTime) -> Result<(), HopError> {
        let (time, claimed) = value.split_once('.').ok_or(HopError::Malformed)?;
        let made: i64 = time.parse().map_err(|_| HopError::Malformed)?;
        if now.since(UnixTime(made)).saturating_abs() > TOLERANCE {
            return Err(HopError::Stale);
        }
        let keys = std::iter::once(&self.current).chain(&self.previous);
        let genuine = keys.fold(false, |found, key| {
            found | constant_time_eq(hop.mac(key, time).as_bytes(), claimed.as_bytes())
        });
        if genuine { Ok(()) } else { Err(HopError::Forged) }
    }
}

impl Hop<'_> {
    /// The parts one a line: no part can hold a line feed, so no two hops give the same text.
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

    const NOW: UnixTime = UnixTime(1_795_464_000);
    const HOP: Hop<'_> = Hop {
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

    fn keys(current: u8, previous: Option<u8>) -> HopKeys {
        HopKeys::derive(&roots(current, previous), "test").unwrap()
    }

    #[test]
    fn a_hop_is_good_for_a_minute() {
        let value = keys(1, None).sign(&HOP, NOW);
        assert_eq!(keys(1, None).verify(&HOP, &value, NOW.plus(60)), Ok(()));
        assert_eq!(keys(1, None).verify(&HOP, &value, NOW.plus(-60)), Ok(()));
        assert_eq!(keys(1, None).verify(&HOP, &value, NOW.plus(61)), Err(HopError::Stale));
        assert_eq!(keys(1, None).verify(&HOP, &value, NOW.plus(-61)), Err(HopError::Stale));
    }

    #[test]
    fn a_hop_of_the_previous_root_key_is_good_while_that_is_kept() {
        let value = keys(1, None).sign(&HOP, NOW);
        assert_eq!(keys(2, Some(1)).verify(&HOP, &value, NOW), Ok(()));
        assert_eq!(keys(2, None).verify(&HOP, &value, NOW), Err(HopError::Forged));
    }

    #[test]
    fn a_hop_is_good_for_its_own_request_and_environment_only() {
        let value = keys(1, None).sign(&HOP, NOW);
        for other in [
            Hop { method: "GET", ..HOP },
            Hop { target: "/v1/iam/oauth/token", ..HOP },
            Hop { base: "https://lux.id", ..HOP },
            Hop { client_ip: "192.0.2.2", ..HOP },
            Hop { request_id: "r2", ..HOP },
        ] {
            assert_eq!(keys(1, None).verify(&other, &value, NOW), Err(HopError::Forged));
        }
        let elsewhere = HopKeys::derive(&roots(1, None), "production").unwrap();
        assert_eq!(elsewhere.verify(&HOP, &value, NOW), Err(HopError::Forged));
    }

    #[test]
    fn what_is_not_a_hop_is_refused() {
        for value in ["", ".", "1795464000", "x.y", "1795464000.", "99999999999999999999.a"] {
            assert!(keys(1, None).verify(&HOP, value, NOW).is_err(), "{value:?}");
        }
    }
}
