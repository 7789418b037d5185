//! Sealing of recoverable secrets with AES-256-GCM under a key derived from the root key.
//!
//! An envelope is `v1.<root key id>.<base64url(nonce ‖ ciphertext ‖ tag)>`. The id finds the root
//! key again after a rotation; version, id and the caller's context are authenticated with the
//! secret, so that an envelope opens only where it was made for.

use std::fmt;

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};

use super::{
    encoding::{base64url, from_base64url},
    root_key::{Purpose, RootKey, RootKeys},
    secret::Secret,
};
use crate::core::random::Random;

const VERSION: &str = "v1";
const NONCE_LENGTH: usize = 12;

/// What everything begins with that is sealed under `root`.
pub fn head(root: &RootKey) -> String {
    format!("{VERSION}.{}.", root.id())
}

/// Seals `secret` under the current root key. Only the same `environment` and `context` (say, the
/// id of the row that keeps it) open it again.
pub fn seal(
    roots: &RootKeys,
    environment: &str,
    random: &dyn Random,
    context: &str,
    secret: &[u8],
) -> Result<String, SealError> {
    let head = head(&roots.current);
    let nonce: [u8; NONCE_LENGTH] = random.bytes();
    let aad = [head.as_bytes(), context.as_bytes()].concat();
    let ciphertext = cipher(&roots.current, environment)
        .encrypt(&nonce.into(), Payload { msg: secret, aad: &aad })
        .map_err(|_| SealError::Unsealable)?;
    Ok(head + &base64url(&[&nonce[..], &ciphertext].concat()))
}

/// Opens what [`seal`] made under the current root key or the one before it.
pub fn open(
    roots: &RootKeys,
    environment: &str,
    context: &str,
    envelope: &str,
) -> Result<Secret<Vec<u8>>, SealError> {
    let (head, body) = envelope.rsplit_once('.').ok_or(SealError::Form)?;
    let (version, id) = head.split_once('.').ok_or(SealError::Form)?;
    if version != VERSION {
        return Err(SealError::Form);
    }
    let root = roots.iter().find(|root| root.id() == id).ok_or(SealError::UnknownRootKey)?;
    let body = from_base64url(body).ok_or(SealError::Form)?;
    let (nonce, ciphertext) = body.split_first_chunk::<NONCE_LENGTH>().ok_or(SealError::Form)?;
    let aad = [head.as_bytes(), b".", context.as_bytes()].concat();
    cipher(root, environment)
        .decrypt(&(*nonce).into(), Payload { msg: ciphertext, aad: &aad })
        .map(Secret::new)
        .map_err(|_| SealError::Forged)
}

/// Whether an envelope was made under the current root key; if not, it is to be sealed again.
pub fn is_current(roots: &RootKeys, envelope: &str) -> bool {
    envelope
        .strip_prefix(VERSION)
        .and_then(|rest| rest.strip_prefix('.'))
        .is_some_and(|rest| rest.split_once('.').is_some_and(|(id, _)| id == roots.current.id()))
}

fn cipher(root: &RootKey, environment: &str) -> Aes256Gcm {
    Aes256Gcm::new(root.derive(Purpose::Seal, environment).expose().into())
}

/// Why an envelope was not made or does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealError {
    /// The secret is too long for AES-GCM (64 GiB).
    Unsealable,
    /// It is no envelope of ours.
    Form,
    /// It was sealed under a root key that is neither the current one nor the one before it.
    UnknownRootKey,
    /// It has been changed, or was made for another context or environment.
    Forged,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsealable => "seal: the secret is too long",
            Self::Form => "seal: not an envelope",
            Self::UnknownRootKey => "seal: the root key is not among the configured ones",
            Self::Forged => "seal: the envelope is not authentic",
        })
    }
}

impl std::error::Error for SealError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::native::SeededRandom;

    fn roots(current: u8, previous: Option<u8>) -> RootKeys {
        let key = |byte| RootKey::new([byte; 32]);
        RootKeys { current: key(current), previous: previous.map(key) }
    }

    fn sealed() -> String {
        seal(&roots(1, None), "test", &SeededRandom::new(1), "row", b"secret").unwrap()
    }

    #[test]
    fn what_is_sealed_opens_in_its_context_only() {
        let envelope = sealed();
        let opened = open(&roots(1, None), "test", "row", &envelope).unwrap();
        assert_eq!(opened.expose(), b"secret");
        for (environment, context) in [("live", "row"), ("test", "other"), ("test", "")] {
            let error = open(&roots(1, None), environment, context, &envelope).unwrap_err();
            assert_eq!(error, SealError::Forged);
        }
    }

    #[test]
    fn an_envelope_outlives_one_rotation_of_the_root_key() {
        let envelope = sealed();
        assert!(is_current(&roots(1, None), &envelope));
        assert!(!is_current(&roots(2, Some(1)), &envelope));
        assert!(open(&roots(2, Some(1)), "test", "row", &envelope).is_ok());
        let error = open(&roots(3, Some(2)), "test", "row", &envelope).unwrap_err();
        assert_eq!(error, SealError::UnknownRootKey);
    }

    #[test]
    fn two_envelopes_of_one_secret_differ() {
        let random = SeededRandom::new(1);
        let seal = || seal(&roots(1, None), "test", &random, "row", b"secret").unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_changed_envelope_does_not_open() {
        let envelope = sealed();
        for (index, character) in envelope.char_indices() {
            let other = if character == 'A' { "B" } else { "A" };
            let mut changed = envelope.clone();
            changed.replace_range(index..=index, other);
            assert!(open(&roots(1, None), "test", "row", &changed).is_err(), "{index}");
        }
        let short = envelope.get(..envelope.len() - 1).unwrap();
        for text in ["", "v1", "v1.", "v1..", "v1.a.b.c", short] {
            assert!(open(&roots(1, None), "test", "row", text).is_err(), "{text}");
        }
    }
}
