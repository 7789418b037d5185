//! An administrator's settings of a provider.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{jws::JwsAlgorithm, preset::Preset};
use crate::core::{secret::Secret, token::Algorithm};

/// The settings of a provider. Empty texts default to the preset.
#[derive(Debug, Clone, Default)]
pub struct ProviderSettings {
    /// The name of its record. A login started with one provider cannot be finished by another.
    pub name: String,
    /// The preset's name.
    pub kind: String,
    /// The client id.
    pub client_id: String,
    /// The client secret; for Telegram, the bot token.
    pub client_secret: Secret<String>,
    /// The client's private key, for `private_key_jwt`, Apple and Alipay.
    pub signing_key: Option<SigningKey>,
    /// The key of Alipay's responses: base64 of its `SubjectPublicKeyInfo`, as shown in its
    /// console.
    pub provider_key: String,
    /// Apple's team ID.
    pub team_id: String,
    /// The issuer.
    pub issuer: String,
    /// The provider's host, for presets with customer-specific hosts.
    pub domain: String,
    /// Tenant or realm.
    pub tenant: String,
    /// The allowed tenants (Microsoft's `tid`); all if empty.
    pub tenants: Vec<String>,
    /// The authorization endpoint.
    pub authorization_endpoint: String,
    /// The token endpoint.
    pub token_endpoint: String,
    /// The userinfo endpoint.
    pub userinfo_endpoint: String,
    /// The JWKS URI.
    pub jwks_uri: String,
    /// The scopes to request.
    pub scopes: Vec<String>,
    /// Whether to use PKCE.
    pub pkce: Option<bool>,
    /// How to authenticate at the token endpoint.
    pub client_auth: Option<ClientAuth>,
    /// `aud` of our assertions. By default the issuer, or the token endpoint if none is known.
    pub assertion_audience: String,
    /// The algorithm of ID tokens that RSA keys without `alg` sign: RS256 unless registered otherwise.
    pub id_token_algorithm: Option<JwsAlgorithm>,
    /// Names of claims where they are not the preset's, by Casdoor's keys: `id`, `username`, `displayName`,
    /// `email`, `emailVerified`, `avatarUrl`, `phone`. One that begins with `/` is a JSON Pointer. `id` does
    /// not apply where an ID token names the person.
    pub user_mapping: BTreeMap<String, String>,
    /// Whether the provider's e-mail verification status is trusted, where the preset leaves that
    /// to the administrator.
    pub trust_email: bool,
    /// Accepts `http://localhost`, `127.0.0.1` and `[::1]` as endpoints: only for tests.
    pub danger_allow_localhost: bool,
}

/// A client private key whose public key is registered at the provider.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// Its key id at the provider.
    pub key_id: String,
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// PKCS#8 DER.
    pub private: Secret<Vec<u8>>,
}

/// How a client authenticates at the token endpoint (OpenID Connect Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// The secret in the `Authorization` header (RFC 6749 §2.3.1).
    #[serde(rename = "client_secret_basic")]
    SecretBasic,
    /// The secret as a parameter.
    #[serde(rename = "client_secret_post")]
    SecretPost,
    /// An assertion signed with the client's key (RFC 7523).
    PrivateKeyJwt,
    /// Apple's client secret: a JWT signed with the client's key, sent as a parameter.
    AppleSecret,
    /// None: a public client.
    None,
}

/// Why settings are invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// There is no preset of that name.
    #[error("type {0:?} is none of {kinds}", kinds = kinds())]
    Kind(String),
    /// A setting is missing.
    #[error("{} must be set", member(.0))]
    Missing(&'static str),
    /// A setting is malformed.
    #[error("{} is malformed", member(.0))]
    Malformed(&'static str),
    /// An endpoint is not an https URL.
    #[error(
        "{} must be an https URL without credentials and fragment (http only to a host in DANGER_FEDERATION_HOSTS)",
        member(.0)
    )]
    Endpoint(&'static str),
}

/// The member of a provider's record that has the setting.
fn member(setting: &'static str) -> &'static str {
    match setting {
        "client_id" => "clientId",
        "client_secret" => "clientSecret",
        "issuer" => "issuerUrl",
        "authorization_endpoint" => "customAuthUrl",
        "token_endpoint" => "customTokenUrl",
        "userinfo_endpoint" => "customUserInfoUrl",
        "jwks_uri" => "jwksUrl",
        "signing_key" => "privateKey",
        "provider_key" => "cert",
        own => own,
    }
}

fn kinds() -> String {
    let kinds: Vec<&str> = Preset::ALL.iter().map(|preset| preset.kind).collect();
    kinds.join(", ")
}
