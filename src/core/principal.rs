//! Who calls: what a verified credential says, in one shape for tokens and keys.

use serde::{Deserialize, Serialize};

use super::{
    time::UnixTime,
    token::{Claims, OrganizationRole, Role},
};

/// The organization whose members administer the whole platform.
pub const PLATFORM_ORGANIZATION: &str = "admin";

/// Somebody (or something) whose credential has been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The stable subject: a user's UUID, or `<owner>/<name>` of an application.
    pub subject: String,
    /// The home organization: the tenant that every query is limited to.
    pub owner: String,
    /// The username or the application's name.
    pub name: String,
    /// Empty if none.
    pub email: String,
    /// Every organization and role, the home first. Empty for a machine.
    pub orgs: Vec<OrganizationRole>,
    /// Person or program.
    pub kind: PrincipalKind,
    /// `<kind>:<subject>`.
    pub billing_account: String,
    /// The client that obtained the token, or that a key is bound to.
    pub client_id: String,
    /// What the credential may do.
    pub scope: String,
    /// The credential itself, without its secret.
    pub credential: Credential,
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

/// What was presented.
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
        /// Publishable keys may call only what is marked public.
        publishable: bool,
        /// When it ends, if it does.
        expires_at: Option<UnixTime>,
    },
}

impl Principal {
    /// Who an access token speaks for. Only [`Verified`](super::token::Verified) calls it.
    pub(super) fn of_claims(claims: Claims) -> Self {
        let program = claims.orgs.is_empty()
            || matches!(claims.kind.as_str(), "application" | "service-account");
        Self {
            subject: claims.sub,
            owner: claims.owner,
            name: claims.name,
            email: claims.email,
            orgs: claims.orgs,
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
        }
    }

    /// The role in `organization`, if any: SuperAdmins own every organization.
    pub fn role_in(&self, organization: &str) -> Option<Role> {
        if self.is_super_admin() {
            return Some(Role::Owner);
        }
        self.orgs.iter().find(|role| role.org == organization).map(|role| role.role)
    }

    /// Whether the home or a membership is in the platform organization, as its administrator.
    pub fn is_super_admin(&self) -> bool {
        self.orgs.iter().any(|role| role.org == PLATFORM_ORGANIZATION && role.role >= Role::Admin)
    }

    /// Whether the principal administers `organization`.
    pub fn administers(&self, organization: &str) -> bool {
        self.role_in(organization).is_some_and(|role| role >= Role::Admin)
    }
}
