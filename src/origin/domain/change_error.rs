//! Errors of directory changes.

use std::fmt;

use crate::{
    core::{directory::Invalid, password::HashError, time::UnixTime},
    ports::DatabaseError,
};

/// Errors of directory changes.
#[derive(Debug)]
pub enum ChangeError {
    /// A value is not acceptable.
    Invalid(Invalid),
    /// The object was changed concurrently.
    Stale,
    /// The state of the directory does not allow it.
    Conflict(String),
    /// The organization already has an object of that kind and name.
    Taken(&'static str),
    /// The caller may change the object, but not in this way.
    Forbidden(&'static str),
    /// The organization's quota for the kind is exhausted.
    Quota {
        /// The organization.
        organization: String,
        /// `users`, `applications`, `keys` or `memberships`.
        kind: &'static str,
    },
    /// The organization has created too many keys today.
    TooManyKeys {
        /// The organization.
        organization: String,
        /// When the next may be created.
        until: UnixTime,
    },
    /// The caller, or a service for the user, has changed too many keys in this minute.
    TooManyKeyChanges,
    /// A password could not be hashed.
    Hash(HashError),
    /// The database failed, or a unique value is taken already.
    Database(DatabaseError),
}

impl ChangeError {
    /// The code of [`Self::Stale`] for programs.
    pub const STALE: &'static str = "stale";
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => error.fmt(f),
            Self::Stale => DatabaseError::Stale.fmt(f),
            Self::Conflict(why) => f.write_str(why),
            Self::Taken(kind) => write!(f, "the organization has a {kind} of that name already"),
            Self::Forbidden(why) => f.write_str(why),
            Self::Quota { organization, kind } => write!(
                f,
                "the organization {organization} has as many {kind} as its quota allows: remove \
                 some, or ask the platform to raise quotas.{kind}"
            ),
            Self::TooManyKeys { organization, until } => {
                write!(
                    f,
                    "the organization {organization} has made too many keys: the next at {until}"
                )
            }
            Self::TooManyKeyChanges => {
                f.write_str("too many changes of keys, please try again in a minute")
            }
            Self::Hash(error) => error.fmt(f),
            Self::Database(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ChangeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Invalid(error) => Some(error),
            Self::Hash(error) => Some(error),
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Invalid> for ChangeError {
    fn from(error: Invalid) -> Self {
        Self::Invalid(error)
    }
}

impl From<HashError> for ChangeError {
    fn from(error: HashError) -> Self {
        Self::Hash(error)
    }
}

impl From<DatabaseError> for ChangeError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Stale => Self::Stale,
            error => Self::Database(error),
        }
    }
}
