//! Sign-in by password: what it takes to be believed, and how guessing is slowed down.

use std::fmt;

use crate::{
    core::{
        encoding::digest,
        password::{self, Password, PasswordError},
        time::UnixTime,
    },
    origin::{
        Origin,
        http::{OAuthError, OAuthErrorCode},
        store::{
            attempts::{self, Attempt, Limit},
            organizations,
            users::{self, User},
        },
    },
    world::DatabaseError,
};

/// Five wrong passwords, then a quarter of an hour of silence (WIRE §4.5). A few wrong ones are
/// forgotten after a day.
const LOCKOUT: Limit = Limit { attempts: 5, window: 24 * 3600, freeze: Some(15 * 60) };

/// Why a person is not signed in.
#[derive(Debug)]
pub enum SigninError {
    /// Nobody of that name, or another password: the two are never told apart.
    Wrong,
    /// Too many wrong passwords for that name, whether or not somebody bears it.
    Locked(UnixTime),
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
            refused => Self::new(OAuthErrorCode::InvalidGrant, refused.to_string()),
        }
    }
}

/// The user in `owner` whom `login` (username, e-mail address or phone) names, if `password` is
/// theirs and they may sign in.
///
/// A name that nobody bears costs the same statements and the same hash, and is locked after as
/// many tries, as one that somebody bears (ATTACKS G-98).
pub async fn check(
    origin: &Origin,
    owner: &str,
    login: &str,
    password: &str,
) -> Result<User, SigninError> {
    let password = Password::parse(password).map_err(SigninError::Password)?;
    let database = &*origin.database;
    let now = origin.clock.now();
    let user = users::find_by_login(database, owner, login).await?;
    let subject = user.as_ref().map_or_else(
        || format!("password:{}", digest(&format!("{owner}/{}", login.to_lowercase()))),
        |user| attempts_of(&user.id),
    );
    if let Attempt::Refused(until) = attempts::count(database, &subject, LOCKOUT, now).await? {
        return Err(SigninError::Locked(until));
    }
    let stored = user.as_ref().and_then(|user| user.password_hash.as_deref());
    if !password.matches(stored) {
        return Err(SigninError::Wrong);
    }
    let (Some(user), Some(stored)) = (&user, stored) else { return Err(SigninError::Wrong) };
    let rehashed = if password::is_outdated(stored) {
        password.hash(origin.random.bytes()).ok()
    } else {
        None
    };
    database
        .batch(vec![
            attempts::forget(&subject),
            users::signed_in(&user.id, now, rehashed.as_deref().map(|new| (stored, new))),
        ])
        .await?;
    if may_sign_in(origin, user).await? {
        return Ok(user.clone());
    }
    Err(SigninError::Disabled)
}

/// Whether neither the user nor the home organization is disabled.
pub async fn may_sign_in(origin: &Origin, user: &User) -> Result<bool, DatabaseError> {
    if user.is_forbidden {
        return Ok(false);
    }
    organizations::is_live(&*origin.database, &user.owner).await
}

/// The subject under which the wrong passwords of a user are counted; forgetting it
/// ([`attempts::forget`]) unlocks the user.
pub fn attempts_of(user_id: &str) -> String {
    format!("password:{user_id}")
}
