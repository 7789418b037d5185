//! HTTP requests for the origin's handlers.

use http::{HeaderMap, Method, header};
use thiserror::Error;

use super::{ParameterError, Parameters};
use crate::{core::credential, origin::Trace};

/// Bodies above this are refused (413) before a handler sees them.
pub const MAXIMUM_BODY: usize = 256 * 1024;

/// A request, whole: the origin's bodies are small.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The scheme and host that the client used, as the edge saw them: `https://hanzo.id`. Only
    /// for choosing among configured values, never a source of trust.
    pub base: String,
    /// The path, percent-decoding not applied.
    pub path: String,
    /// What stands after `?`, or empty.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// The client's address as the edge saw it; empty if unknown.
    pub client_ip: String,
    /// Names this request in logs and in `x-request-id`.
    pub request_id: String,
    /// Who sent it, as its handlers find out.
    pub trace: Trace,
}

/// There is more than one `Authorization` header (RFC 9110 §5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("there may be one Authorization header")]
pub struct RepeatedAuthorization;

impl Request {
    /// The one value of a header; `None` if it is absent, repeated or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    }

    /// The value of the `Authorization` header (empty if it is not text); `None` if there is none.
    pub fn authorization(&self) -> Result<Option<&str>, RepeatedAuthorization> {
        let mut values = self.headers.get_all(header::AUTHORIZATION).iter();
        let value = values.next();
        if values.next().is_some() {
            return Err(RepeatedAuthorization);
        }
        Ok(value.map(|value| str::from_utf8(value.as_bytes()).unwrap_or_default()))
    }

    /// The segments of the path, percent-decoded; `None` if one does not decode to UTF-8.
    pub fn segments(&self) -> Option<Vec<String>> {
        self.path.trim_start_matches('/').split('/').map(decode_segment).collect()
    }

    /// The query's parameters.
    pub fn query_parameters(&self) -> Result<Parameters, ParameterError> {
        Parameters::from_urlencoded(self.query.as_bytes())
    }

    /// The parameters of the query and, of a POST, of the body together, for an endpoint that
    /// reports a [repeated](Parameters::repeated) one itself.
    pub fn collected_parameters(&self) -> Result<Parameters, ParameterError> {
        let query = Parameters::collected(self.query.as_bytes())?;
        let form = self.media_type().as_deref() == Some("application/x-www-form-urlencoded");
        Ok(match self.method {
            Method::POST if form => query.joined(Parameters::collected(&self.body)?),
            Method::POST => query.joined(self.body_parameters()?),
            _ => query,
        })
    }

    /// The body's parameters: a form or a flat JSON object (WIRE §4.2), by `Content-Type`.
    /// An empty body without a type has none.
    pub fn body_parameters(&self) -> Result<Parameters, ParameterError> {
        match self.media_type().as_deref() {
            None if self.body.is_empty() => Ok(Parameters::default()),
            Some("application/x-www-form-urlencoded") => Parameters::from_urlencoded(&self.body),
            Some("application/json") => Parameters::from_json(&self.body),
            _ => Err(ParameterError::MediaType),
        }
    }

    /// The media type of the body, lower case and without its parameters.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(value.split(';').next()?.trim().to_ascii_lowercase())
    }

    /// The value of a cookie; `None` if it is absent or occurs with two values.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let mut values = self.cookies(name);
        let first = values.next()?;
        values.all(|other| other == first).then_some(first)
    }

    /// The values of the cookies of a name: neighbouring hosts may have set others.
    pub fn cookies(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(credential::cookies)
            .filter_map(move |(key, value)| (key == name).then_some(value))
    }
}

fn decode_segment(segment: &str) -> Option<String> {
    percent_encoding::percent_decode_str(segment).decode_utf8().ok().map(Into::into)
}
