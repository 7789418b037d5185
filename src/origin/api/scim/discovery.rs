//! Discovery (RFC 7644 §4): service provider configuration, resource types and schemas. Readable by
//! every client.

use http::StatusCode;
use serde_json::Value;

use super::{
    error::ScimError,
    reply::Scim,
    service::base,
    shapes::{ScimDocument, ScimList},
};
use crate::{
    core::scim::{Page, RESOURCE_TYPES, Resource, SCHEMAS, service_provider},
    origin::{
        Origin,
        api::endpoint::{Call, Who, endpoint},
        http::{Request, RestError},
    },
};

endpoint! {
    /// Returns what the SCIM service supports.
    pub GetServiceProviderConfig = GET "/v1/iam/scim/v2/ServiceProviderConfig" as "getScimServiceProviderConfig",
    who: Who::Public;
    reply: Scim<ScimDocument>,
    error: ScimError;
    configuration
}

endpoint! {
    /// Lists the resource types of the SCIM service.
    pub ListResourceTypes = GET "/v1/iam/scim/v2/ResourceTypes" as "listScimResourceTypes",
    who: Who::Public;
    reply: Scim<ScimList>,
    error: ScimError;
    resource_types
}

endpoint! {
    /// Returns a resource type of the SCIM service.
    pub GetResourceType = GET "/v1/iam/scim/v2/ResourceTypes/{name}" as "getScimResourceType",
    who: Who::Public;
    path: (String,),
    reply: Scim<ScimDocument>,
    error: ScimError;
    resource_type
}

endpoint! {
    /// Lists the schemas of the SCIM service.
    pub ListSchemas = GET "/v1/iam/scim/v2/Schemas" as "listScimSchemas",
    who: Who::Public;
    reply: Scim<ScimList>,
    error: ScimError;
    schemas
}

endpoint! {
    /// Returns a schema of the SCIM service.
    pub GetSchema = GET "/v1/iam/scim/v2/Schemas/{id}" as "getScimSchema",
    who: Who::Public;
    path: (String,),
    reply: Scim<ScimDocument>,
    error: ScimError;
    schema
}

async fn configuration(
    origin: &Origin,
    call: Call<'_, GetServiceProviderConfig>,
) -> Result<Scim<ScimDocument>, ScimError> {
    let base = base(origin, call.request);
    let documentation = [origin.config.issuer_for(&call.request.base), "/v1/iam/openapi.json"];
    Ok(service_provider(&base, &documentation.concat()).into())
}

async fn resource_types(
    origin: &Origin,
    call: Call<'_, ListResourceTypes>,
) -> Result<Scim<ScimList>, ScimError> {
    let base = base(origin, call.request);
    listed(call.request, RESOURCE_TYPES.iter().map(|known| known.published(&base)))
}

async fn resource_type(
    origin: &Origin,
    call: Call<'_, GetResourceType>,
) -> Result<Scim<ScimDocument>, ScimError> {
    let known = RESOURCE_TYPES.iter().find(|known| known.name == call.path.0);
    let known = known.ok_or_else(RestError::not_found)?;
    Ok(known.published(&base(origin, call.request)).into())
}

async fn schemas(
    origin: &Origin,
    call: Call<'_, ListSchemas>,
) -> Result<Scim<ScimList>, ScimError> {
    let base = base(origin, call.request);
    listed(call.request, SCHEMAS.iter().map(|known| known.published(&base)))
}

async fn schema(
    origin: &Origin,
    call: Call<'_, GetSchema>,
) -> Result<Scim<ScimDocument>, ScimError> {
    let known = SCHEMAS.iter().find(|known| known.id.eq_ignore_ascii_case(&call.path.0));
    let known = known.ok_or_else(RestError::not_found)?;
    Ok(known.published(&base(origin, call.request)).into())
}

/// All of them; a client may not filter them (RFC 7644 §4).
fn listed(
    request: &Request,
    documents: impl Iterator<Item = Value>,
) -> Result<Scim<ScimList>, ScimError> {
    if request.query_parameters().is_ok_and(|query| query.get("filter").is_some()) {
        return Err(ScimError::new(StatusCode::FORBIDDEN, "discovery has no filter"));
    }
    let resources: Vec<Resource> = documents
        .filter_map(|document| match document {
            Value::Object(document) => Some(document),
            _ => None,
        })
        .collect();
    let total = resources.len();
    Ok(Page { resources, total }.response(0).into())
}
