//! Scopes (RFC 6749 §3.3): requested and granted.

use std::fmt;

use crate::core::authority::{ADMINISTRATION, ADMINISTRATION_READ};

/// The scopes that every application may ask for.
pub const STANDARD: [&str; 6] =
    ["openid", "profile", "email", "address", "phone", "offline_access"];

/// What a user-bound request that names no scope gets.
const DEFAULT: [&str; 3] = ["openid", "profile", "email"];

/// What Casdoor's clients ask for when their program names no scope.
const UNNAMED: &str = "read";

/// Longer lists are refused: they would not fit into a token.
const MAXIMUM_LENGTH: usize = 512;

/// A set of scopes, in the order in which they were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope(Vec<String>);

impl Scope {
    /// Reads a space-separated list (RFC 6749 §3.3); repetitions are dropped.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.len() > MAXIMUM_LENGTH {
            return Err(ScopeError::Malformed);
        }
        let mut scopes: Vec<String> = Vec::new();
        for name in text.split(' ').filter(|name| !name.is_empty()) {
            // %x21 / %x23-5B / %x5D-7E
            if !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\') {
                return Err(ScopeError::Malformed);
            }
            if !scopes.iter().any(|known| known == name) {
                scopes.push(name.to_owned());
            }
        }
        Ok(Self(scopes))
    }

    /// What a client with the further scopes `registered` gets of `requested` when a person signs
    /// in: a name that it may not have, or that is unknown, is ignored (OIDC Core §3.1.2.1), unless
    /// nothing is left. A request that names none, or as Casdoor's clients do only an unknown `read`, gets
    /// the default of a sign-in.
    pub fn granted(requested: Option<&str>, registered: &[String]) -> Result<Self, ScopeError> {
        let mut scope = Self::parse(requested.unwrap_or_default())?;
        let is_unnamed = scope.0 == [UNNAMED] && !may_have(UNNAMED, registered);
        if scope.0.is_empty() || is_unnamed {
            return Ok(Self(DEFAULT.map(str::to_owned).to_vec()));
        }
        scope.0.retain(|name| may_have(name, registered));
        if scope.0.is_empty() { Err(ScopeError::Wider) } else { Ok(scope) }
    }

    /// What a client that acts for itself gets: all of `requested`, or it is refused, for its
    /// developer is the only one to notice. Without a request, nothing.
    pub fn granted_to_itself(
        requested: Option<&str>,
        registered: &[String],
    ) -> Result<Self, ScopeError> {
        let scope = Self::parse(requested.unwrap_or_default())?;
        let all = scope.0.iter().all(|name| may_have(name, registered));
        if all { Ok(scope) } else { Err(ScopeError::Wider) }
    }

    /// This scope narrowed to `requested`, which may not go beyond it (RFC 6749 §6).
    pub fn narrowed(&self, requested: Option<&str>) -> Result<Self, ScopeError> {
        let Some(requested) = requested else { return Ok(self.clone()) };
        let scope = Self::parse(requested)?;
        if scope.0.iter().all(|name| self.contains(name)) {
            Ok(scope)
        } else {
            Err(ScopeError::Wider)
        }
    }

    /// As what a first-party client is given: the administration that it is `registered` for is
    /// added unless the request chose among it, for the published clients ask for `openid` only.
    /// The response's `scope` includes it.
    #[must_use]
    pub fn with_administration(mut self, registered: &[String]) -> Self {
        let administration = [ADMINISTRATION, ADMINISTRATION_READ];
        if !administration.iter().any(|name| self.contains(name)) {
            let granted = administration.iter().find(|name| registered.iter().any(|r| r == *name));
            self.0.extend(granted.map(|name| (*name).to_owned()));
        }
        self
    }

    /// Without administration.
    #[must_use]
    pub fn without_administration(mut self) -> Self {
        self.0.retain(|name| name != ADMINISTRATION && name != ADMINISTRATION_READ);
        self
    }

    /// Both together.
    #[must_use]
    pub fn joined(mut self, other: &Self) -> Self {
        let more = other.0.iter().filter(|name| !self.contains(name)).cloned().collect::<Vec<_>>();
        self.0.extend(more);
        self
    }

    /// Whether every name of it is in `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|name| other.contains(name))
    }

    /// The names, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether `name` is in it.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

fn may_have(name: &str, registered: &[String]) -> bool {
    STANDARD.contains(&name) || registered.iter().any(|known| known == name)
}

/// Why a scope is not given (`invalid_scope`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeError {
    /// Not a list of scope tokens, or too long.
    Malformed,
    /// More than may be given.
    Wider,
}

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the scope is malformed",
            Self::Wider => "the scope goes beyond what may be given",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_a_set_in_the_order_asked_for() {
        let scope = Scope::parse(" email openid  email ").unwrap();
        assert_eq!(scope.to_string(), "email openid");
        assert!(scope.contains("openid") && !scope.contains("open"));
    }

    #[test]
    fn a_malformed_or_endless_scope_is_refused() {
        for text in ["a\"b", "a\\b", "a\nb", "ä", &"a".repeat(513)] {
            assert_eq!(Scope::parse(text), Err(ScopeError::Malformed), "{text:?}");
        }
    }

    /// ATTACKS D-61; OIDC Core §3.1.2.1; issue 10, fault 21.
    #[test]
    fn a_scope_that_is_not_registered_is_never_given() {
        let registered = ["ai:inference".to_owned()];
        let granted = |text| Scope::granted(Some(text), &registered).map(|scope| scope.to_string());
        assert_eq!(granted("admin openid ai:inference").unwrap(), "openid ai:inference");
        assert_eq!(granted("admin"), Err(ScopeError::Wider));
        assert_eq!(granted("openid a\"b"), Err(ScopeError::Malformed));
        assert_eq!(granted("read").unwrap(), "openid profile email");
        assert_eq!(granted("read admin"), Err(ScopeError::Wider));
        let read = Scope::granted(Some("read"), &["read".to_owned()]);
        assert_eq!(read.unwrap().to_string(), "read");
        for none in [None, Some(" ")] {
            assert_eq!(Scope::granted(none, &[]).unwrap().to_string(), "openid profile email");
            assert_eq!(Scope::granted_to_itself(none, &[]).unwrap().to_string(), "");
        }
        let own = Scope::granted_to_itself(Some("admin ai:inference"), &registered);
        assert_eq!(own, Err(ScopeError::Wider));
    }

    /// ATTACKS D-61.
    #[test]
    fn a_scope_is_narrowed_never_widened() {
        let scope = Scope::parse("openid email").unwrap();
        assert_eq!(scope.narrowed(Some("email")).unwrap().to_string(), "email");
        assert_eq!(scope.narrowed(None), Ok(scope.clone()));
        assert_eq!(scope.narrowed(Some("email phone")), Err(ScopeError::Wider));
    }
}
