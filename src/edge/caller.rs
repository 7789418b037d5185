//! Somebody whose credential has been verified, as this isolate remembers them.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use super::{introduction::Introduction, snapshot::Published};
use crate::core::{
    apikey::KeyScope, principal::Principal, publication::KeyRecord, time::UnixTime,
    token::Remembered,
};

/// How long a key record is believed before it is read again, in seconds: what bounds the time
/// that a revoked key lives on at an edge, beyond what KV takes to tell.
const KEY_FRESH: i64 = 5;

/// Somebody whose credential has been verified.
#[derive(Debug)]
pub(super) struct Caller {
    /// The limits of a key; none for a token.
    pub(super) scope: KeyScope,
    basis: Basis,
    /// The snapshot by which keys and audiences were last looked at.
    accepted_by: Cell<u64>,
    /// What the service of the last call was told, which is mostly what that of the next is.
    introduction: RefCell<Option<Rc<Introduction>>>,
}

/// Why a caller is believed, to be checked at each use.
#[derive(Debug)]
enum Basis {
    Token(Box<Remembered>),
    Key { principal: Box<Principal>, record: Box<KeyRecord>, read_at: UnixTime },
}

/// What has become of a caller since the last use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Still good.
    Good,
    /// Not good any more.
    Over,
    /// To be asked for again.
    Stale,
}

impl Caller {
    /// The bearer of a token.
    pub(super) fn of_token(token: Remembered) -> Self {
        Self::new(KeyScope::default(), Basis::Token(Box::new(token)))
    }

    /// The holder of a key whose record was read at `read_at`.
    pub(super) fn of_key(record: KeyRecord, read_at: UnixTime) -> Self {
        let principal = Box::new(record.principal());
        let scope = KeyScope::stored(&record.scope);
        Self::new(scope, Basis::Key { principal, record: Box::new(record), read_at })
    }

    fn new(scope: KeyScope, basis: Basis) -> Self {
        Self { scope, basis, accepted_by: Cell::default(), introduction: RefCell::default() }
    }

    /// Who.
    pub(super) fn principal(&self) -> &Principal {
        match &self.basis {
            Basis::Token(token) => token.principal(),
            Basis::Key { principal, .. } => principal,
        }
    }

    /// Checks again what was verified before: the one place that every use passes. It compares
    /// numbers; only a new snapshot makes it look at more.
    pub(super) fn standing(&self, published: &Published, now: UnixTime) -> Standing {
        match &self.basis {
            Basis::Token(token) => {
                let good = token.is_current(now) && self.is_accepted(token, published);
                if good { Standing::Good } else { Standing::Over }
            }
            Basis::Key { record, read_at, .. } => {
                let good = (0..KEY_FRESH).contains(&now.since(*read_at)) && record.is_live(now);
                if good { Standing::Good } else { Standing::Stale }
            }
        }
    }

    fn is_accepted(&self, token: &Remembered, published: &Published) -> bool {
        if self.accepted_by.get() == published.version {
            return true;
        }
        let accepted = token.is_accepted(&published.keys, &published.audiences);
        if accepted {
            self.accepted_by.set(published.version);
        }
        accepted
    }

    /// What a service is told of this caller: as last time, or made by `make`.
    pub(super) fn introduction(
        &self,
        fits: impl FnOnce(&Introduction) -> bool,
        make: impl FnOnce() -> Introduction,
    ) -> Rc<Introduction> {
        let mut last = self.introduction.borrow_mut();
        match &*last {
            Some(introduction) if fits(introduction) => Rc::clone(introduction),
            _ => Rc::clone(last.insert(Rc::new(make()))),
        }
    }
}
