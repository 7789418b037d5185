//! Allowed delivery targets: public `https` URLs (ATTACKS: server-side request forgery).
//!
//! A name that resolves to a private address is not reached either: Workers connect to the public
//! Internet only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;
use thiserror::Error;

/// The longest address, in bytes.
const MAXIMUM: usize = 2048;

/// Top-level domains that are not of the public Internet (RFC 6761, RFC 6762, RFC 8375, ICANN).
const LOCAL_DOMAINS: [&str; 10] = [
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "test",
    "invalid",
];

/// An address that deliveries may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(String);

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TargetError {
    /// It is not an address.
    #[error("must be an address of at most 2048 characters")]
    Malformed,
    /// It is not `https`.
    #[error("must begin with https://")]
    Scheme,
    /// It carries a name or password, or a fragment.
    #[error("must not contain a user, a password or a fragment")]
    Credentials,
    /// It is not on the public Internet.
    #[error("must be a host on the public Internet")]
    Private,
}

impl Target {
    /// Reads an address. `exempt` are hosts, with a port, that the operator admits although they are
    /// private.
    pub fn read(text: &str, exempt: &[String]) -> Result<Self, TargetError> {
        if text.len() > MAXIMUM || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(TargetError::Malformed);
        }
        if text.contains('#') || text.contains('\\') {
            return Err(TargetError::Credentials);
        }
        let uri: Uri = text.parse().map_err(|_| TargetError::Malformed)?;
        let authority = uri.authority().ok_or(TargetError::Malformed)?;
        if authority.as_str().contains('@') {
            return Err(TargetError::Credentials);
        }
        if exempt.iter().any(|host| host == authority.as_str()) {
            return Ok(Self(text.to_owned()));
        }
        if uri.scheme_str() != Some("https") {
            return Err(TargetError::Scheme);
        }
        if !is_public(authority.host()) {
            return Err(TargetError::Private);
        }
        Ok(Self(text.to_owned()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.0
    }
}

/// Whether `host` is a name or an address of the public Internet, as far as its text tells. An IPv6 address is in
/// brackets.
pub fn is_public(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if let Some(address) = bare {
        return address.parse().is_ok_and(|address: Ipv6Addr| is_public_v6(address));
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return match address {
            IpAddr::V4(address) => is_public_v4(address),
            IpAddr::V6(address) => is_public_v6(address),
        };
    }
    let labels: Vec<&str> = host.split('.').collect();
    let Some(top) = labels.last() else { return false };
    // `0x7f.1`, `127.1` and the like, which a resolver reads as an address (WHATWG URL §3.5).
    let is_number = top.starts_with("0x") || top.bytes().all(|byte| byte.is_ascii_digit());
    let is_label = |label: &&str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    labels.len() > 1
        && !is_number
        && labels.iter().all(is_label)
        && !LOCAL_DOMAINS.contains(top)
        && !host.ends_with("home.arpa")
}

/// RFC 6890 and its registry: neither private nor reserved.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19)))
}

/// Global unicast (`2000::/3`) without what embeds an IPv4 address or is for documentation.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    (a & 0xe000) == 0x2000 && !(a == 0x2001 && (b == 0 || b == 0xdb8)) && a != 0x2002 && a != 0x3fff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_is_taken() {
        for text in [
            "https://hooks.example.com/a?b=c",
            "https://example.com:8443/",
            "https://8.8.8.8/x",
            "https://[2606:4700::1111]/",
            "https://xn--bcher-kva.example/",
        ] {
            assert!(Target::read(text, &[]).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_not_on_the_public_internet_is_refused() {
        for host in [
            "localhost",
            "localhost.",
            "a.localhost",
            "intranet",
            "db.internal",
            "printer.local",
            "router.home.arpa",
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "2130706433",
            "0",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[fe80::1]",
            "[fd00::1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[2001:db8::1]",
            "[2001::1]",
            "metadata",
            "a..b",
            "-",
        ] {
            let text = format!("https://{host}/");
            assert!(Target::read(&text, &[]).is_err(), "{text}");
        }
        for text in [
            "http://example.com/",
            "ftp://example.com/",
            "https://a:b@example.com/",
            "https://a@example.com/",
            "https://example.com/#a",
            "https://example.com\\@127.0.0.1/",
            "https:///x",
            "/x",
            "",
            "https://exa mple.com/",
            "https://example.com\n.evil.example/",
        ] {
            assert!(Target::read(text, &[]).is_err(), "{text}");
        }
        assert!(Target::read(&format!("https://example.com/{}", "x".repeat(3000)), &[]).is_err());
    }

    #[test]
    fn an_operator_can_admit_one_private_host_and_no_other() {
        let exempt = ["127.0.0.1:8080".to_owned()];
        assert!(Target::read("http://127.0.0.1:8080/hook", &exempt).is_ok());
        assert!(Target::read("http://127.0.0.1:8081/hook", &exempt).is_err());
        assert!(Target::read("http://127.0.0.1:8080@evil.example/", &exempt).is_err());
    }
}
