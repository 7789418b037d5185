//! Routing of paths within the edge, and the loop that loads the data for a decision.

use futures_util::future::join;
use http::Method;

use super::{
    Check, Decision, Edge, Error,
    gateway::NO_SNAPSHOT,
    http::{admitted, check_length, discovery, document, is_origin_path, is_page},
    verify::{Need, Progress, Question, Stop, check_address},
};
use crate::core::{
    credential::MAXIMUM_COOKIE_TOKENS, gateway::ServicePath, request_head::RequestHead,
    request_id::RequestId,
};

/// The query parameter of the resolver endpoints that may contain a key (WIRE §3.3).
const KEY_PARAMETER: &str = "accessKey";

/// The result of deciding a request without I/O.
#[derive(Debug)]
pub enum Step {
    /// It is decided.
    Decided(Decision),
    /// A signature is needed: check it, then call [`Edge::decide_checked`].
    Check(Check),
    /// Data must be loaded: call [`Edge::resolve`].
    Ask,
}

impl Edge {
    /// The decision about a request, if it needs no I/O.
    pub fn decide(&self, head: &RequestHead<'_>) -> Step {
        match self.step(head, &self.progress()) {
            Ok(decision) => Step::Decided(decision),
            Err(Need::Signature(check)) => Step::Check(*check),
            Err(_) => Step::Ask,
        }
    }

    /// The decision after [`Step::Check`]: `genuine` is the platform's result for the signature,
    /// `None` if the check failed.
    pub fn decide_checked(
        &self,
        head: &RequestHead<'_>,
        check: Check,
        genuine: Option<bool>,
    ) -> Step {
        let mut progress = Progress::new(check.request_id);
        let place = check.place;
        let Some(caller) = self.verifier.judge(check, genuine, &progress) else { return Step::Ask };
        progress.learned = Some((place, caller));
        match self.step(head, &progress) {
            Ok(decision) => Step::Decided(decision),
            Err(_) => Step::Ask,
        }
    }

    /// The decision about a request, after loading the required data.
    pub async fn resolve(&self, head: &RequestHead<'_>) -> Decision {
        let mut progress = self.progress();
        // Each need occurs once, and a signature twice for each cookie, so the loop ends before the
        // bound.
        for _ in 0..8 + 2 * MAXIMUM_COOKIE_TOKENS {
            match self.step(head, &progress) {
                Ok(decision) => return decision,
                Err(need) => self.provide(need, head, &mut progress).await,
            }
        }
        self.refuse(&Error::Unavailable("the decision has no end"), head, &progress)
    }

    /// Asks what a decision needs.
    async fn provide(&self, need: Need, head: &RequestHead<'_>, progress: &mut Progress) {
        match need {
            Need::Snapshot => {
                self.snapshot.renew().await;
                progress.ask([Question::Snapshot]);
            }
            Need::SnapshotAndRevocations => {
                join(self.snapshot.renew(), self.revocations.renew_for_call(head.method)).await;
                progress.ask([Question::Snapshot, Question::Revocations]);
            }
            Need::Revocations => {
                self.revocations.renew_for_call(head.method).await;
                progress.ask([Question::Revocations]);
            }
            Need::SigningKey => {
                self.snapshot.renew_for_signing_key().await;
                progress.ask([Question::SigningKey]);
            }
            Need::Signature(check) => {
                let genuine = self.verifier.is_genuine(&check).await;
                let place = check.place;
                if let Some(caller) = self.verifier.judge(*check, genuine, progress) {
                    progress.learned = Some((place, caller));
                } else {
                    self.snapshot.renew_from_origin().await;
                    progress.ask([Question::Audience]);
                }
            }
            Need::Key(text) => {
                let learned = self.verifier.learn_key(&text, head.client_ip).await;
                if learned.is_err() {
                    progress.note(self.verifier.dead_key(&text).as_deref());
                }
                progress.learned = Some((0, learned));
            }
            Need::Policy(organization) => {
                self.policies.learn(&organization).await;
                progress.ask([Question::Policy]);
            }
            Need::Decision(request) => {
                self.policies.ask(&request).await;
                progress.decided(*request);
            }
            Need::Exposure { digest, place } => {
                self.verifier.record_exposure(&digest, place).await;
                progress.ask([Question::Exposure]);
            }
        }
    }

    fn progress(&self) -> Progress {
        Progress::new(RequestId::new(self.ports.random.bytes()))
    }

    fn step(&self, head: &RequestHead<'_>, progress: &Progress) -> Result<Decision, Need> {
        match self.route(head, progress) {
            Ok(decision) => Ok(decision),
            Err(Stop::Refused(error)) => Ok(self.refuse(&error, head, progress)),
            Err(Stop::Needs(need)) => Err(need),
        }
    }

    fn route(&self, head: &RequestHead<'_>, progress: &Progress) -> Result<Decision, Stop> {
        let method = Self::admit(head, progress)?;
        let request_id = progress.request_id;
        match head.path.strip_prefix("/v1/iam").unwrap_or(head.path) {
            "/.well-known/openid-configuration" | "/.well-known/oauth-authorization-server" => {
                let issuer = self.config.issuer_for(head.host());
                return Ok(Decision::Respond(discovery(head, issuer, request_id)));
            }
            "/.well-known/jwks" => {
                let Some(published) = self.snapshot.published() else {
                    return Err(if progress.has_asked(Question::Snapshot) {
                        Error::Unavailable(NO_SNAPSHOT).into()
                    } else {
                        Need::Snapshot.into()
                    });
                };
                let (jwks, etag) = (published.jwks.clone(), &published.etag);
                return Ok(Decision::Respond(document(head, jwks, etag, request_id)));
            }
            _ => {}
        }
        if is_page(head.path) && !self.config.gateway_hosts.allows_sign_in(head.host()) {
            return Err(Error::NotFound("the sign-in is not reached at this host").into());
        }
        if is_origin_path(head.path) {
            return Ok(Decision::Forward(self.to_origin(head, request_id)));
        }
        let path = ServicePath::of(head.path);
        let path = path.ok_or(Error::NotFound("the path names no service"))?;
        self.gateway.decide(head, path, &method, progress)
    }

    /// The method of a request that satisfies what holds for every request.
    fn admit(head: &RequestHead<'_>, progress: &Progress) -> Result<Method, Stop> {
        check_length(head)?;
        // The address was searched for credentials before the request's own credential was.
        if progress.learned.is_none() {
            let exempt: &[&str] = if is_origin_path(head.path) { &[KEY_PARAMETER] } else { &[] };
            check_address(head, exempt, progress)?;
        }
        Ok(admitted(head)?)
    }

    fn refuse(&self, error: &Error, head: &RequestHead<'_>, progress: &Progress) -> Decision {
        let realm = self.config.issuer_for(head.host());
        let response = error.response(realm, progress.request_id);
        self.record(error, response.status, head, progress);
        Decision::Respond(response)
    }
}
