//! Which part of the edge decides about a path, and what must be asked before it can.

use std::{cell::RefCell, net::IpAddr, rc::Rc};

use futures_util::future::join;
use http::Method;

use super::{Check, Decision, Edge, Error, caller::Caller};
use crate::core::{
    credential::MAXIMUM_COOKIE_TOKENS,
    gateway::{MAXIMUM_TARGET, PathError, ServicePath, Slashes, check},
    log,
    request_head::RequestHead,
    request_id::RequestId,
};

/// The methods that anything here or behind us may have. TRACE would show a service's view of a
/// request to the client, credentials of ours included (RFC 9110 §9.3.8).
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

fn is_known(method: &Method) -> bool {
    METHODS.split(',').any(|known| known.trim_start() == method.as_str())
}

/// The parameter of the resolver endpoints in which a key may stand (WIRE §3.3).
const KEY_PARAMETER: &str = "accessKey";

/// Why nothing can be verified before the first snapshot.
pub(super) const NO_SNAPSHOT: &str = "neither KV nor the origin had a snapshot";

const AMBIGUOUS: &str = "the path is ambiguous";

/// How far a request got without waiting for anything.
#[derive(Debug)]
pub enum Step {
    /// To the end.
    Decided(Decision),
    /// To a signature: check it, then call [`Edge::decide_checked`].
    Check(Check),
    /// To something that must be asked: call [`Edge::resolve`].
    Ask,
}

/// What has to be asked before a request can be decided.
#[derive(Debug)]
pub(super) enum Need {
    /// The first snapshot.
    Snapshot,
    /// The first snapshot, and what was revoked: an isolate that begins with a call needs both.
    Everything,
    /// What was revoked since the feed was last read.
    Revocations,
    /// A newer snapshot: a token that may be ours names a signing key that this one does not.
    SigningKey,
    /// Whether a token is genuine.
    Signature(Box<Check>),
    /// Who this key belongs to.
    Key(String),
    /// To have a key recorded as exposed.
    Exposure { digest: String, place: &'static str },
}

/// What is asked at most once for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    Snapshot,
    Revocations,
    SigningKey,
    Audience,
    Exposure,
}

/// What has been asked already.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) request_id: RequestId,
    /// What came of asking for the credential in this place among those of the request: the first
    /// unless they are cookies.
    pub(super) learned: Option<(usize, Result<Rc<Caller>, Error>)>,
    asked: Vec<Question>,
    /// Who is refused, for the log.
    pub(super) caller: RefCell<Option<log::Caller>>,
}

impl Progress {
    const fn new(request_id: RequestId) -> Self {
        Self { request_id, learned: None, asked: Vec::new(), caller: RefCell::new(None) }
    }

    /// Notes who is refused.
    pub(super) fn note(&self, caller: Option<&Caller>) {
        self.caller.replace(caller.and_then(Caller::named));
    }

    /// Whether that was asked, with whatever answer.
    pub(super) fn has_asked(&self, question: Question) -> bool {
        self.asked.contains(&question)
    }
}

impl Need {
    /// The same of the credential in this place, among those of a request.
    pub(super) fn of_credential(mut self, place: usize) -> Self {
        if let Self::Signature(check) = &mut self {
            check.place = place;
        }
        self
    }
}

impl Edge {
    /// Decides what needs no I/O.
    pub fn decide(&self, head: &RequestHead<'_>) -> Step {
        match self.step(head, &self.progress()) {
            Ok(decision) => Step::Decided(decision),
            Err(Need::Signature(check)) => Step::Check(*check),
            Err(_) => Step::Ask,
        }
    }

    /// Goes on where [`Step::Check`] left off: `genuine` is what the platform says of the
    /// signature, `None` if it could not tell.
    pub fn decide_checked(
        &self,
        head: &RequestHead<'_>,
        check: Check,
        genuine: Option<bool>,
    ) -> Step {
        let mut progress = Progress::new(check.request_id);
        let place = check.place;
        let Some(caller) = self.judge(check, genuine, &progress) else { return Step::Ask };
        progress.learned = Some((place, caller));
        match self.step(head, &progress) {
            Ok(decision) => Step::Decided(decision),
            Err(_) => Step::Ask,
        }
    }

    /// Decides whatever it takes.
    pub async fn resolve(&self, head: &RequestHead<'_>) -> Decision {
        let mut progress = self.progress();
        // Each need occurs once, a signature twice for each cookie, so this ends; the bound is for
        // the reader.
        for _ in 0..8 + 2 * MAXIMUM_COOKIE_TOKENS {
            match self.step(head, &progress) {
                Ok(decision) => return decision,
                Err(Need::Snapshot) => {
                    self.renew_snapshot().await;
                    progress.asked.push(Question::Snapshot);
                }
                Err(Need::Everything) => {
                    join(self.renew_snapshot(), self.renew_feed_for_call(head.method)).await;
                    progress.asked.extend([Question::Snapshot, Question::Revocations]);
                }
                Err(Need::Revocations) => {
                    self.renew_feed_for_call(head.method).await;
                    progress.asked.push(Question::Revocations);
                }
                Err(Need::SigningKey) => {
                    self.renew_for_signing_key().await;
                    progress.asked.push(Question::SigningKey);
                }
                Err(Need::Signature(check)) => {
                    let genuine = self.is_genuine(&check).await;
                    let place = check.place;
                    if let Some(caller) = self.judge(*check, genuine, &progress) {
                        progress.learned = Some((place, caller));
                    } else {
                        self.renew_from_origin().await;
                        progress.asked.push(Question::Audience);
                    }
                }
                Err(Need::Key(text)) => {
                    let learned = self.learn_key(&text, head.client_ip).await;
                    if learned.is_err() {
                        progress.note(self.dead.borrow().find(&text).as_deref());
                    }
                    progress.learned = Some((0, learned));
                }
                Err(Need::Exposure { digest, place }) => {
                    self.record_exposure(&digest, place).await;
                    progress.asked.push(Question::Exposure);
                }
            }
        }
        self.refusal(&Error::Unavailable("the decision has no end"), head, &progress)
    }

    async fn is_genuine(&self, check: &Check) -> Option<bool> {
        let key = check.key()?;
        self.ports.crypto.verify(key, check.message(), check.signature()).await.ok()
    }

    fn progress(&self) -> Progress {
        Progress::new(RequestId::new(self.ports.random.bytes()))
    }

    fn step(&self, head: &RequestHead<'_>, progress: &Progress) -> Result<Decision, Need> {
        let decided = match Self::admissible(head, progress)? {
            Ok(method) => self.route(head, &method, progress)?,
            Err(error) => Err(error),
        };
        Ok(decided.unwrap_or_else(|error| self.refusal(&error, head, progress)))
    }

    fn route(
        &self,
        head: &RequestHead<'_>,
        method: &Method,
        progress: &Progress,
    ) -> Result<Result<Decision, Error>, Need> {
        let request_id = progress.request_id;
        let path = head.path.strip_prefix("/v1/iam").unwrap_or(head.path);
        match path {
            "/.well-known/openid-configuration" | "/.well-known/oauth-authorization-server" => {
                return Ok(Ok(Decision::Answer(self.discovery(head, request_id))));
            }
            "/.well-known/jwks" => {
                return match self.jwks(head, request_id) {
                    Some(answer) => Ok(Ok(Decision::Answer(answer))),
                    None if progress.has_asked(Question::Snapshot) => {
                        Ok(Err(Error::Unavailable(NO_SNAPSHOT)))
                    }
                    None => Err(Need::Snapshot),
                };
            }
            _ => {}
        }
        if is_page(head.path) && !self.config.gateway_hosts.allows_sign_in(head.host()) {
            return Ok(Err(Error::NotFound("people do not sign in at this host")));
        }
        if is_of_iam(head.path) {
            return Ok(Ok(Decision::Forward(self.to_origin(head, request_id))));
        }
        match ServicePath::of(head.path) {
            Some(path) => self.gateway(head, path, method, progress),
            None => Ok(Err(Error::NotFound("the path names no service"))),
        }
    }

    /// What holds for every request: a method that we know, an address of the client that is one
    /// (ATTACKS F-87), a URL without a credential (F-83), a path that every reader takes alike.
    fn admissible(
        head: &RequestHead<'_>,
        progress: &Progress,
    ) -> Result<Result<Method, Error>, Need> {
        if head.target.len() > MAXIMUM_TARGET {
            return Ok(Err(Error::TooLong));
        }
        // The address of a request whose credential was asked about was looked at before that.
        if progress.learned.is_none() {
            let exempt: &[&str] = if is_of_iam(head.path) { &[KEY_PARAMETER] } else { &[] };
            if let Err(error) = Self::exposed(head, exempt, progress)? {
                return Ok(Err(error));
            }
        }
        Ok(admitted(head))
    }

    fn refusal(&self, error: &Error, head: &RequestHead<'_>, progress: &Progress) -> Decision {
        let realm = self.config.issuer_for(head.host());
        let answer = error.answer(realm, progress.request_id);
        self.record(error, answer.status, head, progress);
        Decision::Answer(answer)
    }
}

/// Whether the origin has the path.
fn is_of_iam(path: &str) -> bool {
    let mut segments = path.split('/').skip(1);
    matches!(
        (segments.next(), segments.next()),
        (Some("v1"), Some("iam")) | (Some("login" | "api" | "oauth"), _)
    )
}

/// Whether a path is a page of the sign-in: authorization endpoint, its forms, the device page.
fn is_page(path: &str) -> bool {
    matches!(path, "/login" | "/v1/iam/oauth/authorize" | "/oauth/authorize")
        || path.starts_with("/login/")
}

fn admitted(head: &RequestHead<'_>) -> Result<Method, Error> {
    let method = Method::from_bytes(head.method.as_bytes()).ok();
    let method = method.filter(is_known).ok_or(Error::Method(METHODS))?;
    if !head.client_ip.is_empty() && head.client_ip.parse::<IpAddr>().is_err() {
        return Err(Error::BadRequest("the client's address is malformed"));
    }
    match check(head.path) {
        // No name in the directory contains a slash.
        Ok(Slashes::Encoded) if is_of_iam(head.path) => Err(Error::BadRequest(AMBIGUOUS)),
        Ok(_) => Ok(method),
        Err(PathError::Ambiguous) => Err(Error::BadRequest(AMBIGUOUS)),
        Err(PathError::TooLong) => Err(Error::TooLong),
    }
}
