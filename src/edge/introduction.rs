//! What a service is told of a caller: made once, used for every call of that caller to it.

use std::{cell::Cell, fmt::Write};

use super::snapshot::Service;
use crate::core::{
    gateway::{Attestor, Call, mint},
    principal::Principal,
    time::UnixTime,
};

/// The identity headers for one service, and what signs them for a call.
#[derive(Debug, Clone)]
pub struct Introduction {
    service: String,
    organization: String,
    headers: Vec<(&'static str, String)>,
    lines: String,
    attestor: Option<Attestor>,
    name: String,
    last_call: Cell<u64>,
    repetitions: Cell<u32>,
}

/// From its how-manieth repetition in a row on an introduction is worth being prepared for more.
const WORTH_A_DRAFT: u32 = 2;

/// After how many calls, of anybody, one still counts as a repetition. Of callers who come back
/// later there are more than the platform keeps drafts for, and one that is never used again costs
/// more than it saves.
const SOON: u64 = 256;

impl Introduction {
    /// Introduces `principal`, acting in `organization`, to `service`. `call` is the number of the
    /// call for which that is done.
    pub(super) fn new(
        service: &Service,
        principal: &Principal,
        organization: &str,
        call: u64,
    ) -> Self {
        Self {
            name: call.to_string(),
            last_call: Cell::new(call),
            ..Self::of(service, organization, mint(principal, organization))
        }
    }

    /// A call without a credential: no identity, and that is signed too.
    pub(super) fn anonymous(service: &Service) -> Self {
        Self::of(service, "", Vec::new())
    }

    fn of(service: &Service, organization: &str, headers: Vec<(&'static str, String)>) -> Self {
        let mut lines = String::with_capacity(512);
        for (name, value) in &headers {
            // Writing to a string does not fail.
            let _ = writeln!(lines, "{name}\n{value}");
        }
        Self {
            attestor: service.keys.attestor(&headers),
            service: service.route.service.clone(),
            organization: organization.to_owned(),
            headers,
            lines,
            name: String::new(),
            last_call: Cell::default(),
            repetitions: Cell::default(),
        }
    }

    /// Notes that it is used once more, for the call of that number.
    pub(super) fn repeat(&self, call: u64) {
        let is_soon = call.saturating_sub(self.last_call.replace(call)) <= SOON;
        self.repetitions.set(if is_soon { self.repetitions.get().saturating_add(1) } else { 0 });
    }

    /// Under which name the platform may keep the headers of such calls, if that is worth it.
    pub(super) fn draft(&self) -> Option<&str> {
        (self.repetitions.get() >= WORTH_A_DRAFT).then_some(&self.name)
    }

    /// Whether it is one to `service` for somebody acting in `organization`.
    pub(super) fn is_for(&self, service: &Service, organization: &str) -> bool {
        self.service == service.route.service && self.organization == organization
    }

    /// The identity headers.
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// Name and value of each header, a line each.
    pub(super) fn lines(&self) -> &str {
        &self.lines
    }

    /// The signature of the identity for `call`; `None` never happens (see
    /// [`IdentityKeys::attestor`](crate::core::gateway::IdentityKeys::attestor)).
    pub(super) fn sign(&self, call: &Call<'_>, now: UnixTime) -> Option<String> {
        Some(self.attestor.as_ref()?.sign(call, now))
    }
}
