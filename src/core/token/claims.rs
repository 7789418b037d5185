//! The claims of our tokens (RFC 7519 §4, RFC 9068 §2.2, OIDC Core §2; WIRE §2.1 for our own).

use serde::{Deserialize, Serialize};

use crate::core::{revocation::Sequence, time::UnixTime};

/// What a token is for. The header's `typ` and the claim `tokenType` both say it, and a token of
/// one kind is never accepted as another (RFC 8725 §3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenType {
    /// `typ: at+jwt` (RFC 9068).
    #[serde(rename = "access-token")]
    Access,
    /// `typ: JWT` (OIDC Core §2).
    #[serde(rename = "id-token")]
    Id,
}

impl TokenType {
    /// The `typ` of its header.
    pub const fn header_type(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Id => "JWT",
        }
    }
}

/// A role in an organization, as the `orgs` claim lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationRole {
    /// The organization's name.
    pub org: String,
    /// What its bearer is there.
    pub role: Role,
}

/// A role in an organization, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Belongs to it.
    Member,
    /// Administers it.
    Admin,
    /// Owns it.
    Owner,
}

impl Role {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

/// Who acts for the subject (RFC 8693 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Actor {
    /// The actor's subject.
    pub sub: String,
    /// The actor's organization.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// The actor's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The party that the actor itself acts for; the outermost actor is the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Actor>>,
}

impl Actor {
    /// The subjects of the chain, the current actor's first.
    pub fn subjects(&self) -> Vec<String> {
        let chain = std::iter::successors(Some(self), |actor| actor.act.as_deref());
        chain.map(|actor| actor.sub.clone()).collect()
    }
}

/// A `cnf` claim with any value: a token that has one is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Confirmation;

/// The claims of an access or ID token. Empty ones are omitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is the claim of that name")]
pub struct Claims {
    pub iss: String,
    /// The user's UUID; `<owner>/<name>` of the application for client credentials.
    pub sub: String,
    #[serde(deserialize_with = "one_or_many")]
    pub aud: Vec<String>,
    pub exp: UnixTime,
    pub nbf: UnixTime,
    pub iat: UnixTime,
    pub jti: String,
    #[serde(rename = "tokenType")]
    pub token_type: TokenType,
    /// The grant that the token belongs to; revoking the grant revokes the token.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub gid: String,
    /// The browser session (OIDC Front-Channel Logout §3).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sid: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The client that obtained it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub azp: String,
    /// `azp` again, under the name that RFC 9068 §2.2 asks for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_id: String,
    /// The tenant: the user's home organization.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub organization: String,
    /// All organizations of a person, the home first; none for a machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orgs: Vec<OrganizationRole>,
    /// The username.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub preferred_username: String,
    #[serde(rename = "displayName", default, skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub email_verified: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub picture: String,
    /// `<kind>:<subject>`, as `org:hanzo`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub billing_account: String,
    /// Marks a program (`application`, `service-account`) apart from a person.
    #[serde(rename = "type", default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<UnixTime>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The class of the sign-in (OIDC Core §2, RFC 9470); empty: there was none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub acr: String,
    /// Access tokens only: the end of the revocation feed before the token's subject was checked. An
    /// entry of the feed with a greater number revokes it.
    #[serde(default, skip_serializing_if = "Sequence::is_zero")]
    pub seq: Sequence,
    /// ID tokens only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub nonce: String,
    /// ID tokens only (OIDC Core §3.1.3.6).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub at_hash: String,
    /// Whether an administrator acts as the subject (`act`) to see what the subject sees.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub imp: bool,
    /// The organization that an administrator of the platform has stepped into.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub assumed: String,
    /// A key that the bearer must prove (RFC 7800); a token that has it is refused as a plain
    /// bearer token, never taken for one.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub cnf: Option<Confirmation>,
}

impl Claims {
    /// From when on the token is good: it is not good before it was issued either.
    pub(super) fn not_before(&self) -> UnixTime {
        self.nbf.max(self.iat)
    }
}

/// A member that is there, even as `null`.
fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Confirmation>, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| Some(Confirmation))
}

/// `aud` is one string or several (RFC 7519 §4.1.3).
fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Visitor;
    impl<'de> serde::de::Visitor<'de> for Visitor {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a string or a list of strings")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<String>, E> {
            Ok(vec![text.to_owned()])
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(
            self,
            mut seq: A,
        ) -> Result<Vec<String>, A::Error> {
            let mut all = Vec::new();
            while let Some(text) = seq.next_element()? {
                all.push(text);
            }
            Ok(all)
        }
    }
    deserializer.deserialize_any(Visitor)
}
