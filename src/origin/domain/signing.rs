//! The key that signs tokens, made on first use.

use super::{
    commit::commit,
    keyring::{self, KeyringError},
};
use crate::{
    core::{
        secret::Secret,
        token::{Algorithm, PublicKey},
    },
    origin::{Origin, store::signing_keys::SigningKey},
};

/// The key that signs with `algorithm` now: its public half and its private one (PKCS#8 DER). In a
/// new deployment the first call makes and publishes the keys.
pub async fn signing_key(
    origin: &Origin,
    algorithm: Algorithm,
) -> Result<(PublicKey, Secret<Vec<u8>>), KeyringError> {
    match keyring::signing_key(origin, algorithm).await {
        Err(KeyringError::NoKey(_)) => {}
        found => return found,
    }
    commit(origin, keyring::rotation(origin).await?).await?;
    keyring::signing_key(origin, algorithm).await
}

/// [`signing_key`], found among the keys that a request has read with everything else.
pub async fn signing_key_among(
    origin: &Origin,
    loaded: &[SigningKey],
    algorithm: Algorithm,
) -> Result<(PublicKey, Secret<Vec<u8>>), KeyringError> {
    match keyring::signing_key_among(origin, loaded, algorithm) {
        Err(KeyringError::NoKey(_)) => signing_key(origin, algorithm).await,
        found => found,
    }
}
