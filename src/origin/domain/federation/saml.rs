//! SAML 2.0 identity providers: their records, metadata, and assertions.

use serde_json::{Map, Value, json};

use super::{
    Refusal, SETTINGS,
    documents::{self, Age, Form},
    reference,
};
use crate::{
    core::{
        federation::{Assertion, Attributes},
        saml::{
            NameId,
            metadata::{self, RoleKind},
            response::Login,
            settings::{Partner, Settings, Source, partner_in, usable},
        },
    },
    origin::{
        Origin,
        store::{providers::Provider, resource::Stored},
    },
};

/// Name of the metadata check.
pub const METADATA: &str = "metadata";

/// Name of the `NameID` check.
const NAME: &str = "NameID";

/// Prefixes of `NameID` format identifiers, of SAML 2.0 and earlier.
const FORMATS: [&str; 2] =
    ["urn:oasis:names:tc:SAML:2.0:nameid-format:", "urn:oasis:names:tc:SAML:1.1:nameid-format:"];

/// The transient `NameID` format.
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

/// Attributes commonly used for e-mail address, name and login.
const EMAIL: [&str; 6] = [
    "email",
    "mail",
    "Email",
    "emailAddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
];
const DISPLAY_NAME: [&str; 6] = [
    "displayName",
    "urn:oid:2.16.840.1.113730.3.1.241",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "cn",
    "urn:oid:2.5.4.3",
    "name",
];
const GIVEN_NAME: [&str; 5] = [
    "givenName",
    "firstName",
    "first_name",
    "urn:oid:2.5.4.42",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
];
const SURNAME: [&str; 6] = [
    "sn",
    "surname",
    "lastName",
    "last_name",
    "urn:oid:2.5.4.4",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
];
const USERNAME: [&str; 7] = [
    "username",
    "uid",
    "urn:oid:0.9.2342.19200300.100.1.1",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "eduPersonPrincipalName",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.6",
];

/// A configured identity provider.
#[derive(Debug, Clone)]
pub struct IdentityProvider {
    /// Its settings.
    pub settings: Settings,
    /// Its entity, endpoints and keys.
    pub partner: Partner,
}

/// The identity provider of a record. `age` is the freshness required of its metadata.
pub async fn identity_provider(
    origin: &Origin,
    provider: &Provider,
    age: Age,
) -> Result<IdentityProvider, Refusal> {
    let now = origin.clock.now();
    let settings = Settings::read(&provider.meta().attributes, now);
    let settings = settings.map_err(|error| Refusal::of(SETTINGS, error))?;
    let kind = RoleKind::IdentityProvider;
    let partner = match &settings.source {
        Source::None => {
            let why = "the record has no metadata, metadataUrl or endpoint";
            return Err(Refusal::new(SETTINGS, why));
        }
        Source::Members(partner) => (**partner).clone(),
        Source::Metadata(text) => partner_in(text, &settings.entity_id, &kind, now)
            .map_err(|error| Refusal::of(METADATA, error))?,
        Source::Address(url, signers) => {
            let read = async |text: &str| {
                let entities = if signers.is_empty() {
                    metadata::read(text.as_bytes(), now)
                } else {
                    let (crypto, algorithms) = (&*origin.crypto, settings.algorithms);
                    metadata::verified(crypto, text.as_bytes(), signers, algorithms, now).await
                };
                entities.map_err(|error| Refusal::of(METADATA, error))
            };
            let entities = documents::fetch(origin, (METADATA, Form::Xml), url, age, read).await?;
            let partner = Partner::among(entities, &settings.entity_id, &kind);
            let partner = partner.map_err(|why| Refusal::new(METADATA, why))?;
            usable("metadataUrl", partner).map_err(|error| Refusal::of(METADATA, error))?
        }
    };
    Ok(IdentityProvider { settings, partner })
}

/// The assertion for sample attributes.
pub fn sample(provider: &Provider, attributes: Attributes) -> Assertion {
    let subject = ["NameID", "sub"].iter().find_map(|name| attributes.first(name));
    let subject = subject.unwrap_or_default().to_owned();
    described(provider, subject, attributes, None)
}

/// The assertion of these attributes; `address` is that of the `NameID`.
fn described(
    provider: &Provider,
    subject: String,
    said: Attributes,
    address: Option<String>,
) -> Assertion {
    let first = |names: &[&str]| {
        let found = names.iter().find_map(|name| said.first(name));
        found.map(|text| text.trim().to_owned()).unwrap_or_default()
    };
    let email = match first(&EMAIL) {
        none if none.is_empty() => address.unwrap_or_default(),
        found => found,
    };
    let names = [first(&GIVEN_NAME), first(&SURNAME)];
    let both: Vec<&str> = names.iter().map(String::as_str).filter(|it| !it.is_empty()).collect();
    let display_name = match first(&DISPLAY_NAME) {
        none if none.is_empty() => both.join(" "),
        found => found,
    };
    Assertion {
        subject,
        // The administrator declares in the record that the directory's addresses are verified.
        email_verified: super::is_on(provider, "trustEmail") && !email.is_empty(),
        email,
        name: display_name,
        username: first(&USERNAME),
        attributes: said,
        ..Assertion::default()
    }
}

impl IdentityProvider {
    /// Whether its metadata can be refetched after a possible key change.
    pub const fn is_renewable(&self) -> bool {
        matches!(self.settings.source, Source::Address(..))
    }

    /// The assertion of a login.
    pub fn assertion(&self, provider: &Provider, login: &Login) -> Result<Assertion, Refusal> {
        let attributes = &provider.meta().attributes;
        let name = &login.name_id;
        let subject = self.subject(attributes, name)?;
        if let Some(wanted) = &self.settings.name_id_format
            && name.format.as_ref() != Some(wanted)
            && !wanted.ends_with(":unspecified")
        {
            let format = name.format.as_deref().unwrap_or("unspecified");
            return Err(Refusal::new(NAME, format!("its format is {format}, not {wanted}")));
        }
        let mut said = Attributes::default();
        for attribute in &login.attributes {
            for value in &attribute.values {
                said.add(&attribute.name, value.clone());
            }
        }
        // Friendly names are what administrators know; they never replace another attribute.
        for attribute in &login.attributes {
            let Some(friendly) = &attribute.friendly_name else { continue };
            if !login.attributes.iter().any(|other| other.name == *friendly)
                && said.all(friendly).is_empty()
            {
                attribute.values.iter().for_each(|value| said.add(friendly, value.clone()));
            }
        }
        let address = (short_format(name) == "emailAddress").then(|| name.value.clone());
        Ok(Assertion {
            authenticated_at: Some(login.authenticated_at),
            session: session_of(login),
            ..described(provider, subject, said, address)
        })
    }

    /// The subject, from `NameID` value and format: in one of two formats, a user may be able to
    /// choose another user's name.
    fn subject(&self, attributes: &Map<String, Value>, name: &NameId) -> Result<String, Refusal> {
        if name.format.as_deref() != Some(TRANSIENT) {
            return Ok(subject_of(&self.partner.entity_id, name));
        }
        let mapped = attributes.get("userMapping").and_then(Value::as_object);
        let is_mapped = ["subject", "id"].iter().any(|member| {
            let claim = mapped.and_then(|mapping| mapping.get(*member)).and_then(Value::as_str);
            claim.is_some_and(|claim| !claim.is_empty())
        });
        if !is_mapped {
            let why = "it is transient, another one at each sign-in: set userMapping.subject to an \
                       attribute that names the person, or nameIdFormat";
            return Err(Refusal::new(NAME, why));
        }
        Ok(String::new())
    }
}

/// The subject of an identity: short format name and `NameID` value.
pub fn subject_of(entity_id: &str, name: &NameId) -> String {
    let format = short_format(name);
    match name.qualifier.as_deref().filter(|qualifier| *qualifier != entity_id) {
        Some(qualifier) if format == "persistent" => format!("{format}:{qualifier}!{}", name.value),
        _ => format!("{format}:{}", name.value),
    }
}

fn short_format(name: &NameId) -> &str {
    let format = name.format.as_deref().unwrap_or("unspecified");
    FORMATS.iter().find_map(|prefix| format.strip_prefix(prefix)).unwrap_or(format)
}

/// The session data that a logout request refers to (`name` is the look-up key).
fn session_of(login: &Login) -> Map<String, Value> {
    let name = &login.name_id;
    let session = json!({
        "name": session_key(name),
        "nameId": name.value,
        "format": name.format,
        "qualifier": name.qualifier,
        "spQualifier": name.sp_qualifier,
        "sessionIndex": login.session_index,
    });
    let Value::Object(session) = session else { return Map::new() };
    session.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

/// The look-up key for the sessions of a `NameID` in a logout request.
pub fn session_key(name: &NameId) -> String {
    format!("{}:{}", short_format(name), name.value)
}

/// The `NameID` and `SessionIndex` of session data made by [`session_of`].
pub fn name_of_session(session: &Map<String, Value>) -> Option<(NameId, Option<String>)> {
    let text = |member: &str| session.get(member).and_then(Value::as_str).map(str::to_owned);
    let name = NameId {
        value: text("nameId")?,
        format: text("format"),
        qualifier: text("qualifier"),
        sp_qualifier: text("spQualifier"),
    };
    Some((name, text("sessionIndex")))
}

/// The replay-cache key of an assertion of the provider.
pub fn replay_key(provider: &Provider, assertion_id: &str) -> String {
    let provider = format!("{}/{}", provider.meta().id, reference(provider));
    crate::core::encoding::digest(&format!("saml:{provider}:{assertion_id}"))
}
