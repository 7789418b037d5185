//! The page that made a browser send a request (CSRF; RFC 6454, Fetch Metadata).

/// The page that made the browser send a request, according to headers that no page can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initiator {
    /// A page of an origin that may act with our cookies.
    Own,
    /// Another page: of another site, of a neighbouring host of our own site, or one without an
    /// origin (`null`: a sandboxed frame, a file).
    Foreign,
    /// Neither header decides. Browsers send `Origin` with every unsafe method and every WebSocket.
    Unknown,
}

impl Initiator {
    /// Reads the values of `Origin` and `Sec-Fetch-Site`; `is_own` knows the origins that may act.
    pub fn of(
        origin: Option<&str>,
        fetch_site: Option<&str>,
        is_own: impl FnOnce(&str) -> bool,
    ) -> Self {
        match (origin, fetch_site) {
            (Some(origin), _) if is_own(origin) => Self::Own,
            (None, Some("same-origin")) => Self::Own,
            (Some(_), _) | (None, Some("cross-site" | "same-site")) => Self::Foreign,
            (None, _) => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Issue 10, fault 24.
    #[test]
    fn only_the_exact_origin_is_our_own_page() {
        let of = |origin, site| Initiator::of(origin, site, |origin| origin == "https://hanzo.id");
        assert_eq!(of(Some("https://hanzo.id"), None), Initiator::Own);
        assert_eq!(of(Some("https://hanzo.id"), Some("same-site")), Initiator::Own);
        assert_eq!(of(None, Some("same-origin")), Initiator::Own);
        for (origin, site) in [
            (Some("null"), None),
            (Some("null"), Some("same-origin")),
            (Some("https://evil.example"), None),
            (Some("https://evil.example"), Some("same-origin")),
            (Some("https://app.hanzo.id"), Some("same-site")),
            (Some("http://hanzo.id"), None),
            (Some("https://hanzo.id:8443"), None),
            (Some("https://hanzo.id, https://hanzo.id"), None),
            (Some(""), None),
            (None, Some("same-site")),
            (None, Some("cross-site")),
        ] {
            assert_eq!(of(origin, site), Initiator::Foreign, "{origin:?} {site:?}");
        }
        for site in [None, Some("none"), Some(""), Some("Same-Origin")] {
            assert_eq!(of(None, site), Initiator::Unknown, "{site:?}");
        }
    }
}
