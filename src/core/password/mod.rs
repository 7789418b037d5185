//! Passwords: read once into a bounded, normalized form, hashed with argon2id (RFC 9106).
//!
//! New hashes use OWASP's 19 MiB, two passes, one lane. A stored hash, which may have been imported
//! ([`adopted`]), is computed with its own function and parameters as long as they are between OWASP's
//! weakest row and a bound on the time and memory of one sign-in; every other hash matches nothing. An
//! unknown user costs as much as one with a new hash, so that the time does not reveal usernames.

use std::fmt;

use argon2::{Algorithm, Version};
use unicode_normalization::UnicodeNormalization;

use self::{
    function::{Cost, Function},
    stored::StoredHash,
};
use super::secret::Secret;

mod breached;
mod common;
mod function;
mod import;
mod policy;
mod stored;
#[cfg(test)]
mod tests;

pub use breached::Inquiry;
pub use import::{ForeignHashError, adopted};
pub use policy::{Account, Policy, Weakness};

/// The fewest characters of a new password (NIST SP 800-63B §3.1.1.2).
pub const MINIMUM_LENGTH: usize = 8;

/// The longest password, in characters of any script, after normalization.
pub const MAXIMUM_LENGTH: usize = 128;

/// The longest text that is normalized, in bytes of UTF-8: a character may be typed in several.
const MAXIMUM_BYTES: usize = 16 * MAXIMUM_LENGTH;

/// Bytes of salt in a new hash.
pub const SALT_LENGTH: usize = 16;

const OUTPUT_LENGTH: usize = 32;
/// KiB and passes of a new hash (OWASP Password Storage Cheat Sheet).
const COST: Cost = Cost { memory: 19 * 1024, passes: 2, lanes: 1 };

/// A password as typed: 1 to 128 characters, no control characters (NUL included), in
/// Unicode Normalization Form C (RFC 8265 §4.2), so that every keyboard's spelling is the same.
#[derive(Debug, Clone)]
pub struct Password(Secret<String>);

/// Why a text cannot be a password. It says nothing about any user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordError {
    /// No characters at all.
    Empty,
    /// More than [`MAXIMUM_LENGTH`] characters.
    TooLong,
    /// A control character.
    ControlCharacter,
}

impl fmt::Display for PasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the password is empty"),
            Self::TooLong => {
                write!(f, "the password is longer than {MAXIMUM_LENGTH} characters")
            }
            Self::ControlCharacter => f.write_str("the password contains a control character"),
        }
    }
}

impl std::error::Error for PasswordError {}

/// The hash could not be computed (there is no memory for it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashError;

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("password: the hash could not be computed")
    }
}

impl std::error::Error for HashError {}

impl Password {
    /// Parses and normalizes a typed password.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        if text.is_empty() {
            return Err(PasswordError::Empty);
        }
        if text.len() > MAXIMUM_BYTES {
            return Err(PasswordError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(PasswordError::ControlCharacter);
        }
        let normalized = Secret::new(text.nfc().collect::<String>());
        if normalized.expose().chars().count() > MAXIMUM_LENGTH {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(normalized))
    }

    /// A new hash to store, as a PHC string, with a fresh random `salt`.
    pub fn hash(&self, salt: [u8; SALT_LENGTH]) -> Result<String, HashError> {
        let function = today(salt);
        let output = function.outputs(self.0.expose().as_bytes()).pop().ok_or(HashError)?;
        Ok(StoredHash { function, outer: None, output: output.to_vec() }.text())
    }

    /// Whether `stored` is the hash of this password. `None` (no such user, or no password)
    /// and a hash that we do not compute take the time of one hash and match nothing.
    pub fn matches(&self, stored: Option<&str>) -> bool {
        let password = self.0.expose().as_bytes();
        let Some(stored) = stored.and_then(StoredHash::parse) else {
            let _ = today([0; SALT_LENGTH]).outputs(password);
            return false;
        };
        stored.matches(password)
    }
}

/// The function of new hashes.
fn today(salt: [u8; SALT_LENGTH]) -> Function {
    Function::Argon2 {
        algorithm: Algorithm::Argon2id,
        version: Version::V0x13,
        cost: COST,
        salt: salt.to_vec(),
        length: OUTPUT_LENGTH,
    }
}

/// Whether `stored` is one that [`Password::matches`] can compute.
pub fn is_accepted(stored: &str) -> bool {
    StoredHash::parse(stored).is_some()
}

/// Whether `stored` should be replaced when its password is next typed: it was not made with
/// today's function and parameters.
pub fn is_outdated(stored: &str) -> bool {
    StoredHash::parse(stored).is_none_or(|stored| {
        let is_argon2id = matches!(
            stored.function,
            Function::Argon2 { algorithm: Algorithm::Argon2id, cost: COST, .. }
        );
        stored.outer.is_some() || !is_argon2id
    })
}
