//! Service provider metadata for identity providers.

use super::{super::Metadata, provider};
use crate::{
    core::{
        cors::CorsClass,
        saml::{
            describe,
            metadata::{Endpoint, Entity, Role, RoleKind},
            settings::{Binding, Settings},
        },
    },
    origin::{
        Origin,
        api::endpoint::{Call, Rate, Who, endpoint},
        authn::federation::saml::{Ours, addresses},
        domain::saml::{keys::keys, new_id},
        http::RestError,
        store::resource::Stored,
    },
};

endpoint! {
    /// Returns the metadata of the service provider that we are to an identity provider.
    ///
    /// It is signed, and has the certificates of all our keys in use and those that follow. Its address is the
    /// entity ID.
    pub ServiceProviderMetadata = GET "/v1/iam/saml/sp/{owner}/{provider}/metadata" as "getSamlServiceProviderMetadata",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Unlimited;
    path: (String, String),
    reply: Metadata,
    error: RestError;
    described
}

async fn described(
    origin: &Origin,
    call: Call<'_, ServiceProviderMetadata>,
) -> Result<Metadata, RestError> {
    let (owner, name) = &call.path;
    let provider = provider(origin, owner, name).await?.ok_or_else(RestError::not_found)?;
    let settings = Settings::read(&provider.meta().attributes, origin.clock.now());
    let settings = settings.map_err(RestError::internal)?;
    let ours = Ours::of(origin, call.request, &provider, &settings);
    let slo = addresses(origin, call.request, &provider).at("slo");
    let endpoint = |binding: Binding, location: &str, index| Endpoint {
        binding: binding.uri().to_owned(),
        location: location.to_owned(),
        response_location: None,
        index,
        default: index.is_some(),
    };
    let keys = keys(origin, owner).await.map_err(RestError::internal)?;
    let role = Role {
        kind: RoleKind::ServiceProvider,
        saml2: true,
        keys: keys.published(true),
        single_sign_on: Vec::new(),
        single_logout: [Binding::Redirect, Binding::Post].map(|it| endpoint(it, &slo, None)).into(),
        consumers: vec![endpoint(Binding::Post, &ours.acs_url, Some(0))],
        name_id_formats: settings.name_id_format.clone().into_iter().collect(),
        requests_signed: settings.signs_requests,
        wants_signed_assertions: true,
    };
    let entity = Entity { id: ours.entity_id, valid_until: None, roles: vec![role] };
    let signer = keys.signer(origin);
    let written = describe::metadata(&entity, &new_id(origin), Some(&signer)).await;
    Ok(Metadata(written.map_err(RestError::internal)?))
}
