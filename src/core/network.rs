//! The networks of client addresses, by which attempts are counted.

use std::net::IpAddr;

/// The network that counts as one client: an IPv4 address, or the /64 of an IPv6 address, within
/// which a client picks addresses at will. Invalid addresses count together.
pub fn network(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            address.to_ipv4_mapped().map_or_else(
                || format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"),
                |address| address.to_string(),
            )
        }
        Err(_) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_client_is_its_network() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("192.0.2.1, 10.0.0.1"), "unknown");
    }
}
