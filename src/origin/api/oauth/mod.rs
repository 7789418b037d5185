//! The OAuth 2.0 / OpenID Connect issuer: token, userinfo, introspection, revocation, device.

pub mod device;
mod error;
pub mod grants;
pub mod introspect;
pub mod revoke;
pub mod token;
pub mod userinfo;

use http::Method;

use crate::origin::{
    Origin,
    http::{OAuthError, OAuthErrorCode, Request, Response, response},
};

/// Answers the routes of this family; `None` if the path is not one of them.
pub async fn route(origin: &Origin, request: &Request, path: &[&str]) -> Option<Response> {
    let ["v1", "iam", "oauth", name] = path else { return None };
    Some(match *name {
        "token" => token::endpoint(origin, request).await,
        "device" => device::endpoint(origin, request).await,
        "introspect" => introspect::endpoint(origin, request).await,
        "revoke" => revoke::endpoint(origin, request).await,
        "userinfo" if matches!(request.method, Method::GET | Method::POST) => {
            userinfo::endpoint(origin, request).await
        }
        "userinfo" => {
            let error = OAuthError::new(OAuthErrorCode::InvalidRequest, "GET or POST");
            let mut answer = error.into_response();
            *answer.status_mut() = http::StatusCode::METHOD_NOT_ALLOWED;
            response::with_header(answer, http::header::ALLOW, "GET, HEAD, POST")
        }
        _ => return None,
    })
}
