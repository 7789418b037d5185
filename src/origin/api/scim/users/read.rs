//! `GET /v1/iam/scim/v2/Users/{id}`

use super::change::{self, UserPath};
use crate::{
    core::{
        directory::{Invalid, OrgName},
        scim::{Projection, ResourceType, USERS},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            endpoint::{Call, Parameter, Query, Who, endpoint},
            scim::{
                caller::ScimCaller, conditions::Conditions, error::ScimError, reply::Scim,
                service::Service, shapes::ScimUser, users::list::names,
            },
        },
        http::{Parameters, Request},
    },
};

endpoint! {
    /// Returns a user as SCIM describes it.
    pub GetScimUser = GET "/v1/iam/scim/v2/Users/{id}" as "getScimUser",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    path: (String,),
    query: Selected,
    reply: Scim<ScimUser>,
    error: ScimError;
    by_id
}

endpoint! {
    /// Returns a user, by organization and name, as SCIM describes it.
    pub GetScimUserByName = GET "/v1/iam/scim/v2/Users/{owner}/{name}" as "getScimUserByName",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    path: (OrgName, String),
    query: Selected,
    reply: Scim<ScimUser>,
    error: ScimError;
    by_name
}

/// Which attributes a response has (RFC 7644 §3.9).
#[derive(Debug)]
pub struct Selected {
    attributes: Vec<String>,
    excluded: Vec<String>,
}

impl Selected {
    /// As a projection.
    pub fn projection(&self) -> Result<Projection, ScimError> {
        self.projection_of(&USERS)
    }

    /// As a projection of resources of that type.
    pub fn projection_of(
        &self,
        resource_type: &'static ResourceType,
    ) -> Result<Projection, ScimError> {
        let attributes = self.attributes.iter().map(String::as_str);
        let excluded = self.excluded.iter().map(String::as_str);
        Ok(Projection::read(resource_type, attributes, excluded)?)
    }
}

impl Query for Selected {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("attributes", "The only attributes of the response, by commas."),
        Parameter::optional("excludedAttributes", "Attributes that the response does not have."),
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        Ok(Self {
            attributes: names(parameters.get("attributes")),
            excluded: names(parameters.get("excludedAttributes")),
        })
    }
}

async fn by_id(origin: &Origin, call: Call<'_, GetScimUser>) -> Result<Scim<ScimUser>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    read(&service, UserPath::Id(&call.path.0), &call.query, call.request).await
}

async fn by_name(
    origin: &Origin,
    call: Call<'_, GetScimUserByName>,
) -> Result<Scim<ScimUser>, ScimError> {
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    let service = Service::in_organization(origin, &call.caller, call.request, owner)?;
    read(&service, UserPath::Name(name), &call.query, call.request).await
}

async fn read(
    service: &Service<'_>,
    path: UserPath<'_>,
    selected: &Selected,
    request: &Request,
) -> Result<Scim<ScimUser>, ScimError> {
    let projection = selected.projection()?;
    let (mut user, version) = change::read(service, path).await?;
    if Conditions::of(request).is_unchanged(version) {
        return Ok(Scim::unchanged(user));
    }
    projection.apply(&USERS, &mut user);
    Ok(user.into())
}
