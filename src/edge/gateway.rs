//! A call to a service: who calls, whether they may, and what the service is told.

use std::rc::Rc;

use http::Method;

use super::{
    Answer, Decision, Edge, Error, Forward, Target,
    caller::Caller,
    limits::Admitted,
    revocation::Recency,
    router::{Need, Progress, Question},
    snapshot::{Published, Service},
};
use crate::core::{
    credential::{CredentialError, Credentials, Place, Presented, fault},
    gateway::{
        Call, IDENTITY_SIGNATURE_HEADER, ServicePath, is_public, permit, remaining_cookies,
        selected_organization, to_remove,
    },
    head::Head,
    publication::Upstream,
    request_id::RequestId,
};

impl Edge {
    /// Decides about a call to a service.
    pub(super) fn gateway(
        &self,
        head: &Head<'_>,
        path: ServicePath<'_>,
        method: &Method,
        progress: &Progress,
    ) -> Result<Result<Decision, Error>, Need> {
        let Some(published) = self.published() else {
            return if progress.has_asked(Question::Snapshot) {
                Ok(Err(Error::Unavailable))
            } else {
                Err(Need::Everything)
            };
        };
        let service =
            published.services.iter().find(|service| service.route.service == path.service);
        let Some(service) = service else { return Ok(Err(Error::NotFound)) };
        let route = &service.route;
        if is_preflight(head) {
            return Ok(Ok(Decision::Answer(preflight(head, progress.request_id))));
        }
        let mut credentials = Credentials::default();
        let caller = match &progress.caller {
            // The request has been here before, and nothing was against it.
            Some(learned) => match self.known(learned, method, progress)? {
                Ok(caller) => Some(caller),
                Err(error) => return Ok(Err(error)),
            },
            None => match credentials.take(head) {
                Ok(None) if is_public(route, path.rest) => None,
                Ok(None) => return Ok(Err(Error::Unauthenticated)),
                Ok(Some(presented)) => {
                    match self.caller(head, presented, method, &published, progress)? {
                        Ok(caller) => Some(caller),
                        Err(Error::InvalidCredential) => return invalid(head, progress),
                        Err(error) => return Ok(Err(error)),
                    }
                }
                Err(error) => return refused(error, progress),
            },
        };
        if let Some((key, scope)) = caller.as_ref().and_then(|caller| caller.key())
            && let Err(refusal) = permit(key.publishable, scope, route, path.rest, method)
        {
            return Ok(Err(refusal.into()));
        }
        let caller = caller.as_deref();
        if caller.is_some_and(|caller| !caller.is_for(route)) {
            return Ok(Err(Error::InvalidCredential));
        }
        // Nothing is asked from here on, so that each call is counted once.
        let admitted = match self.admit(caller, head.client_ip) {
            Ok(admitted) => admitted,
            Err(error) => return Ok(Err(error)),
        };
        let forward = self.forward(head, service, caller, admitted, progress.request_id);
        Ok(forward.map(Decision::Forward).ok_or(Error::InvalidCredential))
    }

    fn caller(
        &self,
        head: &Head<'_>,
        presented: Presented<'_>,
        method: &Method,
        published: &Rc<Published>,
        progress: &Progress,
    ) -> Result<Result<Rc<Caller>, Error>, Need> {
        if presented.place == Place::Cookie && is_cross_site(head, method) {
            return Ok(Err(Error::Forbidden("another site may not act with this cookie")));
        }
        if let Err(error) = self.up_to_date(method, progress)? {
            return Ok(Err(error));
        }
        self.identify(presented.text, published, progress)
    }

    /// Who was learned to call, by asking for it.
    fn known(
        &self,
        learned: &Result<Rc<Caller>, Error>,
        method: &Method,
        progress: &Progress,
    ) -> Result<Result<Rc<Caller>, Error>, Need> {
        // Asking may have taken a while.
        let up_to_date = self.up_to_date(method, progress)?;
        Ok(up_to_date.and_then(|()| learned.clone()))
    }

    /// Whether the feed of revocations is recent enough to say who may call.
    fn up_to_date(&self, method: &Method, progress: &Progress) -> Result<Result<(), Error>, Need> {
        match self.recency(method, progress.has_asked(Question::Revocations)) {
            Recency::Recent => Ok(Ok(())),
            Recency::Overdue => Err(Need::Revocations),
            Recency::Unknown => Ok(Err(Error::Unavailable)),
        }
    }

    /// The call as the service gets it: nothing of the client's identity headers and credentials,
    /// all of ours, and our signature over them; `None` never happens (see [`Caller::principal`]).
    fn forward(
        &self,
        head: &Head<'_>,
        service: &Rc<Service>,
        caller: Option<&Caller>,
        admitted: Option<Admitted>,
        request_id: RequestId,
    ) -> Option<Forward> {
        let identity = match caller {
            Some(caller) => self.introduction(caller, service, selected_organization(head))?,
            None => self.introduce(service, None),
        };
        let mut set = Vec::with_capacity(6);
        let call =
            Call { request_id: request_id.as_str(), method: head.method, target: head.target };
        if let Some(signature) = identity.sign(&call, self.world.clock.now()) {
            set.push((IDENTITY_SIGNATURE_HEADER, signature));
        }
        if let Some(cookies) = remaining_cookies(head) {
            set.push(("cookie", cookies));
        }
        if !head.client_ip.is_empty() {
            set.push(("x-forwarded-for", head.client_ip.to_owned()));
        }
        let target = match &service.route.upstream {
            // A binding is handed the address that the client used.
            Upstream::Binding(name) => Target::Binding(name.clone()),
            Upstream::Url(base) => {
                let (scheme, host) = head.base.split_once("://").unwrap_or(("https", head.base));
                set.push(("x-forwarded-host", host.to_owned()));
                set.push(("x-forwarded-proto", scheme.to_owned()));
                Target::Url([base.trim_end_matches('/'), head.target].concat())
            }
        };
        Some(Forward {
            target,
            request_id,
            answer_headers: self.answer_headers(admitted),
            inquiry: admitted.map(|admitted| admitted.inquiry()),
            remove: to_remove(head),
            identity: Some(identity),
            set,
        })
    }

    /// What the answer tells of us: for most callers nothing.
    fn answer_headers(&self, admitted: Option<Admitted>) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        if self.config.shows_revocation_age
            && let Some(age) = self.feed_age()
        {
            headers.push(("x-revocation-age", age.to_string()));
        }
        if let Some(admitted) = admitted {
            headers.extend(admitted.fields());
        }
        headers
    }
}

/// A credential in the wrong place. A key there is recorded before the refusal (ATTACKS F-83).
fn refused(error: CredentialError, progress: &Progress) -> Result<Result<Decision, Error>, Need> {
    let (digest, place) = match error {
        CredentialError::Several => {
            return Ok(Err(Error::BadRequest("more than one credential was sent")));
        }
        CredentialError::Malformed => {
            return Ok(Err(Error::BadRequest("the Authorization header is malformed")));
        }
        CredentialError::InUrl(digest) => (digest, "query"),
        CredentialError::KeyInCookie(digest) => (Some(digest), "cookie"),
    };
    match digest {
        Some(digest) if !progress.has_asked(Question::Exposure) => {
            Err(Need::Exposure { digest, place })
        }
        _ => Ok(Err(Error::BadRequest("credentials belong into the Authorization header"))),
    }
}

/// A credential that is no good, perhaps because it could not be one.
fn invalid(head: &Head<'_>, progress: &Progress) -> Result<Result<Decision, Error>, Need> {
    match fault(head) {
        Some(fault) => refused(fault, progress),
        None => Ok(Err(Error::InvalidCredential)),
    }
}

/// Whether another site makes a browser act: cookies alone do not authorize that (CSRF, and the
/// same with a WebSocket). Browsers tell by Fetch Metadata.
fn is_cross_site(head: &Head<'_>, method: &Method) -> bool {
    head.header("sec-fetch-site").is_some_and(|site| site == "cross-site")
        && (!method.is_safe() || head.header("upgrade").is_some())
}

fn is_preflight(head: &Head<'_>) -> bool {
    head.method == "OPTIONS"
        && head.header("origin").is_some()
        && head.header("access-control-request-method").is_some()
}

/// A preflight carries no credential (Fetch §3.3.5), so it cannot be let through; any page may
/// send its own bearer token, and none a cookie. What it may read, the service says.
fn preflight(head: &Head<'_>, request_id: RequestId) -> Answer {
    let asked = head.header("access-control-request-headers").unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_, ".contains(&byte);
    let allowed = if asked.bytes().all(plain) { asked } else { "authorization, content-type" };
    Answer { status: 204, headers: Vec::new(), body: String::new(), request_id }
        .with("access-control-allow-origin", "*".to_owned())
        .with("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE".to_owned())
        .with("access-control-allow-headers", allowed.to_owned())
        .with("access-control-max-age", "600".to_owned())
}
