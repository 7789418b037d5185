//! Verification: a credential becomes a [`Caller`] or a refusal.
//!
//! What this isolate has seen before is answered from memory, and what cannot be good is refused
//! at once. A new token needs one signature checked ([`Check`]), which the platform does; a new key
//! needs its record ([`super::keys`]).

use std::rc::Rc;

use super::{
    Edge, Error,
    caller::{Caller, Validity},
    router::{Need, Progress, Question},
    snapshot::Published,
};
use crate::core::{
    apikey::is_api_key,
    request_id::RequestId,
    token::{
        Audience, CachedToken, Expectation, MAXIMUM_LENGTH, PublicKey, TokenType, Untrusted,
        ValidationError,
    },
};

/// A signature that has to be checked before its token is good for anything.
#[derive(Debug)]
pub struct Check {
    pub(super) request_id: RequestId,
    /// Which of the request's credentials it is.
    pub(super) place: usize,
    token: Untrusted<Rc<str>>,
    published: Rc<Published>,
}

impl Check {
    /// The key to check it with.
    pub fn key(&self) -> Option<&PublicKey> {
        self.published.keys.find(self.token.key_id())
    }

    /// What it is over.
    pub fn message(&self) -> &[u8] {
        self.token.message()
    }

    /// The signature.
    pub fn signature(&self) -> &[u8] {
        self.token.signature()
    }
}

impl Edge {
    /// Who presents `text`, as far as that is known without asking.
    pub(super) fn identify(
        &self,
        text: &str,
        published: &Rc<Published>,
        progress: &Progress,
    ) -> Result<Result<Rc<Caller>, Error>, Need> {
        let now = self.ports.clock.now();
        let found = self.callers.borrow().find(text);
        if let Some(caller) = found {
            match self.validity(&caller, published) {
                Validity::Valid => return Ok(Ok(caller)),
                Validity::Ended => {
                    self.callers.borrow_mut().forget(text);
                    progress.note(Some(&caller));
                    return Ok(Err(Error::InvalidCredential(self.why_over(&caller))));
                }
                Validity::Stale => {}
            }
        }
        if is_api_key(text) {
            return match self.may_exist(text, now, progress) {
                Ok(()) => Err(Need::Key(text.to_owned())),
                Err(error) => Ok(Err(error)),
            };
        }
        self.identify_token(text, published, progress)
    }

    /// What has become of a caller since it was last looked at.
    fn validity(&self, caller: &Caller, published: &Published) -> Validity {
        let validity = caller.validity(published, self.ports.clock.now());
        match validity {
            Validity::Valid if !self.is_clear(caller) => caller.when_revoked(),
            validity => validity,
        }
    }

    /// Why the standing of a token is over.
    fn why_over(&self, caller: &Caller) -> &'static str {
        if self.is_clear(caller) {
            "the token has expired, or its key or audience is not published any more"
        } else {
            "the token is revoked"
        }
    }

    fn identify_token(
        &self,
        text: &str,
        published: &Rc<Published>,
        progress: &Progress,
    ) -> Result<Result<Rc<Caller>, Error>, Need> {
        let refused = |cause| Ok(Err(Error::InvalidCredential(cause)));
        if text.len() > MAXIMUM_LENGTH {
            return refused("the token is too long");
        }
        if self.forged.borrow().find(text).is_some() {
            return refused(ValidationError::Signature.reason());
        }
        let parsed = Untrusted::parse_after(&mut self.last_header.borrow_mut(), Rc::from(text));
        let Ok(token) = parsed else { return refused("the credential is no JWT of ours") };
        if token.token_type() != TokenType::Access {
            return refused(ValidationError::TokenType.reason());
        }
        match published.keys.find(token.key_id()) {
            Some(key) if token.fits(key).is_ok() => {
                let (request_id, published) = (progress.request_id, Rc::clone(published));
                Err(Need::Signature(Box::new(Check { request_id, place: 0, token, published })))
            }
            Some(_) => refused(ValidationError::AlgorithmOfAnotherKey.reason()),
            // The snapshot names every key that had signed when it was written. Within that second
            // it may be the older one, unless the origin was asked since.
            None if token.claimed_issue(&self.expectation(published)).is_none_or(|issued_at| {
                issued_at < published.written_at || self.has_asked_for_newer_since(issued_at)
            }) =>
            {
                refused(ValidationError::UnknownKey.reason())
            }
            None if !progress.has_asked(Question::SigningKey) => Err(Need::SigningKey),
            None => Ok(Err(Error::Unavailable("no snapshot is new enough for the signing key"))),
        }
    }

    /// What is asked of a token's claims.
    fn expectation<'a>(&'a self, published: &'a Published) -> Expectation<'a> {
        let audience = Audience::AnyOf(&published.known_audiences);
        Expectation::access(&self.issuers, audience, self.ports.clock.now())
    }

    /// What comes of a token whose signature has been checked: `genuine` is the platform's answer,
    /// `None` if it had none. It is remembered either way. Nothing comes of it before a newer
    /// snapshot has been asked for, if that may know its audience.
    pub(super) fn judge(
        &self,
        check: Check,
        genuine: Option<bool>,
        progress: &Progress,
    ) -> Option<Result<Rc<Caller>, Error>> {
        let Check { token, published, .. } = check;
        let Some(genuine) = genuine else {
            return Some(Err(Error::Unavailable("the signature could not be checked")));
        };
        let refused = |cause| Some(Err(Error::InvalidCredential(cause)));
        let expectation = self.expectation(&published);
        let (token, principal) = match CachedToken::verified(&token, genuine, &expectation) {
            Ok(verified) => verified,
            Err(ValidationError::Signature) => {
                self.forged.borrow_mut().remember(Rc::clone(token.text()), Rc::new(()));
                return refused(ValidationError::Signature.reason());
            }
            // Within its second the snapshot may be the older one. Only the origin can make such
            // a token, so that no cool-down is needed.
            Err(ValidationError::Audience) => {
                let refused = refused(ValidationError::Audience.reason());
                let issued_at = token.claimed_issue(&expectation).unwrap_or_default();
                return match progress.has_asked(Question::Audience) {
                    _ if issued_at < published.written_at => refused,
                    false => None,
                    true if issued_at > published.written_at => {
                        Some(Err(Error::Unavailable("no snapshot is new enough for the audience")))
                    }
                    true => refused,
                };
            }
            Err(error) => return refused(error.reason()),
        };
        let text = Rc::clone(token.text());
        let caller = Rc::new(Caller::of_token(token, principal, &published));
        if self.validity(&caller, &published) != Validity::Valid {
            progress.note(Some(&caller));
            return refused(self.why_over(&caller));
        }
        self.callers.borrow_mut().remember(text, Rc::clone(&caller));
        Some(Ok(caller))
    }
}
