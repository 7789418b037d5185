//! The directory under `/v1/iam`: organizations, users, applications, keys, signing keys.
//!
//! Every handler begins with [`access::Access`], which says who calls and what that one reaches.
//! The other resources of WIRE §5 (memberships, teams, workspaces, projects, roles, permissions,
//! providers, invitations, sessions, tokens, audit logs) get a module each beside these; until
//! then their paths are JSON 404s, not empty lists that would read as "there is none".

pub mod access;
pub mod applications;
pub mod authority;
pub mod keys;
pub mod organizations;
pub mod request;
pub mod signing_keys;
pub mod users;

use crate::origin::{
    Origin,
    http::{Request, Response, RestError},
};

/// Answers the routes of this family; `None` if the path is not one of them.
pub async fn route(origin: &Origin, request: &Request, path: &[&str]) -> Option<Response> {
    let ["v1", "iam", path @ ..] = path else { return None };
    let answer = match path.first()? {
        &"users" | &"set-password" => users::route(origin, request, path).await?,
        &"organizations" => organizations::route(origin, request, path).await?,
        &"applications" => applications::route(origin, request, path).await?,
        &"keys" => keys::route(origin, request, path).await?,
        &"authority" => authority::route(origin, request, path).await?,
        _ => return None,
    };
    Some(answer.unwrap_or_else(RestError::into_response))
}
