//! Somebody whose credential has been verified, as this isolate remembers them.

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
};

use super::{introduction::Introduction, snapshot::Published};
use crate::core::{
    apikey::KeyScope,
    limit,
    principal::{Credential, Principal},
    publication::KeyRecord,
    revocation::{Fingerprint, Subject},
    time::UnixTime,
    token::Remembered,
};

/// How long a key record is believed before it is read again, in seconds. Whatever changes about
/// a key before that is in the revocation feed.
const KEY_FRESH: i64 = 15 * 60;

/// Somebody whose credential has been verified.
#[derive(Debug)]
pub(super) struct Caller {
    /// The limits of a key; none for a token.
    pub(super) scope: KeyScope,
    basis: Basis,
    /// The snapshot by which keys and audiences were last looked at.
    accepted_by: Cell<u64>,
    /// The version of the revocation feed by which it was last looked at.
    cleared_at: Cell<u64>,
    counted_as: OnceCell<Fingerprint>,
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
        Self {
            scope,
            basis,
            accepted_by: Cell::default(),
            cleared_at: Cell::default(),
            counted_as: OnceCell::new(),
            introduction: RefCell::default(),
        }
    }

    /// Who.
    pub(super) fn principal(&self) -> &Principal {
        match &self.basis {
            Basis::Token(token) => token.principal(),
            Basis::Key { principal, .. } => principal,
        }
    }

    /// The record of a key; none for a token.
    pub(super) fn key_record(&self) -> Option<&KeyRecord> {
        match &self.basis {
            Basis::Token(_) => None,
            Basis::Key { record, .. } => Some(record),
        }
    }

    /// Whose calls its calls are counted with: a key's with its own, a token's with its user's.
    pub(super) fn counted_as(&self) -> Fingerprint {
        *self.counted_as.get_or_init(|| match &self.basis {
            Basis::Token(token) => limit::Subject::User(&token.principal().subject).fingerprint(),
            Basis::Key { record, .. } => limit::Subject::Key(&record.id).fingerprint(),
        })
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

    /// What a revocation makes of it: a token is dead, a key may have changed only.
    pub(super) const fn when_revoked(&self) -> Standing {
        match &self.basis {
            Basis::Token(_) => Standing::Over,
            Basis::Key { .. } => Standing::Stale,
        }
    }

    /// Whether a key may be used at all; a token may, as long as its standing is good.
    pub(super) fn is_live(&self, now: UnixTime) -> bool {
        match &self.basis {
            Basis::Token(_) => true,
            Basis::Key { record, .. } => record.is_live(now),
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

    /// Everything whose revocation is the end of this caller.
    pub(super) fn subjects(&self) -> impl Iterator<Item = Subject<'_>> {
        let principal = self.principal();
        let credential = match (&self.basis, &principal.credential) {
            (Basis::Token(token), Credential::Token { id, grant, session, .. }) => [
                Some(Subject::Token(id)),
                Some(Subject::Grant(grant)),
                Some(Subject::Session(session)),
                Some(Subject::SigningKey(&token.key_id().0)),
            ],
            (_, Credential::Key { id, .. }) => [Some(Subject::Key(id)), None, None, None],
            _ => [None; 4],
        };
        let common = [
            Subject::Everything,
            Subject::User(&principal.subject),
            Subject::Application(&principal.client_id),
            Subject::Organization(&principal.owner),
        ];
        let elsewhere = principal.orgs.iter().filter(|role| role.org != principal.owner);
        credential
            .into_iter()
            .flatten()
            .chain(common)
            .chain(elsewhere.map(|role| Subject::Organization(&role.org)))
            .filter(|subject| *subject == Subject::Everything || !subject.id().is_empty())
    }

    /// When what this caller stands on was issued: a revocation from then on ends it.
    pub(super) fn issued_at(&self) -> UnixTime {
        match (&self.basis, &self.principal().credential) {
            (Basis::Key { record, .. }, _) => record.published_at,
            (_, Credential::Token { issued_at, .. }) => *issued_at,
            _ => UnixTime::default(),
        }
    }

    /// See [`Edge::is_clear`](super::Edge::is_clear).
    pub(super) fn cleared_at(&self) -> u64 {
        self.cleared_at.get()
    }

    /// Notes that nothing in this version of the feed concerns it.
    pub(super) fn clear(&self, version: u64) {
        self.cleared_at.set(version);
    }

    /// What a service is told of this caller: as last time if that `fits`, or made by `make`.
    pub(super) fn introduction(
        &self,
        fits: impl FnOnce(&Introduction) -> bool,
        make: impl FnOnce() -> Rc<Introduction>,
    ) -> Rc<Introduction> {
        let mut last = self.introduction.borrow_mut();
        match &*last {
            Some(introduction) if fits(introduction) => Rc::clone(introduction),
            _ => Rc::clone(last.insert(make())),
        }
    }
}
