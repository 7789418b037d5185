//! A caller whose credential has been verified.

use std::cell::{Cell, OnceCell};

use crate::{
    core::{
        apikey::KeyScope,
        limit::Consumer,
        log,
        principal::{Credential, Principal},
        publication::{KeyRecord, Route},
        revocation::{Fingerprint, Sequence, Subject},
        time::UnixTime,
        token::CachedToken,
    },
    edge::snapshot::Published,
};

/// Seconds after which a key record is read again. Changes of a key are in the revocation feed
/// before that.
const KEY_FRESH: i64 = 15 * 60;

/// A caller whose credential has been verified.
#[derive(Debug)]
pub(in crate::edge) struct Caller {
    principal: Principal,
    proof: Proof,
    /// The version of the snapshot that last accepted the token's key and audience.
    accepted_by: Cell<u64>,
    /// Whether that snapshot accepts the token's audience at every service.
    is_general: Cell<bool>,
    /// The version of the revocation feed that last had no entry about the caller.
    cleared_at: Cell<u64>,
    consumer: OnceCell<Fingerprint>,
}

/// What has to hold at each use of the credential.
#[derive(Debug)]
enum Proof {
    Token(CachedToken),
    Key(Box<Key>),
}

#[derive(Debug)]
struct Key {
    record: KeyRecord,
    scope: KeyScope,
    read_at: UnixTime,
}

/// Whether a cached caller may still be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::edge) enum Validity {
    /// It may.
    Valid,
    /// It may not.
    Ended,
    /// Its record must be read again.
    Stale,
}

impl Caller {
    /// The bearer of a token of `principal` that was verified with `published`.
    pub(in crate::edge) fn of_token(
        token: CachedToken,
        principal: Principal,
        published: &Published,
    ) -> Self {
        let is_general = token.is_for(&published.audiences);
        let caller = Self::new(principal, Proof::Token(token));
        caller.accept(published, is_general);
        caller
    }

    /// The holder of a key whose record was read at `read_at`.
    pub(in crate::edge) fn of_key(record: KeyRecord, read_at: UnixTime) -> Self {
        let scope = KeyScope::stored(&record.scope);
        Self::new(record.principal(), Proof::Key(Box::new(Key { record, scope, read_at })))
    }

    fn new(principal: Principal, proof: Proof) -> Self {
        Self {
            principal,
            proof,
            accepted_by: Cell::default(),
            is_general: Cell::default(),
            cleared_at: Cell::default(),
            consumer: OnceCell::new(),
        }
    }

    /// The principal of the credential.
    pub(in crate::edge) const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The principal as the log names it.
    pub(in crate::edge) fn named(&self) -> log::Caller {
        log::Caller::from(&self.principal)
    }

    /// The record of a key and its scope; none for a token.
    pub(in crate::edge) fn key(&self) -> Option<(&KeyRecord, &KeyScope)> {
        match &self.proof {
            Proof::Token(_) => None,
            Proof::Key(key) => Some((&key.record, &key.scope)),
        }
    }

    /// The consumer whose calls are counted: the key, or the token's user.
    pub(in crate::edge) fn consumer(&self) -> Fingerprint {
        *self.consumer.get_or_init(|| match self.key() {
            Some((record, _)) => Consumer::Key(&record.id).fingerprint(),
            None => Consumer::User(&self.principal.subject).fingerprint(),
        })
    }

    /// Revalidates a cached caller, except for revocations. It compares numbers; only a new snapshot
    /// makes it look at keys and audiences.
    pub(in crate::edge) fn validity(&self, published: &Published, now: UnixTime) -> Validity {
        match &self.proof {
            Proof::Token(token) if token.is_current(now) && self.is_accepted(token, published) => {
                Validity::Valid
            }
            Proof::Token(_) => Validity::Ended,
            Proof::Key(key) => {
                let fresh = (0..KEY_FRESH).contains(&now.since(key.read_at));
                if fresh && key.record.is_live(now) { Validity::Valid } else { Validity::Stale }
            }
        }
    }

    /// The validity after a revocation: a token has ended, a key may only have changed.
    pub(in crate::edge) const fn when_revoked(&self) -> Validity {
        match &self.proof {
            Proof::Token(_) => Validity::Ended,
            Proof::Key(_) => Validity::Stale,
        }
    }

    /// Whether this is a key whose record was read within the last `seconds`.
    pub(in crate::edge) fn was_read_within(&self, seconds: i64, now: UnixTime) -> bool {
        match &self.proof {
            Proof::Token(_) => false,
            Proof::Key(key) => (0..seconds).contains(&now.since(key.read_at)),
        }
    }

    /// Whether the record of a key says that it may be used; `true` for a token.
    pub(in crate::edge) fn is_live(&self, now: UnixTime) -> bool {
        self.key().is_none_or(|(record, _)| record.is_live(now))
    }

    /// Whether the service accepts the credential's audience (RFC 9068 §4). A key has none.
    pub(in crate::edge) fn is_for(&self, route: &Route) -> bool {
        match &self.proof {
            Proof::Key(_) => true,
            Proof::Token(token) => self.is_general.get() || token.is_for(&route.audiences),
        }
    }

    fn accept(&self, published: &Published, is_general: bool) {
        self.accepted_by.set(published.version);
        self.is_general.set(is_general);
    }

    fn is_accepted(&self, token: &CachedToken, published: &Published) -> bool {
        if self.accepted_by.get() == published.version {
            return true;
        }
        let accepted = token.is_accepted(&published.keys, &published.known_audiences);
        if accepted {
            self.accept(published, token.is_for(&published.audiences));
        }
        accepted
    }

    /// Whether something that the credential depends on `is_revoked`.
    pub(in crate::edge) fn depends_on(&self, is_revoked: impl Fn(Subject<'_>) -> bool) -> bool {
        let principal = &self.principal;
        let [first, second, third] = match &principal.credential {
            Credential::Token { id, grant, session, .. } => {
                [Subject::Token(id), Subject::Grant(grant), Subject::Session(session)]
            }
            Credential::Key { id, .. } => [Subject::Key(id); 3],
            // The edge has no such caller.
            Credential::Session { .. } | Credential::Client => return true,
        };
        let signing_key = match &self.proof {
            Proof::Token(token) => token.key_id().0.as_str(),
            Proof::Key(_) => "",
        };
        let roles = principal.authority.roles().iter();
        let elsewhere = roles.filter(|role| role.org != principal.owner);
        let subjects = [
            first,
            second,
            third,
            Subject::SigningKey(signing_key),
            Subject::User(&principal.subject),
            Subject::Application(&principal.client_id),
            Subject::Organization(&principal.owner),
        ];
        is_revoked(Subject::Everything)
            || subjects
                .into_iter()
                .chain(elsewhere.map(|role| Subject::Organization(&role.org)))
                .any(|subject| !subject.id().is_empty() && is_revoked(subject))
    }

    /// Whether an organization of the credential has moved to another database since.
    pub(in crate::edge) fn has_departed(&self, has_departed: impl Fn(&str) -> bool) -> bool {
        let principal = &self.principal;
        let roles = principal.authority.roles().iter().map(|role| role.org.as_str());
        std::iter::once(principal.owner.as_str()).chain(roles).any(has_departed)
    }

    /// The end of the feed before the subjects of the credential were checked: a later
    /// revocation ends it.
    pub(in crate::edge) fn sequence(&self) -> Sequence {
        match &self.proof {
            Proof::Token(token) => token.sequence(),
            Proof::Key(key) => key.record.sequence,
        }
    }

    /// The version of the revocation feed that last had no entry about the caller.
    pub(in crate::edge) const fn cleared_at(&self) -> u64 {
        self.cleared_at.get()
    }

    /// Notes that this version of the feed has no entry about the caller.
    pub(in crate::edge) fn clear(&self, version: u64) {
        self.cleared_at.set(version);
    }
}
