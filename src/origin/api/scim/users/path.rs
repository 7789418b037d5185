//! The paths of a user: by id, by organization and name, and `/Me`.

use crate::{
    core::directory::OrgName,
    origin::{
        Origin,
        api::scim::{caller::ScimCaller, error::ScimError, service::Service},
        http::Request,
        store::users::Named,
    },
};

/// A user reference in a request.
#[derive(Debug, Clone, Copy)]
pub enum UserPath<'a> {
    /// By its id.
    Id(&'a str),
    /// By its username or id, in the organization of the service.
    Name(&'a str),
}

impl<'a> UserPath<'a> {
    /// As a database reference.
    pub fn named(self, owner: &'a str) -> Named<'a> {
        match self {
            Self::Id(id) => Named::Id(id),
            Self::Name(name) => Named::Path { owner, name },
        }
    }
}

/// The segments of the path of a user.
pub trait UserSegments {
    /// The user and the service for the caller, who must administer the user's organization or be
    /// the referenced user.
    fn of<'a>(
        &'a self,
        origin: &'a Origin,
        caller: &'a ScimCaller,
        request: &Request,
    ) -> Result<(Service<'a>, UserPath<'a>), ScimError>;
}

/// `/Users/{id}`
impl UserSegments for (String,) {
    fn of<'a>(
        &'a self,
        origin: &'a Origin,
        caller: &'a ScimCaller,
        request: &Request,
    ) -> Result<(Service<'a>, UserPath<'a>), ScimError> {
        Ok((Service::of(origin, caller, request)?, UserPath::Id(&self.0)))
    }
}

/// `/Users/{owner}/{name}`
impl UserSegments for (OrgName, String) {
    fn of<'a>(
        &'a self,
        origin: &'a Origin,
        caller: &'a ScimCaller,
        request: &Request,
    ) -> Result<(Service<'a>, UserPath<'a>), ScimError> {
        let service = Service::in_organization(origin, caller, request, self.0.as_str())?;
        Ok((service, UserPath::Name(&self.1)))
    }
}

/// `/Me`
impl UserSegments for () {
    fn of<'a>(
        &'a self,
        origin: &'a Origin,
        caller: &'a ScimCaller,
        request: &Request,
    ) -> Result<(Service<'a>, UserPath<'a>), ScimError> {
        let service = Service::of_self(origin, caller, request);
        Ok((service, UserPath::Id(&caller.principal.subject)))
    }
}
