//! How a person signs in: authorize, the hosted page, the SDKs' login calls, sessions, logout.

pub mod admission;
pub mod envelope;
pub mod forgery;
pub mod password;
pub mod session;

use super::{
    Origin,
    http::{Request, Response},
};

/// Answers the routes of this family; `None` if the path is not one of them.
pub async fn route(_origin: &Origin, _request: &Request, _path: &[&str]) -> Option<Response> {
    None
}
