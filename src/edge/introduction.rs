//! What a service is told of a caller: made once, used for every call of that caller to it.

use std::{fmt::Write, rc::Rc};

use super::snapshot::Service;
use crate::core::{
    gateway::{Attestor, Call, mint},
    principal::Principal,
    time::UnixTime,
};

/// The identity headers for one service, and what signs them for a call.
#[derive(Debug, Clone)]
pub struct Introduction {
    service: Rc<Service>,
    organization: String,
    headers: Vec<(&'static str, String)>,
    lines: String,
    attestor: Option<Attestor>,
}

impl Introduction {
    /// Introduces `principal`, acting in `organization`, to `service`.
    pub(super) fn new(service: &Rc<Service>, principal: &Principal, organization: &str) -> Self {
        Self::of(service, organization, mint(principal, organization, &service.route))
    }

    /// A call without a credential: no identity, and that is signed too.
    pub(super) fn anonymous(service: &Rc<Service>) -> Self {
        Self::of(service, "", Vec::new())
    }

    fn of(service: &Rc<Service>, organization: &str, headers: Vec<(&'static str, String)>) -> Self {
        let mut lines = String::with_capacity(512);
        // Writing to a string does not fail.
        let _ = writeln!(lines, "{}", headers.len());
        for (name, value) in &headers {
            let _ = writeln!(lines, "{name}\n{value}");
        }
        Self {
            attestor: service.keys.attestor(&headers),
            service: Rc::clone(service),
            organization: organization.to_owned(),
            headers,
            lines,
        }
    }

    /// Whether it is one to `service`, as the present snapshot has it, for somebody acting in
    /// `organization`.
    pub(super) fn is_for(&self, service: &Rc<Service>, organization: &str) -> bool {
        Rc::ptr_eq(&self.service, service) && self.organization == organization
    }

    /// The name of the service that it is made to.
    pub(super) fn service(&self) -> &str {
        &self.service.route.service
    }

    /// The identity headers.
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// Their number, then name and value of each, a line each.
    pub(super) fn lines(&self) -> &str {
        &self.lines
    }

    /// The signature of the identity for `call`; `None` never happens (see
    /// [`IdentityKeys::attestor`](crate::core::gateway::IdentityKeys::attestor)).
    pub(super) fn sign(&self, call: &Call<'_>, now: UnixTime) -> Option<String> {
        Some(self.attestor.as_ref()?.sign(call, now))
    }
}
