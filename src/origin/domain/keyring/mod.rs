//! The signing keys: made on first use, rotated by schedule, never in a file.
//!
//! When a key comes and goes is decided in [`crate::core::token::rotation`]; here the decisions
//! are carried out. The private halves lie in the database sealed under the root key.

use std::fmt;

use super::{publication, revocation};
use crate::{
    core::{
        oauth::lifetime::Lifetimes,
        seal::{self, SealError},
        secret::Secret,
        time::UnixTime,
        token::{
            Algorithm, KeyId, KeySet, PublicKey,
            rotation::{self, Newest, Outstanding, Phase, Step, Term},
        },
    },
    origin::{
        Origin,
        http::{OAuthError, RestError},
        store::{
            access_tokens, applications,
            signing_keys::{self, SigningKey},
        },
    },
    ports::{CryptoError, DatabaseError, Statement},
};

/// The key that signs with `algorithm` now: its public half and its private one (PKCS#8 DER).
pub async fn signing_key(
    origin: &Origin,
    algorithm: Algorithm,
) -> Result<(PublicKey, Secret<Vec<u8>>), KeyringError> {
    let find =
        async || signing_keys::signing(&*origin.database, algorithm, origin.clock.now()).await;
    let key = if let Some(key) = find().await? {
        key
    } else {
        rotate(origin).await?;
        find().await?.ok_or(KeyringError::NoKey(algorithm))?
    };
    Ok((public_half(&key)?, private_half(origin, &key)?))
}

/// The published keys: those that sign now first, the default algorithm's before the others.
pub async fn public_keys(origin: &Origin) -> Result<Vec<PublicKey>, KeyringError> {
    let now = origin.clock.now();
    let mut keys = signing_keys::all(&*origin.database).await?;
    let signs = |key: &SigningKey| key.term().phase(now) == Phase::Signing;
    let complete = Algorithm::ALL
        .into_iter()
        .all(|algorithm| keys.iter().any(|key| key.algorithm == algorithm && signs(key)));
    if !complete {
        keep_schedule(origin).await?;
        keys = signing_keys::all(&*origin.database).await?;
    }
    keys.retain(|key| key.term().phase(now) != Phase::Removed);
    let place = |key: &SigningKey| Algorithm::ALL.iter().position(|other| *other == key.algorithm);
    keys.sort_by_key(|key| (!signs(key), place(key)));
    keys.iter().map(public_half).collect()
}

/// The published keys, to verify with.
pub async fn key_set(origin: &Origin) -> Result<KeySet, KeyringError> {
    public_keys(origin).await.map(KeySet::new)
}

/// Makes, retires, removes and seals again whatever is due, and tells the edges if anything
/// changed.
pub async fn rotate(origin: &Origin) -> Result<(), KeyringError> {
    if keep_schedule(origin).await? {
        publication::edge(origin).await;
    }
    seal_again(origin).await
}

/// For emergencies, when a private half may have leaked: the key signs no more, verifies no more,
/// and every token that it signed is dead as soon as the edges hear of it. Another key signs at
/// once. `false` if there is no such key.
pub async fn discard(origin: &Origin, kid: &KeyId) -> Result<bool, KeyringError> {
    let statements = revocation::signing_key(kid, origin.clock.now());
    let answers = revocation::commit(origin, statements).await?;
    let gone = answers.last().is_some_and(|rows| !rows.is_empty());
    if gone {
        keep_schedule(origin).await?;
        publication::edge(origin).await;
    }
    Ok(gone)
}

/// Carries out what the schedule says; `false` if it says nothing.
async fn keep_schedule(origin: &Origin) -> Result<bool, KeyringError> {
    let now = origin.clock.now();
    let keys = signing_keys::all(&*origin.database).await?;
    let configured = applications::longest_access_token_lifetime(&*origin.database).await?;
    let outstanding = Outstanding {
        longest: Lifetimes::configured(configured, 0).access,
        last_expiry: access_tokens::last_expiry(&*origin.database).await?,
    };
    let mut statements = Vec::new();
    for algorithm in Algorithm::ALL {
        let terms: Vec<Term> =
            keys.iter().filter(|key| key.algorithm == algorithm).map(SigningKey::term).collect();
        for step in rotation::plan(&terms, now, outstanding) {
            statements.extend(carry_out(origin, algorithm, step, now).await?);
        }
    }
    let changes = !statements.is_empty();
    if changes {
        origin.database.batch(statements).await?;
    }
    Ok(changes)
}

async fn carry_out(
    origin: &Origin,
    algorithm: Algorithm,
    step: Step,
    now: UnixTime,
) -> Result<Vec<Statement>, KeyringError> {
    Ok(match step {
        Step::Generate { signs_from, newest } => {
            generate(origin, algorithm, signs_from, newest.as_ref()).await?
        }
        Step::Advance(kid) => vec![signing_keys::advance(&kid, now)],
        Step::KeepUntil(kid, end) => vec![signing_keys::keep_until(&kid, end)],
        Step::Wipe(kid) => vec![signing_keys::wipe(&kid)],
        Step::Forget(kid) => vec![signing_keys::remove(&kid)],
    })
}

async fn generate(
    origin: &Origin,
    algorithm: Algorithm,
    signs_from: UnixTime,
    newest: Option<&Newest>,
) -> Result<Vec<Statement>, KeyringError> {
    let pair = origin.crypto.generate(algorithm).await?;
    let kid = pair.public.id().clone();
    let key = SigningKey {
        algorithm,
        public_jwk: pair.public.to_jwk(),
        sealed_private: seal_half(origin, &kid, &pair.private)?,
        created_at: origin.clock.now(),
        signs_from,
        signs_until: None,
        removed_at: None,
        kid,
    };
    Ok(signing_keys::add(&key, newest))
}

/// Seals again whatever is not sealed under the current root key, so that the one before it can
/// be taken out of the configuration.
async fn seal_again(origin: &Origin) -> Result<(), KeyringError> {
    for key in signing_keys::all(&*origin.database).await? {
        let sealed = &key.sealed_private;
        if !sealed.is_empty() && !seal::is_current(&origin.config.root_keys, sealed) {
            let private = private_half(origin, &key)?;
            let sealed = seal_half(origin, &key.kid, &private)?;
            origin.database.run(signing_keys::reseal(&key, &sealed)).await?;
        }
    }
    Ok(())
}

fn public_half(key: &SigningKey) -> Result<PublicKey, KeyringError> {
    PublicKey::from_jwk(&key.public_jwk)
        .filter(|public| *public.id() == key.kid && public.algorithm() == key.algorithm)
        .ok_or_else(|| KeyringError::Unreadable(key.kid.clone()))
}

fn private_half(origin: &Origin, key: &SigningKey) -> Result<Secret<Vec<u8>>, KeyringError> {
    let config = &origin.config;
    Ok(seal::open(&config.root_keys, &config.environment, &key.kid.0, &key.sealed_private)?)
}

fn seal_half(
    origin: &Origin,
    kid: &KeyId,
    private: &Secret<Vec<u8>>,
) -> Result<String, KeyringError> {
    let config = &origin.config;
    let (roots, environment) = (&config.root_keys, &config.environment);
    Ok(seal::seal(roots, environment, &*origin.random, &kid.0, private.expose())?)
}

/// Why there is no key.
#[derive(Debug)]
pub enum KeyringError {
    /// Not even after one was made.
    NoKey(Algorithm),
    /// The row's public half is not the key that the row says it is.
    Unreadable(KeyId),
    /// The private half does not open: it was sealed under a root key that is gone.
    Seal(SealError),
    /// The edges could not be told.
    Publication(String),
    /// The database did not answer.
    Database(DatabaseError),
    /// The crypto backend could not make a key.
    Crypto(CryptoError),
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey(algorithm) => write!(f, "keyring: no key signs {}", algorithm.name()),
            Self::Unreadable(kid) => write!(f, "keyring: the key {kid} is not what its row says"),
            Self::Seal(error) => write!(f, "keyring: {error}"),
            Self::Publication(cause) => write!(f, "keyring: not published: {cause}"),
            Self::Database(error) => error.fmt(f),
            Self::Crypto(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for KeyringError {}

impl From<SealError> for KeyringError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

impl From<DatabaseError> for KeyringError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<CryptoError> for KeyringError {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

impl From<RestError> for KeyringError {
    fn from(error: RestError) -> Self {
        Self::Publication(error.cause.unwrap_or(error.message))
    }
}

impl From<KeyringError> for OAuthError {
    fn from(error: KeyringError) -> Self {
        Self::internal(error)
    }
}

impl From<KeyringError> for RestError {
    fn from(error: KeyringError) -> Self {
        Self::internal(error)
    }
}
