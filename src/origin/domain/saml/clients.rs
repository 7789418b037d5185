//! Applications as SAML service providers: pending sign-ins and assertion content.

use serde::{Deserialize, Serialize};

use super::{Addresses, new_id};
use crate::{
    core::{
        encoding::digest,
        saml::{
            Attribute, NameId,
            client::{ClientSettings, Item, NameFormat},
            settings::Wrong,
        },
        time::UnixTime,
    },
    origin::{
        Origin,
        store::{
            applications::Application,
            federation::{self, RequestRow},
            json_text, saml,
            sessions::Session,
            users::User,
        },
    },
    ports::DatabaseError,
};

/// Lifetime of a pending sign-in, in seconds.
const LIFETIME: i64 = 30 * 60;

/// The `stage` of [`Wanted`] rows.
const STAGE: &str = "sso";

/// The application's service provider settings; `None` if it is not one.
pub fn settings(application: &Application, now: UnixTime) -> Result<Option<ClientSettings>, Wrong> {
    ClientSettings::read(&application.attributes, &application.redirect_uris, now)
}

/// The identity provider URLs for the application.
pub fn addresses(issuer: &str, application: &Application) -> Addresses {
    Addresses::of_identity_provider(issuer, &application.owner, &application.name)
}

/// A pending request of a service provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    /// The ID of the request; `None` if IdP-initiated.
    pub request: Option<String>,
    /// The entity ID of the service provider.
    pub entity_id: String,
    /// The assertion consumer service, from its record.
    pub consumer: String,
    /// The `RelayState`; empty if none.
    pub relay_state: String,
    /// The requested `NameID` format.
    pub name_format: Option<String>,
    /// The requested authentication context class.
    pub context: Option<String>,
    /// When reauthentication was requested (`ForceAuthn`); `None` if it was not.
    #[serde(default)]
    pub forced_at: Option<UnixTime>,
}

impl Wanted {
    /// Stores it under `ticket`.
    pub async fn store(
        &self,
        origin: &Origin,
        application: &Application,
        ticket: &str,
    ) -> Result<(), DatabaseError> {
        let row = RequestRow {
            id: digest(ticket),
            stage: STAGE.to_owned(),
            provider_id: application.id.clone(),
            owner: application.owner.clone(),
            name: application.name.clone(),
            browser: String::new(),
            purpose: "null".to_owned(),
            content: json_text(self),
            expires_at: origin.clock.now().plus(LIFETIME),
        };
        origin.directory().database.run(federation::insert(&row)).await.map(drop)
    }

    /// Consumes the request under `ticket`.
    pub async fn take(
        origin: &Origin,
        application: &Application,
        ticket: &str,
    ) -> Result<Option<Self>, DatabaseError> {
        let taken = federation::take(&digest(ticket), STAGE, origin.clock.now());
        let row = taken.fetch(&*origin.directory().database).await?;
        let row = row.filter(|row| row.provider_id == application.id);
        let read = |row: RequestRow| serde_json::from_str(&row.content);
        let failed = |error| DatabaseError::Record(format!("federation_requests: {error}"));
        row.map(read).transpose().map_err(failed)
    }
}

/// The user's `NameID` for the service provider `entity_id`; `None` if there is none in that
/// format.
pub async fn name_of(
    origin: &Origin,
    user: &User,
    application: &Application,
    format: NameFormat,
    (issuer, entity_id): (&str, &str),
) -> Result<Option<NameId>, DatabaseError> {
    let (value, is_qualified) = match format {
        NameFormat::Email => {
            // An unverified address may belong to another user.
            let value = Some(user.email.clone());
            (value.filter(|email| user.email_verified && !email.is_empty()), false)
        }
        NameFormat::Transient => (Some(new_id(origin)), true),
        NameFormat::Persistent => {
            let now = origin.clock.now();
            let named = saml::name(&user.id, &application.id, &new_id(origin), now);
            (named.fetch(&*origin.database).await?.map(|row| row.name), true)
        }
    };
    Ok(value.map(|value| NameId {
        value,
        format: Some(format.uri()),
        qualifier: is_qualified.then(|| issuer.to_owned()),
        sp_qualifier: is_qualified.then(|| entity_id.to_owned()),
    }))
}

/// The assertion attributes of the user.
pub fn attributes_of(settings: &ClientSettings, user: &User) -> Vec<Attribute> {
    let usual = || {
        let item = |name: &str, value: &str| Item {
            name: name.to_owned(),
            name_format: String::new(),
            value: value.to_owned(),
        };
        let items = [
            ("Email", "$user.email"),
            ("DisplayName", "$user.displayName"),
            ("Name", "$user.name"),
        ];
        items.map(|(name, value)| item(name, value)).to_vec()
    };
    let items = settings.items.clone().unwrap_or_else(usual);
    let said = items.into_iter().filter_map(|item| {
        let Item { name, name_format, value } = item;
        let value = filled(&value, user);
        (!value.is_empty()).then(|| Attribute {
            name,
            name_format: Some(name_format).filter(|format| !format.is_empty()),
            friendly_name: None,
            values: vec![value],
        })
    });
    said.collect()
}

/// Replaces `$user.…` placeholders with account attributes, without rescanning the result.
fn filled(text: &str, user: &User) -> String {
    let email = user.verified_email();
    let known = [
        ("displayName", user.display_name.as_str()),
        ("email", email),
        ("owner", &user.owner),
        ("name", &user.name),
        ("phone", &user.phone),
        ("id", &user.id),
    ];
    let mut parts = text.split("$user.");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match known.iter().find_map(|(name, value)| Some((value, part.strip_prefix(name)?))) {
            Some((value, rest)) => filled.extend([value, rest]),
            None => filled.extend(["$user.", part]),
        }
    }
    filled
}

/// Records the `SessionIndex` sent to the service provider.
pub async fn told(
    origin: &Origin,
    application: &Application,
    session: &Session,
    name: &NameId,
    issuer: &str,
) -> Result<String, DatabaseError> {
    let id = new_id(origin);
    let told = saml::ToldSession {
        id: id.clone(),
        user_id: session.user_id.clone(),
        session_id: session.id.clone(),
        application_id: application.id.clone(),
        owner: application.owner.clone(),
        application: application.name.clone(),
        issuer: issuer.to_owned(),
        name_id: json_text(&[
            Some(name.value.as_str()),
            name.format.as_deref(),
            name.qualifier.as_deref(),
            name.sp_qualifier.as_deref(),
        ]),
        expires_at: session.expires_at,
    };
    origin.database.run(saml::told(&told)).await?;
    Ok(id)
}

/// The `NameID` sent to a service provider.
pub fn name_in(told: &saml::ToldSession) -> Option<NameId> {
    let [value, format, qualifier, sp_qualifier]: [Option<String>; 4] =
        serde_json::from_str(&told.name_id).ok()?;
    Some(NameId { value: value?, format, qualifier, sp_qualifier })
}
