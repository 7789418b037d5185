//! What a service is told of a caller: made once, used for every call of that caller to it, whatever
//! token it brings.

use std::rc::Rc;

use super::{Edge, caller::Caller, decision::pairs, snapshot::Service};
use crate::core::{
    gateway::{Attestor, Call, IDENTITY_HEADERS, effective_organization, identity, mint},
    principal::Principal,
    time::UnixTime,
};

/// The identity headers for one service, and what signs them for a call.
#[derive(Debug, Clone)]
pub struct IdentityHeaders {
    number: u64,
    service: Rc<Service>,
    /// What the headers say, before it is made fit for them.
    said: [String; IDENTITY_HEADERS.len()],
    headers: Vec<(&'static str, String)>,
    lines: String,
    attestor: Option<Attestor>,
}

impl IdentityHeaders {
    /// Whether it is one to `service`, as the present snapshot has it.
    fn is_to(&self, service: &Rc<Service>) -> bool {
        Rc::ptr_eq(&self.service, service)
    }

    /// A number that no other introduction of this isolate has.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The identity headers.
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// Their number, then name and value of each, a line each.
    pub fn lines(&self) -> &str {
        &self.lines
    }

    /// The signature of the identity for `call`; `None` never happens (see
    /// [`IdentityKeys::attestor`](crate::core::gateway::IdentityKeys::attestor)).
    pub(super) fn sign(&self, call: &Call<'_>, now: UnixTime) -> Option<String> {
        Some(self.attestor.as_ref()?.sign(call, now))
    }
}

impl Edge {
    /// What `service` is told of a caller who selects an organization, or none; `None` never
    /// happens (see [`Caller::principal`]).
    pub(super) fn introduction(
        &self,
        caller: &Caller,
        service: &Rc<Service>,
        selected: Option<&str>,
    ) -> Option<Rc<IdentityHeaders>> {
        caller.introduction(
            selected,
            |known| known.is_to(service),
            |principal| {
                let organization = effective_organization(principal, selected);
                self.introduce(service, Some((principal, organization)))
            },
        )
    }

    /// Introduces somebody who acts in `organization` to `service`; nobody if that is `None`, and
    /// that is signed too. Many tokens of one caller lead to one introduction.
    pub(super) fn introduce(
        &self,
        service: &Rc<Service>,
        somebody: Option<(&Principal, &str)>,
    ) -> Rc<IdentityHeaders> {
        let nobody = ("", [""; IDENTITY_HEADERS.len()]);
        let (subject, said) = somebody.map_or(nobody, |(principal, organization)| {
            let subject = if principal.is_publishable() { "" } else { &principal.subject };
            (subject, identity(principal, organization))
        });
        // What tells callers apart stands at the end, where it is looked at. Two identities of one
        // name (what they say may hold any character) take turns.
        let name = [&said.join("\n"), "\n", &service.route.service, "\n", subject].concat();
        let known = self.identities.borrow().find(&name);
        if let Some(known) = known.filter(|known| known.is_to(service) && known.said == said) {
            return known;
        }
        let headers = mint(&said, &service.route);
        let mut lines = String::with_capacity(512);
        pairs(&mut lines, &headers);
        self.introduced.set(self.introduced.get() + 1);
        let made = Rc::new(IdentityHeaders {
            number: self.introduced.get(),
            service: Rc::clone(service),
            attestor: service.keys.attestor(&headers),
            said: said.map(str::to_owned),
            headers,
            lines,
        });
        self.identities.borrow_mut().remember(name, Rc::clone(&made));
        made
    }
}
