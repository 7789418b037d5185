//! The signature over the identity that the gateway mints, so that a service can tell it from one
//! that somebody else made, and from one made for another request or service (ATTACKS F-91).
//!
//! `x-identity-signature: t=<unix seconds>,v1=<base64url HMAC-SHA-256>` over these lines: time,
//! service, request id, method, path with query as the gateway received it, and `name:value` of
//! each identity header, sorted by name. The key is `HKDF(root key, identity/<service>)`: each
//! service is given its own, so that none can speak for the gateway to another.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::core::{
    encoding::base64url,
    root_key::{Purpose, RootKey, RootKeys},
    secret::constant_time_eq,
    time::UnixTime,
};

/// The header that carries the signature.
pub const IDENTITY_SIGNATURE_HEADER: &str = "x-identity-signature";

/// How old a signature may be, in seconds.
const TOLERANCE: i64 = 60;

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// `x-request-id`
    pub request_id: &'a str,
    /// The method.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// The identity headers, names in lower case.
    pub identity: &'a [(&'static str, String)],
}

/// The identity is not one that the gateway made for this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttestationError {
    /// Not `t=…,v1=…`.
    Malformed,
    /// Too old, or from the future.
    Stale,
    /// Made for something else, or by somebody else.
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

/// The keys that attest identities to one service, the current one first.
#[derive(Clone)]
pub struct IdentityKeys {
    service: String,
    keys: Vec<Hmac<Sha256>>,
}

impl fmt::Debug for IdentityKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityKeys").field("service", &self.service).finish_non_exhaustive()
    }
}

impl IdentityKeys {
    /// The keys for `service`.
    pub fn derive(root_keys: &RootKeys, service: &str) -> Self {
        let key = |root: &RootKey| {
            Hmac::new_from_slice(root.derive(Purpose::Identity, service).expose()).ok()
        };
        Self { service: service.to_owned(), keys: root_keys.iter().filter_map(key).collect() }
    }

    /// The value of [`IDENTITY_SIGNATURE_HEADER`]; `None` never happens with keys from
    /// [`Self::derive`].
    pub fn sign(&self, statement: &Statement<'_>, now: UnixTime) -> Option<String> {
        let time = now.0.to_string();
        let mac = self.mac(self.keys.first()?, statement, &time);
        Some(["t=", &time, ",v1=", &mac].concat())
    }

    /// What a service does with the header: see `docs/OPERATIONS.md`.
    pub fn verify(
        &self,
        statement: &Statement<'_>,
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
        let genuine = self.keys.iter().fold(false, |found, key| {
            found | constant_time_eq(self.mac(key, statement, time).as_bytes(), claimed.as_bytes())
        });
        if genuine { Ok(()) } else { Err(AttestationError::Forged) }
    }

    fn mac(&self, key: &Hmac<Sha256>, statement: &Statement<'_>, time: &str) -> String {
        let mut identity: Vec<_> = statement.identity.iter().collect();
        identity.sort_unstable_by_key(|(name, _)| *name);
        let mut text = String::with_capacity(512);
        let Statement { request_id, method, target, .. } = statement;
        for part in [time, &self.service, request_id, method, target] {
            text.push_str(part);
            text.push('\n');
        }
        for (name, value) in identity {
            text.push_str(name);
            text.push(':');
            text.push_str(value);
            text.push('\n');
        }
        let mut mac = key.clone();
        mac.update(text.as_bytes());
        base64url(&mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let statement = Statement {
            request_id: "r1",
            method: "GET",
            target: "/v1/echo?a=b",
            identity: &identity,
        };
        let value = keys("echo").sign(&statement, NOW).unwrap();
        let verify =
            |service, statement: &Statement<'_>, now| keys(service).verify(statement, &value, now);
        assert_eq!(verify("echo", &statement, NOW.plus(60)), Ok(()));
        let same = Statement { identity: &reordered, ..statement };
        assert_eq!(verify("echo", &same, NOW), Ok(()));
        assert_eq!(verify("echo", &statement, NOW.plus(61)), Err(AttestationError::Stale));
        let forged = Err(AttestationError::Forged);
        assert_eq!(verify("billing", &statement, NOW), forged);
        for other in [
            Statement { request_id: "r2", ..statement },
            Statement { method: "POST", ..statement },
            Statement { target: "/v1/echo", ..statement },
            Statement { identity: &other_user, ..statement },
            Statement { identity: &[], ..statement },
        ] {
            assert_eq!(verify("echo", &other, NOW), forged);
        }
        assert_eq!(keys("echo").verify(&statement, "v1=x", NOW), Err(AttestationError::Malformed));
    }
}
