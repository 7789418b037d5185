//! The caller of a directory endpoint and its rights, which come from the credential. A request
//! that names another organization is refused, not narrowed (WIRE §5).

use http::{Method, StatusCode};

use crate::{
    core::{
        apikey::KeyScope,
        authority::Directory,
        directory::{Administrator, OrgName, Text, folded},
        principal::{Credential, PLATFORM_ORGANIZATION, Principal, PrincipalKind},
        token::Role,
    },
    origin::{
        Origin, Trace,
        api::endpoint::{Caller, Segment, Who},
        authn::caller,
        domain::applications,
        http::{Request, RestError},
        store::{
            applications::{self as application_rows, Application},
            keys::{self, Key, KeyLimits},
            query::Query,
            users::{Target, User},
        },
    },
};

/// Refuses a client secret in the URL, as earlier clients send it, because URLs are logged.
fn refuse_secret_in_url(request: &Request) -> Result<(), RestError> {
    let query = request.query_parameters()?;
    if query.any(&["clientSecret", "client_secret"]).is_none() {
        return Ok(());
    }
    let why = "a client's secret must not be sent in the URL: send Authorization: Basic, or a bearer token";
    Err(RestError::new(StatusCode::BAD_REQUEST, why))
}

/// The authenticated caller of a directory endpoint, whose credential allows the method.
#[derive(Debug)]
pub struct DirectoryCaller {
    /// The caller.
    pub principal: Principal,
    /// The limits of the key, if the credential is one.
    pub scope: KeyScope,
    /// The caller's key, if its row is in another database than the request's.
    presented: Option<Key>,
    trace: Trace,
}

impl DirectoryCaller {
    /// The caller of `request`, or 401; 403 if the credential has no directory access.
    pub async fn of(origin: &Origin, request: &Request) -> Result<Self, RestError> {
        let reads = request.method.is_safe();
        Self::reaching(origin, request, if reads { Directory::Read } else { Directory::Open }).await
    }

    /// The caller of `request`, if the credential has the access level `needed`.
    pub async fn reaching(
        origin: &Origin,
        request: &Request,
        needed: Directory,
    ) -> Result<Self, RestError> {
        Self::with(origin, request, needed, |_| false).await
    }

    /// The caller of a provisioning endpoint: with directory access, or with a provisioning key.
    pub async fn provisioning(
        origin: &Origin,
        request: &Request,
        needed: Directory,
    ) -> Result<Self, RestError> {
        let method = if needed == Directory::Read { Method::GET } else { Method::POST };
        Self::with(origin, request, needed, |scope| scope.permits_provisioning(&method)).await
    }

    /// `opens` tells whether the endpoint accepts a key without directory access.
    async fn with(
        origin: &Origin,
        request: &Request,
        needed: Directory,
        opens: impl FnOnce(&KeyScope) -> bool,
    ) -> Result<Self, RestError> {
        refuse_secret_in_url(request)?;
        let principal = caller::authenticate(origin, request).await?;
        let principal = principal.ok_or_else(RestError::unauthenticated)?;
        let scope = match principal.credential {
            Credential::Key { .. } => KeyScope::stored(&principal.scope),
            _ => KeyScope::default(),
        };
        let is_secret_key =
            matches!(principal.credential, Credential::Key { publishable: false, .. });
        if principal.authority.directory() < needed && !(is_secret_key && opens(&scope)) {
            return Err(forbidden(match principal.credential {
                Credential::Key { .. } => "the scope of this key does not allow the request",
                _ => "insufficient_scope: the scope of this token does not allow the request",
            }));
        }
        let presented = match &principal.credential {
            // Its row is in another database.
            Credential::Key { id, .. } if !origin.place.is_of_caller() => {
                keys::by_id(id).fetch(&*origin.of_caller().database).await?
            }
            _ => None,
        };
        Ok(Self { principal, scope, trace: request.trace.clone(), presented })
    }

    /// The client `principal`, whose token was accepted despite being for another API.
    pub fn client_by_token(principal: Principal, request: &Request) -> Self {
        let (scope, trace) = (KeyScope::default(), request.trace.clone());
        Self { principal, scope, trace, presented: None }
    }

    /// Whether the caller administers the platform.
    pub fn is_platform(&self) -> bool {
        self.principal.is_super_admin()
    }

    /// Whether the caller administers `organization`.
    pub fn administers(&self, organization: &str) -> bool {
        self.principal.administers(organization)
    }

    /// The organizations that the caller administers; `None`: all of them.
    pub fn administered(&self) -> Option<Vec<String>> {
        let roles = self.principal.authority.roles().iter();
        let administered = roles.filter(|role| self.administers(&role.org));
        (!self.is_platform()).then(|| administered.map(|role| role.org.clone()).collect())
    }

    /// Whether the caller belongs to `organization`.
    pub fn belongs_to(&self, organization: &str) -> bool {
        self.principal.owner == organization || self.principal.role_in(organization).is_some()
    }

    /// Whether the caller is the user with that id.
    pub fn is_self(&self, user_id: &str) -> bool {
        self.principal.subject == user_id
    }

    /// Whether the caller is a user; an application's subject is `owner/name`.
    pub fn is_user(&self) -> bool {
        !self.principal.subject.contains('/')
    }

    /// Refuses an organization that is not the caller's, whether or not it exists.
    pub fn scoped_to(&self, organization: &str) -> Result<(), RestError> {
        if self.belongs_to(organization) {
            self.note_privilege(organization);
            return Ok(());
        }
        let home = &self.principal.owner;
        Err(forbidden(format!("this credential is scoped to organization {home}")))
    }

    /// Records access to an organization that requires platform authority.
    fn note_privilege(&self, organization: &str) {
        let principal = &self.principal;
        let belongs = principal.owner == organization
            || principal.authority.roles().iter().any(|role| role.org == organization);
        if !belongs {
            self.trace.read_of(organization);
        }
    }

    /// Requires an administrator of `organization`.
    pub fn administering(&self, organization: &str) -> Result<(), RestError> {
        self.scoped_to(organization)?;
        if self.administers(organization) {
            return Ok(());
        }
        Err(forbidden(format!("this needs an administrator of organization {organization}")))
    }

    /// Requires an administrator of the platform.
    pub fn platform(&self) -> Result<(), RestError> {
        if self.is_platform() {
            return Ok(());
        }
        Err(forbidden("this needs an administrator of the platform"))
    }

    /// Refuses a program without any directory role, which would take an empty list for an empty
    /// directory.
    pub fn has_role(&self) -> Result<(), RestError> {
        let person = self.principal.kind == PrincipalKind::Person;
        if person || !self.principal.authority.roles().is_empty() {
            return Ok(());
        }
        Err(forbidden("this credential has no access to the directory"))
    }

    /// Refuses to change a user, or a user's objects, if the user has a greater role than the
    /// caller in any organization (ATTACKS H-110): the caller could sign in as the user, or lock
    /// the user out of an organization that the caller does not administer.
    pub fn not_below(&self, target: &Target) -> Result<(), RestError> {
        self.exceeds(target, Role::Admin)
    }

    /// Refuses to set a user's credentials if the user has any role that the caller lacks: the
    /// caller could then act in organizations that it does not belong to.
    pub fn may_impersonate(&self, target: &Target) -> Result<(), RestError> {
        self.exceeds(target, Role::Member)?;
        if self.principal.authority.is_delegated() && administers(target) {
            return Err(forbidden(
                "this token was given for a purpose that the change would outlive",
            ));
        }
        Ok(())
    }

    /// Refuses to promote to administrator or owner with a credential of partial authority or with
    /// an expiry: the role would exceed and outlive it. `key` is [`Self::key`].
    pub fn may_promote(&self, key: Option<&Key>) -> Result<(), RestError> {
        if !self.principal.authority.is_delegated() && self.is_lasting(key) {
            return Ok(());
        }
        Err(forbidden("a credential with limits makes no administrator"))
    }

    /// Refuses to change an administrator's sign-in or recovery addresses with a credential of
    /// partial authority or with an expiry: its holder could become the administrator. `key` is
    /// [`Self::key`].
    pub fn may_readdress(
        &self,
        target: &Target,
        after: &User,
        key: Option<&Key>,
    ) -> Result<(), RestError> {
        let before = &target.user;
        let is_readdressed = before.email != after.email || before.phone != after.phone;
        // A code to the address can set the password, so changing it allows signing in as the user.
        if is_readdressed || (after.email_verified && !before.email_verified) {
            self.exceeds(target, Role::Member)?;
        }
        let is_lesser = self.principal.authority.is_delegated() || !self.is_lasting(key);
        if is_readdressed && is_lesser && administers(target) {
            let why = "a credential with limits changes no address of an administrator";
            return Err(forbidden(why));
        }
        Ok(())
    }

    /// Requires an administrator of every organization of the target, for actions that concern the
    /// user as a whole.
    pub fn administers_all_of(&self, target: &Target) -> Result<(), RestError> {
        if target.roles().iter().all(|role| self.administers(&role.org)) {
            return Ok(());
        }
        Err(forbidden("this needs an administrator of every organization that the user belongs to"))
    }

    /// Requires each role of the target from `least` on. Users may always act on themselves, unless
    /// the credential carries only part of their roles.
    fn exceeds(&self, target: &Target, least: Role) -> Result<(), RestError> {
        // A credential with part of its user's roles may not change that user.
        let least = match (self.is_self(&target.user.id), self.principal.authority.is_whole()) {
            (true, true) => return Ok(()),
            (true, false) => Role::Member,
            (false, _) => least,
        };
        let above = target
            .roles()
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

    /// Requires an unexchanged credential with all roles of its user: a key created with it carries
    /// them and outlives it.
    pub fn whole(&self) -> Result<(), RestError> {
        let authority = &self.principal.authority;
        self.undelegated()?;
        if authority.is_whole() {
            return Ok(());
        }
        Err(forbidden("this credential carries only a part of what its user may do"))
    }

    /// Requires a credential that was not obtained by exchange or by a client that is not
    /// first-party: created objects would outlive it.
    pub fn undelegated(&self) -> Result<(), RestError> {
        if self.principal.authority.is_delegated() {
            return Err(forbidden("this token was given for a purpose that a key would outlive"));
        }
        Ok(())
    }

    /// The role in which the caller changes an object of `holder`; `None` if it is the holder.
    pub fn administrator(&self, holder: Option<&str>) -> Option<Administrator> {
        if holder.is_some_and(|holder| self.is_self(holder)) {
            None
        } else if self.is_platform() {
            Some(Administrator::Platform)
        } else {
            Some(Administrator::Organization)
        }
    }

    /// Requires an administrator who may lift a limit on an object of `organization`.
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

    /// The caller's name in audit records: `owner/name`.
    pub fn actor(&self) -> String {
        format!("{}/{}", self.principal.home, self.principal.name)
    }

    /// The caller's key, for [`Self::may_make_keys`] and [`Self::may_make_secrets`]; `None`,
    /// without a statement, if the credential is not a key.
    pub fn key(&self) -> Query<Option<Key>> {
        match &self.principal.credential {
            Credential::Key { id, .. } if self.presented.is_none() => keys::by_id(id),
            _ => Query::ready(self.presented.clone()),
        }
    }

    /// Refuses to create keys, or change their limits, with a limited key: each new key could spend
    /// the same amount again (better-auth CVE-2025-61928). `key` is [`Self::key`].
    pub fn may_make_keys(&self, key: Option<&Key>) -> Result<(), RestError> {
        if !matches!(self.principal.credential, Credential::Key { .. }) || self.is_unlimited(key) {
            return Ok(());
        }
        Err(forbidden("a key with a rate or a budget cannot make keys or change their limits"))
    }

    /// Refuses to set passwords or client secrets, which have no limits, with a limited key (fault
    /// 22). A platform key always expires, but objects set up with it are meant to persist. `key`
    /// is [`Self::key`].
    pub fn may_make_secrets(&self, key: Option<&Key>) -> Result<(), RestError> {
        if self.is_lasting(key) {
            return Ok(());
        }
        Err(forbidden("a key with limits makes no passwords and no client secrets"))
    }

    /// Whether the credential is not a key, or an unlimited one.
    fn is_lasting(&self, key: Option<&Key>) -> bool {
        let Credential::Key { expires_at, .. } = &self.principal.credential else { return true };
        let ends = expires_at.is_some() && !self.is_platform();
        !ends && self.is_unlimited(key) && self.scope == KeyScope::default()
    }

    /// Whether the caller's key has neither rate nor budget. Its row may be in another database
    /// than the request's.
    fn is_unlimited(&self, key: Option<&Key>) -> bool {
        match key {
            Some(key) => key.limits() == KeyLimits::default(),
            None => matches!(self.principal.credential, Credential::Key { is_metered: false, .. }),
        }
    }

    /// The calling client, for [`Self::has_capability`]. A user's token or a key bound to a client
    /// is not the client.
    pub fn client(&self) -> Query<Option<Application>> {
        if self.principal.authority.is_client() {
            application_rows::by_client_id(&self.principal.client_id)
        } else {
            Query::ready(None)
        }
    }

    /// Whether the caller is a client with `capability` over `organization`. `client` is
    /// [`Self::client`].
    pub fn has_capability(
        client: Option<&Application>,
        capability: &str,
        organization: &str,
    ) -> bool {
        client.is_some_and(|it| applications::has_capability(it, capability, organization))
    }

    /// The organization to list, given the requested one; `None` for all.
    pub fn listed<'a>(&'a self, owner: Option<&'a str>) -> Result<Option<&'a str>, RestError> {
        let owner = match owner {
            Some(owner) => {
                self.scoped_to(owner)?;
                Some(owner)
            }
            None if self.is_platform() => {
                self.trace.read_of(PLATFORM_ORGANIZATION);
                None
            }
            None => Some(self.principal.owner.as_str()),
        };
        self.has_role()?;
        Ok(owner)
    }

    /// The user named in a path, if visible to the caller; a refusal does not reveal whether the
    /// user exists. Call [`Self::may_seek`] before the query.
    pub fn found(&self, owner: &str, found: Option<Target>) -> Result<Target, RestError> {
        let found = found.ok_or_else(RestError::not_found)?;
        if self.administers(owner) || self.is_self(&found.user.id) {
            return Ok(found);
        }
        Err(RestError::not_found())
    }

    /// Refuses a caller that may not see the user `name` of `owner`.
    pub fn may_seek(&self, owner: &str, name: &str) -> Result<(), RestError> {
        self.scoped_to(owner)?;
        let own = owner == self.principal.owner
            && (folded(name) == self.principal.name || self.is_self(name));
        if own { Ok(()) } else { self.administering(owner) }
    }
}

/// Whether the user has more than a member's role in any organization.
pub(super) fn administers(target: &Target) -> bool {
    target.roles().iter().any(|role| role.role > Role::Member)
}

/// 403.
pub fn forbidden(message: impl Into<String>) -> RestError {
    RestError::new(StatusCode::FORBIDDEN, message)
}

impl Caller for DirectoryCaller {
    async fn authenticate(origin: &Origin, request: &Request, who: Who) -> Result<Self, RestError> {
        let caller = Self::of(origin, request).await?;
        if who == Who::Platform {
            caller.platform()?;
        }
        Ok(caller)
    }
}

impl Segment for OrgName {
    fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }
}
