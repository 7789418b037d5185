//! The identity headers of callers, rendered once and shared by all calls with the same identity to
//! a service.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use crate::{
    core::{
        gateway::{IDENTITY_HEADERS, effective_organization, identity, mint},
        principal::Principal,
    },
    edge::{
        cache::{BoundedCache, Capacity},
        http::IdentityHeaders,
        snapshot::Service,
    },
};

/// The capacity for identity headers.
const IDENTITIES: Capacity = Capacity { entries: 4 * 1024, bytes: 4 * 1024 * 1024 };

/// Recently rendered identity headers.
#[derive(Debug)]
pub(super) struct Identities {
    made: RefCell<BoundedCache<Made>>,
    /// The number rendered so far.
    count: Cell<u64>,
}

#[derive(Debug)]
struct Made {
    service: Rc<Service>,
    headers: Rc<IdentityHeaders>,
}

impl Identities {
    /// An empty cache.
    pub(super) fn new() -> Self {
        Self { made: RefCell::new(BoundedCache::new(IDENTITIES)), count: Cell::default() }
    }

    /// The identity headers for `service` of a caller who selects an organization, or none. Without
    /// a caller there are no headers, and that is signed too.
    pub(super) fn of(
        &self,
        service: &Rc<Service>,
        caller: Option<&Principal>,
        selected: Option<&str>,
    ) -> Rc<IdentityHeaders> {
        let values = caller.map_or([""; IDENTITY_HEADERS.len()], |principal| {
            identity(principal, effective_organization(principal, selected))
        });
        let name = name(&service.route.service, &values);
        let known = self.made.borrow().find(&name);
        if let Some(known) = known.filter(|known| Rc::ptr_eq(&known.service, service)) {
            return Rc::clone(&known.headers);
        }
        let number = self.count.get() + 1;
        self.count.set(number);
        let headers = mint(&values, &service.route);
        let headers = Rc::new(IdentityHeaders::new(number, headers, &service.keys));
        let made = Made { service: Rc::clone(service), headers: Rc::clone(&headers) };
        self.made.borrow_mut().insert(name, Rc::new(made));
        headers
    }
}

/// Service and values as one text, each after its length: no two identities have the same.
fn name(service: &str, values: &[&str]) -> String {
    let mut name = String::with_capacity(256);
    let mut length = itoa::Buffer::new();
    for value in values.iter().chain([&service]) {
        name.push_str(length.format(value.len()));
        name.push(':');
        name.push_str(value);
    }
    name
}
