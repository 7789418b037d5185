//! The head of a request in the platform's form: one string, passed from JavaScript in a single
//! call.

/// Method, address and headers of a request; the body stays where it is.
///
/// Lines: the method, the whole URL, the client's address (empty if unknown), then name and value
/// of each header in turn. None of them can hold a line feed (RFC 9110 §5.5, RFC 9112 §3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead<'a> {
    /// The method, as sent.
    pub method: &'a str,
    /// Scheme and host: `https://api.hanzo.ai`.
    pub base: &'a str,
    /// The path, percent-decoding not applied; at least `/`.
    pub path: &'a str,
    /// What stands after `?`, or empty.
    pub query: &'a str,
    /// Path and query as sent, `?` included.
    pub target: &'a str,
    /// The client's address as the platform saw it; empty if unknown.
    pub client_ip: &'a str,
    /// The headers, names in lower case.
    pub headers: Vec<(&'a str, &'a str)>,
}

impl<'a> RequestHead<'a> {
    /// Reads a head; `None` if it is not one.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut lines = text.split('\n');
        let (method, url, client_ip) = (lines.next()?, lines.next()?, lines.next()?);
        let mut headers = Vec::with_capacity(24);
        while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
            headers.push((name, value));
        }
        let (base, target) = split_url(url)?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = if path.is_empty() { "/" } else { path };
        Some(Self { method, base, path, query, target, client_ip, headers })
    }

    /// The head with `authorization`, which the platform hands over apart because it is long; without
    /// it if that is empty.
    #[must_use]
    pub fn with_authorization(mut self, authorization: &'a str) -> Self {
        if !authorization.is_empty() {
            self.headers.push(("authorization", authorization));
        }
        self
    }

    /// The value of a header (name in lower case). The platform has joined repeated ones with
    /// `, ` already (RFC 9110 §5.3).
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find_map(|(key, value)| (*key == name).then_some(*value))
    }

    /// Whether the request asks for an upgrade: to a WebSocket, or to what else `Upgrade` names.
    pub fn is_upgrade(&self) -> bool {
        self.header("upgrade").is_some()
    }

    /// The host of the base, without its port.
    pub fn host(&self) -> &'a str {
        host_of(self.base)
    }
}

/// The host of `scheme://host[:port]`, or of what has no scheme.
pub fn host_of(base: &str) -> &str {
    let authority = base.split_once("://").map_or(base, |(_, authority)| authority);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Scheme and authority, and what follows them without the fragment.
fn split_url(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    let authority = rest.strip_prefix("//")?;
    let end = authority.bytes().position(|byte| b"/?#".contains(&byte)).unwrap_or(authority.len());
    let (base, rest) = url.split_at_checked(scheme.len() + "://".len() + end)?;
    Some((base, rest.split_once('#').map_or(rest, |(target, _)| target)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_from_its_lines() {
        let text = "GET\nhttp://127.0.0.1:8787/v1/echo/a?b=c?d\n::1\naccept\n*/*\nx-a\n";
        let head = RequestHead::parse(text).unwrap();
        assert_eq!((head.method, head.base), ("GET", "http://127.0.0.1:8787"));
        assert_eq!((head.path, head.query), ("/v1/echo/a", "b=c?d"));
        assert_eq!((head.host(), head.client_ip), ("127.0.0.1", "::1"));
        assert_eq!(head.headers, [("accept", "*/*"), ("x-a", "")]);
        assert_eq!(head.header("x-a"), Some(""));
    }

    #[test]
    fn an_address_without_a_path_has_the_root() {
        for url in ["https://hanzo.id", "https://hanzo.id?a", "https://hanzo.id#a"] {
            let text = format!("GET\n{url}\n");
            assert_eq!(RequestHead::parse(&text).unwrap().path, "/", "{url}");
        }
        assert_eq!(RequestHead::parse("GET\n/path\n"), None);
        assert_eq!(RequestHead::parse(""), None);
    }
}
