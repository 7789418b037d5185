//! Names of organizations, users, applications and keys.

use super::{Invalid, Text};

/// Names that are the platform's own (WIRE §7).
const RESERVED: [&str; 6] = ["admin", "built-in", "app", "id", "org", "iam"];

/// Declares a type for texts that follow a rule. `$read` returns the text in its stored form, or
/// why it is refused.
macro_rules! text {
    ($(#[$doc:meta])+ $name:ident, $read:expr, $schema:tt) => {
        $(#[$doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $crate::core::directory::Text for $name {
            fn read(text: &str) -> Result<Self, $crate::core::directory::Invalid> {
                let read: fn(&str) -> Result<String, $crate::core::directory::Invalid> = $read;
                read(text).map(Self)
            }
        }

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        #[cfg(not(target_arch = "wasm32"))]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}
pub(super) use text;

text! {
    /// The name of an organization. It stands in URLs, claims and audiences.
    OrgName,
    |text| Some(text.to_owned()).filter(|name| is_organization_name(name)).ok_or_else(|| {
        refused("must be lower-case letters, digits and '-', at most 63")
    }),
    {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"}
}

text! {
    /// A username, trimmed and in lower case.
    Username,
    |text| Some(folded(text)).filter(|name| is_username(name)).ok_or_else(|| {
        refused("must be lower-case letters, digits, '.', '_' and '-', at most 63")
    }),
    {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,62}$"}
}

text! {
    /// The name of an application, key or capability.
    ObjectName,
    object_name,
    {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"}
}

text! {
    /// A `client_id` that an application may register.
    ClientId,
    object_name,
    {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"}
}

/// A user, as `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRef {
    /// The home organization.
    pub owner: String,
    /// The username.
    pub name: String,
}

impl Text for UserRef {
    fn read(text: &str) -> Result<Self, Invalid> {
        let (owner, name) =
            text.split_once('/').ok_or_else(|| refused("is not a user (owner/name)"))?;
        Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for UserRef {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "UserRef".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[^/]+/.+$"})
    }
}

fn refused(why: &str) -> Invalid {
    Invalid::new(why.to_owned())
}

fn object_name(text: &str) -> Result<String, Invalid> {
    if is_object_name(text) {
        Ok(text.to_owned())
    } else {
        Err(refused("must be letters, digits, '.', '_' and '-'"))
    }
}

/// `^[a-z0-9][a-z0-9._-]{0,62}$`
pub fn is_username(text: &str) -> bool {
    is_slug(text, b"._-", 63)
}

/// `^[a-z0-9][a-z0-9-]{0,62}$`
pub fn is_organization_name(text: &str) -> bool {
    is_slug(text, b"-", 63)
}

/// Whether no client may create an organization of that name.
pub fn is_reserved_organization(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// `^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`
pub fn is_object_name(text: &str) -> bool {
    text.len() <= 100
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// A login, username or organization as it is compared: trimmed and in lower case, since a phone's
/// keyboard writes `Alice`.
pub fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The names of the organizations that a client with `client_id` could pass for: each part that
/// ends before a `-`.
pub fn namespaces(client_id: &str) -> impl Iterator<Item = &str> {
    client_id.match_indices('-').filter_map(|(end, _)| client_id.get(..end))
}

fn is_slug(text: &str, marks: &[u8], maximum: usize) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= maximum
        && text.bytes().next().is_some_and(plain)
        && text.bytes().all(|byte| plain(byte) || marks.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_follow_their_rule() {
        for name in ["a", "0", "alice", "a.b_c-d", &"a".repeat(63)] {
            assert!(is_username(name), "{name}");
        }
        for name in ["", "-a", ".a", "A", "a/b", "a b", "ä", "a@b", "a\n", &"a".repeat(64)] {
            assert!(!is_username(name), "{name}");
        }
        assert!(!is_organization_name("a.b") && !is_organization_name("a_b"));
    }

    #[test]
    fn the_namespaces_of_a_client_id_are_its_beginnings() {
        assert_eq!(namespaces("acme-corp-app").collect::<Vec<_>>(), ["acme", "acme-corp"]);
        assert_eq!(namespaces("acme").count(), 0);
    }

    #[test]
    fn logins_are_compared_without_case_and_space() {
        for text in ["Alice", " alice ", "ALICE"] {
            assert_eq!(folded(text), "alice");
            assert_eq!(Username::read(text).unwrap().as_ref(), "alice");
        }
    }
}
