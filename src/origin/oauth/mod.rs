//! The OAuth 2.0 / OpenID Connect issuer: token, userinfo, introspection, revocation, device.

pub mod codes;

use super::{
    Origin,
    http::{Request, Response},
};

/// Answers the routes of this family; `None` if the path is not one of them.
pub async fn route(_origin: &Origin, _request: &Request, _path: &[&str]) -> Option<Response> {
    None
}
