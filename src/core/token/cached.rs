//! The cached form of a verified access token.

use std::fmt;

use super::{
    Audience, Expectation, KeyId, KeySet, LEEWAY, Untrusted, ValidationError,
    verify::{has_begun, has_expired},
};
use crate::core::{principal::Principal, revocation::Sequence, time::UnixTime};

/// What has to be checked again whenever a verified access token is used: its times, its key and its
/// audience. Issuer, type and signature cannot change.
#[derive(Clone, PartialEq, Eq)]
pub struct CachedToken {
    key_id: KeyId,
    audience: Vec<String>,
    sequence: Sequence,
    not_before: UnixTime,
    expires_at: UnixTime,
}

impl fmt::Debug for CachedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl CachedToken {
    /// Validates the claims of `token`, whose signature the platform has found `genuine` or not
    /// ([`Untrusted::judged`]), and returns the principal besides.
    #[cfg_attr(not(feature = "edge"), expect(dead_code, reason = "only the edge caches tokens"))]
    pub(crate) fn verified<T: AsRef<str>>(
        token: &Untrusted<T>,
        genuine: bool,
        expectation: &Expectation<'_>,
    ) -> Result<(Self, Principal), ValidationError> {
        let claims = token.judged(genuine)?.into_verified(expectation)?;
        let cached = Self {
            key_id: token.key_id().clone(),
            audience: claims.aud.clone(),
            sequence: claims.seq,
            not_before: claims.not_before(),
            expires_at: claims.exp,
        };
        Ok((cached, claims.into_principal()))
    }

    /// The key that signed the token.
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The end of the revocation feed before the token's subject was checked.
    pub const fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// Whether the token is valid at `now` (RFC 7519 §4.1.4, §4.1.5, with [`LEEWAY`]).
    pub fn is_current(&self, now: UnixTime) -> bool {
        !has_expired(self.expires_at, now, LEEWAY) && has_begun(self.not_before, now, LEEWAY)
    }

    /// Whether one of the token's audiences is in `audiences` (RFC 9068 §4).
    pub fn is_for(&self, audiences: &[String]) -> bool {
        Audience::AnyOf(audiences).includes(&self.audience)
    }

    /// Whether `keys` still has the key that signed the token and `audiences` one of its audiences.
    pub fn is_accepted(&self, keys: &KeySet, audiences: &[String]) -> bool {
        keys.find(&self.key_id).is_some() && self.is_for(audiences)
    }
}
