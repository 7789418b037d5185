//! Takes the one credential out of a request (RFC 6750 §2; ATTACKS, F-83).

use base64ct::{Base64, Encoding};
use percent_encoding::percent_decode_str;

use super::{
    apikey::{ApiKey, is_api_key},
    encoding::digest,
    head::Head,
};

/// The cookies that may hold an access token (WIRE §6), the first that is there counting.
pub const TOKEN_COOKIES: [&str; 5] = [
    "__Host-hanzo_iam_token",
    "hanzo_iam_token",
    "iam_access_token",
    "access_token",
    "hanzo_token",
];

/// Parameters that only ever carry a credential (RFC 6750 §2.3, which RFC 9700 §4.3.2 forbids).
const CREDENTIAL_PARAMETERS: [&str; 5] =
    ["access_token", "api_key", "apikey", "api-key", "x-api-key"];

/// What a request presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented<'a> {
    /// The token or key, not looked into.
    pub text: &'a str,
    /// Where it stood.
    pub place: Place,
}

/// Where a credential stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `Authorization` or `X-Authorization`.
    Header,
    /// A cookie, which a browser sends without being asked to by the user.
    Cookie,
}

/// Why no credential is taken from a request: it is refused with 400.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialError {
    /// More than one, so that two readers could take different ones.
    Several,
    /// Not `<scheme> <token>`.
    Malformed,
    /// In the URL, where logs keep it; the digest if it is an API key.
    InUrl(Option<String>),
    /// An API key in a cookie, of this digest.
    KeyInCookie(String),
}

/// What an `Authorization` header holds.
enum Authorization {
    Bearer,
    /// The password of Basic, where the token stands.
    Basic,
}

/// The credential of a request, if there is one. `Basic` is answered by [`Credentials`], because
/// its token has to be decoded first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    decoded: String,
}

impl Credentials {
    /// Takes the one credential; `None` if there is none. A header counts before a cookie. Of a
    /// credential that turns out to be no good, [`fault`] tells whether it could have been one:
    /// so the long text of one that is good is not looked through.
    pub fn take<'a>(
        &'a mut self,
        head: &Head<'a>,
    ) -> Result<Option<Presented<'a>>, CredentialError> {
        exposed_in_query(head.query, &[])?;
        let cookie = cookie_token(head.header("cookie"))?;
        let headers = [head.header("authorization"), head.header("x-authorization")];
        let header = match headers {
            [None, None] => return Ok(cookie.map(|text| Presented { text, place: Place::Cookie })),
            [Some(_), Some(_)] => return Err(CredentialError::Several),
            [Some(value), None] | [None, Some(value)] => value,
        };
        let (scheme, text) = authorization(header)?;
        let text = match scheme {
            Authorization::Bearer => text,
            Authorization::Basic => {
                self.decoded = basic_password(text).ok_or(CredentialError::Malformed)?;
                self.decoded.as_str()
            }
        };
        Ok(Some(Presented { text, place: Place::Header }))
    }
}

/// Refuses a query that carries a credential, except in parameters that a route defines itself.
pub fn exposed_in_query(query: &str, exempt: &[&str]) -> Result<(), CredentialError> {
    for pair in query.split(['&', ';']) {
        let Some((name, value)) = pair.split_once('=').filter(|(_, value)| !value.is_empty())
        else {
            continue;
        };
        let name = percent_decode_str(name).decode_utf8_lossy();
        if exempt.contains(&name.as_ref()) {
            continue;
        }
        let value = percent_decode_str(value).decode_utf8_lossy();
        let key = key_digest(value.trim());
        if key.is_some()
            || CREDENTIAL_PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known))
        {
            return Err(CredentialError::InUrl(key));
        }
    }
    Ok(())
}

/// The digest of what is an API key by its form.
fn key_digest(text: &str) -> Option<String> {
    (is_api_key(text) && ApiKey::parse(text).is_ok()).then(|| digest(text))
}

/// What is wrong with how a request presents a credential that is no good. Nothing that is good can
/// hold what this finds.
pub fn fault(head: &Head<'_>) -> Option<CredentialError> {
    let value = head.header("authorization").or_else(|| head.header("x-authorization"))?;
    match authorization(value) {
        Ok((Authorization::Bearer, text)) => misspelt(text),
        Ok((Authorization::Basic, _)) => None, // its password may hold anything
        Err(error) => Some(error),
    }
}

/// `<scheme> <token>` (RFC 9110 §11.4): any case, spaces only.
fn authorization(value: &str) -> Result<(Authorization, &str), CredentialError> {
    let (scheme, rest) = value.split_once(' ').ok_or_else(|| malformed(value))?;
    let text = rest.trim_start_matches(' ');
    if text.is_empty() {
        Err(malformed(value))
    } else if scheme.eq_ignore_ascii_case("bearer") {
        Ok((Authorization::Bearer, text))
    } else if scheme.eq_ignore_ascii_case("basic") {
        misspelt(text).map_or(Ok((Authorization::Basic, text)), Err)
    } else {
        Err(malformed(value))
    }
}

/// Why `text` is not one token68 (RFC 9110 §11.2), if it is not.
fn misspelt(text: &str) -> Option<CredentialError> {
    let token68 = |byte: u8| {
        byte.is_ascii_alphanumeric()
            | matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
    };
    // To the end in any case: so many bytes are looked at together.
    let good = text.bytes().fold(true, |good, byte| good & token68(byte));
    (!good).then(|| malformed(text))
}

/// The platform joins repeated headers by a comma, which stands in no credential.
fn malformed(text: &str) -> CredentialError {
    if text.contains(',') { CredentialError::Several } else { CredentialError::Malformed }
}

/// The password of Basic (RFC 7617 §2), where the token stands.
fn basic_password(text: &str) -> Option<String> {
    let pair = String::from_utf8(Base64::decode_vec(text).ok()?).ok()?;
    let (_, password) = pair.split_once(':')?;
    (!password.is_empty()).then(|| password.to_owned())
}

/// The token in a cookie of these `Cookie` headers. One name twice with two values is refused:
/// readers differ in which they take.
pub fn cookie_token<'a>(
    headers: impl IntoIterator<Item = &'a str>,
) -> Result<Option<&'a str>, CredentialError> {
    let mut found: [Option<&str>; TOKEN_COOKIES.len()] = [None; TOKEN_COOKIES.len()];
    for (name, value) in headers.into_iter().flat_map(cookies) {
        if let Some(digest) = key_digest(value) {
            return Err(CredentialError::KeyInCookie(digest));
        }
        let slot = TOKEN_COOKIES.iter().zip(&mut found).find(|(known, _)| **known == name);
        let Some((_, slot)) = slot.filter(|_| !value.is_empty()) else { continue };
        if slot.is_some_and(|other| other != value) {
            return Err(CredentialError::Several);
        }
        *slot = Some(value);
    }
    Ok(found.into_iter().flatten().next())
}

/// Names and values of a `Cookie` header (RFC 6265 §4.2.1).
pub fn cookies(header: &str) -> impl Iterator<Item = (&str, &str)> {
    // Repeated headers are joined by a comma by some, by a semicolon by others (RFC 9113 §8.2.3).
    header.split([';', ',']).filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim(), value.trim().trim_matches('"')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-live-0123456789abcdef0123456789abcdef";

    fn take(headers: &[(&str, &str)], query: &str) -> Result<Option<String>, CredentialError> {
        let mut text = format!("GET\nhttps://api.hanzo.ai/v1/echo?{query}\n");
        for (name, value) in headers {
            text.extend(["\n", name, "\n", value]);
        }
        let head = Head::parse(&text).unwrap();
        let mut credentials = Credentials::default();
        let found = credentials.take(&head)?;
        let found = found.map(|presented| presented.text.to_owned());
        found.map_or(Ok(None), |text| fault(&head).map_or(Ok(Some(text)), Err))
    }

    fn bearer(value: &str) -> Result<Option<String>, CredentialError> {
        take(&[("authorization", value)], "")
    }

    #[test]
    fn a_credential_is_taken_from_each_place_of_the_contract() {
        let found = Ok(Some("a.b.c".to_owned()));
        assert_eq!(bearer("Bearer a.b.c"), found);
        assert_eq!(take(&[("x-authorization", "Bearer a.b.c")], ""), found);
        assert_eq!(bearer("Basic dXNlcjphLmIuYw=="), found);
        for name in TOKEN_COOKIES {
            assert_eq!(take(&[("cookie", &format!("x=1; {name}=a.b.c"))], ""), found, "{name}");
        }
        assert_eq!(take(&[], "a=b"), Ok(None));
        let both = [("authorization", "Bearer a.b.c"), ("cookie", "hanzo_token=d.e.f")];
        assert_eq!(take(&both, ""), found);
    }

    /// ATTACKS A-28, RFC 6750 §2: one method, once.
    #[test]
    fn a_request_with_two_credentials_is_refused() {
        assert_eq!(bearer("Bearer a, Bearer b"), Err(CredentialError::Several));
        let two = [("authorization", "Bearer a"), ("x-authorization", "Bearer a")];
        assert_eq!(take(&two, ""), Err(CredentialError::Several));
        let in_url = Err(CredentialError::InUrl(None));
        assert_eq!(take(&[("authorization", "Bearer a")], "access_token=a.b.c"), in_url);
        assert_eq!(take(&[], "x=1&%61ccess_token=a"), in_url);
        let cookies = [("cookie", "hanzo_token=a; hanzo_token=b")];
        assert_eq!(take(&cookies, ""), Err(CredentialError::Several));
    }

    /// ATTACKS A-29, RFC 9110 §11.
    #[test]
    fn a_scheme_has_any_case_and_a_token_no_blanks() {
        for value in ["bearer a", "BEARER a", "bEaReR  a"] {
            assert_eq!(bearer(value), Ok(Some("a".to_owned())), "{value:?}");
        }
        for value in ["Bearer", "Bearer ", "Bearer\ta", "Bearer a b", "Bearer a\t", "Digest a", ""]
        {
            assert_eq!(bearer(value), Err(CredentialError::Malformed), "{value:?}");
        }
        assert_eq!(bearer("Bearer a,"), Err(CredentialError::Several));
        assert_eq!(bearer("Basic !!"), Err(CredentialError::Malformed));
        assert_eq!(bearer("Basic YQ=="), Err(CredentialError::Malformed));
    }

    /// ATTACKS F-83, RFC 9700 §4.3.2.
    #[test]
    fn a_key_in_a_url_or_a_cookie_is_refused_and_named_by_its_digest() {
        let known = Some(digest(KEY));
        for query in [format!("q={KEY}"), format!("a=b&key={}", KEY.replace('-', "%2D"))] {
            assert_eq!(take(&[], &query), Err(CredentialError::InUrl(known.clone())), "{query}");
        }
        let cookie = format!("theme=dark; whatever={KEY}");
        let refused = take(&[("cookie", &cookie)], "");
        assert_eq!(refused, Err(CredentialError::KeyInCookie(digest(KEY))));
        assert_eq!(take(&[], "key=not-a-key&token=x"), Ok(None));
    }
}
