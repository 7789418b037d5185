//! From a credential to a [`Caller`], or a refusal.
//!
//! [`Edge::recall`] answers without I/O: what was verified before and is still good, and what is
//! malformed. [`Edge::learn`] asks: one signature check for a new token, one KV read for a new
//! key. Whatever is remembered is checked again at each use, in one place: that is where a feed of
//! revocations will be asked.

use std::rc::Rc;

use super::{Edge, Error, snapshot::Published};
use crate::core::{
    apikey::{ApiKey, KeyScope, is_api_key},
    encoding::digest,
    principal::Principal,
    publication::{KeyRecord, key_record_name},
    time::UnixTime,
    token::{
        Audience, Expectation, KeyId, MAXIMUM_LENGTH, Signed, TokenError, TokenType, Untrusted,
    },
};

/// Seconds for which the record of a key is believed without reading it again.
const KEY_FRESH: i64 = 5;

/// Seconds for which a key that does not exist is not asked for again. Short: it may be created
/// in the next moment (ATTACKS F-84).
const MISSING: i64 = 1;

/// Somebody whose credential has been verified.
#[derive(Debug)]
pub(super) struct Caller {
    /// Who.
    pub(super) principal: Principal,
    /// The limits of a key; none for a token.
    pub(super) scope: KeyScope,
    basis: Basis,
}

/// Why a caller is believed, to be checked at each use.
#[derive(Debug)]
enum Basis {
    Token(Box<Signed>),
    Key { record: Box<KeyRecord>, read_at: UnixTime },
}

/// What memory says of a credential.
#[derive(Debug)]
pub(super) enum Recalled {
    /// Good.
    Good(Rc<Caller>),
    /// Not good, whoever is asked.
    Refused,
    /// Not known.
    Unknown,
}

impl Edge {
    /// What is known of a credential without asking anybody.
    pub(super) fn recall(&self, text: &str, published: &Published) -> Recalled {
        let now = self.world.clock.now();
        let found = self.seen.borrow_mut().find(text);
        if let Some(caller) = found {
            match self.still_good(&caller, published, now) {
                Recalled::Good(caller) => return Recalled::Good(caller),
                other => {
                    self.seen.borrow_mut().forget(text);
                    return other;
                }
            }
        }
        if is_api_key(text) {
            self.recall_key(text, now)
        } else if text.len() <= MAXIMUM_LENGTH && text.split('.').count() == 3 {
            Recalled::Unknown
        } else {
            Recalled::Refused
        }
    }

    /// Checks again what was verified before: the one place that every use passes.
    fn still_good(&self, caller: &Rc<Caller>, published: &Published, now: UnixTime) -> Recalled {
        match &caller.basis {
            Basis::Token(signed) => {
                let good = published.keys.find(signed.key_id()).is_some()
                    && signed.validate(&self.expectation(published, now)).is_ok();
                if good { Recalled::Good(Rc::clone(caller)) } else { Recalled::Refused }
            }
            Basis::Key { record, read_at } => {
                if (0..KEY_FRESH).contains(&now.since(*read_at)) && record.is_live(now) {
                    Recalled::Good(Rc::clone(caller))
                } else {
                    Recalled::Unknown
                }
            }
        }
    }

    /// Form, checksum and MAC of a key cost no I/O (ATTACKS F-82).
    fn recall_key(&self, text: &str, now: UnixTime) -> Recalled {
        let genuine = ApiKey::parse(text)
            .is_ok_and(|key| key.verify_mac(&self.config.root_keys, &self.config.environment));
        let missing = || {
            let since = self.missing.borrow_mut().find(text);
            since.is_some_and(|since| (0..MISSING).contains(&now.since(*since)))
        };
        if genuine && !missing() { Recalled::Unknown } else { Recalled::Refused }
    }

    /// Verifies a credential that [`Self::recall`] did not know, and remembers it if it is good.
    pub(super) async fn learn(&self, text: &str) -> Result<Rc<Caller>, Error> {
        let caller = if is_api_key(text) {
            self.learn_key(text).await?
        } else {
            self.learn_token(text).await?
        };
        let caller = Rc::new(caller);
        self.seen.borrow_mut().remember(text, Rc::clone(&caller));
        Ok(caller)
    }

    async fn learn_token(&self, text: &str) -> Result<Caller, Error> {
        let token = Untrusted::parse(text).map_err(|_| Error::InvalidCredential)?;
        if token.token_type() != TokenType::Access {
            return Err(Error::InvalidCredential);
        }
        let published = self.published_with(token.key_id()).await?;
        let key = published.keys.find(token.key_id()).ok_or(Error::InvalidCredential)?;
        let signed = token.verify_signature(&*self.world.crypto, key).await;
        let signed = signed.map_err(|error| match error {
            TokenError::Backend(_) => Error::Unavailable,
            _ => Error::InvalidCredential,
        })?;
        let expectation = self.expectation(&published, self.world.clock.now());
        let principal =
            signed.validate(&expectation).map_err(|_| Error::InvalidCredential)?.principal();
        Ok(Caller { principal, scope: KeyScope::default(), basis: Basis::Token(Box::new(signed)) })
    }

    /// The snapshot, renewed once if it does not have that key.
    async fn published_with(&self, key: &KeyId) -> Result<Rc<Published>, Error> {
        let published = self.published().ok_or(Error::Unavailable)?;
        if published.keys.find(key).is_some() {
            return Ok(published);
        }
        self.renew_for_unknown_key().await;
        self.published().ok_or(Error::Unavailable)
    }

    async fn learn_key(&self, text: &str) -> Result<Caller, Error> {
        let digest = digest(text);
        let published = self.world.snapshots.get(&key_record_name(&digest)).await;
        let record = match published {
            Ok(Some(json)) => serde_json::from_str(&json).ok(),
            // KV remembers misses: only the origin knows that there is no such key.
            Ok(None) | Err(_) => None,
        };
        let record: KeyRecord = match record {
            Some(record) => record,
            None => self.key_from_origin(text, &digest).await?,
        };
        let now = self.world.clock.now();
        if !record.is_live(now) {
            return Err(Error::InvalidCredential);
        }
        Ok(Caller {
            principal: record.principal(),
            scope: KeyScope::stored(&record.scope),
            basis: Basis::Key { record: Box::new(record), read_at: now },
        })
    }

    async fn key_from_origin(&self, text: &str, digest: &str) -> Result<KeyRecord, Error> {
        let path = ["/internal/keys/", digest].concat();
        let answer = self.ask_origin("GET", &path, Vec::new()).await.ok_or(Error::Unavailable)?;
        match answer.status().as_u16() {
            200 => serde_json::from_slice(answer.body()).map_err(|_| Error::Unavailable),
            404 => {
                let now = Rc::new(self.world.clock.now());
                self.missing.borrow_mut().remember(text, now);
                Err(Error::InvalidCredential)
            }
            _ => Err(Error::Unavailable),
        }
    }

    fn expectation<'a>(&'a self, published: &'a Published, now: UnixTime) -> Expectation<'a> {
        Expectation::access(&self.issuers, Audience::AnyOf(&published.audiences), now)
    }
}
