//! Sign-in and token cookies, which services neither receive nor set.

use crate::core::credential::TOKEN_COOKIES;

/// The cookies of the sign-in pages: the session, those of all accounts, and what binds a form to a browser.
pub const SESSION_COOKIES: [&str; 5] = [
    "hanzo_session",
    "hanzo_accounts",
    "__Host-hanzo_accounts",
    "hanzo_signin",
    "__Host-hanzo_signin",
];

/// Prefixes of cookie names that browsers enforce (RFC 6265bis §4.1.3), without regard to case.
const PREFIXES: [&str; 4] = ["__host-http-", "__host-", "__http-", "__secure-"];

/// Whether a `Set-Cookie` of a service would set one of our cookies: a session of the service's
/// choice, or a token that makes its user act as another (session fixation). A cookie without a name
/// counts by its value, because browsers send `=a=b` as `a=b`.
pub fn sets_ours(set_cookie: &str) -> bool {
    let pair = set_cookie.split(';').next().unwrap_or_default();
    let pair = pair.trim_start_matches(|char: char| char == '=' || is_space(char));
    let name = pair.split('=').next().unwrap_or_default().trim_end_matches(is_space);
    is_ours(name)
}

fn is_ours(name: &str) -> bool {
    let mut ours = SESSION_COOKIES.iter().chain(&TOKEN_COOKIES);
    ours.any(|our| bare(our).eq_ignore_ascii_case(bare(name)))
}

/// A name without its browser-enforced prefix.
fn bare(name: &str) -> &str {
    let prefix = PREFIXES.iter().find(|prefix| {
        name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    });
    prefix.and_then(|prefix| name.get(prefix.len()..)).unwrap_or(name)
}

/// Characters that browsers trim from names (RFC 6265 §5.2).
fn is_space(char: char) -> bool {
    char == ' ' || char == '\t'
}

/// A `Cookie` header without the cookies of the sign-in.
pub fn without_sessions(cookies: &str) -> String {
    let is_session = |pair: &str| {
        let name = pair.split('=').next().unwrap_or_default().trim();
        SESSION_COOKIES.contains(&name)
    };
    let rest: Vec<&str> =
        cookies.split(';').map(str::trim).filter(|pair| !is_session(pair)).collect();
    rest.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Issue 10, fault 1.
    #[test]
    fn a_service_sets_none_of_our_cookies() {
        for ours in [
            "hanzo_session=x; Path=/",
            "hanzo_session=x; Domain=hanzo.ai",
            "HANZO_SESSION=x",
            " hanzo_session = x",
            "\thanzo_session\t=x",
            "=hanzo_session=x",
            "= =hanzo_session=x",
            "hanzo_session",
            "__Host-hanzo_session=x; Path=/; Secure",
            "__secure-hanzo_session=x",
            "__Host-hanzo_signin=x",
            "hanzo_signin=x",
            "hanzo_accounts=x; Domain=hanzo.ai",
            "__Host-hanzo_accounts=x; Path=/; Secure",
            "hanzo_token=x",
            "access_token=x",
            "__Host-hanzo_iam_token=x",
            "iam_access_token=x",
        ] {
            assert!(sets_ours(ours), "{ours}");
        }
        for other in
            ["", "theme=dark", "a=hanzo_session=x", "hanzo_sessions=x", "my_access_token=x"]
        {
            assert!(!sets_ours(other), "{other}");
        }
    }

    #[test]
    fn a_gateway_host_carries_no_session() {
        assert_eq!(without_sessions("a=1; hanzo_session=s;__Host-hanzo_signin=t; b=2"), "a=1; b=2");
        assert_eq!(without_sessions("hanzo_session=s"), "");
        assert_eq!(without_sessions("__Host-hanzo_accounts=s; a=1; hanzo_accounts=t"), "a=1");
        assert_eq!(without_sessions("hanzo_token=t"), "hanzo_token=t");
    }
}
