//! The gateway: authorization of calls to services, and the forwarded request.

mod identity_headers;

use std::rc::Rc;

use http::Method;

use self::identity_headers::Identities;
use super::{
    cache::Caller,
    config::Config,
    http::{Decision, Error, Forward, Target, is_preflight, preflight},
    limits::{Admitted, RateLimits},
    policy::{Policies, Verdict},
    ports::Ports,
    revocation::Revocations,
    snapshot::{Service, SnapshotStore},
    verify::{Need, Progress, Question, ServiceCall, Stop, Verifier},
};
use crate::core::{
    credential::{PROTOCOL_HEADER, remaining_protocols},
    gateway::{
        Call, IDENTITY_SIGNATURE_HEADER, ServicePath, effective_organization, is_public, permit,
        remaining_cookies, requirements, selected_organization, to_remove,
    },
    policy::DecisionRequest,
    publication::{Requirement, Route, Upstream},
    request_head::RequestHead,
    request_id::RequestId,
};

/// The cause of a 503 before the first snapshot.
pub(super) const NO_SNAPSHOT: &str = "neither KV nor the origin had a snapshot";

/// The cause of a 503 without a policy.
const NO_POLICY: &str = "neither KV nor the origin had the policy of the organization";

/// The refusal of a call denied by the policy.
const DENIED: &str = "the policy of the organization does not allow this call";

/// The gateway and its identity headers.
#[derive(Debug)]
pub(super) struct Gateway {
    config: Rc<Config>,
    ports: Rc<Ports>,
    snapshot: Rc<SnapshotStore>,
    revocations: Rc<Revocations>,
    limits: Rc<RateLimits>,
    policies: Rc<Policies>,
    verifier: Rc<Verifier>,
    identities: Identities,
}

impl Gateway {
    /// A gateway without identity headers yet.
    pub(super) fn new(
        config: Rc<Config>,
        ports: Rc<Ports>,
        snapshot: Rc<SnapshotStore>,
        revocations: Rc<Revocations>,
        limits: Rc<RateLimits>,
        policies: Rc<Policies>,
        verifier: Rc<Verifier>,
    ) -> Self {
        let identities = Identities::new();
        Self { config, ports, snapshot, revocations, limits, policies, verifier, identities }
    }

    /// The decision about a call to a service.
    pub(super) fn decide(
        &self,
        head: &RequestHead<'_>,
        path: ServicePath<'_>,
        method: &Method,
        progress: &Progress,
    ) -> Result<Decision, Stop> {
        if !self.config.gateway_hosts.contains(head.host()) {
            return Err(Error::NotFound("no services are reached at this host").into());
        }
        let Some(published) = self.snapshot.published() else {
            return Err(if progress.has_asked(Question::Snapshot) {
                Error::Unavailable(NO_SNAPSHOT).into()
            } else {
                Need::SnapshotAndRevocations.into()
            });
        };
        let service = published.service(path.service);
        let service = service.ok_or(Error::NotFound("no route has the service"))?;
        let route = &service.route;
        if is_preflight(head) {
            return Ok(Decision::Respond(preflight(head, progress.request_id)));
        }
        let required = requirements(route, path.rest, method);
        // A path that needs a permission needs a credential.
        let is_public = required.is_empty() && is_public(route, path.rest);
        let call = ServiceCall { route, is_public, method, published: &published };
        let caller = self.verifier.caller_of(head, &call, progress)?;
        let caller = caller.as_deref();
        let admitted = match caller.and_then(Caller::key) {
            Some((key, scope)) => permit(key.publishable, scope, route, path.rest, method),
            None => Ok(()),
        };
        let mut admitted = admitted.map_err(Error::from);
        if let (Ok(()), Some(caller), false) = (&admitted, caller, required.is_empty()) {
            admitted = self.permitted(head, route, &required, caller, progress)?;
        }
        // No I/O from here on, so that each call is counted once.
        let admitted = admitted.and_then(|()| self.limits.admit(caller, head.client_ip));
        let admitted = admitted.inspect_err(|_| progress.note(caller))?;
        Ok(Decision::Forward(self.forward(head, service, caller, admitted, progress.request_id)))
    }

    /// Whether the policy of the call's organization allows each required action, or what must be
    /// loaded first.
    fn permitted(
        &self,
        head: &RequestHead<'_>,
        route: &Route,
        required: &[&Requirement],
        caller: &Caller,
        progress: &Progress,
    ) -> Result<Result<(), Error>, Stop> {
        let principal = caller.principal();
        let organization = effective_organization(principal, selected_organization(head));
        for requirement in required {
            let request = DecisionRequest {
                organization: organization.to_owned(),
                user: principal.subject.clone(),
                role: principal.authority.role_in(organization),
                action: requirement.action.clone(),
                path: head.path.to_owned(),
                service: route.service.clone(),
                client_id: principal.client_id.clone(),
            };
            match self.policies.decide(request) {
                Verdict::Allowed => {}
                Verdict::Denied => return Ok(Err(Error::Forbidden(DENIED))),
                Verdict::NoPolicy(name) if !progress.has_asked(Question::Policy) => {
                    return Err(Need::Policy(name).into());
                }
                Verdict::TooLarge(request) if !progress.has_decided(&request) => {
                    return Err(Need::Decision(request).into());
                }
                Verdict::NoPolicy(_) | Verdict::TooLarge(_) => {
                    return Err(Error::Unavailable(NO_POLICY).into());
                }
            }
        }
        Ok(Ok(()))
    }

    /// The forwarded call: without client-supplied identity headers and credentials, with signed
    /// identity headers.
    fn forward(
        &self,
        head: &RequestHead<'_>,
        service: &Rc<Service>,
        caller: Option<&Caller>,
        admitted: Option<Admitted>,
        request_id: RequestId,
    ) -> Forward {
        let principal = caller.map(Caller::principal);
        let identity = self.identities.of(service, principal, selected_organization(head));
        let mut set = Vec::with_capacity(6);
        let call =
            Call { request_id: request_id.as_str(), method: head.method, target: head.target };
        set.push((IDENTITY_SIGNATURE_HEADER, identity.sign(&call, self.ports.clock.now())));
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
            // A binding gets the client's URL.
            Upstream::Binding(name) => Target::Binding(name.clone()),
            Upstream::Url(base) => {
                let (scheme, host) = head.base.split_once("://").unwrap_or(("https", head.base));
                set.push(("x-forwarded-host", host.to_owned()));
                set.push(("x-forwarded-proto", scheme.to_owned()));
                Target::Url([base.trim_end_matches('/'), head.target].concat())
            }
        };
        Forward {
            target,
            request_id,
            response_headers: self.response_headers(admitted),
            inquiry: admitted.map(|admitted| admitted.inquiry()),
            deadline: service.route.deadline.unwrap_or(self.config.service_deadline),
            remove: to_remove(head),
            identity: Some(identity),
            set,
        }
    }

    /// Headers added to a service's response; none for most callers.
    fn response_headers(&self, admitted: Option<Admitted>) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        if self.config.shows_revocation_age
            && let Some(age) = self.revocations.age()
        {
            headers.push(("x-revocation-age", age.to_string()));
        }
        if let Some(admitted) = admitted {
            headers.extend(admitted.headers());
        }
        headers
    }
}
