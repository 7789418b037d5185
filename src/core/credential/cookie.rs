//! Cookies, and the access tokens in them (RFC 6265; WIRE §6).

use super::{CredentialError, exposed_key};

/// The cookies that may hold an access token, in the order in which they count.
pub const TOKEN_COOKIES: [&str; 5] = [
    "__Host-hanzo_iam_token",
    "hanzo_iam_token",
    "iam_access_token",
    "access_token",
    "hanzo_token",
];

/// How many values of one name are looked at. A browser sends several if neighbouring hosts or
/// other paths have set the same name.
const MAXIMUM_OF_ONE_NAME: usize = 4;

/// How many tokens [`cookie_tokens`] finds at most.
pub const MAXIMUM_COOKIE_TOKENS: usize = MAXIMUM_OF_ONE_NAME * TOKEN_COOKIES.len();

/// The values in these `Cookie` headers that may be access tokens, each once: by the order of
/// [`TOKEN_COOKIES`], those of one name as they stand. Another application may have set any of
/// them, so that a value that is no token of ours is no reason to refuse the request: the first
/// valid one counts. An API key in any cookie is an error.
pub fn cookie_tokens<'a>(
    headers: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<&'a str>, CredentialError> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for (name, value) in headers.into_iter().flat_map(cookies) {
        if let Some(digest) = exposed_key(value) {
            return Err(CredentialError::KeyInCookie(digest));
        }
        let Some(rank) = TOKEN_COOKIES.iter().position(|known| *known == name) else { continue };
        let of_this_name = found.iter().filter(|(other, _)| *other == rank).count();
        let is_new = found.iter().all(|(_, other)| *other != value);
        if !value.is_empty() && is_new && of_this_name < MAXIMUM_OF_ONE_NAME {
            found.push((rank, value));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    Ok(found.into_iter().map(|(_, value)| value).collect())
}

/// Names and values of a `Cookie` header. Only `;` separates: a comma belongs to a value
/// (RFC 6265 §4.2.1, §5.4).
pub fn cookies(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split(';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim(), value.trim().trim_matches('"')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-live-0123456789abcdef0123456789abcdef";

    fn tokens(header: &str) -> Vec<&str> {
        cookie_tokens([header]).unwrap()
    }

    /// Issue 10, fault 15.
    #[test]
    fn only_a_semicolon_separates_cookies() {
        let pairs: Vec<_> = cookies(r#"prefs={"a":1,"b":"x"}; last=a,access_token=old"#).collect();
        assert_eq!(pairs, [("prefs", r#"{"a":1,"b":"x"}"#), ("last", "a,access_token=old")]);
        assert_eq!(tokens("last=a,access_token=old; access_token=new"), ["new"]);
        assert_eq!(tokens("access_token=\"quoted\" ;x"), ["quoted"]);
    }

    #[test]
    fn tokens_are_found_by_the_order_of_their_names_and_each_once() {
        let header = "hanzo_token=5; access_token=4; x=y; hanzo_iam_token=2; access_token=44; \
                      __Host-hanzo_iam_token=1; iam_access_token=2; hanzo_token=";
        assert_eq!(tokens(header), ["1", "2", "4", "44", "5"]);
        assert_eq!(tokens("Access_Token=1; theme=dark"), [""; 0]);
        let many: Vec<_> = (0..100).map(|number| format!("access_token={number}")).collect();
        let many = format!("{}; hanzo_token=last", many.join("; "));
        assert_eq!(tokens(&many), ["0", "1", "2", "3", "last"]);
    }

    /// ATTACKS F-83.
    #[test]
    fn a_key_in_any_cookie_is_an_error() {
        let encoded = KEY.replace('-', "%2D");
        for header in [
            format!("theme=dark; x={KEY}"),
            format!("auth=\"Bearer {KEY}\""),
            format!("auth=Bearer%20{encoded}"),
        ] {
            let refused = cookie_tokens([header.as_str()]).unwrap_err();
            let digest = crate::core::encoding::digest(KEY);
            assert_eq!(refused, CredentialError::KeyInCookie(digest), "{header}");
        }
    }
}
