//! A verified token as a cache keeps it: whom it speaks for, and what may change until it is used
//! again.

use super::{
    Audience, Claims, KeyId, KeySet, LEEWAY, Verified,
    verify::{has_begun, has_expired},
};
use crate::core::{
    principal::{Credential, Principal},
    time::UnixTime,
};

/// What is left of an access token once it has been verified. Issuer, type and signature are as
/// true later as they were then; time, keys and audiences are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    principal: Principal,
    key_id: KeyId,
    not_before: UnixTime,
}

impl Remembered {
    /// Keeps a token that `key_id` has signed.
    pub fn new(token: Verified<Claims>, key_id: KeyId) -> Self {
        let not_before = token.not_before();
        Self { principal: token.into_principal(), key_id, not_before }
    }

    /// Whom it speaks for.
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The key that signed it.
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// Whether its time has come and is not over (RFC 7519 §4.1.4, §4.1.5, with [`LEEWAY`]).
    pub fn is_current(&self, now: UnixTime) -> bool {
        let Credential::Token { expires_at, .. } = &self.principal.credential else { return false };
        !has_expired(*expires_at, now, LEEWAY) && has_begun(self.not_before, now, LEEWAY)
    }

    /// Whether the key that signed it and an audience that it is meant for are still there.
    pub fn is_accepted(&self, keys: &KeySet, audiences: &[String]) -> bool {
        let Credential::Token { audience, .. } = &self.principal.credential else { return false };
        keys.find(&self.key_id).is_some() && Audience::AnyOf(audiences).includes(audience)
    }
}
