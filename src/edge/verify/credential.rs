//! Selection of a request's credential, and refusal of misplaced credentials.

use std::rc::Rc;

use http::Method;

use super::{Need, Progress, Question, Stop, Verifier};
use crate::{
    core::{
        credential::{
            CredentialError, Credentials, Initiator, PresentedCredential, exposed_in_address, fault,
        },
        publication::Route,
        request_head::RequestHead,
    },
    edge::{cache::Caller, http::Error, revocation::Freshness, snapshot::Published},
};

/// The authorization-relevant part of a call.
#[derive(Clone, Copy)]
pub(in crate::edge) struct ServiceCall<'a> {
    pub(in crate::edge) route: &'a Route,
    /// Whether it needs no credential.
    pub(in crate::edge) is_public: bool,
    pub(in crate::edge) method: &'a Method,
    pub(in crate::edge) published: &'a Rc<Published>,
}

const WRONG_PLACE: &str = "credentials must be sent in the Authorization header";
const NO_FEED: &str = "the feed of revocations is older than its grace";
const FOREIGN_PAGE: &str = "a cookie authorizes this only from a page of this origin";

impl Verifier {
    /// The caller of a request to a service, `None` if it has no credential and needs none. On a
    /// public path an invalid cookie is ignored: other applications set cookies too, and the browser
    /// sends them unasked.
    pub(in crate::edge) fn caller_of(
        &self,
        head: &RequestHead<'_>,
        call: &ServiceCall<'_>,
        progress: &Progress,
    ) -> Result<Option<Rc<Caller>>, Stop> {
        let mut credentials = Credentials::default();
        let presented = credentials.take(head).map_err(|error| misplaced(error, progress))?;
        match presented {
            None if call.is_public => Ok(None),
            None => Err(Error::Unauthenticated.into()),
            Some(PresentedCredential::Header(text)) => {
                match self.first_valid(&[text], call, progress) {
                    // A malformed header is reported as such.
                    Err(Stop::Refused(Error::InvalidCredential(cause))) => {
                        let fault = fault(head).map(|fault| misplaced(fault, progress));
                        Err(fault.unwrap_or_else(|| Error::InvalidCredential(cause).into()))
                    }
                    caller => caller.map(Some),
                }
            }
            Some(PresentedCredential::Cookies(texts)) => {
                let caller = if self.may_act_by_cookie(head, call.method) {
                    self.first_valid(&texts, call, progress)
                } else {
                    Err(Error::Forbidden(FOREIGN_PAGE).into())
                };
                match caller {
                    Err(Stop::Refused(_)) if call.is_public => Ok(None),
                    caller => caller.map(Some),
                }
            }
        }
    }

    /// The caller of the first of these credentials that is valid for the call, or the error of the
    /// last.
    fn first_valid(
        &self,
        texts: &[&str],
        call: &ServiceCall<'_>,
        progress: &Progress,
    ) -> Result<Rc<Caller>, Stop> {
        self.require_fresh_feed(call.method, progress)?;
        let (first, mut learned) = match &progress.learned {
            Some((place, learned)) => (*place, Some(learned.clone())),
            None => (0, None),
        };
        let mut refusal = Error::InvalidCredential("there is no credential");
        for (place, text) in texts.iter().enumerate().skip(first) {
            let caller = match learned.take() {
                Some(learned) => learned.map_err(Stop::from),
                None => self
                    .identify(text, call.published, progress)
                    .map_err(|stop| stop.of_credential(place)),
            };
            match caller {
                Ok(caller) if caller.is_for(call.route) => return Ok(caller),
                Ok(caller) => {
                    progress.note(Some(&caller));
                    refusal = Error::InvalidCredential(
                        "the service does not accept the token's audience",
                    );
                }
                Err(Stop::Refused(error)) => refusal = error,
                Err(needs) => return Err(needs),
            }
        }
        Err(refusal.into())
    }

    /// Stops unless the revocation feed is fresh enough.
    fn require_fresh_feed(&self, method: &Method, progress: &Progress) -> Result<(), Stop> {
        let asked = progress.has_asked(Question::Revocations);
        match self.revocations.freshness(method, asked) {
            Freshness::Fresh => Ok(()),
            Freshness::Overdue => Err(Need::Revocations.into()),
            Freshness::Unknown => Err(Error::Unavailable(NO_FEED).into()),
        }
    }

    /// Whether cookies may authorize a request: an unsafe method or an upgrade only from a page of
    /// this origin or a configured one (CSRF, cross-site WebSocket hijacking).
    fn may_act_by_cookie(&self, head: &RequestHead<'_>, method: &Method) -> bool {
        let is_own = |origin: &str| {
            origin == head.base || self.config.session_origins.iter().any(|known| known == origin)
        };
        let initiator = Initiator::of(head.header("origin"), head.header("sec-fetch-site"), is_own);
        (method.is_safe() && !head.is_upgrade()) || initiator == Initiator::Own
    }
}

/// Refuses an address that carries a credential, except in parameters that its route defines; an API
/// key there is recorded first (ATTACKS F-83).
pub(in crate::edge) fn check_address(
    head: &RequestHead<'_>,
    exempt: &[&str],
    progress: &Progress,
) -> Result<(), Stop> {
    exposed_in_address(head.path, head.query, exempt).map_err(|error| misplaced(error, progress))
}

/// What a credential in the wrong place or form leads to: an error, and before that the record of an
/// exposed API key.
fn misplaced(error: CredentialError, progress: &Progress) -> Stop {
    let (digest, place) = match error {
        CredentialError::Several => {
            return Error::BadRequest("more than one credential was sent").into();
        }
        CredentialError::Malformed => {
            return Error::BadRequest("the Authorization header is malformed").into();
        }
        CredentialError::Unsupported => {
            return Error::InvalidCredential("a credential of that kind is not taken there").into();
        }
        CredentialError::InUrl(digest) => (digest, "query"),
        CredentialError::InPath(digest) => (Some(digest), "path"),
        CredentialError::KeyInCookie(digest) => (Some(digest), "cookie"),
    };
    match digest {
        Some(digest) if !progress.has_asked(Question::Exposure) => {
            Need::Exposure { digest, place }.into()
        }
        _ => Error::BadRequest(WRONG_PLACE).into(),
    }
}
