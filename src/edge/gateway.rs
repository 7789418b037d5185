//! A call to a service: who calls, whether they may, and what the service is told.

use std::rc::Rc;

use http::Method;

use super::{
    Answer, Decision, Edge, Error, Forward, Target,
    caller::Caller,
    credential::ServiceCall,
    limits::Admitted,
    router::{NO_SNAPSHOT, Need, Progress, Question},
    snapshot::Service,
};
use crate::core::{
    cors::{ALLOWED_METHODS, allowed_headers},
    credential::{PROTOCOL_HEADER, remaining_protocols},
    gateway::{
        Call, IDENTITY_SIGNATURE_HEADER, ServicePath, is_public, permit, remaining_cookies,
        selected_organization, to_remove,
    },
    publication::Upstream,
    request_head::RequestHead,
    request_id::RequestId,
};

impl Edge {
    /// Decides about a call to a service.
    pub(super) fn gateway(
        &self,
        head: &RequestHead<'_>,
        path: ServicePath<'_>,
        method: &Method,
        progress: &Progress,
    ) -> Result<Result<Decision, Error>, Need> {
        if !self.config.gateway_hosts.contains(head.host()) {
            return Ok(Err(Error::NotFound("no services are reached at this host")));
        }
        let Some(published) = self.published() else {
            return if progress.has_asked(Question::Snapshot) {
                Ok(Err(Error::Unavailable(NO_SNAPSHOT)))
            } else {
                Err(Need::Everything)
            };
        };
        let service =
            published.services.iter().find(|service| service.route.service == path.service);
        let Some(service) = service else {
            return Ok(Err(Error::NotFound("no route has the service")));
        };
        let route = &service.route;
        if is_preflight(head) {
            return Ok(Ok(Decision::Answer(preflight(head, progress.request_id))));
        }
        let is_public = is_public(route, path.rest);
        let access = ServiceCall { route, is_public, method, published: &published };
        let caller = match self.caller_of(head, &access, progress)? {
            Ok(caller) => caller,
            Err(error) => return Ok(Err(error)),
        };
        if let Some((key, scope)) = caller.as_ref().and_then(|caller| caller.key())
            && let Err(refusal) = permit(key.publishable, scope, route, path.rest, method)
        {
            progress.note(caller.as_deref());
            return Ok(Err(refusal.into()));
        }
        let caller = caller.as_deref();
        // Nothing is asked from here on, so that each call is counted once.
        let admitted = match self.admit(caller, head.client_ip) {
            Ok(admitted) => admitted,
            Err(error) => {
                progress.note(caller);
                return Ok(Err(error));
            }
        };
        let forward = self.forward(head, service, caller, admitted, progress.request_id);
        Ok(forward
            .map(Decision::Forward)
            .ok_or(Error::InvalidCredential("the caller has no principal")))
    }

    /// The call as the service gets it: nothing of the client's identity headers and credentials,
    /// all of ours, and our signature over them; `None` never happens (see [`Caller::principal`]).
    fn forward(
        &self,
        head: &RequestHead<'_>,
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
        if let Some(signature) = identity.sign(&call, self.ports.clock.now()) {
            set.push((IDENTITY_SIGNATURE_HEADER, signature));
        }
        if let Some(cookies) = remaining_cookies(head) {
            set.push(("cookie", cookies));
        }
        if let Some(protocols) = remaining_protocols(head) {
            set.push((PROTOCOL_HEADER, protocols));
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
            deadline: service.route.deadline.unwrap_or(self.config.service_deadline),
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

fn is_preflight(head: &RequestHead<'_>) -> bool {
    head.method == "OPTIONS"
        && head.header("origin").is_some()
        && head.header("access-control-request-method").is_some()
}

/// A preflight carries no credential (Fetch §3.3.5), so it cannot be let through; any page may
/// send its own bearer token, and none a cookie. What it may read, the service says.
fn preflight(head: &RequestHead<'_>, request_id: RequestId) -> Answer {
    let allowed = allowed_headers(head.header("access-control-request-headers"));
    Answer { status: 204, headers: Vec::new(), body: String::new(), request_id }
        .with("access-control-allow-origin", "*".to_owned())
        .with("access-control-allow-methods", ALLOWED_METHODS.to_owned())
        .with("access-control-allow-headers", allowed.to_owned())
        .with("access-control-max-age", "600".to_owned())
}
