//! Detection of API keys in URLs and cookies, which logs and histories retain (ATTACKS F-83; RFC
//! 9700 §4.3.2).

use percent_encoding::percent_decode_str;

use super::CredentialError;
use crate::core::{apikey::ApiKey, encoding::digest};

/// Parameters that only ever carry a credential (RFC 6750 §2.3, which RFC 9700 §4.3.2 forbids).
const CREDENTIAL_PARAMETERS: [&str; 5] =
    ["access_token", "api_key", "apikey", "api-key", "x-api-key"];

/// Lengths of the key formats: ours, `hk-<uuid>`, and `sk-live-` with its kin.
const MINTED: usize = 58;
const LENGTHS: [usize; 3] = [MINTED, 39, 40];

/// Refuses an address that carries a credential, except in query parameters that a route defines
/// itself: a key anywhere in path or query, also as a name or after `Bearer`, percent-encoded or
/// not.
pub fn exposed_in_address(path: &str, query: &str, exempt: &[&str]) -> Result<(), CredentialError> {
    if let Some(digest) = exposed_key(path) {
        return Err(CredentialError::InPath(digest));
    }
    for pair in query.split(['&', ';']) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = percent_decode_str(name).decode_utf8_lossy();
        if exempt.contains(&name.as_ref()) {
            continue;
        }
        let key = exposed_key(pair);
        let named = CREDENTIAL_PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known));
        if key.is_some() || (named && !value.is_empty()) {
            return Err(CredentialError::InUrl(key));
        }
    }
    Ok(())
}

/// The digest of an API key that occurs in `text`, percent-encoded or not.
pub fn exposed_key(text: &str) -> Option<String> {
    let found = find(text).map(digest);
    if found.is_some() || !text.contains('%') {
        return found;
    }
    find(&percent_decode_str(text).decode_utf8_lossy()).map(digest)
}

/// An API key, by its form, that occurs in `text`.
fn find(text: &str) -> Option<&str> {
    let dashes = text.match_indices('-').map(|(at, _)| at);
    dashes.filter_map(|dash| dash.checked_sub(2)).find_map(|start| {
        LENGTHS.iter().find_map(|length| {
            let end = start.checked_add(*length)?;
            let key = text.get(start..end).filter(|key| key.as_bytes().get(1) == Some(&b'k'))?;
            // Our keys have a checksum; other forms are recognised by the characters around them.
            let is_key =
                ApiKey::parse(key).is_ok() && (*length == MINTED || stands_alone(text, start, end));
            is_key.then_some(key)
        })
    })
}

/// Whether no letter precedes and no letter or digit follows.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|before| before.bytes().next_back());
    let after = text.get(end..).and_then(|after| after.bytes().next());
    !before.is_some_and(|byte| byte.is_ascii_alphabetic())
        && !after.is_some_and(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        core::root_key::{RootKey, RootKeys},
        platform::native::SeededRandom,
    };

    const UUID: &str = "hk-01234567-89ab-cdef-0123-456789abcdef";
    const SECRET: &str = "sk-live-0123456789abcdef0123456789abcdef";
    const PUBLISHABLE: &str = "pk-test-0123456789abcdef0123456789abcdef";

    fn minted() -> String {
        let roots = RootKeys { current: RootKey::new([7; 32]), previous: None };
        ApiKey::mint(&SeededRandom::new(1), &roots, "test").text().expose().clone()
    }

    /// ATTACKS F-83; issue 10, fault 25.
    #[test]
    fn a_key_anywhere_in_an_address_is_found_and_named_by_its_digest() {
        for key in [minted().as_str(), UUID, SECRET, PUBLISHABLE] {
            let encoded = key.replace('-', "%2D");
            for query in [
                key.to_owned(),
                format!("a=b&{key}"),
                format!("{key}=x"),
                format!("q={key}"),
                format!("q={encoded}"),
                format!("x;{encoded}"),
                format!("auth=Bearer%20{key}"),
                format!("auth=Bearer+{encoded}"),
                format!("auth=%22{key}%22"),
                format!("key=[{key},x]"),
            ] {
                let found = exposed_in_address("/v1/echo", &query, &["accessKey"]);
                assert_eq!(found, Err(CredentialError::InUrl(Some(digest(key)))), "{query}");
            }
            for path in [
                format!("/v1/echo/{key}"),
                format!("/v1/echo/{encoded}/x"),
                format!("/v1/echo/key={key}"),
                format!("/{key}"),
            ] {
                let found = exposed_in_address(&path, "", &[]);
                assert_eq!(found, Err(CredentialError::InPath(digest(key))), "{path}");
            }
            let exempt = exposed_in_address("/", &format!("accessKey={key}"), &["accessKey"]);
            assert_eq!(exempt, Ok(()));
        }
    }

    #[test]
    fn what_only_resembles_a_key_is_no_key() {
        let mut wrong_sum = minted();
        wrong_sum.pop();
        for text in [
            "task-live-0123456789abcdef0123456789abcdef",
            "sk-live-0123456789abcdef0123456789abcdef0",
            "disk-01234567-89ab-cdef-0123-456789abcdef",
            "hk-",
            "k-",
            "-",
            "desk-lamp",
            "hk-\u{f6}\u{f6}\u{f6}\u{f6}\u{f6}\u{f6}\u{f6}\u{f6}\u{f6}\u{f6}\u{f6}\u{f6}\u{f6}",
            &wrong_sum,
        ] {
            assert_eq!(exposed_key(text), None, "{text}");
        }
    }

    #[test]
    fn parameters_of_credentials_are_refused_whatever_they_hold() {
        let refused = Err(CredentialError::InUrl(None));
        for query in ["access_token=a.b.c", "x=1&%61ccess_token=a", "API_KEY=x", "x-api-key=1"] {
            assert_eq!(exposed_in_address("/", query, &[]), refused, "{query}");
        }
        for query in ["", "access_token", "api_key=", "key=not-a-key&token=x", "a==&&b"] {
            assert_eq!(exposed_in_address("/", query, &[]), Ok(()), "{query}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_the_search(text in "\\PC{0,80}", near in "(hk|sk|%68k)(-|%2d)\\PC{0,70}") {
            let _ = exposed_key(&text);
            let _ = exposed_in_address(&near, &text, &[]);
        }
    }
}
