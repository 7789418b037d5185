//! A provider with merged and validated settings, preset and metadata.

use std::fmt;

use super::{
    discovery::Metadata,
    jws::JwsAlgorithm,
    preset::{Issuers, Preset, Protocol},
    settings::{ClientAuth, ProviderSettings, SettingsError},
    url::is_endpoint,
};

/// A validated provider.
#[derive(Debug, Clone)]
pub struct Provider<'a> {
    /// Its settings.
    pub settings: &'a ProviderSettings,
    /// Its preset.
    pub preset: &'static Preset,
    issuer: Option<IssuerRule>,
    authorization: String,
    token: String,
    userinfo: String,
    jwks_uri: String,
    promises_issuer: bool,
    pkce: bool,
    client_auth: ClientAuth,
}

/// The rule for `iss` of a provider's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssuerRule {
    /// Exactly this one.
    Exact(String),
    /// One per tenant: prefix, the token's `tid`, suffix.
    PerTenant {
        /// The prefix.
        before: String,
        /// The suffix.
        behind: String,
    },
}

/// The tenant placeholder in Microsoft's metadata.
const TENANT: &str = "{tenantid}";

impl IssuerRule {
    /// The rule for the issuer in the metadata, if it matches the `expected` one.
    pub(super) fn of_metadata(found: &str, expected: &str, issuers: Issuers) -> Option<Self> {
        if let Issuers::PerTenant = issuers
            && let Some(pattern) = Self::pattern_of(expected)
        {
            let named = expected.strip_prefix(&pattern.0)?.strip_suffix(&pattern.1)?;
            let shared = matches!(named, "common" | "organizations" | "consumers");
            if shared && found == format!("{}{TENANT}{}", pattern.0, pattern.1) {
                return Some(Self::PerTenant { before: pattern.0, behind: pattern.1 });
            }
            // A tenant asked for by its domain, or one of the shared names, has a UUID in the end.
            let tenant = found.strip_prefix(&pattern.0)?.strip_suffix(&pattern.1)?;
            let fits = is_uuid(tenant) && (!is_uuid(named) || named == tenant);
            return fits.then(|| Self::Exact(found.to_owned()));
        }
        (found == expected).then(|| Self::Exact(found.to_owned()))
    }

    /// The text around the tenant, which is the first path segment.
    fn pattern_of(issuer: &str) -> Option<(String, String)> {
        let (scheme, rest) = issuer.split_once("://")?;
        let (host, path) = rest.split_once('/')?;
        let behind = path.find('/').and_then(|at| path.get(at..)).unwrap_or_default();
        Some((format!("{scheme}://{host}/"), behind.to_owned()))
    }

    /// Whether `iss` follows the rule; `tenant` is the token's `tid`, or `None` where there is no token.
    pub fn accepts(&self, iss: &str, tenant: Option<&str>) -> bool {
        match self {
            Self::Exact(issuer) => iss == issuer,
            Self::PerTenant { before, behind } => {
                let named = iss.strip_prefix(before.as_str());
                named.and_then(|rest| rest.strip_suffix(behind.as_str())).is_some_and(|named| {
                    is_uuid(named) && tenant.is_none_or(|tenant| tenant == named)
                })
            }
        }
    }

    /// Whether tokens must have `tid`.
    pub(super) const fn needs_tenant(&self) -> bool {
        matches!(self, Self::PerTenant { .. })
    }
}

impl fmt::Display for IssuerRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(issuer) => f.write_str(issuer),
            Self::PerTenant { before, behind } => write!(f, "{before}{TENANT}{behind}"),
        }
    }
}

/// Whether `text` is a UUID in lower case.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

impl<'a> Provider<'a> {
    /// A provider whose claims are read and who is not asked.
    pub fn of_claims(settings: &'a ProviderSettings) -> Result<Self, SettingsError> {
        let preset = preset_of(settings)?;
        let nowhere = String::new;
        Ok(Self {
            settings,
            preset,
            issuer: None,
            authorization: nowhere(),
            token: nowhere(),
            userinfo: nowhere(),
            jwks_uri: nowhere(),
            promises_issuer: false,
            pkce: preset.request.pkce,
            client_auth: preset.redeem.auth,
        })
    }

    /// Merges settings, preset and, if available, metadata.
    pub fn new(
        settings: &'a ProviderSettings,
        metadata: Option<&Metadata>,
    ) -> Result<Self, SettingsError> {
        let preset = preset_of(settings)?;
        if settings.client_id.is_empty() {
            return Err(SettingsError::Missing("client_id"));
        }
        let issuer = match (metadata, issuer_of(settings)?) {
            (Some(metadata), _) => Some(metadata.issuer.clone()),
            (None, Some(issuer)) => Some(IssuerRule::Exact(issuer)),
            (None, None) => None,
        };
        let found = |read: fn(&Metadata) -> &str| metadata.map(read).unwrap_or_default();
        let provider = Self {
            settings,
            preset,
            issuer,
            authorization: endpoint(
                settings,
                "authorization_endpoint",
                [&settings.authorization_endpoint, found(|data| &data.authorization)],
                preset.authorization,
            )?,
            token: endpoint(
                settings,
                "token_endpoint",
                [&settings.token_endpoint, found(|data| &data.token)],
                preset.token,
            )?,
            userinfo: endpoint(
                settings,
                "userinfo_endpoint",
                [&settings.userinfo_endpoint, found(|data| &data.userinfo)],
                preset.userinfo,
            )?,
            jwks_uri: endpoint(
                settings,
                "jwks_uri",
                [&settings.jwks_uri, found(|data| &data.jwks_uri)],
                "",
            )?,
            promises_issuer: metadata.is_some_and(|metadata| metadata.promises_issuer),
            pkce: settings
                .pkce
                .unwrap_or(preset.request.pkce && metadata.is_none_or(Metadata::knows_s256)),
            client_auth: settings.client_auth.unwrap_or_else(|| match metadata {
                Some(metadata) => metadata.client_auth(preset.redeem.auth),
                None => preset.redeem.auth,
            }),
        };
        provider.complete()
    }

    /// Checks completeness; the error names the missing setting.
    fn complete(self) -> Result<Self, SettingsError> {
        let Self { settings, preset, client_auth, .. } = &self;
        let oidc = preset.protocol == Protocol::Oidc;
        let widget = preset.protocol == Protocol::TelegramWidget;
        let alipay = preset.protocol == Protocol::Alipay;
        let by_key = matches!(client_auth, ClientAuth::PrivateKeyJwt | ClientAuth::AppleSecret);
        let public = *client_auth == ClientAuth::None;
        let required = [
            ("authorization_endpoint", widget || !self.authorization.is_empty()),
            ("token_endpoint", widget || !self.token.is_empty()),
            ("userinfo_endpoint", oidc || widget || !self.userinfo.is_empty()),
            ("issuer", !oidc || self.issuer.is_some()),
            ("jwks_uri", !oidc || !self.jwks_uri.is_empty()),
            ("signing_key", !(by_key || alipay) || settings.signing_key.is_some()),
            ("provider_key", !alipay || !settings.provider_key.is_empty()),
            ("team_id", *client_auth != ClientAuth::AppleSecret || !settings.team_id.is_empty()),
            (
                "client_secret",
                by_key || public || alipay || !settings.client_secret.expose().is_empty(),
            ),
            // Without a secret, only PKCE binds a code to us (RFC 9700 §2.1.1).
            ("pkce", !public || self.pkce),
        ];
        match required.iter().find(|(_, present)| !present) {
            Some((name, _)) => Err(SettingsError::Missing(name)),
            None => Ok(self),
        }
    }

    /// The rule for `iss` of its tokens, if known.
    pub const fn issuer(&self) -> Option<&IssuerRule> {
        self.issuer.as_ref()
    }

    /// The authorization endpoint.
    pub fn authorization_endpoint(&self) -> &str {
        &self.authorization
    }

    /// The token endpoint.
    pub fn token_endpoint(&self) -> &str {
        &self.token
    }

    /// The userinfo endpoint; empty if there is none.
    pub fn userinfo_endpoint(&self) -> &str {
        &self.userinfo
    }

    /// The JWKS URI; empty for OAuth 2.0.
    pub fn jwks_uri(&self) -> &str {
        &self.jwks_uri
    }

    /// Whether every callback must have `iss` (RFC 9207 §2.4).
    pub const fn promises_issuer(&self) -> bool {
        self.promises_issuer
    }

    /// Whether PKCE is used.
    pub const fn uses_pkce(&self) -> bool {
        self.pkce
    }

    /// The client authentication at the token endpoint.
    pub const fn client_auth(&self) -> ClientAuth {
        self.client_auth
    }

    /// The algorithm of an RSA key whose JWK names none.
    pub fn rsa_algorithm(&self) -> JwsAlgorithm {
        let registered = self.settings.id_token_algorithm;
        registered.filter(|algorithm| algorithm.is_rsa()).unwrap_or(JwsAlgorithm::Rs256)
    }
}

/// The preset named in the settings.
pub(super) fn preset_of(settings: &ProviderSettings) -> Result<&'static Preset, SettingsError> {
    Preset::find(&settings.kind).ok_or_else(|| SettingsError::Kind(settings.kind.clone()))
}

/// The issuer of the settings or the preset.
pub(super) fn issuer_of(settings: &ProviderSettings) -> Result<Option<String>, SettingsError> {
    let preset = preset_of(settings)?;
    let issuer = match settings.issuer.as_str() {
        "" => filled(preset.issuer, settings, preset)?,
        issuer => issuer.to_owned(),
    };
    if issuer.is_empty() {
        return Ok(None);
    }
    // An issuer has neither query nor fragment (OpenID Connect Core §2).
    let acceptable = is_endpoint(&issuer, settings.danger_allow_localhost) && !issuer.contains('?');
    if acceptable { Ok(Some(issuer)) } else { Err(SettingsError::Endpoint("issuer")) }
}

fn endpoint(
    settings: &ProviderSettings,
    name: &'static str,
    candidates: [&str; 2],
    preset: &'static str,
) -> Result<String, SettingsError> {
    let url = match candidates.into_iter().find(|url| !url.is_empty()) {
        Some(url) => url.to_owned(),
        None => filled(preset, settings, preset_of(settings)?)?,
    };
    let acceptable = url.is_empty() || is_endpoint(&url, settings.danger_allow_localhost);
    if acceptable { Ok(url) } else { Err(SettingsError::Endpoint(name)) }
}

/// Fills in the placeholders of `template`.
fn filled(
    template: &str,
    settings: &ProviderSettings,
    preset: &Preset,
) -> Result<String, SettingsError> {
    let fill = |text: String, place: &str, name: &'static str, value: &str, default: &str| {
        if !text.contains(place) {
            return Ok(text);
        }
        let value = if value.is_empty() { default } else { value };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
        match value {
            "" => Err(SettingsError::Missing(name)),
            _ if !value.bytes().all(allowed) || value.starts_with('.') => {
                Err(SettingsError::Malformed(name))
            }
            _ => Ok(text.replace(place, value)),
        }
    };
    let text = fill(template.to_owned(), "{domain}", "domain", &settings.domain, preset.domain)?;
    fill(text, "{tenant}", "tenant", &settings.tenant, preset.tenant)
}
