//! Identity provider metadata for service providers.

use super::{super::Metadata, application};
use crate::{
    core::{
        cors::CorsClass,
        saml::{
            client::NameFormat,
            describe,
            metadata::{Endpoint, Entity, Role, RoleKind},
            settings::Binding,
        },
    },
    origin::{
        Origin,
        api::endpoint::{Call, Parameter, Query, Rate, Who, endpoint},
        domain::saml::{
            clients::{addresses, settings},
            keys::keys,
            new_id,
        },
        http::{Parameters, Request, RestError},
    },
};

endpoint! {
    /// Returns the metadata of the identity provider that we are to an application.
    ///
    /// It is signed, and has the certificates of all keys of the organization in use and those that follow. Its
    /// address is the entity ID.
    pub IdentityProviderMetadata = GET "/v1/iam/saml/idp/{owner}/{application}/metadata" as "getSamlIdentityProviderMetadata",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Unlimited;
    path: (String, String),
    reply: Metadata,
    error: RestError;
    described
}

async fn described(
    origin: &Origin,
    call: Call<'_, IdentityProviderMetadata>,
) -> Result<Metadata, RestError> {
    let (owner, name) = &call.path;
    metadata(origin, call.request, owner, name).await
}

/// The query of [`OlderMetadata`].
#[derive(Debug)]
pub struct ApplicationQuery {
    application: String,
}

impl Query for ApplicationQuery {
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::required("application", "The application, as `owner/name`.")];

    fn read(parameters: &Parameters) -> Result<Self, crate::core::directory::Invalid> {
        Ok(Self { application: parameters.get("application").unwrap_or_default().to_owned() })
    }
}

endpoint! {
    /// Returns the same at the address that Casdoor has it.
    pub OlderMetadata = GET "/api/saml/metadata" as "getSamlMetadataAtOlderAddress",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Unlimited;
    query: ApplicationQuery,
    reply: Metadata,
    error: RestError;
    described_at_older_address
}

async fn described_at_older_address(
    origin: &Origin,
    call: Call<'_, OlderMetadata>,
) -> Result<Metadata, RestError> {
    let named = call.query.application.split_once('/');
    let (owner, name) = named.ok_or_else(RestError::not_found)?;
    metadata(origin, call.request, owner, name).await
}

async fn metadata(
    origin: &Origin,
    http: &Request,
    owner: &str,
    name: &str,
) -> Result<Metadata, RestError> {
    let application = application(origin, owner, name).await?.ok_or_else(RestError::not_found)?;
    let settings = settings(&application, origin.clock.now()).map_err(RestError::internal)?;
    let settings = settings.ok_or_else(RestError::not_found)?;
    let ours = addresses(origin.config.issuer_for(&http.base), &application);
    let both = |service: &str| {
        let location = ours.at(service);
        let endpoint = |binding: Binding| Endpoint {
            binding: binding.uri().to_owned(),
            location: location.clone(),
            response_location: None,
            index: None,
            default: false,
        };
        [Binding::Redirect, Binding::Post].map(endpoint).to_vec()
    };
    let organization = &application.organization;
    let keys = keys(origin, organization).await.map_err(RestError::internal)?;
    let role = Role {
        kind: RoleKind::IdentityProvider,
        saml2: true,
        keys: keys.published(true),
        single_sign_on: both("sso"),
        single_logout: both("slo"),
        consumers: Vec::new(),
        name_id_formats: NameFormat::ALL.map(NameFormat::uri).to_vec(),
        requests_signed: settings.partner.role.requests_signed,
        wants_signed_assertions: false,
    };
    let entity = Entity { id: ours.entity_id(), valid_until: None, roles: vec![role] };
    let signer = keys.signer(origin);
    let written = describe::metadata(&entity, &new_id(origin), Some(&signer)).await;
    Ok(Metadata(written.map_err(RestError::internal)?))
}
