//! Reads the settings of an OAuth 2.0 or OpenID Connect provider from its record.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    core::{
        relying_party::{ClientAuth, ProviderSettings, SigningKey, jws::JwsAlgorithm},
        secret::Secret,
        token::Algorithm,
    },
    origin::{
        Origin,
        domain::federation::{Refusal, SETTINGS, is_on, reference, secret_text, text},
        store::{providers::Provider, resource::Stored},
    },
};

/// The settings of the provider record.
pub(super) fn settings(origin: &Origin, provider: &Provider) -> Result<ProviderSettings, Refusal> {
    let of = |member: &str| text(provider, member).to_owned();
    let attributes = &provider.meta().attributes;
    let unknown = |member: &str| Refusal::new(SETTINGS, format!("{member} is unknown"));
    let client_auth = match text(provider, "tokenEndpointAuthMethod") {
        "" => None,
        name => Some(
            serde_json::from_value::<ClientAuth>(name.into())
                .map_err(|_| unknown("tokenEndpointAuthMethod"))?,
        ),
    };
    let id_token_algorithm = match text(provider, "idTokenAlgorithm") {
        "" => None,
        name => Some(JwsAlgorithm::from_name(name).ok_or_else(|| unknown("idTokenAlgorithm"))?),
    };
    let scopes = text(provider, "scopes").split([' ', ',']).filter(|scope| !scope.is_empty());
    let tenants = attributes.get("tenants").and_then(Value::as_array).into_iter().flatten();
    Ok(ProviderSettings {
        name: reference(provider),
        kind: kind(provider).to_owned(),
        client_id: provider.client_id.clone(),
        client_secret: Secret::new(secret_text(origin, provider, "clientSecret")?),
        signing_key: signing_key(origin, provider)?,
        provider_key: of("cert"),
        team_id: of("teamId"),
        issuer: of("issuerUrl"),
        domain: of("domain"),
        tenant: of("tenant"),
        tenants: tenants.filter_map(Value::as_str).map(str::to_owned).collect(),
        authorization_endpoint: of("customAuthUrl"),
        token_endpoint: of("customTokenUrl"),
        userinfo_endpoint: of("customUserInfoUrl"),
        jwks_uri: of("jwksUrl"),
        scopes: scopes.map(str::to_owned).collect(),
        pkce: attributes.get("enablePkce").and_then(Value::as_bool),
        client_auth,
        assertion_audience: of("assertionAudience"),
        id_token_algorithm,
        // The names of claims are those of `Mapping`, for every protocol; the subject of OAuth 2.0 is read
        // here.
        user_mapping: subject_mapping(attributes),
        trust_email: is_on(provider, "trustEmail"),
        danger_allow_localhost: !origin.config.federation_hosts.is_empty(),
    })
}

/// The preset. A record with an issuer and no endpoint uses OpenID Connect.
fn kind(provider: &Provider) -> &str {
    let names = |member: &str| !text(provider, member).is_empty();
    match provider.r#type.as_str() {
        "" | "Custom" if names("issuerUrl") && !names("customAuthUrl") => "OIDC",
        "" => "Custom",
        name => name,
    }
}

fn subject_mapping(attributes: &Map<String, Value>) -> BTreeMap<String, String> {
    let mapping = attributes.get("userMapping").and_then(Value::as_object);
    let texts = mapping.into_iter().flatten();
    let texts = texts.filter_map(|(name, claim)| Some((name.clone(), claim.as_str()?.to_owned())));
    // `subject` is the protocol-independent name.
    texts
        .map(|(name, claim)| (if name == "subject" { "id".to_owned() } else { name }, claim))
        .collect()
}

/// The client's private key (`privateKey`, PKCS#8 in PEM; `keyId`).
fn signing_key(origin: &Origin, provider: &Provider) -> Result<Option<SigningKey>, Refusal> {
    let text_of_key = secret_text(origin, provider, "privateKey")?;
    if text_of_key.is_empty() {
        return Ok(None);
    }
    let malformed = || Refusal::new(SETTINGS, "privateKey is no PKCS#8 key in PEM");
    let (label, private) =
        pem_rfc7468::decode_vec(text_of_key.trim().as_bytes()).map_err(|_| malformed())?;
    if label != "PRIVATE KEY" {
        return Err(malformed());
    }
    let algorithm = match text(provider, "privateKeyAlgorithm") {
        "" if provider.r#type == "Alipay" => Algorithm::Rs256,
        "" => Algorithm::Es256,
        name => Algorithm::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| Refusal::new(SETTINGS, "privateKeyAlgorithm is ES256 or RS256"))?,
    };
    let key_id = text(provider, "keyId").to_owned();
    Ok(Some(SigningKey { key_id, algorithm, private: Secret::new(private) }))
}
