//! Refusals of the directory as responses.

use http::StatusCode;

use crate::origin::{domain::change_error::ChangeError, http::RestError};

/// 409.
pub fn conflict(message: &str) -> RestError {
    RestError::new(StatusCode::CONFLICT, message)
}

impl From<ChangeError> for RestError {
    fn from(error: ChangeError) -> Self {
        let status = match error {
            ChangeError::Invalid(error) => return error.into(),
            ChangeError::Database(error) => return error.into(),
            ChangeError::Hash(error) => return Self::internal(error),
            ChangeError::Stale | ChangeError::Conflict(_) | ChangeError::Quota { .. } => {
                StatusCode::CONFLICT
            }
            ChangeError::TooManyKeys { .. } | ChangeError::TooManyKeyChanges => {
                StatusCode::TOO_MANY_REQUESTS
            }
        };
        Self::new(status, error.to_string())
    }
}
