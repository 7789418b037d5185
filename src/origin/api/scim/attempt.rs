//! Optimistic concurrency: retries of changes that lose to a concurrent one.

use super::{
    conditions::{self, Conditions},
    error::ScimError,
};
use crate::{core::scim::Resource, origin::domain::change_error::ChangeError};

/// Maximum number of attempts.
const ATTEMPTS: usize = 3;

/// Why an attempt fails.
#[derive(Debug)]
pub enum Attempt {
    /// The resource was changed concurrently.
    Overtaken,
    /// The change is refused.
    Refused(ScimError),
}

impl<E: Into<ScimError>> From<E> for Attempt {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

impl Attempt {
    /// The result of a write conditional on the version read.
    pub fn written(outcome: Result<(), ChangeError>) -> Result<(), Self> {
        outcome.map_err(|error| match error {
            ChangeError::Stale => Self::Overtaken,
            other => other.into(),
        })
    }
}

/// The resource after the first attempt without a concurrent change. A conditional change is not
/// retried.
pub async fn settled(
    conditions: &Conditions,
    attempt: impl AsyncFn() -> Result<Resource, Attempt>,
) -> Result<Resource, ScimError> {
    for _ in 0..ATTEMPTS {
        match attempt().await {
            Err(Attempt::Overtaken) if conditions.is_conditional() => {
                return Err(conditions::failed());
            }
            Err(Attempt::Overtaken) => {}
            Err(Attempt::Refused(error)) => return Err(error),
            Ok(resource) => return Ok(resource),
        }
    }
    Err(ChangeError::Stale.into())
}
