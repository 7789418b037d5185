//! Access tokens: from the text to a caller, with one signature to check if the token is new.

use std::rc::Rc;

use super::{Need, Progress, Question, Stop, Verifier};
use crate::{
    core::{
        apikey::is_api_key,
        request_id::RequestId,
        token::{
            Audience, CachedToken, Expectation, MAXIMUM_LENGTH, PublicKey, TokenType, Untrusted,
            ValidationError,
        },
    },
    edge::{
        cache::{Caller, Validity},
        http::Error,
        snapshot::Published,
    },
};

/// A signature to check before its token can be used.
#[derive(Debug)]
pub struct Check {
    pub(in crate::edge) request_id: RequestId,
    /// The place of the token among the credentials of the request.
    pub(in crate::edge) place: usize,
    token: Untrusted<Rc<str>>,
    published: Rc<Published>,
}

impl Check {
    /// The key to check the signature with.
    pub fn key(&self) -> Option<&PublicKey> {
        self.published.keys.find(self.token.key_id())
    }

    /// The signed bytes.
    pub fn message(&self) -> &[u8] {
        self.token.message()
    }

    /// The signature.
    pub fn signature(&self) -> &[u8] {
        self.token.signature()
    }
}

impl Verifier {
    /// The caller of the credential `text`.
    pub(super) fn identify(
        &self,
        text: &str,
        published: &Rc<Published>,
        progress: &Progress,
    ) -> Result<Rc<Caller>, Stop> {
        let found = self.callers.borrow().find(text);
        if let Some(caller) = found {
            match self.validity(&caller, published) {
                Validity::Valid => return Ok(caller),
                Validity::Ended => {
                    self.callers.borrow_mut().remove(text);
                    progress.note(Some(&caller));
                    return Err(Error::InvalidCredential(self.why_ended(&caller)).into());
                }
                Validity::Stale => {}
            }
        }
        if is_api_key(text) {
            self.check_key(text, progress)?;
            return Err(Need::Key(text.to_owned()).into());
        }
        Err(self.unknown_token(text, published, progress))
    }

    /// Why a token has ended.
    fn why_ended(&self, caller: &Caller) -> &'static str {
        if self.revocations.is_clear(caller) {
            "the token has expired, or its key or audience is not published any more"
        } else {
            "the token is revoked"
        }
    }

    /// What stops the decision about a token that is not cached.
    fn unknown_token(&self, text: &str, published: &Rc<Published>, progress: &Progress) -> Stop {
        let refused = |cause| Error::InvalidCredential(cause).into();
        if text.len() > MAXIMUM_LENGTH {
            return refused("the token is too long");
        }
        if self.forged.borrow().find(text).is_some() {
            return refused(ValidationError::Signature.reason());
        }
        let Ok(token) = Untrusted::parse(Rc::from(text)) else {
            return refused("the credential is no JWT of ours");
        };
        if token.token_type() != TokenType::Access {
            return refused(ValidationError::TokenType.reason());
        }
        match published.keys.find(token.key_id()) {
            Some(key) if token.fits(key).is_ok() => {
                let (request_id, published) = (progress.request_id, Rc::clone(published));
                Need::Signature(Box::new(Check { request_id, place: 0, token, published })).into()
            }
            Some(_) => refused(ValidationError::AlgorithmOfAnotherKey.reason()),
            // The snapshot has every key that had signed when it was written. Within that second it
            // may be the older one, unless the origin was asked since.
            None if token.claimed_issue(&self.expectation(published)).is_none_or(|issued_at| {
                issued_at < published.written_at
                    || self.snapshot.has_asked_for_newer_since(issued_at)
            }) =>
            {
                refused(ValidationError::UnknownKey.reason())
            }
            None if !progress.has_asked(Question::SigningKey) => Need::SigningKey.into(),
            None => Error::Unavailable("no snapshot is new enough for the signing key").into(),
        }
    }

    /// What the claims of an access token must satisfy.
    fn expectation<'a>(&'a self, published: &'a Published) -> Expectation<'a> {
        let audience = Audience::AnyOf(&published.known_audiences);
        Expectation::access(&self.issuers, audience, self.ports.clock.now())
    }

    /// The caller of a token whose signature has been checked: `genuine` is the platform's result,
    /// `None` if the check failed. The result is cached. Returns `None` if a newer snapshot may have
    /// the token's audience and has to be asked for first.
    pub(in crate::edge) fn judge(
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
        let (cached, principal) = match CachedToken::verified(&token, genuine, &expectation) {
            Ok(verified) => verified,
            Err(ValidationError::Signature) => {
                self.forged.borrow_mut().insert(Rc::clone(token.text()), Rc::new(()));
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
        let caller = Rc::new(Caller::of_token(cached, principal, &published));
        if self.validity(&caller, &published) != Validity::Valid {
            progress.note(Some(&caller));
            return refused(self.why_ended(&caller));
        }
        self.callers.borrow_mut().insert(Rc::clone(token.text()), Rc::clone(&caller));
        Some(Ok(caller))
    }

    /// Whether the signature is genuine; `None` if that could not be checked.
    pub(in crate::edge) async fn is_genuine(&self, check: &Check) -> Option<bool> {
        let key = check.key()?;
        self.ports.crypto.verify(key, check.message(), check.signature()).await.ok()
    }
}
