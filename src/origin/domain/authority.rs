//! Authority from rows: the inputs of [`Authority::compute`], as the database has them now.

use crate::{
    core::{
        apikey::KeyScope,
        authority::{
            Authority, Ceiling, CredentialLimits, Inputs, SubjectKind, Trust, administers_platform,
        },
        principal::PLATFORM_ORGANIZATION,
        time::UnixTime,
        token::{OrganizationRole, Role},
    },
    origin::{
        Origin,
        store::{applications::Application, keys::Key, users::User},
    },
};

/// The capability of an application that administers its organization.
pub const DIRECTORY_CAPABILITY: &str = "directory";

/// The token or grant through which a client acts for a user.
#[derive(Debug, Clone, Copy)]
pub struct TokenLimits<'a> {
    /// The client.
    pub client: &'a Application,
    /// The scope of the token.
    pub scope: &'a str,
    /// When the person signed in.
    pub authenticated_at: Option<UnixTime>,
    /// The authority of the token that it was exchanged from.
    pub ceiling: Option<Ceiling<'a>>,
}

/// The sign-in that platform authority of a grant's tokens goes back to. `None` unless platform
/// authority went into them when the person allowed it ([`Grant::is_platform`]): none comes later
/// without the person being asked.
///
/// [`Grant::is_platform`]: crate::origin::store::grants::Grant::is_platform
pub fn platform_sign_in(
    client: &Application,
    roles: &[OrganizationRole],
    is_platform_grant: bool,
    signed_in_at: Option<UnixTime>,
) -> Option<UnixTime> {
    // The sign-in matters of such a person through such a client only.
    let matters =
        administers_platform(roles) && client.trust() == (Trust::FirstParty { platform: true });
    signed_in_at.filter(|_| !matters || is_platform_grant)
}

/// The authority of a user on our own pages. Platform authority goes back to `authenticated_at`
/// ([`Session::platform_since`]).
///
/// [`Session::platform_since`]: crate::origin::store::sessions::Session::platform_since
pub fn of_session(
    origin: &Origin,
    user: &User,
    roles: &[OrganizationRole],
    authenticated_at: Option<UnixTime>,
) -> Authority {
    of_user(origin, user, roles, None, CredentialLimits::Session { authenticated_at })
}

/// The authority of a user's token.
pub fn of_token(
    origin: &Origin,
    user: &User,
    roles: &[OrganizationRole],
    token: TokenLimits<'_>,
) -> Authority {
    let limits = CredentialLimits::Token {
        scope: token.scope,
        registered: &token.client.scopes,
        authenticated_at: token.authenticated_at,
        ceiling: token.ceiling,
    };
    of_user(origin, user, roles, Some(token.client.trust()), limits)
}

/// The authority of a key of `user`, possibly bound to `client`.
pub fn of_key(
    origin: &Origin,
    key: &Key,
    user: &User,
    roles: &[OrganizationRole],
    client: Option<&Application>,
) -> Authority {
    let (scope, publishable) = (KeyScope::stored(&key.scope), key.is_publishable());
    let limits = CredentialLimits::Key { scope: &scope, publishable, platform: key.platform };
    of_user(origin, user, roles, client.map(Application::trust), limits)
}

/// The authority of an application that acts for itself. With the capability `directory` it
/// administers its organization, never the platform.
pub fn of_application(origin: &Origin, application: &Application) -> Authority {
    let administers = application.capabilities.iter().any(|name| name == DIRECTORY_CAPABILITY)
        && application.organization != PLATFORM_ORGANIZATION;
    let role = OrganizationRole { org: application.organization.clone(), role: Role::Admin };
    let inputs = Inputs {
        subject: SubjectKind::Client,
        home: &application.organization,
        roles: if administers { std::slice::from_ref(&role) } else { &[] },
        client: None,
        limits: CredentialLimits::Secret,
        platform_max_age: origin.config.platform_max_age,
    };
    Authority::compute(&inputs, origin.clock.now())
}

fn of_user(
    origin: &Origin,
    user: &User,
    roles: &[OrganizationRole],
    client: Option<Trust>,
    limits: CredentialLimits<'_>,
) -> Authority {
    let inputs = Inputs {
        subject: SubjectKind::User,
        home: &user.owner,
        roles,
        client,
        limits,
        platform_max_age: origin.config.platform_max_age,
    };
    Authority::compute(&inputs, origin.clock.now())
}
