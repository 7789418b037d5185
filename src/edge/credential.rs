//! Which credential of a request counts, and what becomes of one in the wrong place.

use std::rc::Rc;

use http::Method;

use super::{
    Edge, Error,
    caller::Caller,
    revocation::Freshness,
    router::{Need, Progress, Question},
    snapshot::Published,
};
use crate::core::{
    credential::{
        CredentialError, Credentials, Initiator, PresentedCredential, exposed_in_address, fault,
    },
    publication::Route,
    request_head::RequestHead,
};

/// What is called, as far as it matters for who may call it.
#[derive(Clone, Copy)]
pub(super) struct ServiceCall<'a> {
    pub(super) route: &'a Route,
    /// Whether it needs no credential.
    pub(super) is_public: bool,
    pub(super) method: &'a Method,
    pub(super) published: &'a Rc<Published>,
}

/// Who presents a credential, or why it is not valid.
type Bearer = Result<Result<Rc<Caller>, Error>, Need>;

const WRONG_PLACE: &str = "credentials must be sent in the Authorization header";
const NO_FEED: &str = "the feed of revocations is older than its grace";
const FOREIGN_PAGE: &str = "a cookie authorizes this only from a page of this origin";

impl Edge {
    /// The caller of a request to a service, if it has one. On a public path cookies are no reason
    /// to refuse: other applications set them too, and the browser sends them unasked.
    pub(super) fn caller_of(
        &self,
        head: &RequestHead<'_>,
        access: &ServiceCall<'_>,
        progress: &Progress,
    ) -> Result<Result<Option<Rc<Caller>>, Error>, Need> {
        let mut credentials = Credentials::default();
        let presented = match credentials.take(head) {
            Ok(presented) => presented,
            Err(error) => return Ok(Err(refused(error, progress)?)),
        };
        match presented {
            None if access.is_public => Ok(Ok(None)),
            None => Ok(Err(Error::Unauthenticated)),
            Some(PresentedCredential::Header(text)) => {
                match self.first_valid(&[text], access, progress)? {
                    Ok(caller) => Ok(Ok(Some(caller))),
                    // Perhaps because it could not have been valid.
                    Err(Error::InvalidCredential(cause)) => Ok(Err(match fault(head) {
                        Some(fault) => refused(fault, progress)?,
                        None => Error::InvalidCredential(cause),
                    })),
                    Err(error) => Ok(Err(error)),
                }
            }
            Some(PresentedCredential::Cookies(texts)) => {
                let caller = if self.may_act_by_cookie(head, access.method) {
                    self.first_valid(&texts, access, progress)?
                } else {
                    Err(Error::Forbidden(FOREIGN_PAGE))
                };
                match caller {
                    Ok(caller) => Ok(Ok(Some(caller))),
                    Err(_) if access.is_public => Ok(Ok(None)),
                    Err(error) => Ok(Err(error)),
                }
            }
        }
    }

    /// The bearer of the first of these credentials that is valid here; otherwise why the last is
    /// not.
    fn first_valid(&self, texts: &[&str], access: &ServiceCall<'_>, progress: &Progress) -> Bearer {
        if let Err(error) = self.up_to_date(access.method, progress)? {
            return Ok(Err(error));
        }
        let (first, mut learned) = match &progress.learned {
            Some((place, learned)) => (*place, Some(learned.clone())),
            None => (0, None),
        };
        let mut refusal = Error::InvalidCredential("there is no credential");
        for (place, text) in texts.iter().enumerate().skip(first) {
            let bearer = match learned.take() {
                Some(learned) => learned,
                None => self
                    .identify(text, access.published, progress)
                    .map_err(|need| need.of_credential(place))?,
            };
            match bearer {
                Ok(caller) if caller.is_for(access.route) => return Ok(Ok(caller)),
                Ok(caller) => {
                    progress.note(Some(&caller));
                    refusal = Error::InvalidCredential(
                        "the service does not accept the token's audience",
                    );
                }
                Err(error) => refusal = error,
            }
        }
        Ok(Err(refusal))
    }

    /// Whether the feed of revocations is recent enough to say who may call.
    fn up_to_date(&self, method: &Method, progress: &Progress) -> Result<Result<(), Error>, Need> {
        match self.freshness(method, progress.has_asked(Question::Revocations)) {
            Freshness::Fresh => Ok(Ok(())),
            Freshness::Overdue => Err(Need::Revocations),
            Freshness::Unknown => Ok(Err(Error::Unavailable(NO_FEED))),
        }
    }

    /// Whether cookies may authorize a request: what changes something, or opens a connection that
    /// can, only from a page of this origin or of a configured one (CSRF, cross-site WebSocket
    /// hijacking).
    fn may_act_by_cookie(&self, head: &RequestHead<'_>, method: &Method) -> bool {
        let is_own = |origin: &str| {
            origin == head.base || self.config.session_origins.iter().any(|known| known == origin)
        };
        let initiator = Initiator::of(head.header("origin"), head.header("sec-fetch-site"), is_own);
        (method.is_safe() && !head.is_upgrade()) || initiator == Initiator::Own
    }

    /// Refuses an address that carries a credential, except in parameters that its route defines;
    /// an API key there is recorded first (ATTACKS F-83).
    pub(super) fn exposed(
        head: &RequestHead<'_>,
        exempt: &[&str],
        progress: &Progress,
    ) -> Result<Result<(), Error>, Need> {
        match exposed_in_address(head.path, head.query, exempt) {
            Ok(()) => Ok(Ok(())),
            Err(error) => Ok(Err(refused(error, progress)?)),
        }
    }
}

/// The refusal of a credential in the wrong place or form. A key is recorded before that.
fn refused(error: CredentialError, progress: &Progress) -> Result<Error, Need> {
    let (digest, place) = match error {
        CredentialError::Several => {
            return Ok(Error::BadRequest("more than one credential was sent"));
        }
        CredentialError::Malformed => {
            return Ok(Error::BadRequest("the Authorization header is malformed"));
        }
        CredentialError::Unsupported => {
            return Ok(Error::InvalidCredential("a credential of that kind is not taken there"));
        }
        CredentialError::InUrl(digest) => (digest, "query"),
        CredentialError::InPath(digest) => (Some(digest), "path"),
        CredentialError::KeyInCookie(digest) => (Some(digest), "cookie"),
    };
    match digest {
        Some(digest) if !progress.has_asked(Question::Exposure) => {
            Err(Need::Exposure { digest, place })
        }
        _ => Ok(Error::BadRequest(WRONG_PLACE)),
    }
}
