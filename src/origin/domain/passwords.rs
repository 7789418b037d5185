//! Passwords: the rule for new ones, what a new one ends, and where wrong ones are counted.

use thiserror::Error;

use super::{change::Change, revocation};
use crate::{
    core::{
        directory::folded,
        limit::Slot,
        password::{HashError, Password, PasswordError},
        time::UnixTime,
    },
    origin::{
        Origin,
        store::{attempts, users::User},
    },
};

/// A password that people set themselves has at least this many characters (NIST SP 800-63B
/// §3.1.1.2).
const MINIMUM_CHARACTERS: usize = 8;

/// Why a new password is refused.
#[derive(Debug, Error)]
pub enum NewPasswordError {
    /// It is too short.
    #[error("the new password has fewer than 8 characters")]
    Short,
    /// It cannot be a password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Hashing failed.
    #[error(transparent)]
    Hash(#[from] HashError),
}

/// The hash of a password that a person sets.
pub fn chosen(origin: &Origin, text: &str) -> Result<String, NewPasswordError> {
    if text.chars().count() < MINIMUM_CHARACTERS {
        return Err(NewPasswordError::Short);
    }
    Ok(Password::parse(text)?.hash(origin.random.bytes())?)
}

/// Adds what goes with the change of a user's password from `before` to `after`: every lock of the
/// account opens, and what was issued to the user ends.
pub fn changed(origin: &Origin, change: &mut Change, before: &User, after: &User, now: UnixTime) {
    change.write_all(slots(origin, after).iter().map(attempts::forget));
    change.revoke(revocation::user_changed(before, after, now));
}

/// Where wrong passwords for `login` in `owner` are counted.
pub fn slot(origin: &Origin, owner: &str, login: &str) -> Slot {
    origin.slot("password", &format!("{}/{}", folded(owner), folded(login)))
}

/// Where wrong passwords for `user` are counted, by each of its logins; forgetting them
/// ([`attempts::forget`]) unlocks the user.
pub fn slots(origin: &Origin, user: &User) -> Vec<Slot> {
    [&user.name, &user.email, &user.phone]
        .into_iter()
        .filter(|login| !login.is_empty())
        .map(|login| slot(origin, &user.owner, login))
        .collect()
}
