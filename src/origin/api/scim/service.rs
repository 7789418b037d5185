//! Shared context of the SCIM operations: caller, organization and base URL.

use super::{PATH, caller::ScimCaller, error::ScimError};
use crate::origin::{Origin, http::Request};

/// The context of an operation.
#[derive(Debug)]
pub struct Service<'a> {
    /// The context.
    pub origin: &'a Origin,
    /// The caller, who administers the organization or is the subject of the operation.
    pub caller: &'a ScimCaller,
    /// The organization of the credential.
    pub owner: &'a str,
    /// The URL of the service.
    pub base: String,
}

impl<'a> Service<'a> {
    /// The service for `caller`, who must administer the credential's organization.
    pub fn of(
        origin: &'a Origin,
        caller: &'a ScimCaller,
        request: &Request,
    ) -> Result<Self, ScimError> {
        let owner = caller.organization()?;
        Ok(Self { origin, caller, owner, base: base(origin, request) })
    }

    /// The service for an organization named in the path, which the caller must administer.
    pub fn in_organization(
        origin: &'a Origin,
        caller: &'a ScimCaller,
        request: &Request,
        owner: &'a str,
    ) -> Result<Self, ScimError> {
        caller.administering(owner)?;
        Ok(Self { origin, caller, owner, base: base(origin, request) })
    }

    /// The service for the caller as a user of the credential's organization (RFC 7644 §3.11).
    pub fn of_self(origin: &'a Origin, caller: &'a ScimCaller, request: &Request) -> Self {
        let owner = caller.principal.owner.as_str();
        Self { origin, caller, owner, base: base(origin, request) }
    }
}

/// The URL of the service, at the issuer's own host.
pub fn base(origin: &Origin, request: &Request) -> String {
    [origin.config.issuer_for(&request.base), PATH].concat()
}
