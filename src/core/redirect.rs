//! Redirect addresses: which ones a client may name (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1),
//! and the parameters that go there.
//!
//! A request must name one of the client's registered URIs exactly. The only exception is the port
//! of an `http` loopback address literal, which a native application learns only when it starts
//! (RFC 8252 §7.3); `localhost` has none, because it may resolve to anything.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Longer addresses are refused.
const MAXIMUM_LENGTH: usize = 2048;

/// A registered address of a client. Only [`RedirectUri::registered`] makes one, so code that
/// holds one may redirect there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// `requested`, if it is well-formed and one of `registered`.
    pub fn registered(requested: &str, registered: &[String]) -> Result<Self, RedirectError> {
        let parts = Parts::parse(requested)?;
        let matches = registered.iter().any(|uri| {
            uri == requested
                || (parts.is_loopback_literal()
                    && Parts::parse(uri).is_ok_and(|uri| uri.differs_in_port_only(&parts)))
        });
        if matches { Ok(Self(requested.to_owned())) } else { Err(RedirectError::Unregistered) }
    }

    /// The address itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a content security policy calls the place: the origin, or `scheme:` of a native
    /// application's own scheme.
    pub fn policy_source(&self) -> String {
        web_origin(&self.0).unwrap_or_else(|| {
            self.0.split_once(':').map_or_else(String::new, |(scheme, _)| format!("{scheme}:"))
        })
    }
}

/// Whether `uri` may be registered: `https`, or `http` on this machine, or a native application's own
/// scheme in reverse domain form (RFC 8252 §7.1); without user information, fragment, dot segments,
/// wildcards, or characters that a browser would rewrite.
pub fn is_registrable(uri: &str) -> bool {
    let has_place = |parts: Parts<'_>| !(parts.authority.is_empty() && parts.rest.is_empty());
    Parts::parse(uri).is_ok_and(has_place) && !uri.contains('*')
}

/// The web origin (`scheme://host[:port]`) of an `http` or `https` address.
pub fn web_origin(uri: &str) -> Option<String> {
    let parts = Parts::parse(uri).ok()?;
    if parts.authority.is_empty() || !matches!(parts.scheme, "http" | "https") {
        return None;
    }
    let default_port = if parts.scheme == "https" { "443" } else { "80" };
    let (host, port) = split_port(parts.authority)?;
    let host = host.to_ascii_lowercase();
    Some(match port.filter(|port| *port != default_port) {
        Some(port) => format!("{}://{host}:{port}", parts.scheme),
        None => format!("{}://{host}", parts.scheme),
    })
}

/// `http://` and the host of an `origin` that is a loopback address literal: the redirect addresses
/// there match with any port (RFC 8252 §7.3). `None` for any other origin.
pub fn loopback_host(origin: &str) -> Option<String> {
    let parts = Parts::parse(origin).ok().filter(Parts::is_loopback_literal)?;
    let (host, _) = split_port(parts.authority)?;
    Some(["http://", host].concat())
}

/// Why there is no redirect to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectError {
    /// Nothing that may be registered.
    Malformed,
    /// Not one of the client's.
    Unregistered,
}

impl fmt::Display for RedirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the redirect_uri is malformed",
            Self::Unregistered => "the redirect_uri is not registered for this client",
        })
    }
}

impl std::error::Error for RedirectError {}

/// The parts of an address that the rules look at.
#[derive(Debug, Clone, Copy)]
struct Parts<'a> {
    scheme: &'a str,
    /// Empty if there is none.
    authority: &'a str,
    /// Path and query.
    rest: &'a str,
}

impl<'a> Parts<'a> {
    fn parse(uri: &'a str) -> Result<Self, RedirectError> {
        let parts = Self::split(uri).ok_or(RedirectError::Malformed)?;
        let path = parts.rest.split('?').next().unwrap_or_default();
        let acceptable = uri.len() <= MAXIMUM_LENGTH
            && uri.bytes().all(is_uri_byte)
            && parts.has_acceptable_place()
            && !path.split('/').any(is_dot_segment);
        if acceptable { Ok(parts) } else { Err(RedirectError::Malformed) }
    }

    fn split(uri: &'a str) -> Option<Self> {
        let (scheme, after) = uri.split_once(':')?;
        let Some(after) = after.strip_prefix("//") else {
            return Some(Self { scheme, authority: "", rest: after });
        };
        let end = after.find(['/', '?']).unwrap_or(after.len());
        let (authority, rest) = after.split_at_checked(end)?;
        Some(Self { scheme, authority, rest })
    }

    fn has_acceptable_place(&self) -> bool {
        match self.scheme {
            "https" => split_port(self.authority).is_some(),
            "http" => split_port(self.authority)
                .is_some_and(|(host, _)| matches!(host, "127.0.0.1" | "[::1]" | "localhost")),
            other => {
                other.contains('.')
                    && other.starts_with(|first: char| first.is_ascii_lowercase())
                    && !other.ends_with('.')
                    && other.bytes().all(|byte| {
                        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)
                    })
                    && !self.authority.contains('@')
            }
        }
    }

    fn is_loopback_literal(&self) -> bool {
        self.scheme == "http"
            && split_port(self.authority)
                .is_some_and(|(host, _)| matches!(host, "127.0.0.1" | "[::1]"))
    }

    fn differs_in_port_only(&self, other: &Self) -> bool {
        let host = |parts: &Self| split_port(parts.authority).map(|(host, _)| host.to_owned());
        self.scheme == other.scheme && self.rest == other.rest && host(self) == host(other)
    }
}

/// Host and port of an authority without user information; `None` if it is anything else.
fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(literal) => {
            let (address, after) = literal.split_once(']')?;
            address.parse::<std::net::Ipv6Addr>().ok()?;
            let host = authority.get(..address.len() + 2)?;
            if after.is_empty() { (host, None) } else { (host, Some(after.strip_prefix(':')?)) }
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let is_name = host.starts_with('[')
        || (!host.is_empty()
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)));
    let is_port = port.is_none_or(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && !port.starts_with('0')
            && port.parse::<u16>().is_ok()
    });
    (is_name && is_port).then_some((host, port))
}

/// What may stand in an address (RFC 3986 §2), without `#`; browsers take `\` for `/`.
fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"#\\\"<>^`{|}".contains(&byte)
}

/// `.` and `..`, in any spelling.
fn is_dot_segment(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/");
    plain.split('/').any(|part| matches!(part, "." | ".."))
}

/// How the authorization response is sent (`response_mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResponseMode {
    /// In the query, the default for a code.
    #[default]
    Query,
    /// In the fragment.
    Fragment,
    /// In a form that the browser posts (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

impl ResponseMode {
    /// The mode of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "query" => Some(Self::Query),
            "fragment" => Some(Self::Fragment),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }
}

/// `uri` with `parameters` added to its query, which keeps what it has (RFC 6749 §3.1.2).
pub fn with_query(uri: &RedirectUri, parameters: &[(&str, String)]) -> String {
    let separator = match uri.0.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{}{separator}{}", uri.0, encoded(parameters))
}

/// `uri` with `parameters` as its fragment.
pub fn with_fragment(uri: &RedirectUri, parameters: &[(&str, String)]) -> String {
    format!("{}#{}", uri.0, encoded(parameters))
}

/// `parameters` as `application/x-www-form-urlencoded`, spaces as `%20` so that a fragment reads
/// the same everywhere.
pub fn encoded(parameters: &[(&str, String)]) -> String {
    const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| {
            let text = |text| utf8_percent_encode(text, &RESERVED);
            format!("{}={}", text(name), text(value))
        })
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests;
