//! Front-channel logout (OpenID Connect Front-Channel Logout 1.0 §2): what a signed-out page loads.

use crate::core::redirect::{encoded, web_origin};

/// A frame of the signed-out page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it loads, with issuer and session.
    pub address: String,
    /// The web origin of that, for the page's content security policy.
    pub origin: String,
}

impl Frame {
    /// The frame of an application with that address (`frontchannelLogoutUri`), whose query stays;
    /// `None` if the address has no web origin.
    pub fn new(uri: &str, issuer: &str, session_id: &str) -> Option<Self> {
        let origin = web_origin(uri)?;
        let separator = if uri.contains('?') { '&' } else { '?' };
        let query = encoded(&[("iss", issuer.to_owned()), ("sid", session_id.to_owned())]);
        Some(Self { address: format!("{uri}{separator}{query}"), origin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_keeps_its_query_and_names_issuer_and_session() {
        let frame = |uri| Frame::new(uri, "https://hanzo.id", "s&1");
        let plain = frame("https://a.example/out").unwrap();
        assert_eq!(plain.address, "https://a.example/out?iss=https%3A%2F%2Fhanzo.id&sid=s%261");
        assert_eq!(plain.origin, "https://a.example");
        let queried = frame("https://a.example:8443/out?x=y").unwrap();
        assert!(queried.address.starts_with("https://a.example:8443/out?x=y&iss="));
        assert_eq!(queried.origin, "https://a.example:8443");
        assert_eq!(frame("javascript:alert(1)"), None);
    }
}
