//! Extracts the single credential of a request (RFC 6750 §2; ATTACKS, F-83).

mod authorization;
mod cookie;
mod exposure;
mod initiator;
mod protocol;

pub use authorization::{Authorization, AuthorizationError, basic_pair};
pub use cookie::{MAXIMUM_COOKIE_TOKENS, TOKEN_COOKIES, cookie_tokens, cookies};
pub use exposure::{exposed_in_address, exposed_key};
pub use initiator::Initiator;
pub use protocol::{PROTOCOL_HEADER, remaining_protocols};

use super::{apikey::is_api_key, request_head::RequestHead};

/// The header in which some clients send an API key, and nothing else, instead of `Authorization`.
pub const KEY_HEADER: &str = "x-api-key";

/// The credential that a request presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PresentedCredential<'a> {
    /// The token or key of a header, which a client sends on purpose.
    Header(&'a str),
    /// The values of cookies, which a browser sends unasked: see [`cookie_tokens`].
    Cookies(Vec<&'a str>),
}

/// Why no credential is taken from a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialError {
    /// More than one, so that two readers could take different ones.
    Several,
    /// Not `<scheme> <token>`.
    Malformed,
    /// A scheme that is not taken, or something else than a key where only keys are taken.
    Unsupported,
    /// In the query, where logs keep it; the digest if it is an API key.
    InUrl(Option<String>),
    /// An API key in the path, of this digest.
    InPath(String),
    /// An API key in a cookie, of this digest.
    KeyInCookie(String),
}

impl From<AuthorizationError> for CredentialError {
    fn from(error: AuthorizationError) -> Self {
        match error {
            AuthorizationError::Several => Self::Several,
            AuthorizationError::Malformed => Self::Malformed,
            AuthorizationError::Scheme => Self::Unsupported,
        }
    }
}

/// Takes the credential of a request; holds it if it had to be decoded (Basic).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    decoded: String,
}

impl Credentials {
    /// The one credential, `None` if there is none. A header counts before cookies. If a credential
    /// turns out not to be valid, [`fault`] says whether it was malformed, so that the long text
    /// of a valid one is never scanned.
    pub fn take<'a>(
        &'a mut self,
        head: &RequestHead<'a>,
    ) -> Result<Option<PresentedCredential<'a>>, CredentialError> {
        let cookies = cookie_tokens(head.header("cookie"))?;
        let key = head.header(KEY_HEADER).filter(|value| !value.is_empty());
        let mut headers = [
            head.header("authorization").map(Sent::Authorization),
            head.header("x-authorization").map(Sent::Authorization),
            key.map(Sent::Key),
            protocol::key(head)?.map(Sent::Key),
        ]
        .into_iter()
        .flatten();
        let text = match (headers.next(), headers.next()) {
            (None, _) => {
                return Ok((!cookies.is_empty()).then_some(PresentedCredential::Cookies(cookies)));
            }
            (Some(_), Some(_)) => return Err(CredentialError::Several),
            (Some(Sent::Key(text)), None) => key_alone(text)?,
            (Some(Sent::Authorization(value)), None) => match Authorization::split(value)? {
                Authorization::Bearer(text) => text,
                basic @ Authorization::Basic(text) => {
                    basic.check()?;
                    self.decoded = basic_password(text).ok_or(CredentialError::Malformed)?;
                    self.decoded.as_str()
                }
            },
        };
        Ok(Some(PresentedCredential::Header(text)))
    }
}

/// A header that carries a credential.
enum Sent<'a> {
    /// With its scheme.
    Authorization(&'a str),
    /// An API key and nothing else.
    Key(&'a str),
}

/// The value of a header that takes nothing but an API key.
pub fn key_alone(value: &str) -> Result<&str, CredentialError> {
    if value.contains(',') {
        Err(CredentialError::Several) // repeated headers, joined by the platform
    } else if is_api_key(value) {
        Ok(value)
    } else {
        Err(CredentialError::Unsupported)
    }
}

/// The fault in the header of an invalid credential, if it is malformed. No valid credential has such a
/// fault.
pub fn fault(head: &RequestHead<'_>) -> Option<CredentialError> {
    let value = head.header("authorization").or_else(|| head.header("x-authorization"))?;
    Authorization::parse(value).err().map(CredentialError::from)
}

/// The password of Basic, where the token stands.
fn basic_password(text: &str) -> Option<String> {
    let (_, password) = basic_pair(text)?;
    Some(password.expose().clone()).filter(|password| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-live-0123456789abcdef0123456789abcdef";

    fn take(headers: &[(&str, &str)]) -> Result<Option<String>, CredentialError> {
        let mut text = "GET\nhttps://api.hanzo.ai/v1/echo\n".to_owned();
        for (name, value) in headers {
            text.extend(["\n", name, "\n", value]);
        }
        let head = RequestHead::parse(&text).unwrap();
        let mut credentials = Credentials::default();
        let found = credentials.take(&head)?.map(|presented| match presented {
            PresentedCredential::Header(text) => text.to_owned(),
            PresentedCredential::Cookies(texts) => texts.join(" "),
        });
        found.map_or(Ok(None), |text| fault(&head).map_or(Ok(Some(text)), Err))
    }

    fn bearer(value: &str) -> Result<Option<String>, CredentialError> {
        take(&[("authorization", value)])
    }

    #[test]
    fn a_credential_is_taken_from_each_place_of_the_contract() {
        let found = Ok(Some("a.b.c".to_owned()));
        assert_eq!(bearer("Bearer a.b.c"), found);
        assert_eq!(take(&[("x-authorization", "Bearer a.b.c")]), found);
        assert_eq!(bearer("Basic dXNlcjphLmIuYw=="), found);
        for name in TOKEN_COOKIES {
            assert_eq!(take(&[("cookie", &format!("x=1; {name}=a.b.c"))]), found, "{name}");
        }
        assert_eq!(take(&[]), Ok(None));
        let both = [("authorization", "Bearer a.b.c"), ("cookie", "hanzo_token=d.e.f")];
        assert_eq!(take(&both), found);
        let cookies = [("cookie", "hanzo_token=a; access_token=b; hanzo_token=c")];
        assert_eq!(take(&cookies), Ok(Some("b a c".to_owned())));
    }

    /// Issue 10, fault 35.
    #[test]
    fn x_api_key_holds_a_key_and_nothing_else() {
        assert_eq!(take(&[(KEY_HEADER, KEY)]), Ok(Some(KEY.to_owned())));
        assert_eq!(take(&[(KEY_HEADER, "")]), Ok(None));
        for other in ["a.b.c", "AIzaSyD", "Bearer hk-1"] {
            assert_eq!(take(&[(KEY_HEADER, other)]), Err(CredentialError::Unsupported), "{other}");
        }
        let twice = format!("{KEY}, {KEY}");
        assert_eq!(take(&[(KEY_HEADER, &twice)]), Err(CredentialError::Several));
        let cookie = [(KEY_HEADER, KEY), ("cookie", "hanzo_token=a.b.c")];
        assert_eq!(take(&cookie), Ok(Some(KEY.to_owned())));
    }

    /// Issue 10, fault 36; a page's way to the realtime API of `OpenAI`.
    #[test]
    fn a_websocket_brings_its_key_as_a_subprotocol() {
        let protocol = format!("realtime, openai-insecure-api-key.{KEY}, openai-beta.realtime-v1");
        let upgrade = [("upgrade", "WebSocket"), (PROTOCOL_HEADER, protocol.as_str())];
        assert_eq!(take(&upgrade), Ok(Some(KEY.to_owned())));
        assert_eq!(take(&upgrade[1..]), Ok(None), "only an upgrade has a subprotocol");
        for other in ["openai-insecure-api-key.a.b.c", "x, openai-insecure-api-key."] {
            let upgrade = [("upgrade", "websocket"), (PROTOCOL_HEADER, other)];
            assert_eq!(take(&upgrade), Err(CredentialError::Unsupported), "{other}");
        }
        let twice = format!("{protocol}, {protocol}");
        let upgrade = [("upgrade", "websocket"), (PROTOCOL_HEADER, twice.as_str())];
        assert_eq!(take(&upgrade), Err(CredentialError::Several));
    }

    /// ATTACKS A-28, RFC 6750 §2: one method, once.
    #[test]
    fn a_request_with_two_credentials_is_refused() {
        assert_eq!(bearer("Bearer a, Bearer b"), Err(CredentialError::Several));
        let protocol = format!("openai-insecure-api-key.{KEY}");
        let all = [
            ("authorization", "Bearer a"),
            ("x-authorization", "Bearer a"),
            (KEY_HEADER, KEY),
            (PROTOCOL_HEADER, protocol.as_str()),
        ];
        for (number, one) in all.iter().enumerate() {
            for other in &all[number + 1..] {
                let two = [("upgrade", "websocket"), *one, *other];
                assert_eq!(take(&two), Err(CredentialError::Several), "{one:?} {other:?}");
            }
        }
    }

    /// ATTACKS A-29, RFC 9110 §11.
    #[test]
    fn a_scheme_has_any_case_and_a_token_no_blanks() {
        for value in ["bearer a", "BEARER a", "bEaReR  a"] {
            assert_eq!(bearer(value), Ok(Some("a".to_owned())), "{value:?}");
        }
        for value in ["Bearer", "Bearer ", "Bearer\ta", "Bearer a b", "Bearer a\t", ""] {
            assert_eq!(bearer(value), Err(CredentialError::Malformed), "{value:?}");
        }
        assert_eq!(bearer("Digest a"), Err(CredentialError::Unsupported));
        assert_eq!(bearer("Bearer a,"), Err(CredentialError::Several));
        assert_eq!(bearer("Basic !!"), Err(CredentialError::Malformed));
        assert_eq!(bearer("Basic YQ=="), Err(CredentialError::Malformed));
    }
}
