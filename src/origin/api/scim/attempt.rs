//! Attempts at a change of a resource, which another change may overtake.

use super::{
    conditions::{self, Conditions},
    error::ScimError,
};
use crate::{core::scim::Resource, origin::domain::change_error::ChangeError};

/// How often a change is tried.
const ATTEMPTS: usize = 3;

/// Why an attempt fails.
#[derive(Debug)]
pub enum Attempt {
    /// The resource has been changed since it was read.
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
    /// The outcome of a write that relies on the version that was read.
    pub fn written(outcome: Result<(), ChangeError>) -> Result<(), Self> {
        outcome.map_err(|error| match error {
            ChangeError::Stale => Self::Overtaken,
            other => other.into(),
        })
    }
}

/// The resource after the first attempt that is not overtaken. A change that relies on a version is not
/// tried again.
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
