//! Signing keys: generated on first use, rotated by schedule, never written to a file.
//!
//! [`crate::core::token::rotation`] decides on rotation steps; this module turns them into
//! statements. Private keys are stored sealed under the root key.

use thiserror::Error;

use super::change::Change;
use crate::{
    core::{
        oauth::lifetime::Lifetimes,
        principal::PLATFORM_ORGANIZATION,
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
        domain::{audit::Subject, change::Unrecorded},
        store::{
            applications,
            revocations::append,
            signing_keys::{self, SigningKey},
            token_horizon,
        },
    },
    ports::{CryptoError, DatabaseError, Statement},
};

/// The key that signs with `algorithm` now: its public half and its private one (PKCS#8 DER).
/// [`KeyringError::NoKey`] until the first keys are made (see [`super::signing`]).
pub async fn signing_key(
    origin: &Origin,
    algorithm: Algorithm,
) -> Result<(PublicKey, Secret<Vec<u8>>), KeyringError> {
    let now = origin.clock.now();
    let key = signing_keys::signing(&*origin.database, algorithm, now).await?;
    let key = key.ok_or(KeyringError::NoKey(algorithm))?;
    Ok((public_half(&key)?, private_half(origin, &key)?))
}

/// [`signing_key`], found among the keys that a request has read with everything else
/// ([`signing_keys::signing_now`]).
pub fn signing_key_among(
    origin: &Origin,
    loaded: &[SigningKey],
    algorithm: Algorithm,
) -> Result<(PublicKey, Secret<Vec<u8>>), KeyringError> {
    let key = loaded.iter().find(|key| key.algorithm == algorithm);
    let key = key.ok_or(KeyringError::NoKey(algorithm))?;
    Ok((public_half(key)?, private_half(origin, key)?))
}

/// The keys that `loaded` ([`signing_keys::published`]) consists of, to verify with.
pub fn key_set_of(loaded: &[SigningKey]) -> Result<KeySet, KeyringError> {
    loaded.iter().map(public_half).collect()
}

/// The published keys: those that sign now first, the default algorithm's before the others.
///
/// Makes the keys that are missing, without a [`Change`]: publication, which follows every change,
/// reads the keys by this function.
pub async fn public_keys(origin: &Origin) -> Result<Vec<PublicKey>, KeyringError> {
    let now = origin.clock.now();
    let mut keys = signing_keys::all(&*origin.database).await?;
    let signs = |key: &SigningKey| key.term().phase(now) == Phase::Signing;
    let complete = Algorithm::ALL
        .into_iter()
        .all(|algorithm| keys.iter().any(|key| key.algorithm == algorithm && signs(key)));
    if !complete {
        let statements = due(origin, &keys).await?;
        if !statements.is_empty() {
            origin.database.batch(statements).await?;
        }
        keys = signing_keys::all(&*origin.database).await?;
    }
    keys.retain(|key| key.term().phase(now) != Phase::Removed);
    let place = |key: &SigningKey| Algorithm::ALL.iter().position(|other| *other == key.algorithm);
    keys.sort_by_key(|key| (!signs(key), place(key)));
    keys.iter().map(public_half).collect()
}

/// Makes, retires, removes and seals again the keys for which that is due.
pub async fn rotation(origin: &Origin) -> Result<Change, KeyringError> {
    let keys = signing_keys::all(&*origin.database).await?;
    let mut change = Change::unrecorded(Unrecorded::Step);
    change.write_all(due(origin, &keys).await?);
    if !change.is_empty() {
        change.publish_snapshot();
    }
    change.write_all(sealed_again(origin, &keys)?);
    if !change.is_empty() {
        change.record(Subject::new(PLATFORM_ORGANIZATION, "signing-key", "rotation"));
    }
    Ok(change)
}

/// Discards a key that may have leaked: it no longer signs or verifies, and every token that it
/// signed is revoked. The same change creates its successor. `None` if there is no such key.
pub async fn discarding(origin: &Origin, kid: &KeyId) -> Result<Option<Change>, KeyringError> {
    let mut keys = signing_keys::all(&*origin.database).await?;
    let Some(at) = keys.iter().position(|key| key.kid == *kid) else { return Ok(None) };
    keys.remove(at);
    let mut change = Change::of(Subject::new(PLATFORM_ORGANIZATION, "signing-key", &kid.0));
    change.revoke(vec![append::signing_key(&kid.0, origin.clock.now()), signing_keys::remove(kid)]);
    change.write_all(due(origin, &keys).await?);
    change.publish_snapshot();
    Ok(Some(change))
}

/// The change that announces a successor of the key that signs with `algorithm` now, before that is due,
/// and the id of the successor; `None` if one is announced already. It signs a day later, when all
/// verifiers know it.
pub async fn succeeding(
    origin: &Origin,
    algorithm: Algorithm,
) -> Result<Option<(Change, KeyId)>, KeyringError> {
    let now = origin.clock.now();
    let keys = signing_keys::all(&*origin.database).await?;
    let of_it = keys.iter().filter(|key| key.algorithm == algorithm);
    let newest = of_it.max_by_key(|key| key.signs_from.0).ok_or(KeyringError::NoKey(algorithm))?;
    if newest.signs_from > now {
        return Ok(None);
    }
    let newest = Newest {
        id: newest.kid.clone(),
        signs_from: newest.signs_from,
        hands_over: newest.signs_until.is_none_or(|end| end > now),
    };
    let signs_from = now.plus(rotation::PUBLISHED_BEFORE);
    let (kid, statements) = generated(origin, algorithm, signs_from, Some(&newest)).await?;
    let mut change = Change::of(Subject::new(PLATFORM_ORGANIZATION, "cert", &kid.0));
    change.write_all(statements);
    change.publish_snapshot();
    Ok(Some((change, kid)))
}

/// The statements of the rotation steps that are due for `keys`.
async fn due(origin: &Origin, keys: &[SigningKey]) -> Result<Vec<Statement>, KeyringError> {
    let now = origin.clock.now();
    let configured = applications::longest_access_token_lifetime(&*origin.database).await?;
    let outstanding = Outstanding {
        longest: Lifetimes::configured(configured, 0).access,
        last_expiry: token_horizon::find().fetch(&*origin.database).await?,
    };
    let mut statements = Vec::new();
    for algorithm in Algorithm::ALL {
        let terms: Vec<Term> =
            keys.iter().filter(|key| key.algorithm == algorithm).map(SigningKey::term).collect();
        for step in rotation::plan(&terms, now, outstanding) {
            statements.extend(carried_out(origin, algorithm, step, now).await?);
        }
    }
    Ok(statements)
}

async fn carried_out(
    origin: &Origin,
    algorithm: Algorithm,
    step: Step,
    now: UnixTime,
) -> Result<Vec<Statement>, KeyringError> {
    Ok(match step {
        Step::Generate { signs_from, newest } => {
            generated(origin, algorithm, signs_from, newest.as_ref()).await?.1
        }
        Step::Advance(kid) => vec![signing_keys::advance(&kid, now)],
        Step::KeepUntil(kid, end) => vec![signing_keys::keep_until(&kid, end)],
        Step::Wipe(kid) => vec![signing_keys::wipe(&kid)],
        Step::Forget(kid) => vec![signing_keys::remove(&kid)],
    })
}

async fn generated(
    origin: &Origin,
    algorithm: Algorithm,
    signs_from: UnixTime,
    newest: Option<&Newest>,
) -> Result<(KeyId, Vec<Statement>), KeyringError> {
    let pair = origin.crypto.generate(algorithm).await?;
    let kid = pair.public.id().clone();
    let key = SigningKey {
        algorithm,
        public_jwk: pair.public.to_jwk(),
        sealed_private: sealed_half(origin, &kid, &pair.private)?,
        created_at: origin.clock.now(),
        signs_from,
        signs_until: None,
        removed_at: None,
        kid: kid.clone(),
    };
    Ok((kid, signing_keys::add(&key, newest)))
}

/// Seals the keys again that are sealed under the previous root key, so that it can be removed from the
/// configuration.
fn sealed_again(origin: &Origin, keys: &[SigningKey]) -> Result<Vec<Statement>, KeyringError> {
    let is_old = |key: &&SigningKey| {
        !key.sealed_private.is_empty()
            && !seal::is_current(&origin.config.root_keys, &key.sealed_private)
    };
    let again = |key: &SigningKey| {
        let private = private_half(origin, key)?;
        Ok(signing_keys::reseal(key, &sealed_half(origin, &key.kid, &private)?))
    };
    keys.iter().filter(is_old).map(again).collect()
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

fn sealed_half(
    origin: &Origin,
    kid: &KeyId,
    private: &Secret<Vec<u8>>,
) -> Result<String, KeyringError> {
    let config = &origin.config;
    let (roots, environment) = (&config.root_keys, &config.environment);
    Ok(seal::seal(roots, environment, &*origin.random, &kid.0, private.expose())?)
}

/// A keyring error.
#[derive(Debug, Error)]
pub enum KeyringError {
    /// No key signs with the algorithm.
    #[error("keyring: no key signs {}", .0.name())]
    NoKey(Algorithm),
    /// The public half in the row does not match the row's `kid` and algorithm.
    #[error("keyring: the row of the key {0} does not match its public half")]
    Unreadable(KeyId),
    /// The private key cannot be unsealed: it was sealed under another root key.
    #[error("keyring: {0}")]
    Seal(#[from] SealError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Key generation failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}
