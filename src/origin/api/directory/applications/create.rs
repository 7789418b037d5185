//! How an application comes to be.

use serde_json::{Map, Value};

use super::object;
use crate::{
    core::{
        directory::{Invalid, Members, client_id, is_object_name},
        encoding::{base64url, digest, uuid},
        secret::Secret,
    },
    origin::{
        Origin,
        api::directory::request::over_quota,
        domain::publication,
        http::RestError,
        store::{
            applications::{self, Application},
            organizations, publications,
        },
    },
};

/// Below this many characters a client secret is not one: only its SHA-256 is kept, which
/// protects nothing that can be guessed.
const MINIMUM_SECRET: usize = 24;

/// An application that is not stored yet.
#[derive(Debug)]
pub struct NewApplication {
    /// Without a secret it is a public client.
    pub application: Application,
    /// Shown once; `None`: a public client.
    pub secret: Option<Secret<String>>,
    /// Whether only a platform administrator may make it.
    pub is_platforms: bool,
}

/// Reads a new application; whether the caller may make it is decided by what it answers.
pub fn read(
    origin: &Origin,
    owner: &str,
    organization: &str,
    sent: &Map<String, Value>,
) -> Result<NewApplication, Invalid> {
    let members = Members(sent);
    let name = members.text("name")?.unwrap_or_default();
    if !is_object_name(name) {
        return Err(Invalid::member("name", "must be letters, digits, '.', '_' and '-'"));
    }
    let client_id = match members.text("clientId")?.filter(|id| !id.is_empty()) {
        Some(id) => client_id(id)?,
        None if name.starts_with(&format!("{organization}-")) => name.to_owned(),
        None => client_id(&format!("{organization}-{name}"))?,
    };
    let now = origin.clock.now();
    let mut application = Application {
        id: uuid(origin.random.bytes()),
        owner: owner.to_owned(),
        name: name.to_owned(),
        organization: organization.to_owned(),
        client_id,
        client_secret_digest: None,
        display_name: String::new(),
        grant_types: vec!["authorization_code".to_owned(), "refresh_token".to_owned()],
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
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
    };
    let is_platforms = object::apply(&mut application, sent)?;
    let is_public = members.flag("public")?.unwrap_or(false)
        || sent.get("clientSecret").is_some_and(Value::is_null);
    let secret = if is_public {
        confidential_grants(&application)?;
        None
    } else {
        let given = secret(members.text("clientSecret")?)?;
        Some(given.unwrap_or_else(|| made_up(origin)))
    };
    application.client_secret_digest = secret.as_ref().map(|secret| digest(secret.expose()));
    Ok(NewApplication { application, secret, is_platforms })
}

/// Stores it, and publishes its audience, unless the organization has as many as it may, or one of
/// the `reserved` names is an organization's, whose clients begin so.
pub async fn store(
    origin: &Origin,
    application: &Application,
    reserved: &[String],
) -> Result<(), RestError> {
    insert(origin, application, reserved).await?;
    publication::edge(origin).await;
    publication::settle(origin).await;
    Ok(())
}

/// As [`store`], without publishing.
pub async fn insert(
    origin: &Origin,
    application: &Application,
    reserved: &[String],
) -> Result<(), RestError> {
    let quota = origin.config.limits.quotas.applications;
    let statements = vec![
        applications::insert(application, quota, reserved),
        // Keys that were bound to an application of that name work again.
        publications::keys_of_application(&application.client_id, application.created_at),
    ];
    if origin.database.batch(statements).await?.first().is_some_and(|rows| !rows.is_empty()) {
        return Ok(());
    }
    if let Some(name) = organizations::any_of(&*origin.database, reserved).await? {
        let why = format!("begins with the name of the organization {name}");
        return Err(Invalid::member("clientId", &why).into());
    }
    Err(over_quota(&application.organization, "applications"))
}

/// A new secret: 256 bits.
pub fn made_up(origin: &Origin) -> Secret<String> {
    Secret::new(format!("hs-{}", base64url(&origin.random.bytes::<32>())))
}

/// A secret that the client chose; `None` if it is absent or blank.
pub fn secret(sent: Option<&str>) -> Result<Option<Secret<String>>, Invalid> {
    match sent {
        None | Some("" | object::BLANK) => Ok(None),
        Some(text) if (MINIMUM_SECRET..=256).contains(&text.len()) => {
            Ok(Some(Secret::new(text.to_owned())))
        }
        Some(_) => Err(Invalid::member("clientSecret", "must be 24 to 256 characters")),
    }
}

/// A public client cannot prove who it is (RFC 6749 §4.4, §2.1).
pub fn confidential_grants(application: &Application) -> Result<(), Invalid> {
    let needs_secret = ["client_credentials", "password"];
    match application.grant_types.iter().find(|grant| needs_secret.contains(&grant.as_str())) {
        Some(grant) => Err(Invalid(format!("grantTypes: {grant} needs a client secret"))),
        None => Ok(()),
    }
}
