//! A verified token as a cache keeps it.

use std::{fmt, rc::Rc};

use super::{
    Audience, Expectation, KeyId, KeySet, LEEWAY, Untrusted, ValidationError,
    verify::{has_begun, has_expired},
};
use crate::core::{principal::Principal, revocation::Sequence, time::UnixTime};

/// An access token that has been verified, and the times that are looked at whenever it is used.
/// Issuer, type and signature are as true later as they were then; time, keys and audiences are not.
///
/// What else it says is read from its text again when that is needed, which is seldom: many are kept,
/// so each should take little room.
#[derive(Clone, PartialEq, Eq)]
pub struct CachedToken {
    text: Rc<str>,
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
    /// Takes a token of whose signature the platform says whether it is `genuine`
    /// ([`Untrusted::judged`]), and tells whom it speaks for.
    #[cfg_attr(not(feature = "edge"), expect(dead_code, reason = "only the edge remembers"))]
    pub(crate) fn verified(
        token: &Untrusted<Rc<str>>,
        genuine: bool,
        expectation: &Expectation<'_>,
    ) -> Result<(Self, Principal), ValidationError> {
        let claims = token.judged(genuine)?.into_verified(expectation)?;
        let remembered = Self {
            text: Rc::clone(token.text()),
            sequence: claims.seq,
            not_before: claims.not_before(),
            expires_at: claims.exp,
        };
        Ok((remembered, claims.into_principal()))
    }

    /// The token.
    pub const fn text(&self) -> &Rc<str> {
        &self.text
    }

    /// How far the revocation feed had come before its subject was checked.
    pub const fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// Whether its time has come and is not over (RFC 7519 §4.1.4, §4.1.5, with [`LEEWAY`]).
    pub fn is_current(&self, now: UnixTime) -> bool {
        !has_expired(self.expires_at, now, LEEWAY) && has_begun(self.not_before, now, LEEWAY)
    }

    /// Whether the key that signed it and an audience that it is meant for are still there.
    pub fn is_accepted(&self, keys: &KeySet, audiences: &[String]) -> bool {
        let Some(token) = self.read() else { return false };
        let Some(claims) = token.verified_before() else { return false };
        keys.find(token.key_id()).is_some() && Audience::AnyOf(audiences).includes(&claims.aud)
    }

    /// The key that signed it; `None` never happens, because it was read when it was verified.
    pub fn key_id(&self) -> Option<KeyId> {
        Some(self.read()?.key_id().clone())
    }

    /// Whom it speaks for; `None` never happens either.
    pub fn principal(&self) -> Option<Principal> {
        Some(self.read()?.verified_before()?.into_principal())
    }

    fn read(&self) -> Option<Untrusted<&str>> {
        Untrusted::parse(&*self.text).ok()
    }
}
