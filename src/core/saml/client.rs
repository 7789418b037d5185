//! The SAML service provider settings of an application.

use serde_json::{Map, Value};

use super::{
    metadata::{Endpoint, Key, Role, RoleKind, Use},
    settings::{Binding, Partner, Wrong, certificates, flag, is_address, partner_in, text},
};
use crate::core::{signature::VerifyingKey, time::UnixTime};

/// Prefix of the identifiers of supported `NameID` formats.
const SAML2: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:";
const SAML1: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:";

/// A supported `NameID` format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameFormat {
    /// Random, unique per service provider, and stable.
    Persistent,
    /// The verified e-mail address.
    Email,
    /// Unique per session.
    Transient,
}

impl NameFormat {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Persistent, Self::Email, Self::Transient];

    /// Its identifier.
    pub fn uri(self) -> String {
        match self {
            Self::Persistent => format!("{SAML2}persistent"),
            Self::Email => format!("{SAML1}emailAddress"),
            Self::Transient => format!("{SAML2}transient"),
        }
    }

    /// The format with that identifier.
    pub fn of(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.uri() == uri)
    }
}

/// An attribute to include in assertions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// The `NameFormat`; empty if unspecified.
    pub name_format: String,
    /// The value, in which placeholders such as `$user.email` are replaced by account attributes.
    pub value: String,
}

/// An application as a service provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSettings {
    /// Its entity, endpoints and keys.
    pub partner: Partner,
    /// Additional accepted entity IDs (`redirectUris`, as in Casdoor).
    pub further_ids: Vec<String>,
    /// The default `NameID` format.
    pub name_format: NameFormat,
    /// The attributes of assertions; `None` for the defaults.
    pub items: Option<Vec<Item>>,
}

impl ClientSettings {
    /// Reads the record's attributes and `redirectUris`; `None` if SAML is not configured. Metadata
    /// must be valid at `now`.
    pub fn read(
        attributes: &Map<String, Value>,
        redirect_uris: &[String],
        now: UnixTime,
    ) -> Result<Option<Self>, Wrong> {
        let text = |member| text(attributes, member);
        let (entity_id, metadata) = (text("samlEntityId")?, text("samlMetadata")?);
        let reply = text("samlReplyUrl")?;
        if entity_id.is_empty() && metadata.is_empty() && reply.is_empty() {
            return Ok(None);
        }
        if !reply.is_empty() && !is_address(&reply) {
            return Err(Wrong { member: "samlReplyUrl", why: "must be an https address".into() });
        }
        let mut partner = if metadata.is_empty() {
            by_hand(&entity_id, redirect_uris)
        } else {
            partner_in(&metadata, &entity_id, &RoleKind::ServiceProvider, now)?
        };
        let known = partner.role.consumers.iter().any(|one| one.location == reply);
        if !reply.is_empty() && !known {
            let is_default = !partner.role.consumers.iter().any(|one| one.default);
            partner.role.consumers.insert(0, consumer(&reply, is_default));
        }
        for one in &partner.role.consumers {
            if one.binding == Binding::Post.uri() && !is_address(&one.location) {
                let why = format!("has an address that is not https: {}", one.location);
                return Err(Wrong { member: "samlMetadata", why });
            }
        }
        let certificate = text("samlCertificate")?;
        if !certificate.is_empty() {
            let of_record = certificates("samlCertificate", &certificate)?;
            let key = |certificate| Key { usage: Use::Any, certificate };
            partner.role.keys.extend(of_record.into_iter().map(key));
        }
        if flag(attributes, "samlRequireSignedRequests")?.unwrap_or_default() {
            partner.role.requests_signed = true;
        }
        if partner.role.requests_signed && partner.keys().is_empty() {
            let why = "must have the certificate that requests are signed with".to_owned();
            return Err(Wrong { member: "samlMetadata", why });
        }
        let further_ids = if metadata.is_empty() && entity_id.is_empty() {
            redirect_uris.to_vec()
        } else {
            Vec::new()
        };
        let is_off = flag(attributes, "disableSamlAttributes")?.unwrap_or_default();
        let items = if is_off { Some(Vec::new()) } else { items(attributes)? };
        let name_format = name_format(attributes, &partner)?;
        Ok(Some(Self { partner, further_ids, name_format, items }))
    }

    /// The settings for a request of `issuer`; `None` if that is another service provider.
    pub fn of_issuer(&self, issuer: &str) -> Option<Self> {
        let is_known = self.partner.entity_id == issuer
            || self.further_ids.iter().any(|known| known == issuer);
        (is_known && !issuer.is_empty()).then(|| {
            let mut of_it = self.clone();
            issuer.clone_into(&mut of_it.partner.entity_id);
            of_it
        })
    }

    /// The encryption key for assertions; `None` if they are not encrypted.
    pub fn encryption_key(&self) -> Option<VerifyingKey> {
        let keys = self.partner.role.keys.iter();
        let mut encrypting = keys.filter(|key| key.usage != Use::Signing && self.encrypts_for(key));
        encrypting.find_map(|key| key.verifying().filter(|key| matches!(key, VerifyingKey::Rsa(_))))
    }

    /// A metadata key without `use` serves both purposes.
    fn encrypts_for(&self, key: &Key) -> bool {
        key.usage == Use::Encryption
            || !self.partner.role.keys.iter().any(|other| other.usage == Use::Encryption)
    }
}

fn by_hand(entity_id: &str, redirect_uris: &[String]) -> Partner {
    let usable = redirect_uris.iter().filter(|uri| is_address(uri) && *uri != entity_id);
    let role = Role {
        kind: RoleKind::ServiceProvider,
        saml2: true,
        keys: Vec::new(),
        single_sign_on: Vec::new(),
        single_logout: Vec::new(),
        consumers: usable.map(|uri| consumer(uri, false)).collect(),
        name_id_formats: Vec::new(),
        requests_signed: false,
        wants_signed_assertions: true,
    };
    Partner { entity_id: entity_id.to_owned(), role }
}

fn consumer(location: &str, default: bool) -> Endpoint {
    Endpoint {
        binding: Binding::Post.uri().to_owned(),
        location: location.to_owned(),
        response_location: None,
        index: None,
        default,
    }
}

fn name_format(attributes: &Map<String, Value>, partner: &Partner) -> Result<NameFormat, Wrong> {
    let wanted = text(attributes, "samlNameIdFormat")?;
    if !wanted.is_empty() {
        let found = NameFormat::of(&wanted);
        let why = "must be the URI of persistent, transient or emailAddress";
        return found.ok_or_else(|| Wrong { member: "samlNameIdFormat", why: why.to_owned() });
    }
    if flag(attributes, "useEmailAsSamlNameId")?.unwrap_or_default() {
        return Ok(NameFormat::Email);
    }
    let known = partner.role.name_id_formats.iter().find_map(|uri| NameFormat::of(uri));
    Ok(known.unwrap_or(NameFormat::Persistent))
}

fn items(attributes: &Map<String, Value>) -> Result<Option<Vec<Item>>, Wrong> {
    let wrong = || Wrong {
        member: "samlAttributes",
        why: "must be a list of objects with the texts name, nameFormat and value".to_owned(),
    };
    let list = match attributes.get("samlAttributes") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(list)) if list.is_empty() => return Ok(None),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(wrong()),
    };
    let mut items: Vec<Item> = Vec::new();
    for one in list {
        let one = one.as_object().ok_or_else(wrong)?;
        let text = |member: &str| match one.get(member) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(wrong()),
        };
        let item =
            Item { name: text("name")?, name_format: text("nameFormat")?, value: text("value")? };
        if item.name.is_empty() || items.iter().any(|other| other.name == item.name) {
            return Err(wrong());
        }
        items.push(item);
    }
    Ok(Some(items))
}
