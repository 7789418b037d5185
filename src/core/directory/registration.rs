//! Validation of application registrations.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use super::{Invalid, Text, names::text};
use crate::core::{redirect::is_registrable, secret::Secret};

/// What a view shows in place of a secret; written back, it changes nothing.
pub const MASK: &str = "***";

/// The fewest characters of a client secret: only its SHA-256 is kept, which protects no text that
/// can be guessed.
const MINIMUM_SECRET: usize = 24;

/// The grant types of this server.
const GRANT_TYPES: [&str; 6] = [
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:device_code",
];

text! {
    /// A grant type; `device_code` and `token-exchange` are short forms.
    GrantType,
    grant_type,
    {"type": "string"}
}

text! {
    /// A redirect URI that can be matched exactly (RFC 9700 §2.1): absolute, without fragment, user
    /// information or wildcard; `https`, or `http` on this machine (RFC 8252 §7.3), or a
    /// private-use scheme with a dot in it (§7.1).
    RedirectUri,
    redirect_uri,
    {"type": "string", "maxLength": 2048}
}

text! {
    /// A resource that tokens may be meant for (RFC 8707 §2): an absolute URI without fragment.
    Resource,
    resource,
    {"type": "string", "maxLength": 512}
}

/// A client secret that the client chose: 24 to 256 bytes.
#[derive(Debug, Clone)]
pub struct ClientSecret(pub Secret<String>);

impl Text for ClientSecret {
    fn read(text: &str) -> Result<Self, Invalid> {
        if (MINIMUM_SECRET..=256).contains(&text.len()) {
            Ok(Self(Secret::new(text.to_owned())))
        } else {
            Err(Invalid::new("must be 24 to 256 characters".to_owned()))
        }
    }

    fn is_blank(text: &str) -> bool {
        text.is_empty() || text == MASK
    }
}

/// The names of scopes, sent as names or as objects that have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeNames(pub Vec<String>);

struct ScopeName(String);

impl<'de> Deserialize<'de> for ScopeName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entry = Value::deserialize(deserializer)?;
        let name = entry.as_str().or_else(|| entry.get("name")?.as_str());
        // RFC 6749 §3.3: printable ASCII without space, quote, backslash.
        let sound = |name: &&str| {
            !name.is_empty()
                && name.len() <= 128
                && name.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
        };
        let name = name.filter(sound).map(str::to_owned);
        name.map(Self).ok_or_else(|| D::Error::custom("is not a scope"))
    }
}

impl<'de> Deserialize<'de> for ScopeNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<ScopeName>::deserialize(deserializer)?;
        if names.len() > 100 {
            return Err(D::Error::custom("has too many entries"));
        }
        Ok(Self(names.into_iter().map(|name| name.0).collect()))
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{ClientSecret, ScopeNames};

    impl JsonSchema for ClientSecret {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "ClientSecret".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "type": "string", "format": "password",
                "minLength": super::MINIMUM_SECRET, "maxLength": 256,
            })
        }
    }

    impl JsonSchema for ScopeNames {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "ScopeNames".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            let name = json_schema!({"type": "string", "pattern": "^[!#-\\[\\]-~]{1,128}$"});
            json_schema!({
                "type": "array",
                "maxItems": 100,
                "items": {"anyOf": [name, {
                    "type": "object", "properties": {"name": name}, "required": ["name"],
                }]},
            })
        }
    }
}

fn grant_type(value: &str) -> Result<String, Invalid> {
    let full = match value {
        "device_code" => "urn:ietf:params:oauth:grant-type:device_code",
        "token-exchange" | "token_exchange" => "urn:ietf:params:oauth:grant-type:token-exchange",
        other => other,
    };
    if GRANT_TYPES.contains(&full) {
        Ok(full.to_owned())
    } else {
        Err(Invalid::new(format!("{value:?} is not a grant type of this server")))
    }
}

fn redirect_uri(value: &str) -> Result<String, Invalid> {
    if is_registrable(value) {
        return Ok(value.to_owned());
    }
    Err(Invalid::new(format!(
        "{value:?} must be https, http on this machine, or a private-use scheme with a dot, \
         without fragment, user information, dot segments and wildcards"
    )))
}

fn resource(value: &str) -> Result<String, Invalid> {
    let plain = value.len() <= 512
        && value.bytes().all(|byte| byte.is_ascii_graphic() && !b"#*\\\"<>^`{|}".contains(&byte));
    let sound = value.split_once(':').is_some_and(|(scheme, rest)| match scheme {
        "https" | "http" => authority(rest).is_some(),
        "urn" => !rest.is_empty(),
        _ => false,
    });
    if plain && sound {
        Ok(value.to_owned())
    } else {
        Err(Invalid::new(format!("{value:?} is not an absolute URI without fragment")))
    }
}

/// Host and port of `//host:port/…`; `None` with user information or an odd host.
fn authority(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix("//")?;
    let authority = rest.split(['/', '?']).next()?;
    let host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    (authority.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'[')
        && authority.bytes().all(host))
    .then_some(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ATTACKS C-39: addresses that cannot be compared exactly are not registered.
    #[test]
    fn a_redirect_uri_that_cannot_be_matched_exactly_is_not_registered() {
        for uri in [
            "https://app.example/callback",
            "https://app.example:8443/callback?tenant=a",
            "http://localhost:3000/callback",
            "http://127.0.0.1/callback",
            "http://[::1]:8080/callback",
            "com.example.app:/oauth2redirect",
        ] {
            assert!(redirect_uri(uri).is_ok(), "{uri}");
        }
        for uri in [
            "",
            "https://",
            "https:///callback",
            "//app.example/callback",
            "/callback",
            "https://app.example/callback#x",
            "https://*.example/callback",
            "https://user@app.example/callback",
            "https://app.example\\@evil.example/",
            "http://app.example/callback",
            "http://localhost.evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://localhost:0/",
            "http://localhost:99999/",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "myapp://callback",
            "JAVASCRIPT.x:alert(1)",
            "https://app.example/ callback",
            "https://app.example/\u{e4}",
        ] {
            assert!(redirect_uri(uri).is_err(), "{uri}");
        }
    }

    #[test]
    fn only_grant_types_that_exist_are_registered() {
        assert_eq!(
            grant_type("device_code").unwrap(),
            "urn:ietf:params:oauth:grant-type:device_code"
        );
        assert!(grant_type("implicit").is_err() && grant_type("").is_err());
    }

    #[test]
    fn a_resource_is_an_absolute_uri_without_fragment() {
        assert!(resource("https://api.hanzo.ai").is_ok());
        for uri in ["api", "https://", "https://api.hanzo.ai#x", "/v1", "javascript:x"] {
            assert!(resource(uri).is_err(), "{uri}");
        }
    }
}
