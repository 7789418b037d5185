//! Somebody whose credential has been verified, as this isolate remembers them.

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
};

use super::{identity_headers::IdentityHeaders, snapshot::Published};
use crate::core::{
    apikey::KeyScope,
    limit,
    principal::{Credential, Principal},
    publication::{KeyRecord, Route},
    revocation::{Fingerprint, Sequence, Subject},
    time::UnixTime,
    token::{Audience, CachedToken, KeyId},
};

/// How long a key record is believed before it is read again, in seconds. Whatever changes about
/// a key before that is in the revocation feed.
const KEY_FRESH: i64 = 15 * 60;

/// For how many services at once it is remembered what they were told of a caller.
const INTRODUCED: usize = 4;

/// Somebody whose credential has been verified.
#[derive(Debug)]
pub(super) struct Caller {
    basis: Basis,
    /// The snapshot by which keys and audiences were last looked at.
    accepted_by: Cell<u64>,
    /// Whether every service accepts the token's audience, by that snapshot.
    is_general: Cell<bool>,
    /// The version of the revocation feed by which it was last looked at.
    cleared_at: Cell<u64>,
    counted_as: OnceCell<Fingerprint>,
    /// What services were told, the latest last.
    introduced: RefCell<Vec<Introduced>>,
}

/// Why a caller is believed, to be checked at each use.
#[derive(Debug)]
enum Basis {
    /// Whom it speaks for is known from its verification until the first call has been introduced.
    Token {
        token: CachedToken,
        principal: RefCell<Option<Rc<Principal>>>,
    },
    Key(Box<Key>),
}

#[derive(Debug)]
struct Key {
    principal: Rc<Principal>,
    record: KeyRecord,
    scope: KeyScope,
    read_at: UnixTime,
}

/// What a service was told when the client selected that organization, or none.
#[derive(Debug)]
struct Introduced {
    selected: Option<Box<str>>,
    introduction: Rc<IdentityHeaders>,
}

/// What has become of a caller since the last use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Validity {
    /// Still good.
    Valid,
    /// Not good any more.
    Ended,
    /// To be asked for again.
    Stale,
}

impl Caller {
    /// The bearer of a token that speaks for `principal` and was verified by `published`.
    pub(super) fn of_token(
        token: CachedToken,
        principal: Principal,
        published: &Published,
    ) -> Self {
        let is_general = audience(&principal)
            .is_some_and(|audience| Audience::AnyOf(&published.audiences).includes(audience));
        let principal = RefCell::new(Some(Rc::new(principal)));
        let caller = Self::new(Basis::Token { token, principal });
        caller.accept(published, is_general);
        caller
    }

    /// The holder of a key whose record was read at `read_at`.
    pub(super) fn of_key(record: KeyRecord, read_at: UnixTime) -> Self {
        let principal = Rc::new(record.principal());
        let scope = KeyScope::stored(&record.scope);
        Self::new(Basis::Key(Box::new(Key { principal, record, scope, read_at })))
    }

    fn new(basis: Basis) -> Self {
        Self {
            basis,
            accepted_by: Cell::default(),
            is_general: Cell::default(),
            cleared_at: Cell::default(),
            counted_as: OnceCell::new(),
            introduced: RefCell::default(),
        }
    }

    /// Who; `None` never happens (see [`CachedToken::principal`]).
    pub(super) fn principal(&self) -> Option<Rc<Principal>> {
        match &self.basis {
            Basis::Token { token, principal } => {
                let known = principal.borrow().clone();
                known.or_else(|| token.principal().map(Rc::new))
            }
            Basis::Key(key) => Some(Rc::clone(&key.principal)),
        }
    }

    /// The record of a key and its limits; none for a token.
    pub(super) fn key(&self) -> Option<(&KeyRecord, &KeyScope)> {
        match &self.basis {
            Basis::Token { .. } => None,
            Basis::Key(key) => Some((&key.record, &key.scope)),
        }
    }

    /// Whose calls its calls are counted with: a key's with its own, a token's with its user's.
    pub(super) fn counted_as(&self) -> Fingerprint {
        *self.counted_as.get_or_init(|| match (self.key(), self.principal()) {
            (Some((record, _)), _) => limit::Consumer::Key(&record.id).fingerprint(),
            (None, principal) => {
                let subject = principal.as_ref().map_or("", |principal| &principal.subject);
                limit::Consumer::User(subject).fingerprint()
            }
        })
    }

    /// Checks again what was verified before: the one place that every use passes. It compares
    /// numbers; only a new snapshot makes it look at more.
    pub(super) fn validity(&self, published: &Published, now: UnixTime) -> Validity {
        match &self.basis {
            Basis::Token { token, .. } => {
                let good = token.is_current(now) && self.is_accepted(token, published);
                if good { Validity::Valid } else { Validity::Ended }
            }
            Basis::Key(key) => {
                let fresh = (0..KEY_FRESH).contains(&now.since(key.read_at));
                if fresh && key.record.is_live(now) { Validity::Valid } else { Validity::Stale }
            }
        }
    }

    /// What a revocation makes of it: a token is dead, a key may have changed only.
    pub(super) const fn when_revoked(&self) -> Validity {
        match &self.basis {
            Basis::Token { .. } => Validity::Ended,
            Basis::Key(_) => Validity::Stale,
        }
    }

    /// Whether this is a key whose record was read within the last `seconds`.
    pub(super) fn was_read_within(&self, seconds: i64, now: UnixTime) -> bool {
        match &self.basis {
            Basis::Token { .. } => false,
            Basis::Key(key) => (0..seconds).contains(&now.since(key.read_at)),
        }
    }

    /// Whether a key may be used at all; a token may, as long as its standing is good.
    pub(super) fn is_live(&self, now: UnixTime) -> bool {
        self.key().is_none_or(|(record, _)| record.is_live(now))
    }

    fn accept(&self, published: &Published, is_general: bool) {
        self.accepted_by.set(published.version);
        self.is_general.set(is_general);
    }

    /// Whether the service accepts the credential's audience (RFC 9068 §4): a key has none.
    pub(super) fn is_for(&self, route: &Route) -> bool {
        match &self.basis {
            Basis::Key(_) => true,
            Basis::Token { .. } if self.is_general.get() => true,
            Basis::Token { .. } => {
                !route.audiences.is_empty()
                    && self.principal().is_some_and(|principal| {
                        audience(&principal).is_some_and(|audience| {
                            Audience::AnyOf(&route.audiences).includes(audience)
                        })
                    })
            }
        }
    }

    fn is_accepted(&self, token: &CachedToken, published: &Published) -> bool {
        if self.accepted_by.get() == published.version {
            return true;
        }
        let accepted = token.is_accepted(&published.keys, &published.known_audiences);
        if accepted {
            let is_general = token.is_accepted(&published.keys, &published.audiences);
            self.accept(published, is_general);
        }
        accepted
    }

    /// Whether something whose revocation is the end of this caller `is_revoked`.
    pub(super) fn stands_on(&self, is_revoked: impl Fn(Subject<'_>) -> bool) -> bool {
        let Some(principal) = self.principal() else { return true };
        let key_id = match &self.basis {
            Basis::Token { token, .. } => token.key_id(),
            Basis::Key(_) => None,
        };
        let credential = match &principal.credential {
            Credential::Token { id, grant, session, .. } => vec![
                Subject::Token(id),
                Subject::Grant(grant),
                Subject::Session(session),
                Subject::SigningKey(key_id.as_ref().map_or("", |KeyId(id)| id)),
            ],
            Credential::Key { id, .. } => vec![Subject::Key(id)],
            Credential::Session { .. } | Credential::Client => return true, // nobody calls so
        };
        let common = [
            Subject::User(&principal.subject),
            Subject::Application(&principal.client_id),
            Subject::Organization(&principal.owner),
        ];
        let elsewhere =
            principal.authority.roles().iter().filter(|role| role.org != principal.owner);
        is_revoked(Subject::Everything)
            || credential
                .into_iter()
                .chain(common)
                .chain(elsewhere.map(|role| Subject::Organization(&role.org)))
                .any(|subject| !subject.id().is_empty() && is_revoked(subject))
    }

    /// How far the feed had come before what this caller stands on was checked: a revocation after
    /// that ends it.
    pub(super) fn sequence(&self) -> Sequence {
        match &self.basis {
            Basis::Token { token, .. } => token.sequence(),
            Basis::Key(key) => key.record.sequence,
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

    /// What a service is told of this caller who selects an organization, or none: what it was told
    /// before if that `fits`, or made by `make`; `None` never happens (see [`Self::principal`]).
    pub(super) fn introduction(
        &self,
        selected: Option<&str>,
        fits: impl Fn(&IdentityHeaders) -> bool,
        make: impl FnOnce(&Principal) -> Rc<IdentityHeaders>,
    ) -> Option<Rc<IdentityHeaders>> {
        let mut introduced = self.introduced.borrow_mut();
        let known = introduced
            .iter()
            .rev()
            .find(|known| known.selected.as_deref() == selected && fits(&known.introduction));
        if let Some(known) = known {
            return Some(Rc::clone(&known.introduction));
        }
        let introduction = make(&*self.principal()?);
        if let Basis::Token { principal, .. } = &self.basis {
            principal.take();
        }
        if introduced.len() >= INTRODUCED {
            introduced.remove(0);
        }
        introduced.push(Introduced {
            selected: selected.map(Box::from),
            introduction: Rc::clone(&introduction),
        });
        Some(introduction)
    }
}

fn audience(principal: &Principal) -> Option<&[String]> {
    match &principal.credential {
        Credential::Token { audience, .. } => Some(audience),
        _ => None,
    }
}
