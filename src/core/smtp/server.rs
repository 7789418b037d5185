//! Server address and transport.

use std::fmt;

use crate::core::secret::Secret;

/// How a connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the beginning (RFC 8314 §3.3).
    Tls,
    /// TLS after `STARTTLS` (RFC 3207), without which nothing is sent.
    StartTls,
    /// None: to this machine only, for development and tests.
    Plain,
}

/// Name and password at the server.
#[derive(Debug, Clone)]
pub struct Login {
    /// The name.
    pub name: String,
    /// The password.
    pub password: Secret<String>,
}

/// A server for submission.
#[derive(Debug, Clone)]
pub struct Server {
    /// The host name.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
    /// `None`: the server needs no login.
    pub login: Option<Login>,
}

/// Why a text is not the address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerError;

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is neither smtps://host[:465] nor smtp://host[:587]")
    }
}

impl Server {
    /// Reads `smtps://host` (TLS, port 465) or `smtp://host` (STARTTLS, port 587; to this machine:
    /// without TLS), each with another port or without. Port 25 is refused: Workers do not open it.
    pub fn parse(url: &str, login: Option<Login>) -> Result<Self, ServerError> {
        let (scheme, rest) = url.split_once("://").ok_or(ServerError)?;
        let rest = rest.trim_end_matches('/');
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| ServerError)?)),
            None => (rest, None),
        };
        let is_local = matches!(host, "127.0.0.1" | "localhost");
        let (security, usual) = match scheme {
            "smtps" => (Security::Tls, 465),
            "smtp" if is_local => (Security::Plain, 587),
            "smtp" => (Security::StartTls, 587),
            _ => return Err(ServerError),
        };
        let port = port.unwrap_or(usual);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        if host.is_empty() || !host.bytes().all(plain) || matches!(port, 0 | 25) {
            return Err(ServerError);
        }
        Ok(Self { host: host.to_owned(), port, security, login })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_the_port_and_the_security() {
        for (url, host, port, security) in [
            ("smtps://mail.example", "mail.example", 465, Security::Tls),
            ("smtp://mail.example/", "mail.example", 587, Security::StartTls),
            ("smtp://mail.example:2525", "mail.example", 2525, Security::StartTls),
            ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, Security::Plain),
            ("smtps://localhost:1465", "localhost", 1465, Security::Tls),
        ] {
            let server = Server::parse(url, None).unwrap();
            assert_eq!(
                (server.host.as_str(), server.port, server.security),
                (host, port, security)
            );
        }
        for url in [
            "",
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://a:x",
            "smtp://a:25",
            "smtp://a:0",
            "smtp://user@a",
            "smtp://a b",
            "smtp://a/b",
        ] {
            assert_eq!(Server::parse(url, None).unwrap_err(), ServerError, "{url}");
        }
    }
}
