//! How a person signs in: authorize, the hosted page, the SDKs' login calls, sessions, logout.

pub mod admission;
pub mod authorize;
pub mod envelope;
pub mod forgery;
pub mod hint;
pub mod page;
pub mod password;
pub mod session;

use http::Method;

use super::{
    Origin,
    http::{Request, Response},
};

/// Answers the routes of this family; `None` if the path is not one of them.
pub async fn route(origin: &Origin, request: &Request, path: &[&str]) -> Option<Response> {
    Some(match (&request.method, path) {
        (&Method::GET | &Method::POST, ["v1", "iam", "oauth", "authorize"]) => {
            authorize::endpoint(origin, request).await
        }
        (&Method::GET, ["login", "oauth", "authorize"]) => authorize::page(origin, request).await,
        (&Method::POST, ["login", "oauth", "authorize"]) => {
            authorize::sign_in(origin, request).await
        }
        _ => return None,
    })
}
