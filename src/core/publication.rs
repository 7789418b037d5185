//! Publications of the origin for the edges: one snapshot for all of them, and a record for each
//! key. The origin writes them in the request that changes the database; its schedule repairs
//! differences.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    apikey::{KeyScope, PUBLISH},
    authority::Authority,
    gateway::IDENTITY_HEADERS,
    limit::{Budget, Spend},
    policy::{is_action, is_pattern},
    principal::{Credential, Principal, PrincipalKind},
    revocation::Sequence,
    time::UnixTime,
    token::{OrganizationRole, PublicKey},
};

/// The name of the [`EdgeSnapshot`].
pub const EDGE_SNAPSHOT: &str = "edge";

/// The name of the record of the key with that digest ([`super::encoding::digest`]).
pub fn key_record_name(digest: &str) -> String {
    format!("key:{digest}")
}

/// The name of the [`PolicyRecord`] of an organization.
pub fn policy_record_name(organization: &str) -> String {
    ["policy:", organization].concat()
}

/// The policy of an organization, by which an edge decides without asking the origin.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PolicyRecord {
    /// When the origin wrote it: believed for [`Self::BELIEVED_FOR`].
    pub published_at: UnixTime,
    /// The number of the revocation feed before the rows were read. An entry about the organization's
    /// policy with a greater number invalidates it.
    pub sequence: Sequence,
    /// The policy ([`super::policy::Policy::encode`]); `None`: it is too large to be published, and the origin
    /// decides.
    pub policy: Option<Vec<String>>,
}

impl PolicyRecord {
    /// How long a record is valid, in seconds. Entries about policies stay in the feed for longer.
    pub const BELIEVED_FOR: i64 = 24 * 3600;

    /// The largest policy that is published, in bytes of JSON.
    pub const LARGEST: usize = 256 * 1024;

    /// Whether it is recent enough to be checked against the feed.
    pub fn is_believed(&self, now: UnixTime) -> bool {
        now.since(self.published_at) < Self::BELIEVED_FOR
    }
}

/// A decision of the origin about one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// The number of the revocation feed before the rows were read.
    pub sequence: Sequence,
    /// Whether it is allowed.
    pub allow: bool,
}

/// The snapshot that every edge holds in memory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EdgeSnapshot {
    /// When it was published.
    pub published_at: UnixTime,
    /// The public signing keys as JWKs, the one that signs first.
    pub keys: Vec<Jwk>,
    /// The audiences accepted at every service: client ids and resources of first-party clients.
    pub audiences: Vec<String>,
    /// Where each service is.
    pub routes: Vec<Route>,
    /// How many databases the origin has, each with a revocation feed of its own.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub databases: usize,
}

const fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_one(number: &usize) -> bool {
    *number == 1
}

/// A JWK, unparsed. [`PublicKey::from_jwk`] parses it later, so that one which this edge does not
/// accept does not make it drop the others.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Jwk(Box<RawValue>);

impl Jwk {
    /// The key's JWK.
    pub fn of(key: &PublicKey) -> Option<Self> {
        RawValue::from_string(key.to_jwk()).ok().map(Self)
    }

    /// The JSON.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for Jwk {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Jwk {}

/// A service behind the gateway: `/v1/<service>/…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The first segment after `/v1/`.
    pub service: String,
    /// Where calls go.
    pub upstream: Upstream,
    /// Paths below the service (without `/v1/<service>`) that need no credential; `/*` at the end
    /// matches everything below. Publishable keys may call these and no others.
    #[serde(default)]
    pub public: Vec<String>,
    /// The identity headers that the service gets, by their names in lower case; `None`: all of them.
    /// A service cannot leak what it does not get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Vec<String>>,
    /// Audiences that this service accepts beside those of first-party clients.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// The required permissions in addition to a credential. Every matching requirement must be
    /// met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<Requirement>,
    /// Seconds for the head of its response, unless the edge's `SERVICE_DEADLINE` is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<u32>,
}

impl Route {
    /// The longest deadline, in seconds.
    pub const MAXIMUM_DEADLINE: u32 = 3600;

    /// Whether the route is valid: a single-segment service name, an absolute URL, known identity
    /// headers, a deadline in range.
    pub fn is_sound(&self) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let known = |name: &String| IDENTITY_HEADERS.contains(&name.as_str());
        !self.service.is_empty()
            && self.service.bytes().all(plain)
            && match &self.upstream {
                Upstream::Binding(name) => !name.is_empty(),
                Upstream::Url(base) => base.starts_with("https://") || base.starts_with("http://"),
            }
            && self.identity.as_ref().is_none_or(|wanted| wanted.iter().all(known))
            && !ORIGINS.contains(&self.service.as_str())
            && self.requires.iter().all(Requirement::is_sound)
            && self.deadline.is_none_or(|seconds| (1..=Self::MAXIMUM_DEADLINE).contains(&seconds))
    }

    /// Whether the service gets the identity header of that name.
    pub fn sends(&self, name: &str) -> bool {
        self.identity.as_ref().is_none_or(|wanted| wanted.iter().any(|wanted| wanted == name))
    }
}

/// The services that the origin is: a route to them is never reached.
const ORIGINS: [&str; 2] = ["iam", "authz"];

/// An action that calls of a service need permission for (`core::policy`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// Which paths below the service, as a pattern of [`crate::core::policy`]: `/models/*`; `*` is
    /// all of them.
    pub path: String,
    /// Which methods; empty: all. `GET` stands for `HEAD` too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// The action on the resource of the type `path` that the whole path names.
    pub action: String,
}

impl Requirement {
    fn is_sound(&self) -> bool {
        let known = |method: &String| {
            ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(&method.as_str())
        };
        is_pattern(&self.path)
            && (self.path.starts_with('/') || self.path == "*")
            && !self.action.contains('*')
            && is_action(&self.action)
            && self.methods.iter().all(known)
    }
}

/// Where a service is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Upstream {
    /// A service binding of the edge worker, by name.
    Binding(String),
    /// An `https:` base (`http:` for loopback only), to which the whole path is appended.
    Url(String),
}

/// The record of an API key. It contains nothing that could be used as the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// When the origin wrote it: believed for [`Self::BELIEVED_FOR`].
    #[serde(default)]
    pub published_at: UnixTime,
    /// The number of the revocation feed before the rows of this record were read. An entry of the
    /// feed with a greater number invalidates it.
    #[serde(default, skip_serializing_if = "Sequence::is_zero")]
    pub sequence: Sequence,
    /// The key's id.
    pub id: String,
    /// Whether it may be used; the record of a revoked key stays, so that the key is refused.
    pub active: bool,
    /// May call only endpoints marked public.
    pub publishable: bool,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixTime>,
    /// `kind:name`, comma separated; empty is unlimited.
    #[serde(default)]
    pub scope: String,
    /// The subject that it acts as.
    pub subject: String,
    /// The tenant.
    pub owner: String,
    /// The username (or the key's name, for a key of the organization).
    pub name: String,
    /// Empty if none.
    #[serde(default)]
    pub email: String,
    /// Person or program.
    pub kind: PrincipalKind,
    /// The organizations and roles that the key carries ([`Authority`]), the home first.
    #[serde(default)]
    pub orgs: Vec<OrganizationRole>,
    /// The client it is bound to; empty if none.
    #[serde(default)]
    pub client_id: String,
    /// `org:<owner>` unless set otherwise.
    #[serde(default)]
    pub billing_account: String,
    /// How many calls a minute it may make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// How many calls it may make in all.
    #[serde(default, skip_serializing_if = "Budget::is_unlimited")]
    pub budget: Budget,
    /// What it had spent when this was published: at least what made it reach its budget.
    #[serde(default, skip_serializing_if = "Spend::is_zero")]
    pub spend: Spend,
}

impl KeyRecord {
    /// How long a record is valid, in seconds. Entries of keys stay in the feed for longer; the
    /// schedule writes records again in time.
    pub const BELIEVED_FOR: i64 = 30 * 24 * 3600;

    /// Whether it is recent enough to be checked against the feed.
    pub fn is_believed(&self, now: UnixTime) -> bool {
        now.since(self.published_at) < Self::BELIEVED_FOR
    }

    /// Whether the key may be used at `now`.
    pub fn is_live(&self, now: UnixTime) -> bool {
        self.active && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether nothing is left of its budget, going by this record alone.
    pub fn is_spent(&self, now: UnixTime) -> bool {
        self.budget.is_spent(self.spend, 0, now)
    }

    /// Whether an edge would do the same with either record: what a key has spent changes with
    /// each call, and matters here once nothing is left.
    pub fn agrees(&self, other: &Self, now: UnixTime) -> bool {
        let other_spend = Self { spend: self.spend, ..other.clone() };
        *self == other_spend && self.is_spent(now) == other.is_spent(now)
    }

    /// The scope as a key's object writes it (WIRE §3.2): that of a publishable key begins with
    /// its class.
    fn class_and_scope(&self) -> String {
        match (self.publishable, self.scope.as_str()) {
            (false, scope) => scope.to_owned(),
            (true, "") => PUBLISH.to_owned(),
            (true, scope) => [PUBLISH, ",", scope].concat(),
        }
    }

    /// The holder, once the caller has checked [`Self::is_live`].
    pub fn principal(&self) -> Principal {
        Principal {
            subject: self.subject.clone(),
            owner: self.owner.clone(),
            home: self.owner.clone(),
            name: self.name.clone(),
            email: self.email.clone(),
            authority: Authority::attested_key(
                self.owner.clone(),
                self.orgs.clone(),
                &KeyScope::stored(&self.scope),
                self.publishable,
                !self.client_id.is_empty(),
            ),
            kind: self.kind,
            billing_account: self.billing_account.clone(),
            client_id: self.client_id.clone(),
            scope: self.class_and_scope(),
            acting: Vec::new(),
            credential: Credential::Key {
                id: self.id.clone(),
                publishable: self.publishable,
                expires_at: self.expires_at,
                is_metered: self.rate.is_some() || self.budget != Budget::default(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_that_says_nothing_sensible_is_not_sound() {
        let route = |json: &str| serde_json::from_str::<Route>(json).unwrap();
        for sound in [
            r#"{"service":"vm","upstream":{"binding":"VM"}}"#,
            r#"{"service":"chat","upstream":{"url":"https://chat.example"},"identity":["x-org-id"]}"#,
            r#"{"service":"chat","upstream":{"url":"http://127.0.0.1:1"},"identity":[]}"#,
            r#"{"service":"chat","upstream":{"binding":"CHAT"},"deadline":600}"#,
        ] {
            assert!(route(sound).is_sound(), "{sound}");
        }
        for unsound in [
            r#"{"service":"","upstream":{"binding":"VM"}}"#,
            r#"{"service":"a/b","upstream":{"binding":"VM"}}"#,
            r#"{"service":"vm","upstream":{"binding":""}}"#,
            r#"{"service":"vm","upstream":{"url":"chat.example"}}"#,
            r#"{"service":"vm","upstream":{"binding":"VM"},"identity":["x-user-password"]}"#,
            r#"{"service":"vm","upstream":{"binding":"VM"},"identity":["X-Org-Id"]}"#,
            r#"{"service":"vm","upstream":{"binding":"VM"},"deadline":0}"#,
            r#"{"service":"vm","upstream":{"binding":"VM"},"deadline":3601}"#,
        ] {
            assert!(!route(unsound).is_sound(), "{unsound}");
        }
    }
}
