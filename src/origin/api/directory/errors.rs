//! Directory errors as responses.

use http::StatusCode;

use crate::origin::{domain::change_error::ChangeError, http::RestError};

/// 409.
pub fn conflict(message: &str) -> RestError {
    RestError::new(StatusCode::CONFLICT, message)
}

impl From<ChangeError> for RestError {
    fn from(error: ChangeError) -> Self {
        let (status, code) = match error {
            ChangeError::Invalid(error) => return error.into(),
            ChangeError::Database(error) => return error.into(),
            ChangeError::Hash(error) => return Self::internal(error),
            ChangeError::Stale => (StatusCode::CONFLICT, ChangeError::STALE),
            ChangeError::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
            ChangeError::Taken(_) => (StatusCode::CONFLICT, "exists"),
            ChangeError::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            ChangeError::Quota { .. } => (StatusCode::CONFLICT, "quota_exceeded"),
            ChangeError::TooManyKeys { .. } | ChangeError::TooManyKeyChanges => {
                (StatusCode::TOO_MANY_REQUESTS, "too_many_requests")
            }
        };
        Self::new(status, error.to_string()).coded(code)
    }
}
