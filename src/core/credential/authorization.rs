//! The `Authorization` header (RFC 9110 §11.6.2): the one parser of the edge and the origin.

use base64ct::{Base64, Encoding};

use crate::core::secret::Secret;

/// The value of an `Authorization` header, by its scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorization<'a> {
    /// A token or an API key (RFC 6750 §2.1).
    Bearer(&'a str),
    /// Base64 of user-id and password (RFC 7617 §2): see [`basic_pair`].
    Basic(&'a str),
}

/// Why a header is not an [`Authorization`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorizationError {
    /// Several credentials: platforms join repeated headers by a comma, which occurs in none.
    Several,
    /// Not `<scheme> <credentials>`.
    Malformed,
    /// A scheme other than Bearer and Basic.
    Scheme,
}

impl<'a> Authorization<'a> {
    /// Parses `auth-scheme 1*SP token68` (RFC 9110 §11.4): the scheme in any case, one or more
    /// spaces. Characters that only a token's or key's own parser can judge are left to it.
    pub fn parse(value: &'a str) -> Result<Self, AuthorizationError> {
        let authorization = Self::split(value)?;
        authorization.check()?;
        Ok(authorization)
    }

    /// [`Self::parse`] without [`Self::check`], which reads the whole credential: a credential that
    /// turns out to be valid needs no check.
    pub fn split(value: &'a str) -> Result<Self, AuthorizationError> {
        let (scheme, rest) = value.split_once(' ').ok_or_else(|| malformed(value))?;
        let credentials = rest.trim_start_matches(' ');
        if credentials.is_empty() {
            Err(AuthorizationError::Malformed)
        } else if scheme.eq_ignore_ascii_case("bearer") {
            Ok(Self::Bearer(credentials))
        } else if scheme.eq_ignore_ascii_case("basic") {
            Ok(Self::Basic(credentials))
        } else if is_token(scheme) {
            Err(AuthorizationError::Scheme)
        } else {
            Err(malformed(value))
        }
    }

    /// Refuses credentials with a comma, blank or control character.
    pub fn check(self) -> Result<(), AuthorizationError> {
        let (Self::Bearer(text) | Self::Basic(text)) = self;
        let separates = |byte: u8| byte <= b' ' || byte == b',' || byte == 0x7f;
        if text.bytes().any(separates) { Err(malformed(text)) } else { Ok(()) }
    }
}

fn malformed(text: &str) -> AuthorizationError {
    if text.contains(',') { AuthorizationError::Several } else { AuthorizationError::Malformed }
}

/// Whether `text` is a token of RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

/// User-id and password of Basic credentials (RFC 7617 §2).
pub fn basic_pair(credentials: &str) -> Option<(String, Secret<String>)> {
    let pair = Secret::new(String::from_utf8(Base64::decode_vec(credentials).ok()?).ok()?);
    let (user, password) = pair.expose().split_once(':')?;
    Some((user.to_owned(), Secret::new(password.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ATTACKS A-29, RFC 9110 §11.4: `1*SP`, so that two spaces mean what one does.
    #[test]
    fn a_scheme_has_any_case_and_any_number_of_spaces_after_it() {
        for value in ["Bearer a.b~c", "bearer a.b~c", "BEARER  a.b~c", "bEaReR    a.b~c"] {
            assert_eq!(Authorization::parse(value), Ok(Authorization::Bearer("a.b~c")), "{value}");
        }
        assert_eq!(Authorization::parse("basic  YTpi"), Ok(Authorization::Basic("YTpi")));
    }

    #[test]
    fn a_header_without_one_credential_is_malformed() {
        for value in ["", " ", "Bearer", "Bearer ", "Bearer  ", "Bearer\ta", "Bearer a b", " a"] {
            let refused = Err(AuthorizationError::Malformed);
            assert_eq!(Authorization::parse(value), refused, "{value:?}");
        }
        for value in ["Bearer a\t", "Bearer a\u{7f}", "Bearer \u{1}a", "B\u{e4}rer a"] {
            let refused = Err(AuthorizationError::Malformed);
            assert_eq!(Authorization::parse(value), refused, "{value:?}");
        }
    }

    /// ATTACKS A-28.
    #[test]
    fn repeated_headers_joined_by_a_comma_are_several_credentials() {
        for value in ["Bearer a, Bearer b", "Bearer a,", "Bearer a,b", "Basic YTpi,YTpi"] {
            assert_eq!(Authorization::parse(value), Err(AuthorizationError::Several), "{value}");
        }
    }

    #[test]
    fn another_scheme_is_distinguished_from_a_malformed_header() {
        for value in ["Digest a", "DPoP a.b.c", "Token a=\"b\"", "hk-1 2"] {
            assert_eq!(Authorization::parse(value), Err(AuthorizationError::Scheme), "{value}");
        }
    }

    #[test]
    fn basic_credentials_are_a_pair_and_only_the_first_colon_separates() {
        let pair = |text| basic_pair(text).map(|(user, secret)| (user, secret.expose().clone()));
        assert_eq!(pair("dXNlcjphOmI="), Some(("user".to_owned(), "a:b".to_owned())));
        assert_eq!(pair("dXNlcjo="), Some(("user".to_owned(), String::new())));
        for text in ["!!", "YQ==", "/zo=", "dXNlcjphOmI"] {
            assert_eq!(pair(text), None, "{text}");
        }
    }
}
