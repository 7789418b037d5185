//! Client authentication (RFC 6749 §2.3): HTTP Basic, a secret in the body, or the id alone.

use std::fmt;

use crate::core::{
    credential::{Authorization, AuthorizationError, basic_pair},
    secret::Secret,
};

/// Longer values belong to no client.
const MAXIMUM_LENGTH: usize = 512;

/// What a request says of its client.
#[derive(Debug)]
pub struct ClientCredentials {
    /// `client_id`
    pub client_id: String,
    /// The secret, if one was presented; by which of the two ways makes no difference.
    pub secret: Option<Secret<String>>,
}

/// Where a request can name its client.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sources<'a> {
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// `client_id` of the body.
    pub client_id: Option<&'a str>,
    /// `client_secret` of the body.
    pub client_secret: Option<&'a str>,
    /// Whether there is a `client_assertion` (RFC 7521), a method that no client is registered for.
    pub assertion: bool,
}

impl ClientCredentials {
    /// Reads them. One method only (RFC 6749 §2.3); a header of another scheme than Basic (an SDK
    /// sends the bearer token along to `revoke`) says nothing about the client.
    pub fn parse(sources: Sources<'_>) -> Result<Self, ClientError> {
        if sources.assertion {
            return Err(ClientError::Method);
        }
        let basic = sources.authorization.map(basic_credentials).transpose()?.flatten();
        let (client_id, secret) = match (basic, sources.client_secret) {
            (Some(_), Some(_)) => return Err(ClientError::TwoMethods),
            (Some(payload), None) => {
                let (client_id, secret) = read_basic(payload).ok_or(ClientError::Malformed)?;
                if sources.client_id.is_some_and(|other| other != client_id) {
                    return Err(ClientError::TwoClients);
                }
                // An empty half is how some clients say "public".
                (client_id, Some(secret).filter(|secret| !secret.is_empty()))
            }
            (None, secret) => {
                let client_id = sources.client_id.ok_or(ClientError::Missing)?;
                (client_id.to_owned(), secret.map(str::to_owned))
            }
        };
        let fits = |text: &str| (1..=MAXIMUM_LENGTH).contains(&text.len());
        if !fits(&client_id) || !secret.as_deref().is_none_or(fits) {
            return Err(ClientError::Malformed);
        }
        Ok(Self { client_id, secret: secret.map(Secret::new) })
    }
}

/// The credentials of the scheme Basic; `None` for another scheme.
fn basic_credentials(header: &str) -> Result<Option<&str>, ClientError> {
    match Authorization::parse(header) {
        Ok(Authorization::Basic(credentials)) => Ok(Some(credentials)),
        Err(AuthorizationError::Several) => Err(ClientError::TwoMethods),
        Err(AuthorizationError::Malformed) if names_basic(header) => Err(ClientError::Malformed),
        _ => Ok(None),
    }
}

fn names_basic(header: &str) -> bool {
    let scheme = header.split([' ', '\t']).next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("basic")
}

/// Both halves are form-urlencoded before they are joined (RFC 6749 §2.3.1).
fn read_basic(credentials: &str) -> Option<(String, String)> {
    let (client_id, secret) = basic_pair(credentials)?;
    Some((decode_half(&client_id)?, decode_half(secret.expose())?))
}

fn decode_half(half: &str) -> Option<String> {
    let spaced = half.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8().ok().map(Into::into)
}

/// Why a request does not say who its client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientError {
    /// No client at all.
    Missing,
    /// Not readable.
    Malformed,
    /// A secret in the header and one in the body.
    TwoMethods,
    /// The header and the body name different clients.
    TwoClients,
    /// A method that is not supported.
    Method,
}

impl ClientError {
    /// Whether the request itself is at fault (`invalid_request`), not the client's authentication
    /// (`invalid_client`).
    pub const fn is_request(self) -> bool {
        matches!(self, Self::TwoMethods | Self::TwoClients)
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the client must be named",
            Self::Malformed => "client authentication failed",
            Self::TwoMethods => "the client may authenticate in one way only",
            Self::TwoClients => "the request names two clients",
            Self::Method => "this way of client authentication is not supported",
        })
    }
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Encoding};

    use super::*;

    fn basic(text: &str) -> String {
        format!("Basic {}", Base64::encode_string(text.as_bytes()))
    }

    #[test]
    fn the_halves_of_basic_are_form_urlencoded() {
        let header = basic("app%3A1:s%2Bcret+x");
        let sources = Sources { authorization: Some(&header), ..Sources::default() };
        let credentials = ClientCredentials::parse(sources).unwrap();
        assert_eq!(credentials.client_id, "app:1");
        assert_eq!(credentials.secret.unwrap().expose(), "s+cret x");
    }

    #[test]
    fn the_scheme_is_read_in_any_case_and_another_scheme_is_not_the_clients() {
        let header = basic("app:secret").replace("Basic", "bAsIc");
        let sources = Sources { authorization: Some(&header), ..Sources::default() };
        assert_eq!(ClientCredentials::parse(sources).unwrap().client_id, "app");
        let bearer = Sources {
            authorization: Some("Bearer a.b.c"),
            client_id: Some("app"),
            ..Sources::default()
        };
        assert!(ClientCredentials::parse(bearer).unwrap().secret.is_none());
    }

    /// Fault 25: the gateway takes two spaces, so that the token endpoint does (RFC 9110 §11.4).
    #[test]
    fn any_number_of_spaces_follows_the_scheme_and_two_headers_are_two_methods() {
        let header = basic("app:secret");
        let parse = |header: &str| {
            ClientCredentials::parse(Sources { authorization: Some(header), ..Sources::default() })
        };
        assert_eq!(parse(&header.replace(' ', "   ")).unwrap().client_id, "app");
        let twice = format!("{header}, {header}");
        assert_eq!(parse(&twice).unwrap_err(), ClientError::TwoMethods);
    }

    /// ATTACKS D-62, D-63.
    #[test]
    fn two_methods_two_clients_or_an_assertion_are_refused() {
        let header = basic("app:secret");
        let both = Sources {
            authorization: Some(&header),
            client_secret: Some("secret"),
            ..Sources::default()
        };
        assert_eq!(ClientCredentials::parse(both).unwrap_err(), ClientError::TwoMethods);
        let other = Sources { client_secret: None, client_id: Some("other"), ..both };
        assert_eq!(ClientCredentials::parse(other).unwrap_err(), ClientError::TwoClients);
        let same = Sources { client_id: Some("app"), ..other };
        assert!(ClientCredentials::parse(same).is_ok());
        let assertion = Sources { assertion: true, client_id: Some("app"), ..Sources::default() };
        assert_eq!(ClientCredentials::parse(assertion).unwrap_err(), ClientError::Method);
    }

    #[test]
    fn what_is_missing_malformed_or_endless_is_refused() {
        let endless = basic(&format!("app:{}", "s".repeat(513)));
        for header in ["Basic", "Basic !!", "Basic YXBw", "Basic Og==", &basic("%ff:s"), &endless] {
            let sources = Sources { authorization: Some(header), ..Sources::default() };
            assert!(ClientCredentials::parse(sources).is_err(), "{header}");
        }
    }
}
