//! Older spellings of the routes (WIRE §0, §4.7), as thin adapters over the same handlers.
//!
//! A request is rewritten to today's path before it is routed ([`Modernized::read`]); where that
//! age of clients expects it, the answer is put into the old envelope afterwards
//! ([`Modernized::answer`]). No handler knows of either.

mod envelope;
mod routes;

use base64ct::{Base64, Encoding};
use http::{HeaderValue, Method, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub use self::envelope::Style;
use crate::{
    core::directory::Invalid,
    origin::http::{Request, Response, RestError},
};

/// Collections whose lists the Python SDK asks for with its secret in the query.
const LISTS: [&str; 3] = ["/v1/iam/users", "/v1/iam/applications", "/v1/iam/organizations"];

/// A request in today's spelling, and how its sender wants the answer.
#[derive(Debug)]
pub struct Modernized {
    /// The request.
    pub request: Result<Request, RestError>,
    /// Whether the answer is put into the old envelope.
    pub style: Style,
}

impl Modernized {
    /// Rewrites `request`, if its path is an old one.
    pub fn read(request: Request) -> Self {
        let Some(route) = routes::find(&request.path) else {
            let request = if request.method == Method::GET && LISTS.contains(&&*request.path) {
                with_client(request)
            } else {
                Ok(request)
            };
            return Self { request, style: Style::Today };
        };
        let style = route.style;
        let takes_client = route.is_directory();
        let mut request = route.rewrite(request);
        if takes_client {
            request = request.and_then(with_client);
        }
        Self { request, style }
    }

    /// The answer, as its sender wants it.
    pub fn answer(style: Style, answer: Response) -> Response {
        style.applied(answer)
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
