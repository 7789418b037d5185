//! Applications: patches, platform-only changes, and state changes.

mod changes;
mod logout;

use serde::Deserialize;
use serde_json::{Map, Value, json};

pub use self::changes::{create, delete, update};
use crate::{
    core::{
        directory::{
            Attributes, ClientId, ClientSecret, GrantType, Invalid, Kept, Line, List, ObjectName,
            OrgName, Patch, Picture, RESTRICTIONS, RedirectUri, Resource, ScopeNames, Seconds,
            Text, namespaces,
        },
        encoding::{base64url, digest, uuid},
        principal::PLATFORM_ORGANIZATION,
        saml::client::ClientSettings,
        secret::Secret,
        signin::{MfaItem, RememberedHours, RequireMfa},
        time::UnixTime,
        token::Algorithm,
    },
    origin::{Origin, store::applications::Application},
};

const ATTRIBUTES: Attributes = Attributes {
    ignored: &[
        // Set by the server.
        "id",
        "trust",
        "createdTime",
        "createdAt",
        "updatedTime",
        "updatedAt",
        RESTRICTIONS,
        // Belong to other resources.
        "cert",
        "certObj",
        "certPublicKey",
        "deleted",
        "organizationObj",
    ],
    maximum: 128 * 1024, // texts and styles of its pages
};

/// The attributes that only the platform sets.
const PLATFORMS: [&str; 2] = ["platform", "orgChoiceMode"];

/// Seconds: a minute to a week.
const ACCESS_LIFETIMES: std::ops::RangeInclusive<i64> = 60..=7 * 24 * 3600;
/// Seconds: to a year.
const MAXIMUM_REFRESH_LIFETIME: i64 = 365 * 24 * 3600;

/// What a request sets of an application. Absent members stay as they are. Members without a field
/// are kept as attributes; `null` removes one.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct ApplicationPatch {
    /// On creation: `admin` for an application of the platform, else the organization.
    pub owner: Patch<OrgName>,
    /// Unique in the owner. Cannot be changed.
    pub name: Patch<ObjectName>,
    /// The organization that administers it and whose users sign in to it. Cannot be changed.
    pub organization: Patch<OrgName>,
    /// The OAuth `client_id`. Cannot be changed.
    pub client_id: Patch<ClientId>,
    /// A secret that the client chose. `""` and `***` set none; `null` on creation makes a public
    /// client.
    pub client_secret: Patch<ClientSecret>,
    /// Whether it is a public client, without a secret; `false` makes a new secret if it has none.
    pub public: Option<bool>,
    /// The name for people.
    pub display_name: Patch<Line>,
    /// What it may ask the token endpoint for.
    pub grant_types: Option<List<GrantType>>,
    /// Where codes may be sent; matched exactly.
    pub redirect_uris: Option<List<RedirectUri>>,
    /// Where the browser may go after logout; matched exactly.
    pub post_logout_redirect_uris: Option<List<RedirectUri>>,
    /// Where a logout token is posted when a session ends: an `https` address on the public Internet
    /// (OpenID Connect Back-Channel Logout 1.0).
    pub backchannel_logout_uri: Patch<String>,
    /// Whether the logout token must name the session; it always does.
    pub backchannel_logout_session_required: Option<bool>,
    /// What the signed-out page loads in a frame, with the origin of one of `redirectUris`
    /// (OpenID Connect Front-Channel Logout 1.0).
    pub frontchannel_logout_uri: Patch<String>,
    /// Whether the address of the frame must name the session; it always does.
    pub frontchannel_logout_session_required: Option<bool>,
    /// Audiences that it may ask for (RFC 8707).
    pub resources: Option<List<Resource>>,
    /// What else it may do: `key-resolve`, `key-mint`, `directory`, …
    pub capabilities: Option<List<ObjectName>>,
    /// Whether users of every organization may sign in to it.
    pub is_shared: Option<bool>,
    /// Whether it is one of the platform's own.
    pub is_first_party: Option<bool>,
    /// Whether it may carry platform authority.
    pub platform_access: Option<bool>,
    /// Whether it is disabled.
    pub is_disabled: Option<bool>,
    /// The same as `isDisabled`.
    pub disable_signin: Option<bool>,
    /// Whether the sign-in page asks for a password.
    pub enable_password: Option<bool>,
    /// Whether a code with a PKCE challenge is redeemed without the secret.
    pub pkce_without_secret: Option<bool>,
    /// `ES256` or `RS256`, for both kinds of token; `""`: each kind has its default.
    pub token_signing_method: Patch<SigningMethod>,
    /// The lifetime of access tokens, in hours; 0: unchanged.
    pub expire_in_hours: Option<Seconds>,
    /// The lifetime of refresh tokens, in hours; 0: unchanged.
    pub refresh_expire_in_hours: Option<Seconds>,
    /// All other members.
    #[serde(flatten)]
    pub attributes: Kept<ApplicationAttributes>,
}

/// The attributes of an application that are checked.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct ApplicationAttributes {
    logo: Patch<Picture>,
    favicon: Patch<Picture>,
    /// Whether people may create an account at its sign-in page; no, if absent.
    enable_sign_up: Option<bool>,
    /// Whether a code that is sent to the verified address signs in; no, if absent.
    enable_code_signin: Option<bool>,
    /// Whether passkeys sign in; yes, if absent.
    enable_web_authn: Option<bool>,
    /// Whether linked wallets sign in; no, if absent.
    enable_web3: Option<bool>,
    /// Whether an unknown wallet makes an account, with `enableSignUp`; no, if absent.
    enable_web3_sign_up: Option<bool>,
    /// Who needs a second factor: everyone (`true`), or those with one of these roles.
    require_mfa: Option<RequireMfa>,
    /// The second factors that count; all if absent.
    mfa_items: Option<Vec<MfaItem>>,
    /// How long a browser may stand for one, in hours: at most 2160, 720 if absent, 0: it may not.
    mfa_remember_in_hours: Option<RememberedHours>,
    /// Scopes beyond the standard ones: names, or objects that have one.
    scopes: Option<ScopeNames>,
}

/// The algorithm that signs an application's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SigningMethod(Algorithm);

impl Text for SigningMethod {
    fn read(text: &str) -> Result<Self, Invalid> {
        let refused = || Invalid::new("must be ES256, RS256 or empty".to_owned());
        Algorithm::from_name(text).map(Self).ok_or_else(refused)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for SigningMethod {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SigningMethod".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "enum": ["ES256", "RS256", ""]})
    }
}

/// An application that is not stored yet.
#[derive(Debug)]
pub struct NewApplication {
    /// Without a secret it is a public client.
    pub application: Application,
    /// The secret, shown once; `None` for a public client.
    pub secret: Option<Secret<String>>,
    /// Whether only a platform administrator may create it.
    pub is_platforms: bool,
}

impl ApplicationPatch {
    /// Changes `application`, except its names and secret, and returns whether only the platform
    /// may do so.
    pub fn apply(self, origin: &Origin, application: &mut Application) -> Result<bool, Invalid> {
        let before = application.clone();
        self.display_name.set(&mut application.display_name);
        replace(&mut application.grant_types, self.grant_types);
        replace(&mut application.redirect_uris, self.redirect_uris);
        replace(&mut application.post_logout_redirect_uris, self.post_logout_redirect_uris);
        if let Some(uri) = self.backchannel_logout_uri.change() {
            application.backchannel_logout_uri = uri.unwrap_or_default();
        }
        if let Some(uri) = self.frontchannel_logout_uri.change() {
            application.frontchannel_logout_uri = uri.unwrap_or_default();
        }
        logout::check(application, &origin.config.webhook_hosts)?;
        replace(&mut application.resources, self.resources);
        replace(&mut application.capabilities, self.capabilities);
        if let Some(ScopeNames(scopes)) = self.attributes.checked.scopes {
            application.scopes = scopes;
        }
        for (place, sent) in [
            (
                &mut application.backchannel_logout_session_required,
                self.backchannel_logout_session_required,
            ),
            (
                &mut application.frontchannel_logout_session_required,
                self.frontchannel_logout_session_required,
            ),
            (&mut application.is_shared, self.is_shared),
            (&mut application.is_first_party, self.is_first_party),
            (&mut application.platform_access, self.platform_access),
            (&mut application.is_disabled, self.is_disabled),
            (&mut application.enable_password, self.enable_password),
            (&mut application.pkce_without_secret, self.pkce_without_secret),
        ] {
            *place = sent.unwrap_or(*place);
        }
        if let Some(value) = self.disable_signin.filter(|value| *value != before.is_disabled) {
            application.is_disabled = value;
        }
        if let Some(method) = self.token_signing_method.change() {
            application.token_signing_method = method
                .map(|SigningMethod(algorithm)| algorithm.name().to_owned())
                .unwrap_or_default();
        }
        if application.is_first_party && application.owner != PLATFORM_ORGANIZATION {
            let why = "needs an application owned by the platform";
            return Err(Invalid::member("isFirstParty", why));
        }
        if application.platform_access && !application.is_first_party {
            return Err(Invalid::member("platformAccess", "needs a first-party application"));
        }
        lifetimes(application, self.expire_in_hours, self.refresh_expire_in_hours)?;
        application.attributes = ATTRIBUTES.merged(&before.attributes, &self.attributes.members)?;
        let now = origin.clock.now();
        ClientSettings::read(&application.attributes, &application.redirect_uris, now)
            .map_err(|wrong| Invalid::member(wrong.member, &wrong.why))?;
        // Earlier clients send every member, blank if it is not set.
        let set = |attributes: &Map<String, Value>, name: &str| {
            let value = attributes.get(name).cloned().unwrap_or_default();
            (value != json!("") && value != json!(false))
                .then_some(value)
                .filter(|it| !it.is_null())
        };
        let changed =
            |name: &&str| set(&before.attributes, name) != set(&application.attributes, name);
        Ok(before.is_shared != application.is_shared
            || before.is_first_party != application.is_first_party
            || before.platform_access != application.platform_access
            || before.capabilities != application.capabilities
            || before.resources != application.resources
            || PLATFORMS.iter().any(changed))
    }

    /// An application of `owner`, administered by `organization`, that is not stored yet.
    pub fn create(
        self,
        origin: &Origin,
        owner: &str,
        organization: &str,
    ) -> Result<NewApplication, Invalid> {
        let name = self.name.as_given().cloned();
        let name: String = name.ok_or_else(|| Invalid::member("name", "is required"))?.into();
        let client_id = match self.client_id.as_given() {
            Some(client_id) => client_id.clone(),
            None if name.starts_with(&format!("{organization}-")) => client_id(&name)?,
            None => client_id(&format!("{organization}-{name}"))?,
        };
        let is_public = self.public == Some(true) || matches!(self.client_secret, Patch::Null);
        let secret = self.client_secret.clone().given();
        let names = (owner.to_owned(), name, organization.to_owned(), client_id.into());
        let mut application = blank(uuid(origin.random.bytes()), names, origin.clock.now());
        let is_platforms = self.apply(origin, &mut application)?;
        let secret = if is_public {
            confidential_grants(&application)?;
            None
        } else {
            Some(secret.map_or_else(|| random_secret(origin), |ClientSecret(secret)| secret))
        };
        application.client_secret_digest = secret.as_ref().map(|secret| digest(secret.expose()));
        Ok(NewApplication { application, secret, is_platforms })
    }
}

/// A public client with default values. The arguments are owner, name, organization and
/// `client_id`.
pub fn blank(
    id: String,
    (owner, name, organization, client_id): (String, String, String, String),
    now: UnixTime,
) -> Application {
    Application {
        id,
        owner,
        name,
        organization,
        client_id,
        client_secret_digest: None,
        display_name: String::new(),
        grant_types: vec!["authorization_code".to_owned(), "refresh_token".to_owned()],
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        backchannel_logout_uri: String::new(),
        backchannel_logout_session_required: false,
        frontchannel_logout_uri: String::new(),
        frontchannel_logout_session_required: false,
        scopes: Vec::new(),
        resources: Vec::new(),
        capabilities: Vec::new(),
        is_shared: false,
        is_first_party: false,
        platform_access: false,
        is_disabled: false,
        enable_password: true,
        pkce_without_secret: false,
        token_signing_method: String::new(),
        access_token_lifetime: 3600,
        refresh_token_lifetime: 30 * 24 * 3600,
        attributes: Map::new(),
        created_at: now,
        updated_at: now,
        version: 0,
    }
}

fn client_id(text: &str) -> Result<ClientId, Invalid> {
    ClientId::read(text).map_err(|why| Invalid::member("clientId", &why.why))
}

fn replace<T: Into<String>>(stored: &mut Vec<String>, sent: Option<List<T>>) {
    if let Some(List(entries)) = sent {
        *stored = entries.into_iter().map(Into::into).collect();
    }
}

/// A refresh token must outlive the access token to be useful (WIRE §10, 5).
fn lifetimes(
    application: &mut Application,
    access: Option<Seconds>,
    refresh: Option<Seconds>,
) -> Result<(), Invalid> {
    // Earlier systems write 0 for "not set".
    let set = |sent: Option<Seconds>| sent.map(|Seconds(seconds)| seconds).filter(|it| *it > 0);
    let stored = &mut application.access_token_lifetime;
    *stored = set(access).unwrap_or(*stored);
    let stored = &mut application.refresh_token_lifetime;
    *stored = set(refresh).unwrap_or(*stored);
    if !ACCESS_LIFETIMES.contains(&application.access_token_lifetime) {
        return Err(Invalid::member("expireInHours", "must be between a minute and a week"));
    }
    if application.refresh_token_lifetime <= application.access_token_lifetime
        || application.refresh_token_lifetime > MAXIMUM_REFRESH_LIFETIME
    {
        let why = "must be more than expireInHours and at most a year";
        return Err(Invalid::member("refreshExpireInHours", why));
    }
    Ok(())
}

/// A new secret: 256 bits.
pub fn random_secret(origin: &Origin) -> Secret<String> {
    Secret::new(format!("hs-{}", base64url(&origin.random.bytes::<32>())))
}

/// Refuses grant types of confidential clients to a public client, which cannot authenticate
/// (RFC 6749 §4.4, §2.1).
pub fn confidential_grants(application: &Application) -> Result<(), Invalid> {
    let needs_secret = ["client_credentials", "password"];
    match application.grant_types.iter().find(|grant| needs_secret.contains(&grant.as_str())) {
        Some(grant) => Err(Invalid::new(format!("grantTypes: {grant} needs a client secret"))),
        None => Ok(()),
    }
}

/// Organizations other than `organization` that an application with `client_id` could impersonate:
/// `acme-corp-console` is a client of `acme-corp`, if that exists or existed, not of `acme`.
pub fn foreign_namespaces(client_id: &str, organization: &str) -> Vec<String> {
    let longer = |name: &&str| name.len() > organization.len();
    namespaces(client_id).filter(longer).map(str::to_lowercase).collect()
}

/// Whether `client` has `capability` over `organization`: the platform's own clients over every
/// organization, others over their own only.
pub fn has_capability(client: &Application, capability: &str, organization: &str) -> bool {
    client.capabilities.iter().any(|name| name == capability)
        && (client.owner == PLATFORM_ORGANIZATION || client.organization == organization)
}
