//! Older spellings of the endpoints (WIRE §0, §4.7), as thin adapters over the same handlers.
//!
//! [`ALIASES`] is the table. A request in an older spelling is rewritten before it is dispatched
//! ([`LegacyRequest::read`]); where clients of that generation expect it, the response is put into
//! the old envelope afterwards ([`LegacyRequest::response`]). No handler knows of either.

mod aliases;
mod envelope;
mod rewrite;

use base64ct::{Base64, Encoding};
use http::{HeaderValue, Method, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub use self::{
    aliases::{ALIASES, Alias},
    envelope::Style,
};
use crate::{
    core::directory::Invalid,
    origin::http::{Request, Response, RestError},
};

/// Collections whose lists the Python SDK asks for with its secret in the query.
const LISTS: [&str; 3] = ["/v1/iam/users", "/v1/iam/applications", "/v1/iam/organizations"];

/// A request in today's spelling, and how its sender reads the response.
#[derive(Debug)]
pub struct LegacyRequest {
    /// The request.
    pub request: Result<Request, RestError>,
    /// The form of the response.
    pub style: Style,
}

impl LegacyRequest {
    /// Rewrites `request` if its path is an older spelling.
    pub fn read(request: Request) -> Self {
        let Some(alias) = Alias::find(&request.path) else {
            let request = if request.method == Method::GET && LISTS.contains(&&*request.path) {
                with_client(request)
            } else {
                Ok(request)
            };
            return Self { request, style: Style::Today };
        };
        let style = alias.style;
        let takes_client = alias.is_directory();
        let mut request = alias.rewrite(request);
        if takes_client {
            request = request.and_then(with_client);
        }
        Self { request, style }
    }

    /// The response, as its sender reads it.
    pub fn response(style: Style, response: Response) -> Response {
        style.applied(response)
    }
}

/// Moves `?clientId=&clientSecret=` into the header where credentials belong. A secret in a URL
/// ends up in logs, so that nothing but these routes takes it.
fn with_client(mut request: Request) -> Result<Request, RestError> {
    let query = request.query_parameters()?;
    let (Some(client_id), Some(secret)) = (query.get("clientId"), query.get("clientSecret")) else {
        return Ok(request);
    };
    // RFC 6749 §2.3.1: both halves are form-urlencoded.
    let half = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let pair = format!("{}:{}", half(client_id), half(secret));
    let value = format!("Basic {}", Base64::encode_string(pair.as_bytes()));
    let value =
        HeaderValue::from_str(&value).map_err(|_| Invalid::member("clientId", "cannot be read"))?;
    let rest = query.iter().filter(|(name, _)| !["clientId", "clientSecret"].contains(name));
    let rest = form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish();
    request.query = rest;
    // Beside another credential it is one too many, which the caller's authentication refuses.
    request.headers.append(header::AUTHORIZATION, value);
    Ok(request)
}
