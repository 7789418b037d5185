//! Reads metadata (SAML metadata §2): entities, their roles, keys and endpoints.
//!
//! Metadata does not authenticate itself. Trust comes from its source, or from [`verified`] with a
//! trusted key.

use super::{
    Algorithms, base64_text,
    instant::{instant, is_over},
    names::{DSIG, METADATA, PROTOCOL},
    signature::{SignatureError, Verified, verify},
    xml::{Document, Element, Limits, Several, XmlError, parse},
};
use crate::core::{crypto::Signatures, signature::VerifyingKey, time::UnixTime, x509::Certificate};

/// Maximum number of entities per document.
const MOST_ENTITIES: usize = 4096;

/// Why metadata is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// It is not acceptable XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It is not a metadata document.
    #[error("the document is no EntityDescriptor or EntitiesDescriptor of SAML 2.0")]
    NotMetadata,
    /// An element appears several times.
    #[error(transparent)]
    Several(#[from] Several),
    /// It has expired.
    #[error("the metadata expired at {0}")]
    Expired(UnixTime),
    /// A time is malformed.
    #[error("validUntil is no time in UTC")]
    Time,
    /// An entity has no ID, or one of more than 1024 characters.
    #[error("an entity has no valid entityID")]
    EntityId,
    /// Two entities have the same ID.
    #[error("two entities are named {0}")]
    Duplicate(String),
    /// There are too many entities.
    #[error("the metadata has too many entities")]
    TooMany,
    /// An endpoint has no binding or location.
    #[error("an endpoint has no Binding or Location")]
    Endpoint,
    /// An attribute is not a boolean.
    #[error("{0} is neither true nor false")]
    Boolean(&'static str),
    /// A certificate is malformed.
    #[error("a certificate of {0} cannot be read")]
    Certificate(String),
    /// The signature is invalid.
    #[error("signature of the metadata: {0}")]
    Signature(#[from] SignatureError),
}

/// An entity: an identity provider, a service provider, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// The entity ID, a URI.
    pub id: String,
    /// When this description expires.
    pub valid_until: Option<UnixTime>,
    /// Its roles.
    pub roles: Vec<Role>,
}

/// One role of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The kind.
    pub kind: RoleKind,
    /// Whether it speaks SAML 2.0.
    pub saml2: bool,
    /// Its keys, in their order.
    pub keys: Vec<Key>,
    /// `SingleSignOnService`.
    pub single_sign_on: Vec<Endpoint>,
    /// `SingleLogoutService`.
    pub single_logout: Vec<Endpoint>,
    /// `AssertionConsumerService`.
    pub consumers: Vec<Endpoint>,
    /// The supported `NameID` formats.
    pub name_id_formats: Vec<String>,
    /// `WantAuthnRequestsSigned` of an identity provider, `AuthnRequestsSigned` of a service provider.
    pub requests_signed: bool,
    /// `WantAssertionsSigned` of a service provider.
    pub wants_signed_assertions: bool,
}

/// The kinds of role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleKind {
    /// `IDPSSODescriptor`.
    IdentityProvider,
    /// `SPSSODescriptor`.
    ServiceProvider,
    /// Another role, by element name.
    Other(String),
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Signing.
    Signing,
    /// Encryption.
    Encryption,
    /// Unspecified: both.
    Any,
}

/// A key of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What it is for.
    pub usage: Use,
    /// Its certificate, DER. It is only a container of the key: validity and issuer are ignored
    /// (SAML metadata interoperability profile §2.6.1).
    pub certificate: Vec<u8>,
}

impl Key {
    /// The key; `None` if its type or size is not accepted.
    pub fn verifying(&self) -> Option<VerifyingKey> {
        Certificate::from_der(&self.certificate)?.key
    }
}

/// An endpoint of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The binding, a URI.
    pub binding: String,
    /// The address.
    pub location: String,
    /// The URL for responses, if different.
    pub response_location: Option<String>,
    /// Its index among endpoints of its kind.
    pub index: Option<u16>,
    /// Whether it is the default.
    pub default: bool,
}

impl Role {
    /// The certificates whose keys it signs with.
    pub fn signing_keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(|key| matches!(key.usage, Use::Signing | Use::Any))
    }
}

/// Reads metadata from a trusted source. Expired nested entities are skipped.
pub fn read(bytes: &[u8], now: UnixTime) -> Result<Vec<Entity>, MetadataError> {
    entities(&parse(bytes, &Limits::METADATA)?, now)
}

/// Reads metadata whose root must be signed by one of `keys`.
pub async fn verified(
    crypto: &dyn Signatures,
    bytes: &[u8],
    keys: &[VerifyingKey],
    algorithms: Algorithms,
    now: UnixTime,
) -> Result<Vec<Entity>, MetadataError> {
    let came = parse(bytes, &Limits::METADATA)?;
    let root = came.root().ok_or(MetadataError::NotMetadata)?;
    let verified: Verified = verify(crypto, root, keys, algorithms, &Limits::METADATA).await?;
    entities(verified.document(), now)
}

fn entities(document: &Document, now: UnixTime) -> Result<Vec<Entity>, MetadataError> {
    let root = document.root().ok_or(MetadataError::NotMetadata)?;
    let mut found: Vec<Entity> = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    let mut waiting = vec![(root, None)];
    while let Some((element, outer)) = waiting.pop() {
        let is_group = element.is(METADATA, "EntitiesDescriptor");
        if !is_group && !element.is(METADATA, "EntityDescriptor") {
            return Err(MetadataError::NotMetadata);
        }
        let own = element.attribute("validUntil");
        let own = own.map(|text| instant(text).ok_or(MetadataError::Time)).transpose()?;
        let until = [own, outer].into_iter().flatten().min();
        if let Some(until) = until.filter(|until| is_over(*until, now)) {
            if element.same(&root) {
                return Err(MetadataError::Expired(until));
            }
            continue;
        }
        if is_group {
            let within: Vec<_> = element
                .children()
                .filter(|child| {
                    child.is(METADATA, "EntityDescriptor")
                        || child.is(METADATA, "EntitiesDescriptor")
                })
                .collect();
            waiting.extend(within.into_iter().rev().map(|child| (child, until)));
        } else {
            if found.len() >= MOST_ENTITIES {
                return Err(MetadataError::TooMany);
            }
            let entity = entity(element, until)?;
            if !ids.insert(entity.id.clone()) {
                return Err(MetadataError::Duplicate(entity.id));
            }
            found.push(entity);
        }
    }
    Ok(found)
}

fn entity(element: Element<'_>, valid_until: Option<UnixTime>) -> Result<Entity, MetadataError> {
    let id = element.attribute("entityID").map(str::trim_ascii);
    // SAML metadata §2.3.2.
    let id = id.filter(|id| (1..=1024).contains(&id.chars().count()));
    let id = id.ok_or(MetadataError::EntityId)?.to_owned();
    let roles = element
        .children()
        .filter(|child| child.attribute("protocolSupportEnumeration").is_some())
        .map(|child| role(child, &id));
    let roles = roles.collect::<Result<_, _>>()?;
    Ok(Entity { id, valid_until, roles })
}

fn role(element: Element<'_>, entity: &str) -> Result<Role, MetadataError> {
    let kind = match (element.namespace(), element.local()) {
        (METADATA, "IDPSSODescriptor") => RoleKind::IdentityProvider,
        (METADATA, "SPSSODescriptor") => RoleKind::ServiceProvider,
        (_, other) => RoleKind::Other(other.to_owned()),
    };
    let protocols = element.attribute("protocolSupportEnumeration").unwrap_or_default();
    let formats = element.children_named(METADATA, "NameIDFormat");
    let requests_signed = if kind == RoleKind::IdentityProvider {
        boolean(element, "WantAuthnRequestsSigned")?
    } else {
        boolean(element, "AuthnRequestsSigned")?
    };
    let mut keys = Vec::new();
    for key in element.children_named(METADATA, "KeyDescriptor") {
        keys_of(key, entity, &mut keys)?;
    }
    Ok(Role {
        kind,
        saml2: protocols.split_ascii_whitespace().any(|protocol| protocol == PROTOCOL),
        keys,
        single_sign_on: endpoints(element, "SingleSignOnService")?,
        single_logout: endpoints(element, "SingleLogoutService")?,
        consumers: endpoints(element, "AssertionConsumerService")?,
        name_id_formats: formats
            .filter_map(|format| format.text())
            .map(|format| format.trim_ascii().to_owned())
            .collect(),
        requests_signed,
        wants_signed_assertions: boolean(element, "WantAssertionsSigned")?,
    })
}

/// The certificates of a `KeyDescriptor` (§2.4.1.1). Keys without a certificate are skipped.
fn keys_of(
    descriptor: Element<'_>,
    entity: &str,
    keys: &mut Vec<Key>,
) -> Result<(), MetadataError> {
    let usage = match descriptor.attribute("use") {
        Some("signing") => Use::Signing,
        Some("encryption") => Use::Encryption,
        _ => Use::Any,
    };
    let infos = descriptor.children_named(DSIG, "KeyInfo");
    let data = infos.flat_map(|info| info.children_named(DSIG, "X509Data"));
    for certificate in data.flat_map(|data| data.children_named(DSIG, "X509Certificate")) {
        let bytes = certificate.text().and_then(|text| base64_text(&text));
        let certificate = bytes.ok_or_else(|| MetadataError::Certificate(entity.to_owned()))?;
        keys.push(Key { usage, certificate });
    }
    Ok(())
}

fn endpoints(role: Element<'_>, name: &'static str) -> Result<Vec<Endpoint>, MetadataError> {
    let mut endpoints = Vec::new();
    for element in role.children_named(METADATA, name) {
        let of = |name| element.attribute(name).map(|text| text.trim_ascii().to_owned());
        let (Some(binding), Some(location)) = (of("Binding"), of("Location")) else {
            return Err(MetadataError::Endpoint);
        };
        endpoints.push(Endpoint {
            binding,
            location,
            response_location: of("ResponseLocation"),
            index: of("index").and_then(|index| index.parse().ok()),
            default: boolean(element, "isDefault")?,
        });
    }
    Ok(endpoints)
}

fn boolean(element: Element<'_>, name: &'static str) -> Result<bool, MetadataError> {
    match element.attribute(name).map(str::trim_ascii) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(MetadataError::Boolean(name)),
    }
}
