//! Passwords: hashes of new ones, what a new one ends, and where wrong ones are counted.

use super::{change::Change, revocation};
use crate::{
    core::{
        directory::{NewPassword, folded},
        limit::Slot,
        password::HashError,
        time::UnixTime,
    },
    origin::{
        Origin,
        store::{attempts, users::User},
    },
};

/// The hash of a new password. [`NewPassword`] holds the rule for its length.
pub fn hashed(origin: &Origin, password: &NewPassword) -> Result<String, HashError> {
    password.hash(origin.random.bytes())
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
