//! The hosts at which the gateway forwards to services.
//!
//! A service's content runs in the web origin of the host that served it. On a sign-in host, its
//! scripts could use the users' sessions, so the two kinds of host are separated: a gateway host
//! serves no sign-in page and carries no session cookie.

use std::fmt;

use crate::core::request_head::host_of;

/// The gateway's hosts, as the operator lists them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GatewayHosts {
    hosts: Vec<String>,
    shared: Option<String>,
}

/// Why hosts cannot be the gateway's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostsError {
    /// Not a host name in lower case, without scheme, port and path.
    Malformed,
    /// It is a sign-in host.
    IsIssuer,
}

impl HostsError {
    /// The fault of the setting.
    pub const fn problem(self) -> &'static str {
        match self {
            Self::Malformed => "is not a list of host names without scheme and port",
            Self::IsIssuer => "names a host of an issuer, where people sign in",
        }
    }
}

impl fmt::Display for HostsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.problem())
    }
}

impl std::error::Error for HostsError {}

impl GatewayHosts {
    /// `hosts`, none of which may be one of `sign_in`: the addresses of the issuers and the hosts that
    /// are mapped to them. `shared` is the one exception: a development host that is both.
    pub fn new<'a>(
        hosts: Vec<String>,
        shared: Option<String>,
        sign_in: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, HostsError> {
        if !hosts.iter().chain(&shared).all(|host| is_host(host)) {
            return Err(HostsError::Malformed);
        }
        let mut issuers = sign_in.into_iter().map(host_of);
        if issuers.any(|issuer| hosts.iter().any(|host| host == issuer)) {
            return Err(HostsError::IsIssuer);
        }
        Ok(Self { hosts, shared })
    }

    /// Whether services are reached at `host`.
    pub fn contains(&self, host: &str) -> bool {
        self.hosts.iter().chain(&self.shared).any(|known| known == host)
    }

    /// Whether sign-in is allowed at `host`.
    pub fn allows_sign_in(&self, host: &str) -> bool {
        !self.hosts.iter().any(|known| known == host) || self.shared.as_deref() == Some(host)
    }

    /// The host that is both.
    pub fn shared(&self) -> Option<&str> {
        self.shared.as_deref()
    }
}

/// Whether `text` is a host as the platform writes it in a URL.
fn is_host(text: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !text.is_empty() && text.bytes().all(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGN_IN: [&str; 3] = ["https://hanzo.id", "http://127.0.0.1:8787", "lux.id"];

    fn hosts(hosts: &[&str], shared: Option<&str>) -> Result<GatewayHosts, HostsError> {
        let hosts = hosts.iter().map(|&host| host.to_owned()).collect();
        GatewayHosts::new(hosts, shared.map(str::to_owned), SIGN_IN)
    }

    /// Issue 10, fault 1.
    #[test]
    fn a_host_where_people_sign_in_is_no_gateway_host() {
        for host in ["hanzo.id", "127.0.0.1", "lux.id"] {
            assert_eq!(hosts(&["api.hanzo.ai", host], None), Err(HostsError::IsIssuer), "{host}");
        }
        let apart = hosts(&["api.hanzo.ai", "[::1]"], None).unwrap();
        assert!(apart.contains("api.hanzo.ai") && !apart.allows_sign_in("api.hanzo.ai"));
        for host in ["hanzo.id", "lux.id", "evil.example", "api.hanzo.ai.evil.example", ""] {
            assert!(!apart.contains(host) && apart.allows_sign_in(host), "{host}");
        }
    }

    #[test]
    fn one_named_host_may_be_both() {
        let both = hosts(&["api.hanzo.ai"], Some("127.0.0.1")).unwrap();
        assert!(both.contains("127.0.0.1") && both.allows_sign_in("127.0.0.1"));
        assert!(!both.contains("hanzo.id"));
        assert_eq!(both.shared(), Some("127.0.0.1"));
    }

    #[test]
    fn only_host_names_are_hosts() {
        for host in ["", "https://api.hanzo.ai", "api.hanzo.ai:443", "API.hanzo.ai", "a/b", "[x]"] {
            assert_eq!(hosts(&[host], None), Err(HostsError::Malformed), "{host}");
            assert_eq!(hosts(&[], Some(host)), Err(HostsError::Malformed), "{host}");
        }
    }
}
