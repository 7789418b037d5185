//! The inputs of [`Authority::compute`](super::Authority::compute).

use super::administers_platform;
use crate::core::{
    apikey::KeyScope,
    principal::PLATFORM_ORGANIZATION,
    time::UnixTime,
    token::{Claims, OrganizationRole, Role},
};

/// The inputs except the resource: authority is computed once per credential and used for many
/// resources.
#[derive(Debug, Clone)]
pub struct Inputs<'a> {
    /// The kind of subject whose authority it is.
    pub subject: SubjectKind,
    /// The subject's home organization.
    pub home: &'a str,
    /// The subject's current roles, the home first.
    pub roles: &'a [OrganizationRole],
    /// The client that acts for the subject; `None` on hosted pages, for a key of the subject, or
    /// if the subject is the client.
    pub client: Option<Trust>,
    /// The credential's own limits.
    pub limits: CredentialLimits<'a>,
    /// How long after a sign-in platform authority lasts, in seconds.
    pub platform_max_age: i64,
}

/// The kind of subject whose authority a credential draws on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    /// A user: a person or a service account.
    User,
    /// A client that acts for itself (RFC 6749 §4.4).
    Client,
    /// An organization: a key without a holder.
    Organization,
}

/// The trust class of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Owned by the platform and marked as first-party: it carries the user's authority within its
    /// registered scopes, without a consent page.
    FirstParty {
        /// Whether the platform also lets it carry platform authority.
        platform: bool,
    },
    /// Owned by an organization: it admits users of that organization, and its tokens carry only
    /// their role there.
    Tenant {
        /// The organization.
        organization: String,
    },
    /// Shared beyond its organization: only what the user consented to, never administration.
    ThirdParty,
}

impl Trust {
    /// The trust in an application, as its record states it.
    pub fn of(owner: &str, organization: &str, marks: Marks) -> Self {
        if marks.is_first_party && owner == PLATFORM_ORGANIZATION {
            Self::FirstParty { platform: marks.platform_access }
        } else if marks.is_shared {
            Self::ThirdParty
        } else {
            Self::Tenant { organization: organization.to_owned() }
        }
    }

    /// The name of the class, as the directory publishes it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::FirstParty { .. } => "first-party",
            Self::Tenant { .. } => "tenant",
            Self::ThirdParty => "third-party",
        }
    }

    /// Whether the client admits a user: users of its `organization`; all users if it is shared;
    /// platform administrators if it is first-party (WIRE §4.3).
    pub fn admits(&self, organization: &str, is_shared: bool, roles: &[OrganizationRole]) -> bool {
        let belongs = || roles.iter().any(|role| role.org == organization);
        match self {
            Self::FirstParty { .. } => is_shared || belongs() || administers_platform(roles),
            Self::Tenant { .. } => belongs(),
            Self::ThirdParty => true,
        }
    }
}

/// Flags in an application's record that only the platform sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// `isFirstParty`
    pub is_first_party: bool,
    /// `platformAccess`
    pub platform_access: bool,
    /// `isShared`
    pub is_shared: bool,
}

/// The limits of the credential itself.
#[derive(Debug, Clone)]
pub enum CredentialLimits<'a> {
    /// A browser session on hosted pages.
    Session {
        /// When the user signed in, with a second factor if the account has one; `None` without it.
        authenticated_at: Option<UnixTime>,
    },
    /// An access token.
    Token {
        /// Its scope.
        scope: &'a str,
        /// The scopes that the client is registered for now, beyond the standard ones.
        registered: &'a [String],
        /// When the user signed in (`auth_time`).
        authenticated_at: Option<UnixTime>,
        /// The authority of the token that it was exchanged from.
        ceiling: Option<Ceiling<'a>>,
    },
    /// An API key.
    Key {
        /// Its scope.
        scope: &'a KeyScope,
        /// Whether it may be published.
        publishable: bool,
        /// Whether it carries the platform authority of its holder.
        platform: bool,
    },
    /// A client's own secret.
    Secret,
}

/// The ceiling of an exchanged token (RFC 8693): the roles of the original token.
#[derive(Debug, Clone, Copy)]
pub struct Ceiling<'a> {
    /// The organization of that token.
    pub organization: &'a str,
    /// Its roles. A service account's token lists none and stands for its home.
    pub roles: &'a [OrganizationRole],
}

impl<'a> Ceiling<'a> {
    /// The ceiling that these claims set.
    pub fn of(claims: &'a Claims) -> Self {
        Self { organization: &claims.owner, roles: &claims.orgs }
    }

    pub(super) fn role_in(&self, organization: &str) -> Option<Role> {
        if self.roles.is_empty() {
            // It does not record platform authority, which is therefore treated as absent.
            let most =
                if organization == PLATFORM_ORGANIZATION { Role::Member } else { Role::Owner };
            return (organization == self.organization).then_some(most);
        }
        self.roles.iter().find(|role| role.org == organization).map(|role| role.role)
    }
}
