//! The directory under `/v1/iam`: organizations, users, applications, keys.

pub mod access;
pub mod applications;
pub mod keys;
pub mod organizations;
pub mod users;

use super::{
    Origin,
    http::{Request, Response},
};

/// Answers the routes of this family; `None` if the path is not one of them.
pub async fn route(_origin: &Origin, _request: &Request, _path: &[&str]) -> Option<Response> {
    None
}
