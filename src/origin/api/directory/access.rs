//! What a caller may reach. The scope comes from the credential; a request that names another
//! organization is refused, not narrowed (WIRE §5).

use http::StatusCode;

use crate::{
    core::{
        apikey::KeyScope,
        authority::Directory,
        directory::Administrator,
        principal::{Credential, Principal, PrincipalKind},
        token::Role,
    },
    origin::{
        Origin,
        api::endpoint::{Caller, Who},
        authn::caller,
        http::{Request, RestError},
        store::users::{self, User},
    },
};

/// A caller of the directory, whose credential allows the method.
#[derive(Debug)]
pub struct Access {
    /// Who calls.
    pub principal: Principal,
    /// The limits of the key, if the credential is one.
    pub scope: KeyScope,
}

impl Access {
    /// The caller of `request`, or 401; 403 if the credential does not reach the directory.
    pub async fn of(origin: &Origin, request: &Request) -> Result<Self, RestError> {
        let principal = caller::authenticate(origin, request).await?;
        let principal = principal.ok_or_else(RestError::unauthenticated)?;
        let scope = match principal.credential {
            Credential::Key { .. } => KeyScope::stored(&principal.scope),
            _ => KeyScope::default(),
        };
        let needed = if request.method.is_safe() { Directory::Read } else { Directory::Open };
        if principal.authority.directory() < needed {
            return Err(forbidden(match principal.credential {
                Credential::Key { .. } => "the scope of this key does not allow the request",
                _ => "insufficient_scope: the scope of this token does not allow the request",
            }));
        }
        Ok(Self { principal, scope })
    }

    /// Whether the caller administers the platform.
    pub fn is_platform(&self) -> bool {
        self.principal.is_super_admin()
    }

    /// Whether the caller administers `organization`.
    pub fn administers(&self, organization: &str) -> bool {
        self.principal.administers(organization)
    }

    /// Whether the caller belongs to `organization`.
    pub fn belongs_to(&self, organization: &str) -> bool {
        self.principal.owner == organization || self.principal.role_in(organization).is_some()
    }

    /// Whether the caller is the user of that id.
    pub fn is_self(&self, user_id: &str) -> bool {
        self.principal.subject == user_id
    }

    /// Refuses an organization that is not the caller's, whether or not it exists.
    pub fn scoped_to(&self, organization: &str) -> Result<(), RestError> {
        if self.belongs_to(organization) {
            return Ok(());
        }
        let home = &self.principal.owner;
        Err(forbidden(format!("this credential is scoped to organization {home}")))
    }

    /// Demands an administrator of `organization`.
    pub fn administering(&self, organization: &str) -> Result<(), RestError> {
        self.scoped_to(organization)?;
        if self.administers(organization) {
            return Ok(());
        }
        Err(forbidden(format!("this needs an administrator of organization {organization}")))
    }

    /// Demands an administrator of the platform.
    pub fn platform(&self) -> Result<(), RestError> {
        if self.is_platform() {
            return Ok(());
        }
        Err(forbidden("this needs an administrator of the platform"))
    }

    /// Refuses a program that was given no part of the directory: an answer without rows would
    /// read as "there is nobody".
    pub fn somebody(&self) -> Result<(), RestError> {
        let person = self.principal.kind == PrincipalKind::Person;
        if person || !self.principal.authority.roles().is_empty() {
            return Ok(());
        }
        Err(forbidden("this credential has no access to the directory"))
    }

    /// Refuses to touch a user who is more than the caller anywhere, or what such a user holds
    /// (ATTACKS H-110): the caller could sign in as the user, or keep the user out of an
    /// organization that the caller does not administer.
    pub async fn not_below(&self, origin: &Origin, user: &User) -> Result<(), RestError> {
        self.holds(origin, user, Role::Admin).await
    }

    /// Refuses to set what a user signs in with if the user has any role that the caller has not:
    /// the caller could then act in organizations that it does not belong to.
    pub async fn may_impersonate(&self, origin: &Origin, user: &User) -> Result<(), RestError> {
        self.holds(origin, user, Role::Member).await
    }

    /// Demands each role of the user from `least` on. A user is never below itself, unless the
    /// credential carries only a part of the user's roles.
    async fn holds(&self, origin: &Origin, user: &User, least: Role) -> Result<(), RestError> {
        // Of itself, a credential that carries a part changes nothing: any role is one too many.
        let least = match (self.is_self(&user.id), self.principal.authority.is_whole()) {
            (true, true) => return Ok(()),
            (true, false) => Role::Member,
            (false, _) => least,
        };
        let memberships = users::memberships_with_suspended(&*origin.database, &user.id).await?;
        let above = user
            .roles(&memberships)
            .into_iter()
            .filter(|role| self.principal.role_in(&role.org) < Some(role.role))
            .map(|role| role.role)
            .max();
        match above.filter(|role| *role >= least) {
            None => Ok(()),
            Some(Role::Member) => {
                Err(forbidden("the user belongs to organizations that this credential does not"))
            }
            Some(_) => Err(forbidden("the user administers more than this credential does")),
        }
    }

    /// Demands a credential that carries all that its user holds, and not for another's purpose
    /// only: what it makes for the user (a key) carries as much, everywhere, and stays.
    pub fn whole(&self) -> Result<(), RestError> {
        let authority = &self.principal.authority;
        if authority.is_delegated() {
            return Err(forbidden("this token was given for a purpose that a key would outlive"));
        }
        if authority.is_whole() {
            return Ok(());
        }
        Err(forbidden("this credential carries only a part of what its user may do"))
    }

    /// As what the caller changes an object of `holder`; `None`: as the holder.
    pub fn administrator(&self, holder: Option<&str>) -> Option<Administrator> {
        if holder.is_some_and(|holder| self.is_self(holder)) {
            None
        } else if self.is_platform() {
            Some(Administrator::Platform)
        } else {
            Some(Administrator::Organization)
        }
    }

    /// Demands what it takes to widen a limit that an administrator has set on an object of
    /// `organization`.
    pub fn may_widen(
        &self,
        needed: Option<Administrator>,
        organization: &str,
    ) -> Result<(), RestError> {
        match needed {
            None => Ok(()),
            Some(Administrator::Organization) => self.administering(organization),
            Some(Administrator::Platform) => self.platform(),
        }
    }

    /// The caller's name in records: `owner/name`.
    pub fn signature(&self) -> String {
        format!("{}/{}", self.principal.home, self.principal.name)
    }
}

/// 403.
pub fn forbidden(message: impl Into<String>) -> RestError {
    RestError::new(StatusCode::FORBIDDEN, message)
}

/// A caller of the directory.
impl Caller for Access {
    async fn authenticate(origin: &Origin, request: &Request, who: Who) -> Result<Self, RestError> {
        let access = Self::of(origin, request).await?;
        if who == Who::Platform {
            access.platform()?;
        }
        Ok(access)
    }
}
