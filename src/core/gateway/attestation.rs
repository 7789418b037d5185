//! The signature over the identity headers, which proves to a service that the gateway set them for
//! this request and service (ATTACKS F-91).
//!
//! `x-identity-signature: t=<unix seconds>,v1=<base64url HMAC-SHA-256>` over these lines: the
//! service, `name:value` of each identity header sorted by name, an empty line, then time, request
//! id, method, and path with query as the gateway received it. The key is
//! `HKDF(root key, identity/<service>)`: each service has its own, so that no service can forge the
//! gateway's signature for another. The parts that do not change between calls come first, so that
//! they are hashed once ([`Attestor`]).

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::core::{
    encoding::base64url,
    root_key::{HmacKeys, Purpose, RootKeys},
    secret::constant_time_eq,
    time::UnixTime,
};

/// The header that carries the signature.
pub const IDENTITY_SIGNATURE_HEADER: &str = "x-identity-signature";

/// How old a signature may be, in seconds.
const TOLERANCE: i64 = 60;

/// The call that an identity is attested for.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// `x-request-id`
    pub request_id: &'a str,
    /// The method.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
}

/// Why a signature is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttestationError {
    /// Not `t=…,v1=…`.
    Malformed,
    /// Too old, or from the future.
    Stale,
    /// Not made by the gateway for this request and service.
    Forged,
}

impl fmt::Display for AttestationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the identity's signature is malformed",
            Self::Stale => "the identity's signature is stale",
            Self::Forged => "the identity's signature is forged",
        })
    }
}

impl std::error::Error for AttestationError {}

/// The keys that attest identities to one service.
#[derive(Debug, Clone)]
pub struct IdentityKeys {
    service: String,
    keys: HmacKeys,
}

impl IdentityKeys {
    /// The keys for `service`.
    pub fn derive(root_keys: &RootKeys, service: &str) -> Self {
        let keys = HmacKeys::derive(root_keys, Purpose::Identity, service);
        Self { service: service.to_owned(), keys }
    }

    /// Attests `identity` (names in lower case) with the current key.
    pub fn attestor(&self, identity: &[(&'static str, String)]) -> Attestor {
        Attestor(self.begun(&self.keys.current, identity))
    }

    /// Verifies the header, as a service does: see `docs/OPERATIONS.md`.
    pub fn verify(
        &self,
        identity: &[(&'static str, String)],
        call: &Call<'_>,
        value: &str,
        now: UnixTime,
    ) -> Result<(), AttestationError> {
        let (time, claimed) = value
            .strip_prefix("t=")
            .and_then(|rest| rest.split_once(",v1="))
            .ok_or(AttestationError::Malformed)?;
        let made: i64 = time.parse().map_err(|_| AttestationError::Malformed)?;
        if now.since(UnixTime(made)).saturating_abs() > TOLERANCE {
            return Err(AttestationError::Stale);
        }
        let genuine = self.keys.any(|key| {
            let mac = Attestor(self.begun(key, identity)).mac(call, time);
            constant_time_eq(mac.as_bytes(), claimed.as_bytes())
        });
        if genuine { Ok(()) } else { Err(AttestationError::Forged) }
    }

    fn begun(&self, key: &Hmac<Sha256>, identity: &[(&'static str, String)]) -> Hmac<Sha256> {
        let mut sorted: Vec<_> = identity.iter().collect();
        sorted.sort_unstable_by_key(|(name, _)| *name);
        let mut mac = key.clone();
        lines(&mut mac, &[&self.service]);
        for (name, value) in sorted {
            for part in [name, ":", value, "\n"] {
                mac.update(part.as_bytes());
            }
        }
        lines(&mut mac, &[""]);
        mac
    }
}

/// Signs calls of one identity to one service.
#[derive(Clone)]
pub struct Attestor(Hmac<Sha256>);

impl fmt::Debug for Attestor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attestor(…)")
    }
}

impl Attestor {
    /// The value of [`IDENTITY_SIGNATURE_HEADER`].
    pub fn sign(&self, call: &Call<'_>, now: UnixTime) -> String {
        let mut time = itoa::Buffer::new();
        let time = time.format(now.0);
        ["t=", time, ",v1=", self.mac(call, time).as_str()].concat()
    }

    fn mac(&self, call: &Call<'_>, time: &str) -> String {
        let mut mac = self.0.clone();
        lines(&mut mac, &[time, call.request_id, call.method, call.target]);
        base64url(&mac.finalize().into_bytes())
    }
}

fn lines(mac: &mut Hmac<Sha256>, parts: &[&str]) {
    for part in parts {
        mac.update(part.as_bytes());
        mac.update(b"\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::root_key::RootKey;

    const NOW: UnixTime = UnixTime(1_795_464_000);

    fn keys(service: &str) -> IdentityKeys {
        let roots = RootKeys { current: RootKey::new([7; 32]), previous: None };
        IdentityKeys::derive(&roots, service)
    }

    /// ATTACKS F-91.
    #[test]
    fn an_identity_is_good_for_its_own_request_and_service_only() {
        let identity = [("x-user-id", "u1".to_owned()), ("x-org-id", "hanzo".to_owned())];
        let reordered = [("x-org-id", "hanzo".to_owned()), ("x-user-id", "u1".to_owned())];
        let other_user = [("x-org-id", "hanzo".to_owned()), ("x-user-id", "u2".to_owned())];
        let call = Call { request_id: "r1", method: "GET", target: "/v1/echo?a=b" };
        let value = keys("echo").attestor(&identity).sign(&call, NOW);
        let verify = |service, identity: &[_], call: &Call<'_>, now| {
            keys(service).verify(identity, call, &value, now)
        };
        assert_eq!(verify("echo", &identity, &call, NOW.plus(60)), Ok(()));
        assert_eq!(verify("echo", &reordered, &call, NOW), Ok(()));
        let stale = Err(AttestationError::Stale);
        assert_eq!(verify("echo", &identity, &call, NOW.plus(61)), stale);
        let forged = Err(AttestationError::Forged);
        assert_eq!(verify("billing", &identity, &call, NOW), forged);
        assert_eq!(verify("echo", &other_user, &call, NOW), forged);
        assert_eq!(verify("echo", &[], &call, NOW), forged);
        for other in [
            Call { request_id: "r2", ..call },
            Call { method: "POST", ..call },
            Call { target: "/v1/echo", ..call },
        ] {
            assert_eq!(verify("echo", &identity, &other, NOW), forged);
        }
        let malformed = Err(AttestationError::Malformed);
        assert_eq!(keys("echo").verify(&identity, &call, "v1=x", NOW), malformed);
    }
}
