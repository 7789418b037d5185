//! The published application (`IamApplication`).

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    core::{
        directory::{MASK, Timestamp},
        secret::Secret,
    },
    origin::{
        api::directory::{
            paging::Listed,
            versioned::{Editable, Versioned},
        },
        domain::applications,
        store::applications::Application,
    },
};

/// An application, which is an OAuth client.
#[expect(clippy::struct_excessive_bools, reason = "each is a member of its own")]
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApplicationView {
    /// Members without a field, as they were sent.
    #[serde(flatten)]
    pub attributes: Map<String, Value>,
    /// UUID.
    pub id: String,
    /// `admin` for the platform's own.
    pub owner: String,
    /// Unique in the owner.
    pub name: String,
    /// The organization that administers it and whose users sign in to it.
    pub organization: String,
    /// The OAuth `client_id`, unique everywhere.
    pub client_id: String,
    /// The secret, if it was made by this request; else `***`; empty for a public client.
    pub client_secret: String,
    /// Whether it is a public client.
    pub public: bool,
    /// The name for people.
    pub display_name: String,
    /// What it may ask the token endpoint for.
    pub grant_types: Vec<String>,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// Where the browser may go after logout.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where a logout token is posted when a session ends; empty: nowhere.
    pub backchannel_logout_uri: String,
    /// Whether the logout token must name the session; it always does.
    pub backchannel_logout_session_required: bool,
    /// What the signed-out page loads in a frame; empty: nothing.
    pub frontchannel_logout_uri: String,
    /// Whether the address of the frame must name the session; it always does.
    pub frontchannel_logout_session_required: bool,
    /// Scopes beyond the standard ones: objects with a `name`.
    pub scopes: Vec<Value>,
    /// Audiences that it may ask for (RFC 8707).
    pub resources: Vec<String>,
    /// What else it may do.
    pub capabilities: Vec<String>,
    /// Whether users of every organization may sign in to it.
    pub is_shared: bool,
    /// Whether it is one of the platform's own.
    pub is_first_party: bool,
    /// Whether it may carry platform authority.
    pub platform_access: bool,
    /// How far it is trusted with what a person may do.
    pub trust: &'static str,
    /// Whether it is disabled.
    pub is_disabled: bool,
    /// The same as `isDisabled`.
    pub disable_signin: bool,
    /// Whether the sign-in page asks for a password.
    pub enable_password: bool,
    /// Whether a code with a PKCE challenge is redeemed without the secret.
    pub pkce_without_secret: bool,
    /// `ES256`, `RS256`, or empty.
    pub token_signing_method: String,
    /// The lifetime of access tokens, in hours.
    pub expire_in_hours: serde_json::Number,
    /// The lifetime of refresh tokens, in hours.
    pub refresh_expire_in_hours: serde_json::Number,
    /// When it was created.
    pub created_time: Timestamp,
    /// When it was last changed.
    pub updated_time: Timestamp,
}

impl ApplicationView {
    /// The view with the secret, shown once.
    #[must_use]
    pub fn with_secret(self, secret: Option<&Secret<String>>) -> Self {
        match secret {
            Some(secret) => Self { client_secret: secret.expose().clone(), ..self },
            None => self,
        }
    }
}

impl From<Application> for ApplicationView {
    fn from(application: Application) -> Self {
        let trust = application.trust().name();
        let mut attributes = application.attributes;
        let scopes = match attributes.remove("scopes") {
            Some(Value::Array(scopes)) => scopes,
            _ => Vec::new(),
        };
        let named = |scope| match scope {
            Value::String(name) => json!({ "name": name }),
            item => item,
        };
        let is_public = application.client_secret_digest.is_none();
        Self {
            attributes,
            id: application.id,
            owner: application.owner,
            name: application.name,
            organization: application.organization,
            client_id: application.client_id,
            client_secret: if is_public { String::new() } else { MASK.to_owned() },
            public: is_public,
            display_name: application.display_name,
            grant_types: application.grant_types,
            redirect_uris: application.redirect_uris,
            post_logout_redirect_uris: application.post_logout_redirect_uris,
            backchannel_logout_uri: application.backchannel_logout_uri,
            backchannel_logout_session_required: application.backchannel_logout_session_required,
            frontchannel_logout_uri: application.frontchannel_logout_uri,
            frontchannel_logout_session_required: application.frontchannel_logout_session_required,
            scopes: scopes.into_iter().map(named).collect(),
            resources: application.resources,
            capabilities: application.capabilities,
            is_shared: application.is_shared,
            is_first_party: application.is_first_party,
            platform_access: application.platform_access,
            trust,
            is_disabled: application.is_disabled,
            disable_signin: application.is_disabled,
            enable_password: application.enable_password,
            pkce_without_secret: application.pkce_without_secret,
            token_signing_method: application.token_signing_method,
            expire_in_hours: hours(application.access_token_lifetime),
            refresh_expire_in_hours: hours(application.refresh_token_lifetime),
            created_time: Timestamp(application.created_at),
            updated_time: Timestamp(application.updated_at),
        }
    }
}

impl Listed for ApplicationView {
    const PLURAL: &'static str = "applications";
    const HAS_TOTAL: bool = false;
}

impl Versioned for Application {
    const TABLE: &'static str = "applications";

    fn version(&self) -> (&str, i64) {
        (&self.id, self.version)
    }
}

impl Editable for Application {
    type View = ApplicationView;

    fn shown(&self) -> ApplicationView {
        self.clone().into()
    }

    fn blank(&self) -> Self {
        let Self { owner, name, organization, client_id, .. } = self.clone();
        let names = (owner, name, organization, client_id);
        let blank = applications::blank(self.id.clone(), names, self.created_at);
        Self { version: self.version, ..blank }
    }
}

/// An integer if possible, because some clients expect one.
fn hours(seconds: i64) -> serde_json::Number {
    if seconds % 3600 == 0 {
        return (seconds / 3600).into();
    }
    let seconds = i32::try_from(seconds).unwrap_or(i32::MAX);
    serde_json::Number::from_f64(f64::from(seconds) / 3600.0).unwrap_or_else(|| 0.into())
}
