//! The authority of a call: the intersection of four inputs, computed once per credential.
//!
//! 1. the **subject's** current roles;
//! 2. the **client's** trust ([`Trust`]): what a token obtained through it may carry at all;
//! 3. the **credential's** own limits ([`CredentialLimits`]): scope, class, sign-in time, exchange;
//! 4. the **resource's** demand ([`resource`]): the audience and scope that it accepts.
//!
//! [`Authority`] has private fields and two constructors: [`Authority::compute`], which only ever
//! removes from what the subject holds, and `Authority::attested`, for what the origin computed
//! before and a verified token or published key record repeats. No other code grants anything.

mod inputs;
pub mod resource;

use serde::Serialize;

pub use self::inputs::{Ceiling, CredentialLimits, Inputs, Marks, SubjectKind, Trust};
use super::{
    apikey::KeyScope,
    principal::PLATFORM_ORGANIZATION,
    time::UnixTime,
    token::{OrganizationRole, Role},
};

/// The scope that opens administration under `/v1/iam`.
pub const ADMINISTRATION: &str = "iam";

/// The scope that opens only the reads of [`ADMINISTRATION`].
pub const ADMINISTRATION_READ: &str = "iam:read";

/// How long after a sign-in platform authority lasts unless configured otherwise, in seconds.
pub const PLATFORM_MAX_AGE: i64 = 12 * 3600;

/// The authority of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    organization: String,
    roles: Vec<OrganizationRole>,
    directory: Directory,
    is_client: bool,
    is_whole: bool,
    is_delegated: bool,
    platform_until: Option<UnixTime>,
    cuts: Vec<Cut>,
}

/// Directory access of a credential under `/v1/iam`, within its roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Directory {
    /// Not at all.
    Closed,
    /// Safe methods only (RFC 9110 §9.2.1).
    Read,
    /// Reads and writes.
    Open,
}

/// The limiting input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the four inputs of the module's documentation")]
pub enum Source {
    SubjectKind,
    Client,
    Credential,
    Resource,
}

/// A right of the subject that the credential does not carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// The input that removed it.
    pub by: Source,
    /// A description of what was removed.
    pub what: String,
    /// The organization that it concerns.
    #[serde(skip)]
    pub organization: Option<String>,
}

impl Authority {
    /// Computes the intersection at `now`.
    pub fn compute(inputs: &Inputs<'_>, now: UnixTime) -> Self {
        let mut roles = Roles { list: inputs.roles.to_vec(), cuts: Vec::new() };
        let mut organization = inputs.home.to_owned();
        match &inputs.client {
            None | Some(Trust::FirstParty { .. }) => {}
            Some(Trust::Tenant { organization: own }) => {
                roles.only(own, Source::Client);
                organization.clone_from(own);
            }
            Some(Trust::ThirdParty) => {
                roles.only(inputs.home, Source::Client);
                roles.cap(inputs.home, Role::Member, Source::Client);
            }
        }
        if let CredentialLimits::Token { ceiling: Some(ceiling), .. } = &inputs.limits {
            roles.below(ceiling);
            if !matches!(inputs.client, Some(Trust::Tenant { .. })) {
                ceiling.organization.clone_into(&mut organization);
            }
        }
        let is_whole = roles.cuts.is_empty();
        let platform_until = inputs.platform_until();
        let by = inputs.platform_cut_by();
        if platform_until.is_none_or(|end| now >= end) {
            roles.cap(PLATFORM_ORGANIZATION, Role::Member, by);
        }
        let Roles { list: roles, mut cuts } = roles;
        let directory = inputs.directory(&mut cuts);
        let is_platform = administers_platform(&roles);
        Self {
            organization,
            roles,
            directory,
            is_client: inputs.subject == SubjectKind::Client,
            is_whole,
            is_delegated: inputs.is_delegated(),
            platform_until: platform_until.filter(|_| is_platform),
            cuts,
        }
    }

    /// What a verified token repeats of an earlier [`Self::compute`]. It does not open the
    /// directory: the origin computes that anew.
    pub(in crate::core) const fn attested(
        organization: String,
        roles: Vec<OrganizationRole>,
    ) -> Self {
        Self::repeated(organization, roles, Directory::Closed, false)
    }

    /// What the record of a key repeats, which the origin published. A key that is bound to a
    /// client may carry less than its holder.
    pub(in crate::core) fn attested_key(
        organization: String,
        roles: Vec<OrganizationRole>,
        scope: &KeyScope,
        publishable: bool,
        is_bound: bool,
    ) -> Self {
        let directory = if publishable { Directory::Closed } else { of_key(scope) };
        Self::repeated(organization, roles, directory, !is_bound)
    }

    const fn repeated(
        organization: String,
        roles: Vec<OrganizationRole>,
        directory: Directory,
        is_whole: bool,
    ) -> Self {
        Self {
            organization,
            roles,
            directory,
            is_client: false,
            is_whole,
            is_delegated: false,
            platform_until: None,
            cuts: Vec::new(),
        }
    }

    /// The organization that the credential acts in unless the request selects another one.
    pub fn organization(&self) -> &str {
        &self.organization
    }

    /// Every organization and role that the credential carries, the home first.
    pub fn roles(&self) -> &[OrganizationRole] {
        &self.roles
    }

    /// The role in `organization`: a platform administrator owns every organization.
    pub fn role_in(&self, organization: &str) -> Option<Role> {
        if self.is_platform() {
            return Some(Role::Owner);
        }
        self.roles.iter().find(|role| role.org == organization).map(|role| role.role)
    }

    /// Whether it administers the platform.
    pub fn is_platform(&self) -> bool {
        administers_platform(&self.roles)
    }

    /// Whether it administers `organization`.
    pub fn administers(&self, organization: &str) -> bool {
        self.role_in(organization).is_some_and(|role| role >= Role::Admin)
    }

    /// Its directory access.
    pub const fn directory(&self) -> Directory {
        self.directory
    }

    /// Whether the client acts for itself: capabilities of a client belong to no other credential.
    pub const fn is_client(&self) -> bool {
        self.is_client
    }

    /// Whether it carries every role of the subject, regardless of platform authority.
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether it is delegated: a token of a client that is not first-party, or an exchanged one.
    pub const fn is_delegated(&self) -> bool {
        self.is_delegated
    }

    /// When the platform authority that it carries ends; `None` if it carries none, or without end.
    pub fn platform_until(&self) -> Option<UnixTime> {
        self.platform_until.filter(|end| *end < UnixTime(i64::MAX))
    }

    /// Whether the client does not admit the subject at all.
    pub fn is_void(&self) -> bool {
        self.roles.is_empty() && !self.is_client
    }

    /// The rights of the subject that it does not carry, in the order of the inputs.
    pub fn cuts(&self) -> &[Cut] {
        &self.cuts
    }
}

/// Whether these are the roles of a platform administrator.
pub fn administers_platform(roles: &[OrganizationRole]) -> bool {
    roles.iter().any(|role| role.org == PLATFORM_ORGANIZATION && role.role >= Role::Admin)
}

impl Cut {
    fn role(by: Source, role: &OrganizationRole) -> Self {
        let what = format!("{} of {}", role.role.name(), role.org);
        Self { by, what, organization: Some(role.org.clone()) }
    }
}

/// Roles that can only be reduced, with a record of the reductions.
struct Roles {
    list: Vec<OrganizationRole>,
    cuts: Vec<Cut>,
}

impl Roles {
    fn only(&mut self, organization: &str, by: Source) {
        let cuts = &mut self.cuts;
        self.list.retain(|role| {
            let kept = role.org == organization;
            if !kept {
                cuts.push(Cut::role(by, role));
            }
            kept
        });
    }

    fn cap(&mut self, organization: &str, at_most: Role, by: Source) {
        for role in self.list.iter_mut().filter(|role| role.org == organization) {
            if role.role > at_most {
                self.cuts.push(Cut::role(by, role));
                role.role = at_most;
            }
        }
    }

    fn below(&mut self, ceiling: &Ceiling<'_>) {
        let cuts = &mut self.cuts;
        self.list.retain_mut(|role| {
            let limit = ceiling.role_in(&role.org);
            if limit.is_none_or(|limit| limit < role.role) {
                cuts.push(Cut::role(Source::Credential, role));
            }
            let Some(limit) = limit else { return false };
            role.role = role.role.min(limit);
            true
        });
    }
}

impl Inputs<'_> {
    /// When the platform authority that client and credential let through ends.
    fn platform_until(&self) -> Option<UnixTime> {
        let client = match &self.client {
            None => true,
            Some(Trust::FirstParty { platform }) => *platform,
            Some(_) => false,
        };
        let until = |at: UnixTime| at.plus(self.platform_max_age);
        match &self.limits {
            _ if !client || self.subject != SubjectKind::User => None,
            // A token without administration administers nothing, the platform least of all.
            CredentialLimits::Token { .. }
                if self.client.is_none() || self.scope() == Directory::Closed =>
            {
                None
            }
            CredentialLimits::Session { authenticated_at }
            | CredentialLimits::Token { authenticated_at, .. } => authenticated_at.map(until),
            CredentialLimits::Key { platform, publishable, .. } => {
                (*platform && !publishable).then_some(UnixTime(i64::MAX))
            }
            CredentialLimits::Secret => None,
        }
    }

    fn is_delegated(&self) -> bool {
        matches!(self.client, Some(Trust::Tenant { .. } | Trust::ThirdParty))
            || matches!(self.limits, CredentialLimits::Token { ceiling: Some(_), .. })
    }

    fn platform_cut_by(&self) -> Source {
        match &self.client {
            Some(
                Trust::FirstParty { platform: false } | Trust::Tenant { .. } | Trust::ThirdParty,
            ) => Source::Client,
            _ => Source::Credential,
        }
    }

    fn directory(&self, cuts: &mut Vec<Cut>) -> Directory {
        let reach = match self.client {
            Some(Trust::ThirdParty) if self.subject == SubjectKind::User => Directory::Closed,
            _ => self.scope(),
        };
        if reach < Directory::Open {
            let by = match self.client {
                Some(Trust::ThirdParty) => Source::Client,
                _ => Source::Credential,
            };
            let what = match reach {
                Directory::Closed => "the directory under /v1/iam",
                _ => "writes to the directory under /v1/iam",
            };
            cuts.push(Cut { by, what: what.to_owned(), organization: None });
        }
        reach
    }

    /// Directory access by the credential's own scope.
    fn scope(&self) -> Directory {
        match &self.limits {
            CredentialLimits::Session { .. } | CredentialLimits::Secret => Directory::Open,
            CredentialLimits::Token { .. } if self.subject == SubjectKind::Client => {
                Directory::Open
            }
            CredentialLimits::Token { scope, registered, .. } => {
                let has = |name: &str| {
                    scope.split(' ').any(|known| known == name)
                        && registered.iter().any(|known| known == name)
                };
                match (has(ADMINISTRATION), has(ADMINISTRATION_READ)) {
                    (true, _) => Directory::Open,
                    (false, true) => Directory::Read,
                    (false, false) => Directory::Closed,
                }
            }
            CredentialLimits::Key { publishable: true, .. } => Directory::Closed,
            CredentialLimits::Key { scope, .. } => of_key(scope),
        }
    }
}

fn of_key(scope: &KeyScope) -> Directory {
    let permits = |method| scope.permits_directory(&method);
    match (permits(http::Method::POST), permits(http::Method::GET)) {
        (true, _) => Directory::Open,
        (false, true) => Directory::Read,
        (false, false) => Directory::Closed,
    }
}

#[cfg(test)]
mod tests;
