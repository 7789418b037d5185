//! SAML keys of each organization: created on first use, and rotated on use when due.
//!
//! ```text
//! published ──90 days──▶ signs ──3 years──▶ decrypts and verifies ──30 days──▶ removed
//! ```
//!
//! An administrator can announce a successor earlier, or discard a key that may have leaked; another key then signs
//! at once.
//!
//! They are separate from the token signing keys, which rotate monthly, because most partners copy
//! certificates by hand. Each organization has its own, because some partners check the signature
//! but not the issuer. A replaced key still decrypts for a month.

use std::cmp::Ordering;

use serde_json::json;

use crate::{
    core::{
        encoding::{base64url, from_base64url},
        saml::{Signer, encryption::Decrypter, metadata},
        seal::{self, SealError},
        secret::Secret,
        signature::RsaKey,
        time::UnixTime,
        token::Algorithm,
        x509::SelfSigned,
    },
    origin::{
        Origin,
        domain::{audit::Subject, change::Change, commit::commit},
        store::saml_keys::{self, SamlKey},
    },
    ports::{CryptoError, DatabaseError},
};

const DAY: i64 = 24 * 3600;

/// How long a key signs.
const SIGNS_FOR: i64 = 3 * 365 * DAY;

/// How long a key is published before it starts signing.
const PUBLISHED_BEFORE: i64 = 90 * DAY;

/// How long a key is kept after its successor starts signing.
const KEPT_FOR: i64 = 30 * DAY;

/// Certificate lifetime: longer than the key's use, because some partners check it.
const CERTIFIED_FOR: i64 = 10 * 365 * DAY;

/// Maximum number of keys resealed per schedule run.
const BATCH: i64 = 50;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A row is malformed.
    #[error("saml: the row of the key {0} cannot be read")]
    Unreadable(String),
    /// The private key cannot be unsealed: it was sealed under another root key.
    #[error("saml: {0}")]
    Seal(#[from] SealError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Key generation failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// Why the keys are not changed.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The organization has no key of that name.
    #[error("the organization has no such key")]
    Unknown,
    /// A successor is announced already.
    #[error("a key that is to sign later is announced already: discard it first")]
    Announced,
    /// There is no key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl From<DatabaseError> for RotationError {
    fn from(error: DatabaseError) -> Self {
        Self::Key(error.into())
    }
}

/// What a key is for at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It is published, and signs later.
    Announced,
    /// It signs and decrypts.
    Signing,
    /// It decrypts, and its signatures are still to be verified.
    Kept,
}

/// A SAML key.
#[derive(Debug)]
struct Key {
    certificate: Vec<u8>,
    private: Secret<Vec<u8>>,
}

/// The keys of an organization.
#[derive(Debug)]
pub struct Keys {
    signing: Key,
    /// Announced successors and retained predecessors.
    others: Vec<Key>,
    private: Vec<Secret<Vec<u8>>>,
}

impl Keys {
    /// The signer of outgoing messages.
    pub fn signer<'a>(&'a self, origin: &'a Origin) -> Signer<'a> {
        Signer {
            crypto: &*origin.crypto,
            algorithm: Algorithm::Rs256,
            private_key: &self.signing.private,
            certificate: &self.signing.certificate,
        }
    }

    /// The decrypter of incoming messages.
    pub fn decrypter<'a>(&'a self, origin: &'a Origin) -> Decrypter<'a> {
        Decrypter { crypto: &*origin.crypto, keys: &self.private }
    }

    /// The keys for metadata; `encrypts` tells whether partners may encrypt to them.
    pub fn published(&self, encrypts: bool) -> Vec<metadata::Key> {
        let key = |usage, key: &Key| metadata::Key { usage, certificate: key.certificate.clone() };
        let mut all = vec![key(metadata::Use::Signing, &self.signing)];
        all.extend(self.others.iter().map(|other| key(metadata::Use::Signing, other)));
        all.extend(encrypts.then(|| key(metadata::Use::Encryption, &self.signing)));
        all
    }
}

/// The keys of the organization; the first call creates one.
pub async fn keys(origin: &Origin, owner: &str) -> Result<Keys, KeyError> {
    let (directory, now) = (origin.directory(), origin.clock.now());
    let mut rows = saml_keys::of(owner).fetch(&*directory.database).await?;
    if changed(&directory, owner, &rows).await? {
        rows = saml_keys::of(owner).fetch(&*directory.database).await?;
    }
    let at = signing(&rows, now);
    let mut all = rows.iter().map(|row| opened(origin, row)).collect::<Result<Vec<_>, _>>()?;
    if at >= all.len() {
        return Err(KeyError::Unreadable(String::new()));
    }
    let signing = all.remove(at);
    let copy = |key: &Key| Secret::new(key.private.expose().clone());
    let private = std::iter::once(&signing).chain(&all).map(copy).collect();
    Ok(Keys { signing, others: all, private })
}

/// Creates and removes keys as due. Returns whether anything changed.
async fn changed(directory: &Origin, owner: &str, rows: &[SamlKey]) -> Result<bool, KeyError> {
    let now = directory.clock.now();
    let Some(newest) = rows.first() else {
        add(directory, owner, now, None).await?;
        return Ok(true);
    };
    let mut is_changed = false;
    let successor_from = newest.signs_from.plus(SIGNS_FOR);
    if successor_from.plus(-PUBLISHED_BEFORE) <= now {
        let from = successor_from.max(now.plus(PUBLISHED_BEFORE));
        add(directory, owner, from, Some(newest.signs_from)).await?;
        is_changed = true;
    }
    for pair in rows.windows(2) {
        let [successor, key] = pair else { continue };
        if successor.signs_from.plus(KEPT_FOR) <= now {
            let mut change = Change::of(subject(owner, &key.kid));
            change.decide(saml_keys::remove(key));
            commit(directory, change).await?;
            is_changed = true;
        }
    }
    Ok(is_changed)
}

/// Reseals the next keys that are sealed under the previous root key.
pub async fn seal_again(origin: &Origin) -> Result<(), KeyError> {
    let Some(previous) = &origin.config.root_keys.previous else { return Ok(()) };
    let directory = origin.directory();
    let rows = saml_keys::sealed_under(&seal::head(previous), BATCH);
    for row in rows.fetch(&*directory.database).await? {
        let again = sealed(origin, &row.kid, &opened(origin, &row)?.private)?;
        directory.database.run(saml_keys::reseal(&row, &again)).await?;
    }
    Ok(())
}

/// The index of the key that signs, among those of an organization, the latest first.
fn signing(rows: &[SamlKey], now: UnixTime) -> usize {
    rows.iter().position(|row| row.signs_from <= now).unwrap_or_default()
}

/// The keys of the organization, the latest first, each with its use. Makes none.
pub async fn list(origin: &Origin, owner: &str) -> Result<Vec<(SamlKey, Use)>, DatabaseError> {
    let rows = saml_keys::of(owner).fetch(&*origin.directory().database).await?;
    let now = origin.clock.now();
    let signing = signing(&rows, now);
    let with_use = |(at, row): (usize, SamlKey)| match at.cmp(&signing) {
        Ordering::Less => (row, Use::Announced),
        Ordering::Equal => (row, Use::Signing),
        Ordering::Greater => (row, Use::Kept),
    };
    Ok(rows.into_iter().enumerate().map(with_use).collect())
}

/// Makes a key that is published now and signs from `signs_from` on, as the successor of the present one.
pub async fn announce(
    origin: &Origin,
    owner: &str,
    signs_from: UnixTime,
) -> Result<(), RotationError> {
    let directory = origin.directory();
    let mut rows = list(origin, owner).await?;
    if rows.is_empty() {
        // As on first use: it signs now.
        add(&directory, owner, origin.clock.now(), None).await?;
        rows = list(origin, owner).await?;
    }
    if rows.first().is_some_and(|(_, usage)| *usage == Use::Announced) {
        return Err(RotationError::Announced);
    }
    let newest = rows.first().map(|(row, _)| row.signs_from);
    let added = add(&directory, owner, signs_from, newest).await?;
    if added { Ok(()) } else { Err(RotationError::Announced) }
}

/// Removes a key at once: it neither signs nor decrypts, and is not published. If it is the one that signs, the
/// announced one signs from now on, or another one that is made.
pub async fn discard(origin: &Origin, owner: &str, kid: &str) -> Result<(), RotationError> {
    let (directory, now) = (origin.directory(), origin.clock.now());
    let rows = list(origin, owner).await?;
    let found = rows.iter().find(|(row, _)| row.kid == kid);
    let (discarded, usage) = found.ok_or(RotationError::Unknown)?;
    let facts = json!({"discarded": true});
    let mut change = Change::of(Subject::with(owner, "saml-key", kid, &facts));
    let removed = change.decide(saml_keys::remove(discarded));
    if *usage == Use::Signing {
        let successor = rows.iter().find(|(_, usage)| *usage == Use::Announced);
        let replaced = if let Some((successor, _)) = successor {
            change.write(saml_keys::sign_from(successor, now))
        } else {
            let row = generate(&directory, owner, now).await?;
            change.write(saml_keys::add(&row, Some(discarded.signs_from)))
        };
        change.require(replaced);
    }
    change.require(removed);
    let is_done = commit(&directory, change).await?.took_effect(removed);
    if is_done { Ok(()) } else { Err(RotationError::Unknown) }
}

/// Stores a new key, unless another one that signs later than `newest` was stored meanwhile. Returns whether it was.
async fn add(
    directory: &Origin,
    owner: &str,
    signs_from: UnixTime,
    newest: Option<UnixTime>,
) -> Result<bool, KeyError> {
    let row = generate(directory, owner, signs_from).await?;
    let mut change = Change::of(subject(owner, &row.kid));
    let added = change.decide(saml_keys::add(&row, newest));
    Ok(commit(directory, change).await?.took_effect(added))
}

async fn generate(
    directory: &Origin,
    owner: &str,
    signs_from: UnixTime,
) -> Result<SamlKey, KeyError> {
    let (crypto, now) = (&*directory.crypto, directory.clock.now());
    let pair = crypto.generate(Algorithm::Rs256).await?;
    let kid = pair.public.id().0.clone();
    let numbers = pair.public.rsa_numbers();
    let key = numbers.and_then(|(modulus, exponent)| RsaKey::new(&modulus, &exponent));
    let key = key.ok_or_else(|| KeyError::Unreadable(kid.clone()))?;
    let issuer = &directory.config.issuer;
    let host = issuer.split_once("://").map_or(issuer.as_str(), |(_, host)| host);
    let certificate = SelfSigned {
        name: &format!("{owner} at {host}"),
        serial: &directory.random.bytes::<16>(),
        key: &key,
        begins: now.plus(-DAY),
        ends: now.plus(CERTIFIED_FOR),
    };
    let certificate = certificate.certificate(crypto, &pair.private).await?;
    Ok(SamlKey {
        owner: owner.to_owned(),
        public_jwk: pair.public.to_jwk(),
        sealed_private: sealed(directory, &kid, &pair.private)?,
        certificate: base64url(&certificate),
        created_at: now,
        signs_from,
        kid,
    })
}

fn subject(owner: &str, kid: &str) -> Subject {
    Subject::new(owner, "saml-key", kid)
}

fn purpose(kid: &str) -> String {
    format!("saml-key:{kid}")
}

fn opened(origin: &Origin, row: &SamlKey) -> Result<Key, KeyError> {
    let config = &origin.config;
    let purpose = purpose(&row.kid);
    let private =
        seal::open(&config.root_keys, &config.environment, &purpose, &row.sealed_private)?;
    let certificate = from_base64url(&row.certificate);
    let certificate = certificate.ok_or_else(|| KeyError::Unreadable(row.kid.clone()))?;
    Ok(Key { certificate, private })
}

fn sealed(origin: &Origin, kid: &str, private: &Secret<Vec<u8>>) -> Result<String, SealError> {
    let config = &origin.config;
    let (roots, environment) = (&config.root_keys, &config.environment);
    seal::seal(roots, environment, &*origin.random, &purpose(kid), private.expose())
}
