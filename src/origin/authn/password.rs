//! Sign-in by password: what it takes to be believed, and how guessing is slowed down.
//!
//! An attempt is counted before the account is looked up and before anything is hashed: by source
//! (the client's network), so that neither spraying nor the cost of hashing is unbounded, and by
//! account. An account is counted by the folded text of its login, whether or not a user has it:
//! known and unknown names take the same statements, the same rows and one hash (ATTACKS G-98).

use std::fmt;

use crate::{
    core::{
        directory::folded,
        limit::{AttemptLimit, Slot},
        network::network,
        password::{self, Password, PasswordError},
        time::UnixTime,
    },
    origin::{
        Origin,
        http::{OAuthError, OAuthErrorCode, Request},
        store::{
            attempts::{self, Attempt},
            organizations,
            users::{self, User},
        },
    },
    ports::DatabaseError,
};

/// Five wrong passwords, then a quarter of an hour of silence (WIRE §4.5). A few wrong ones are
/// forgotten after a day.
const LOCKOUT: AttemptLimit =
    AttemptLimit { attempts: 5, window: 24 * 3600, freeze: Some(15 * 60) };

/// How many networks' worth of attempts a confidential client has, which asks for many people.
const NETWORKS_OF_A_CLIENT: i64 = 20;

/// Where a password comes from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// The client's address.
    Address(&'a str),
    /// A confidential client that has authenticated: its own address says nothing of the person.
    Client(&'a str),
}

impl<'a> From<&'a Request> for Source<'a> {
    fn from(request: &'a Request) -> Self {
        Self::Address(&request.client_ip)
    }
}

/// Why a person is not signed in.
#[derive(Debug)]
pub enum SigninError {
    /// No such account, or another password: the two are never told apart.
    Wrong,
    /// Too many wrong passwords for that name, whether or not an account has it.
    Locked(UnixTime),
    /// Too many passwords from this network or client.
    TooMany(UnixTime),
    /// The password is right, but the account or its organization is disabled.
    Disabled,
    /// Not a possible password.
    Password(PasswordError),
    /// The database did not answer.
    Database(DatabaseError),
}

impl fmt::Display for SigninError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong => f.write_str("the username or password is wrong"),
            Self::Locked(_) => f.write_str(
                "too many wrong passwords: sign-in is locked for 15 minutes, please try again later",
            ),
            Self::TooMany(_) => f.write_str(
                "too many sign-in attempts from this network, please try again in 10 minutes",
            ),
            Self::Disabled => f.write_str("the account is disabled"),
            Self::Password(error) => error.fmt(f),
            Self::Database(_) => f.write_str("the sign-in could not be completed, please try again"),
        }
    }
}

impl std::error::Error for SigninError {}

impl From<DatabaseError> for SigninError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<SigninError> for OAuthError {
    fn from(error: SigninError) -> Self {
        match error {
            SigninError::Database(error) => error.into(),
            SigninError::TooMany(_) => {
                Self::new(OAuthErrorCode::TemporarilyUnavailable, error.to_string())
            }
            refused => Self::new(OAuthErrorCode::InvalidGrant, refused.to_string()),
        }
    }
}

/// The user in `owner` whom `login` (username, e-mail address or phone) names, if `password` is
/// theirs and they may sign in. [`User::password_hash`] is that of `password`.
pub async fn check(
    origin: &Origin,
    source: Source<'_>,
    owner: &str,
    login: &str,
    password: &str,
) -> Result<User, SigninError> {
    let password = Password::parse(password).map_err(SigninError::Password)?;
    let database = &*origin.database;
    let now = origin.clock.now();
    let failures = count_source(origin, source, now).await?;
    let account = account(origin, owner, login);
    if let Attempt::Refused(until) = attempts::count(database, &account, LOCKOUT, now).await? {
        return Err(SigninError::Locked(until));
    }
    let user = users::find_by_login(database, owner, login).await?;
    let stored = user.as_ref().and_then(|user| user.password_hash.as_deref());
    if !password.matches(stored) {
        return Err(SigninError::Wrong);
    }
    let (Some(user), Some(stored)) = (&user, stored) else { return Err(SigninError::Wrong) };
    let rehashed = if password::is_outdated(stored) {
        let hash = password.hash(origin.random.bytes());
        hash.inspect_err(|error| origin.failed("signin.rehash", error)).ok()
    } else {
        None
    };
    let hash = rehashed.as_deref().unwrap_or(stored);
    let mut user = user.clone();
    let answers = database
        .batch(vec![
            users::signed_in(&user, stored, hash, now),
            attempts::forget(&account),
            attempts::refund(&failures),
        ])
        .await?;
    // The password was changed while this one was being hashed.
    if answers.first().is_none_or(Vec::is_empty) {
        return Err(SigninError::Wrong);
    }
    user.version += i64::from(rehashed.is_some());
    user.password_hash = rehashed.or(user.password_hash);
    if may_sign_in(origin, &user).await? { Ok(user) } else { Err(SigninError::Disabled) }
}

/// Counts an attempt of `source`, and returns where its failures are counted.
async fn count_source(
    origin: &Origin,
    source: Source<'_>,
    now: UnixTime,
) -> Result<Slot, SigninError> {
    let (whom, networks) = match source {
        Source::Address(address) => (network(address), 1),
        Source::Client(client_id) => (format!("client:{client_id}"), NETWORKS_OF_A_CLIENT),
    };
    let limits = &origin.config.limits;
    let (failures, all) =
        (limits.signin_failures.times(networks), limits.signin_attempts.times(networks));
    let slot = origin.slot("signin-failures", &whom);
    let statements = vec![
        attempts::counting(&slot, failures, now),
        attempts::counting(&origin.slot("signin-attempts", &whom), all, now),
    ];
    let rows = origin.database.batch(statements).await?;
    for (rows, limit) in rows.into_iter().zip([failures, all]) {
        if let Attempt::Refused(until) = attempts::outcome(limit, rows)? {
            return Err(SigninError::TooMany(until));
        }
    }
    Ok(slot)
}

/// Whether neither the user nor the home organization is disabled.
pub async fn may_sign_in(origin: &Origin, user: &User) -> Result<bool, DatabaseError> {
    if user.is_forbidden {
        return Ok(false);
    }
    organizations::is_live(&*origin.database, &user.owner).await
}

/// Where wrong passwords for `login` in `owner` are counted.
fn account(origin: &Origin, owner: &str, login: &str) -> Slot {
    origin.slot("password", &format!("{}/{}", folded(owner), folded(login)))
}

/// Where wrong passwords for `user` are counted, by each of its logins; forgetting them
/// ([`attempts::forget`]) unlocks the user.
pub fn accounts_of(origin: &Origin, user: &User) -> Vec<Slot> {
    [&user.name, &user.email, &user.phone]
        .into_iter()
        .filter(|login| !login.is_empty())
        .map(|login| account(origin, &user.owner, login))
        .collect()
}
