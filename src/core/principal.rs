//! The principal: the verified identity of a token's or key's holder.

use serde::{Deserialize, Serialize};

use super::{
    authority::Authority,
    time::UnixTime,
    token::{Claims, Role},
};

/// The organization whose members administer the whole platform.
pub const PLATFORM_ORGANIZATION: &str = "admin";

/// The holder of a verified credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The stable subject: a user's UUID, or `<owner>/<name>` of an application.
    pub subject: String,
    /// The organization that the credential acts in: the tenant that every query is limited to.
    pub owner: String,
    /// The subject's home organization, in which `name` is unique.
    pub home: String,
    /// The username or the application's name.
    pub name: String,
    /// The verified e-mail address; empty if none.
    pub email: String,
    /// What the credential may do.
    pub authority: Authority,
    /// Person or program.
    pub kind: PrincipalKind,
    /// `<kind>:<subject>`.
    pub billing_account: String,
    /// The client that obtained the token, or that a key is bound to.
    pub client_id: String,
    /// The scope of a token or key.
    pub scope: String,
    /// The credential itself, without its secret.
    pub credential: Credential,
    /// Who acts for the subject (RFC 8693 §4.1): subjects, the current one first.
    pub acting: Vec<String>,
}

/// Whether a credential belongs to a person or to a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrincipalKind {
    /// A user.
    Person,
    /// An application or service account.
    Machine,
}

/// The verified credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// An access token of our issuer.
    Token {
        /// `jti`
        id: String,
        /// `gid`
        grant: String,
        /// `sid`
        session: String,
        /// `aud`
        audience: Vec<String>,
        /// `iat`
        issued_at: UnixTime,
        /// `exp`
        expires_at: UnixTime,
    },
    /// A browser session.
    Session {
        /// `sid`
        id: String,
    },
    /// A client's own id and secret.
    Client,
    /// An API key.
    Key {
        /// Its id.
        id: String,
        /// Publishable keys may call only endpoints marked public.
        publishable: bool,
        /// When it ends, if it does.
        expires_at: Option<UnixTime>,
        /// Whether it has a rate or a budget.
        is_metered: bool,
    },
}

impl Principal {
    /// The principal of an access token. Only [`Verified`](super::token::Verified) calls it.
    pub(super) fn of_claims(claims: Claims) -> Self {
        let program = claims.orgs.is_empty()
            || matches!(claims.kind.as_str(), "application" | "service-account");
        Self {
            authority: Authority::attested(claims.owner.clone(), claims.orgs),
            subject: claims.sub,
            home: claims.owner.clone(),
            owner: claims.owner,
            name: claims.name,
            email: if claims.email_verified { claims.email } else { String::new() },
            kind: if program { PrincipalKind::Machine } else { PrincipalKind::Person },
            billing_account: claims.billing_account,
            client_id: if claims.azp.is_empty() { claims.client_id } else { claims.azp },
            scope: claims.scope,
            credential: Credential::Token {
                id: claims.jti,
                grant: claims.gid,
                session: claims.sid,
                audience: claims.aud,
                issued_at: claims.iat,
                expires_at: claims.exp,
            },
            acting: claims.act.map(|actor| actor.subjects()).unwrap_or_default(),
        }
    }

    /// The role in `organization`, if any: platform administrators own every organization.
    pub fn role_in(&self, organization: &str) -> Option<Role> {
        self.authority.role_in(organization)
    }

    /// Whether the credential administers the platform.
    pub fn is_super_admin(&self) -> bool {
        self.authority.is_platform()
    }

    /// Whether the credential is a publishable key, which is public.
    pub const fn is_publishable(&self) -> bool {
        matches!(self.credential, Credential::Key { publishable: true, .. })
    }

    /// Whether the credential administers `organization`.
    pub fn administers(&self, organization: &str) -> bool {
        self.authority.administers(organization)
    }
}
