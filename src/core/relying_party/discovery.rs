//! A provider's metadata (OpenID Connect Discovery 1.0 §4, RFC 8414).

use serde::Deserialize;

use super::{
    http::{HttpCall, Reply},
    preset::Protocol,
    provider::{IssuerRule, issuer_of, preset_of},
    settings::{ClientAuth, ProviderSettings, SettingsError},
    url::is_endpoint,
};

/// The used and validated part of the metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    pub(super) issuer: IssuerRule,
    pub(super) authorization: String,
    pub(super) token: String,
    pub(super) userinfo: String,
    pub(super) jwks_uri: String,
    pub(super) promises_issuer: bool,
    code_challenge_methods: Option<Vec<String>>,
    client_auth_methods: Option<Vec<String>>,
}

/// Why metadata is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// The settings are invalid.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The response has an error status.
    #[error("the metadata request was answered with status {0}")]
    Status(u16),
    /// The body is too long or not a JSON object, or a member is missing or has the wrong type.
    #[error("the metadata is malformed: {0}")]
    Malformed(String),
    /// The issuer is not the requested one (OpenID Connect Discovery §4.3, RFC 8414 §3.3).
    #[error("the metadata is of issuer {found:?}, not {expected:?}")]
    Issuer {
        /// The issuer of the settings.
        expected: String,
        /// The issuer of the document.
        found: String,
    },
    /// An endpoint is missing or not an https URL.
    #[error("{0} in the metadata must be an https URL")]
    Endpoint(&'static str),
    /// The provider does not offer the authorization code flow.
    #[error("the provider does not offer response_type=code")]
    ResponseType,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    #[serde(default)]
    userinfo_endpoint: String,
    jwks_uri: String,
    response_types_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// The request for the metadata; `None` if the provider has none or the settings name all endpoints.
pub fn request(settings: &ProviderSettings) -> Result<Option<HttpCall>, SettingsError> {
    let named = [
        &settings.authorization_endpoint,
        &settings.token_endpoint,
        &settings.jwks_uri,
        &settings.issuer,
    ];
    let preset = preset_of(settings)?;
    if preset.protocol != Protocol::Oidc || named.iter().all(|value| !value.is_empty()) {
        return Ok(None);
    }
    let issuer = issuer_of(settings)?.ok_or(SettingsError::Missing("issuer"))?;
    let base = issuer.strip_suffix('/').unwrap_or(&issuer);
    Ok(Some(HttpCall::get(format!("{base}/.well-known/openid-configuration"))))
}

impl Metadata {
    /// Reads the response to [`request`].
    pub fn parse(settings: &ProviderSettings, reply: &Reply<'_>) -> Result<Self, DiscoveryError> {
        if !reply.is_success() {
            return Err(DiscoveryError::Status(reply.status));
        }
        let malformed = |text: &str| DiscoveryError::Malformed(text.to_owned());
        let text = reply.text().ok_or_else(|| malformed("too long or not UTF-8"))?;
        let document: Document = serde_json::from_str(text)
            .map_err(|error| DiscoveryError::Malformed(error.to_string()))?;
        let expected = issuer_of(settings)?.ok_or(SettingsError::Missing("issuer"))?;
        let issuers = preset_of(settings)?.issuers;
        let Some(issuer) = IssuerRule::of_metadata(&document.issuer, &expected, issuers) else {
            return Err(DiscoveryError::Issuer { expected, found: document.issuer });
        };
        let endpoints = [
            ("authorization_endpoint", &document.authorization_endpoint),
            ("token_endpoint", &document.token_endpoint),
            ("userinfo_endpoint", &document.userinfo_endpoint),
            ("jwks_uri", &document.jwks_uri),
        ];
        for (name, url) in endpoints {
            let absent = url.is_empty() && name == "userinfo_endpoint";
            if !absent && !is_endpoint(url, settings.danger_allow_localhost) {
                return Err(DiscoveryError::Endpoint(name));
            }
        }
        let types = document.response_types_supported;
        if types.is_some_and(|types| !types.iter().any(|name| name == "code")) {
            return Err(DiscoveryError::ResponseType);
        }
        Ok(Self {
            issuer,
            authorization: document.authorization_endpoint,
            token: document.token_endpoint,
            userinfo: document.userinfo_endpoint,
            jwks_uri: document.jwks_uri,
            promises_issuer: document.authorization_response_iss_parameter_supported,
            code_challenge_methods: document.code_challenge_methods_supported,
            client_auth_methods: document.token_endpoint_auth_methods_supported,
        })
    }

    /// Whether S256 may be sent: it is listed, or no methods are listed.
    pub(super) fn knows_s256(&self) -> bool {
        let methods = self.code_challenge_methods.as_ref();
        methods.is_none_or(|methods| methods.iter().any(|name| name == "S256"))
    }

    /// `preferred`, unless it is a secret in the form that the provider does not take.
    pub(super) fn client_auth(&self, preferred: ClientAuth) -> ClientAuth {
        // RFC 8414 §2: the default is `client_secret_basic`.
        let knows = |name: &str| match &self.client_auth_methods {
            Some(methods) => methods.iter().any(|method| method == name),
            None => name == "client_secret_basic",
        };
        match preferred {
            ClientAuth::SecretBasic
                if !knows("client_secret_basic") && knows("client_secret_post") =>
            {
                ClientAuth::SecretPost
            }
            ClientAuth::SecretPost
                if !knows("client_secret_post") && knows("client_secret_basic") =>
            {
                ClientAuth::SecretBasic
            }
            other => other,
        }
    }
}
