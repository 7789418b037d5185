//! The scope of a key: comma-separated limits `kind:name` (WIRE §3.2).
//!
//! An empty scope is unlimited. Otherwise **every kind that occurs must allow the call; the
//! entries of one kind are alternatives**, and `*` stands for every name:
//!
//! | kind | allows |
//! |---|---|
//! | `read:<service>` | safe methods (RFC 9110 §9.2.1) on that service, and nothing else |
//! | `product:<service>` | any method on that service; `scim` is `/v1/iam/scim` |
//! | `model:<name>`, `project:<name>` | any call; the upstream service applies them (sent in `X-Scope`) |
//!
//! So `read:*` reads everywhere and writes nowhere, and `read:billing,product:commerce` allows
//! nothing, because no service is both. An entry of another kind, or without a name, allows
//! nothing at all: an entry that is not understood is never overlooked.

use std::{collections::BTreeSet, fmt, str::FromStr};

use http::Method;

/// The service name of the directory under `/v1/iam`.
const DIRECTORY: &str = "iam";

/// The service name of the part of the directory that provisions users.
const PROVISIONING: &str = "scim";

/// How long a scope's text may be.
const MAXIMUM_LENGTH: usize = 1024;

/// The limits of a key. The default has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyScope {
    entries: BTreeSet<ScopeEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ScopeEntry {
    kind: Kind,
    name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Read,
    Product,
    Model,
    Project,
    /// Stored by a newer version, or by hand: allows nothing.
    Unknown,
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::Read, "read"),
    (Kind::Product, "product"),
    (Kind::Model, "model"),
    (Kind::Project, "project"),
];

/// A scope that no key may be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeError(pub String);

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a scope of a key: {}", self.0)
    }
}

impl std::error::Error for ScopeError {}

impl KeyScope {
    /// Reads a stored scope. What it does not understand it keeps as an entry that allows nothing.
    pub fn stored(text: &str) -> Self {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        Self { entries: entries.map(ScopeEntry::read).collect() }
    }

    /// Whether there is no entry.
    pub fn is_unlimited(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the key may call `service` (the first segment after `/v1/`) with `method`.
    pub fn permits(&self, service: &str, method: &Method) -> bool {
        if self.has(Kind::Unknown) {
            return false;
        }
        let reads = || self.names(Kind::Read, service) && method.is_safe();
        (!self.has(Kind::Read) || reads())
            && (!self.has(Kind::Product) || self.names(Kind::Product, service))
    }

    /// Whether the key may call the directory under `/v1/iam`. Nothing there belongs to a model
    /// or a project, so a key that is limited to some may only read.
    pub fn permits_directory(&self, method: &Method) -> bool {
        let narrowed = self.has(Kind::Model) || self.has(Kind::Project);
        self.permits(DIRECTORY, method) && (!narrowed || method.is_safe())
    }

    /// Whether the key may provision users under `/v1/iam/scim`, which is the service `scim` besides:
    /// a key for a provisioning client is limited to `product:scim`.
    pub fn permits_provisioning(&self, method: &Method) -> bool {
        let narrowed = self.has(Kind::Model) || self.has(Kind::Project);
        self.permits_directory(method)
            || (self.permits(PROVISIONING, method) && (!narrowed || method.is_safe()))
    }

    /// Whether the limits that upstream services apply, to models and projects, cover a resource. A
    /// project that is not known is not covered.
    pub fn covers(&self, resource_type: Option<&str>, name: &str, project: Option<&str>) -> bool {
        let is_model = resource_type.is_some_and(|kind| kind.eq_ignore_ascii_case("model"));
        (!self.has(Kind::Project)
            || project.is_some_and(|project| self.names(Kind::Project, project)))
            && (!is_model || !self.has(Kind::Model) || self.names(Kind::Model, name))
    }

    /// Whether every call that `self` allows is one that `other` allows too: a key makes only
    /// such keys (better-auth CVE-2025-61928).
    pub fn is_within(&self, other: &Self) -> bool {
        other.entries.iter().all(|outer| {
            self.has(outer.kind)
                && self
                    .entries
                    .iter()
                    .filter(|entry| entry.kind == outer.kind)
                    .all(|entry| other.names(entry.kind, &entry.name))
        })
    }

    fn has(&self, kind: Kind) -> bool {
        self.entries.iter().any(|entry| entry.kind == kind)
    }

    fn names(&self, kind: Kind, name: &str) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.kind == kind && (entry.name == "*" || entry.name == name))
    }
}

impl ScopeEntry {
    fn read(entry: &str) -> Self {
        let known = entry.split_once(':').and_then(|(kind, name)| {
            let (kind, _) = KINDS.iter().find(|(_, text)| *text == kind)?;
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/@".contains(&byte);
            let named = name == "*" || (!name.is_empty() && name.bytes().all(plain));
            named.then(|| Self { kind: *kind, name: name.to_owned() })
        });
        known.unwrap_or_else(|| Self { kind: Kind::Unknown, name: entry.to_owned() })
    }
}

/// Reads the scope of a key that is to be made or changed: every entry must be understood.
impl FromStr for KeyScope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        if text.len() > MAXIMUM_LENGTH {
            return Err(ScopeError("it is too long".to_owned()));
        }
        let scope = Self::stored(text);
        match scope.entries.iter().find(|entry| entry.kind == Kind::Unknown) {
            Some(entry) => Err(ScopeError(entry.name.clone())),
            None => Ok(scope),
        }
    }
}

/// The canonical text, as it is stored and as `X-Scope` carries it.
impl fmt::Display for KeyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, entry) in self.entries.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            if let Some((_, kind)) = KINDS.iter().find(|(kind, _)| *kind == entry.kind) {
                write!(f, "{kind}:")?;
            }
            f.write_str(&entry.name)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scope(text: &str) -> KeyScope {
        KeyScope::stored(text)
    }

    #[test]
    fn an_empty_scope_allows_everything() {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            assert!(scope("").permits("anything", &method));
            assert!(scope(" , ").permits_directory(&method));
        }
    }

    /// ATTACKS F-85: a scope that reads, on a route that writes.
    #[test]
    fn a_key_that_reads_does_not_write() {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert!(scope("read:*").permits("billing", &method));
            assert!(scope("read:billing").permits("billing", &method));
            assert!(!scope("read:billing").permits("iam", &method));
        }
        for method in ["POST", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND", "get"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            assert!(!scope("read:*").permits("billing", &method));
            assert!(!scope("read:*,product:billing").permits("billing", &method));
        }
    }

    #[test]
    fn a_key_for_a_product_calls_no_other() {
        assert!(scope("product:commerce").permits("commerce", &Method::POST));
        assert!(!scope("product:commerce").permits("commerce2", &Method::POST));
        assert!(!scope("product:commerce").permits_directory(&Method::GET));
        assert!(scope("product:a,product:b").permits("b", &Method::POST));
        assert!(!scope("read:billing,product:commerce").permits("commerce", &Method::GET));
    }

    #[test]
    fn a_limit_to_a_model_is_the_upstreams_and_administers_nothing() {
        assert!(scope("model:zen5,project:acme").permits("chat", &Method::POST));
        assert!(scope("model:zen5").permits_directory(&Method::GET));
        assert!(!scope("model:zen5").permits_directory(&Method::POST));
    }

    #[test]
    fn a_key_for_provisioning_opens_no_other_part_of_the_directory() {
        for (text, method, provisions) in [
            ("product:scim", Method::POST, true),
            ("read:scim", Method::GET, true),
            ("read:scim", Method::POST, false),
            ("product:iam", Method::DELETE, true),
            ("product:commerce", Method::GET, false),
            ("product:scim,model:zen5", Method::POST, false),
            ("model:zen5", Method::POST, false),
            ("product:scim,nonsense", Method::GET, false),
        ] {
            assert_eq!(scope(text).permits_provisioning(&method), provisions, "{text}");
        }
        assert!(!scope("product:scim").permits_directory(&Method::GET));
    }

    #[test]
    fn a_limit_that_is_not_understood_allows_nothing() {
        for text in ["write:*", "read", "read:", "Read:*", "*", "read:*,admin", "model:a b"] {
            assert!(!scope(text).permits("billing", &Method::GET), "{text}");
            assert!(text.parse::<KeyScope>().is_err(), "{text}");
        }
        assert!("x".repeat(2000).parse::<KeyScope>().is_err());
    }

    /// ATTACKS F-85: better-auth CVE-2025-61928.
    #[test]
    fn a_scope_is_within_only_what_allows_as_much() {
        for (inner, outer) in [
            ("", ""),
            ("read:*", ""),
            ("read:billing", "read:*"),
            ("read:billing,model:zen5", "read:billing"),
            ("read:a", "read:a,read:b"),
        ] {
            assert!(scope(inner).is_within(&scope(outer)), "{inner} in {outer}");
        }
        for (inner, outer) in [
            ("", "read:*"),
            ("read:*", "read:billing"),
            ("product:billing", "read:billing"),
            ("read:a,read:c", "read:a,read:b"),
            ("model:zen5", "read:*"),
        ] {
            assert!(!scope(inner).is_within(&scope(outer)), "{inner} in {outer}");
        }
    }

    fn any_scope() -> impl Strategy<Value = KeyScope> {
        let kinds = prop::sample::select(vec!["read", "product", "model", "project"]);
        let names = prop::sample::select(vec!["*", "a", "b"]);
        let entries = prop::collection::vec((kinds, names), 0..5);
        entries.prop_map(|entries| {
            let entries: Vec<_> = entries.iter().map(|(k, n)| format!("{k}:{n}")).collect();
            entries.join(",").parse().unwrap()
        })
    }

    proptest! {
        #[test]
        fn what_is_within_another_scope_allows_no_call_more(
            inner in any_scope(), outer in any_scope(),
            service in prop::sample::select(vec!["a", "b", "iam"]),
            method in prop::sample::select(vec![Method::GET, Method::POST]),
        ) {
            if inner.is_within(&outer) && inner.permits(service, &method) {
                prop_assert!(outer.permits(service, &method));
            }
            if inner.is_within(&outer) && inner.permits_directory(&method) {
                prop_assert!(outer.permits_directory(&method));
            }
        }

        #[test]
        fn a_scope_reads_back_what_it_writes(scope in any_scope()) {
            prop_assert_eq!(KeyScope::stored(&scope.to_string()), scope);
        }
    }
}
