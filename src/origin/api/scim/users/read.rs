//! `GET /v1/iam/scim/v2/Users/{id}` and `/Me`

use super::{change, list::names, path::UserSegments};
use crate::{
    core::{
        directory::{Invalid, OrgName},
        scim::{Projection, ResourceType, USERS},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            endpoint::{Call, Endpoint, Parameter, Query, Who, endpoint},
            scim::{
                caller::ScimCaller, conditions::Conditions, error::ScimError, reply::Scim,
                shapes::ScimUser,
            },
        },
        http::Parameters,
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
    read
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
    read
}

endpoint! {
    /// Returns the caller's own user as SCIM describes it (RFC 7644 §3.11).
    ///
    /// `Location` is the path of the user by its id. Organizations in which the user is a guest have no
    /// such resource.
    pub GetScimMe = GET "/v1/iam/scim/v2/Me" as "getScimMe",
    who: Who::Directory;
    caller: ScimCaller,
    query: Selected,
    reply: Scim<ScimUser>,
    error: ScimError;
    read
}

/// The attributes of a response (RFC 7644 §3.9).
#[derive(Debug)]
pub struct Selected {
    attributes: Vec<String>,
    excluded: Vec<String>,
}

impl Selected {
    /// As a projection of resources of that type.
    pub fn projection(
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

async fn read<E>(origin: &Origin, call: Call<'_, E>) -> Result<Scim<ScimUser>, ScimError>
where
    E: Endpoint<Caller = ScimCaller, Path: UserSegments, Query = Selected>,
{
    let (service, path) = call.path.of(origin, &call.caller, call.request)?;
    let projection = call.query.projection(&USERS)?;
    let (user, version) = change::read(&service, path).await?;
    if Conditions::of(call.request).is_unchanged(version) {
        return Ok(Scim::unchanged(user));
    }
    Ok(Scim::projected(user, &projection, &USERS))
}
