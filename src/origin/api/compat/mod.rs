//! Legacy paths of the endpoints (WIRE §0, §4.7), as thin adapters over the same handlers.
//!
//! [`ALIASES`] is the table, and [`REFUSED`] lists unsupported calls of earlier servers. A legacy
//! request is rewritten before dispatch ([`LegacyRequest::read`]); where clients of that generation
//! expect it, the response is then wrapped in the old envelope ([`LegacyRequest::response`]).
//! Handlers are unaware of both.

mod aliases;
mod body;
mod envelope;
mod query;
mod refused;
mod rewrite;

pub use self::{
    aliases::{ALIASES, Alias},
    envelope::Style,
    refused::{REFUSED, Refused},
};
use http::Method;

use crate::origin::http::{Request, Response, RestError};

/// A request in current form, and the expected response format.
#[derive(Debug)]
pub struct LegacyRequest {
    /// The request.
    pub request: Result<Request, RestError>,
    /// The response format.
    pub style: Style,
}

impl LegacyRequest {
    /// Rewrites `request` if it has a legacy path.
    pub fn read(request: Request) -> Self {
        if let Some(refused) = Refused::find(&request.path) {
            return Self { request: Err(refused.error()), style: Style::Refusal };
        }
        let Some(alias) = Alias::find(&request.path) else {
            return Self { request: roles_of_a_user(request), style: Style::Today };
        };
        let (_, style) = alias.meaning(&request);
        Self { request: alias.rewrite(request), style }
    }

    /// The response in the expected format.
    pub fn response(style: Style, response: Response) -> Response {
        style.applied(response)
    }
}

/// `GET /v1/iam/roles?id=owner/name`, used by `hanzo-iam` for the roles of a user: without the
/// filter, it would take all roles for the user's.
fn roles_of_a_user(mut request: Request) -> Result<Request, RestError> {
    if request.path == "/v1/iam/roles"
        && request.method == Method::GET
        && let Some(user) = request.query_parameters()?.get("id")
    {
        request.query = query::of_object("user", user)?;
    }
    Ok(request)
}
