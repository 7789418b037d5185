//! Partner settings in a record, for identity providers and service providers.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::{
    Algorithms,
    metadata::{Endpoint, Entity, Role, RoleKind, Use, read},
};
use crate::core::{signature::VerifyingKey, time::UnixTime, x509::Certificate};

const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// An invalid member of a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{member} {why}")]
pub struct Wrong {
    /// The member.
    pub member: &'static str,
    /// The problem.
    pub why: String,
}

fn wrong(member: &'static str, why: &(impl std::fmt::Display + ?Sized)) -> Wrong {
    Wrong { member, why: why.to_string() }
}

/// A front-channel binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// HTTP Redirect.
    Redirect,
    /// HTTP POST.
    Post,
}

impl Binding {
    /// Its identifier.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Redirect => REDIRECT,
            Self::Post => POST,
        }
    }

    /// The binding with that identifier; `None` if unsupported.
    pub fn of(uri: &str) -> Option<Self> {
        [Self::Redirect, Self::Post].into_iter().find(|binding| binding.uri() == uri)
    }
}

/// An endpoint of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its binding.
    pub binding: Binding,
    /// The URL for requests.
    pub location: String,
    /// The URL for responses.
    pub responses: String,
}

impl Service {
    /// The first supported endpoint, preferring Redirect to POST.
    pub fn of(endpoints: &[Endpoint]) -> Option<Self> {
        let of = |wanted: Binding| {
            endpoints.iter().find(|one| one.binding == wanted.uri() && is_address(&one.location))
        };
        let (binding, found) = [Binding::Redirect, Binding::Post]
            .into_iter()
            .find_map(|binding| Some((binding, of(binding)?)))?;
        let responses = found.response_location.clone().filter(|one| is_address(one));
        let location = found.location.clone();
        Some(Self { binding, responses: responses.unwrap_or_else(|| location.clone()), location })
    }
}

/// A partner: an entity in one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Its entity ID.
    pub entity_id: String,
    /// Its role.
    pub role: Role,
}

impl Partner {
    /// Its signing keys of accepted types and sizes.
    pub fn keys(&self) -> Vec<VerifyingKey> {
        self.role.signing_keys().filter_map(super::metadata::Key::verifying).collect()
    }

    /// The partner with that role in `entities`: by ID or, without an ID, the only one.
    pub fn among(
        entities: Vec<Entity>,
        entity_id: &str,
        kind: &RoleKind,
    ) -> Result<Self, &'static str> {
        let mut found = entities.into_iter().filter_map(|entity| {
            let Entity { id, roles, .. } = entity;
            let role = roles.into_iter().find(|role| role.kind == *kind && role.saml2)?;
            (entity_id.is_empty() || entity_id == id).then_some(Self { entity_id: id, role })
        });
        let first = found.next().ok_or("has no entity of that ID in this role")?;
        match found.next() {
            None => Ok(first),
            Some(_) => Err("has several entities: their record must name one by its ID"),
        }
    }
}

/// The source of an identity provider's description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Metadata in the record.
    Metadata(String),
    /// Metadata at a URL, which must be signed by one of the keys if there are any.
    Address(String, Vec<VerifyingKey>),
    /// Individual members of the record.
    Members(Box<Partner>),
    /// None: the record is incomplete.
    None,
}

/// The settings of an identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The source of its description.
    pub source: Source,
    /// Its entity ID; if empty, the one in the metadata.
    pub entity_id: String,
    /// Whether requests are signed (`enableSignAuthnRequest`, on by default).
    pub signs_requests: bool,
    /// Whether unsolicited responses are accepted (`allowUnsolicited`).
    pub allows_unsolicited: bool,
    /// Whether assertions themselves must be signed (`wantAssertionsSigned`).
    pub wants_signed_assertions: bool,
    /// The SP entity ID, if it is not the metadata URL (`spEntityId`).
    pub our_entity_id: Option<String>,
    /// The requested `NameID` format (`nameIdFormat`).
    pub name_id_format: Option<String>,
    /// Accepted weak algorithms.
    pub algorithms: Algorithms,
}

impl Settings {
    /// Reads the attributes of the record. Metadata in it must be valid at `now`.
    pub fn read(attributes: &Map<String, Value>, now: UnixTime) -> Result<Self, Wrong> {
        let text = |member| text(attributes, member);
        let flag = |member| flag(attributes, member);
        let id_member = text("idP")?;
        // Casdoor has the certificate in `idP`, and the entity ID in `issuerUrl`.
        let is_certificate = !certificates_in(&id_member).is_empty();
        let entity_id = match text("issuerUrl")? {
            id if id.is_empty() && !is_certificate => id_member.clone(),
            id => id,
        };
        let metadata = text("metadata")?;
        let address = text("metadataUrl")?;
        let endpoint = text("endpoint")?;
        let source = if !metadata.is_empty() {
            partner_in(&metadata, &entity_id, &RoleKind::IdentityProvider, now)?;
            Source::Metadata(metadata)
        } else if !address.is_empty() {
            is_address(&address)
                .then_some(())
                .ok_or_else(|| wrong("metadataUrl", "must be an https address"))?;
            let signers = match text("metadataCertificate")? {
                none if none.is_empty() => Vec::new(),
                text => {
                    keys_of("metadataCertificate", &certificates("metadataCertificate", &text)?)?
                }
            };
            Source::Address(address, signers)
        } else if !endpoint.is_empty() {
            let certificates = members_certificates(attributes, &id_member, is_certificate)?;
            let logout = text("singleLogoutUrl")?;
            Source::Members(Box::new(by_hand(&entity_id, &endpoint, &logout, certificates)?))
        } else {
            Source::None
        };
        let name_id_format = Some(text("nameIdFormat")?).filter(|format| !format.is_empty());
        Ok(Self {
            source,
            entity_id,
            signs_requests: flag("enableSignAuthnRequest")?.unwrap_or(true),
            allows_unsolicited: flag("allowUnsolicited")?.unwrap_or_default(),
            wants_signed_assertions: flag("wantAssertionsSigned")?.unwrap_or_default(),
            our_entity_id: Some(text("spEntityId")?).filter(|id| !id.is_empty()),
            name_id_format,
            algorithms: Algorithms {
                danger_sha1: flag("danger_sha1")?.unwrap_or_default(),
                danger_cbc: flag("danger_cbc")?.unwrap_or_default(),
            },
        })
    }
}

/// The partner that metadata in a record describes.
pub fn partner_in(
    metadata: &str,
    entity_id: &str,
    kind: &RoleKind,
    now: UnixTime,
) -> Result<Partner, Wrong> {
    let member = if *kind == RoleKind::IdentityProvider { "metadata" } else { "samlMetadata" };
    let entities = read(metadata.as_bytes(), now).map_err(|error| wrong(member, &error))?;
    let partner = Partner::among(entities, entity_id, kind).map_err(|why| wrong(member, why))?;
    usable(member, partner)
}

/// The partner, if it has usable endpoints and keys.
pub fn usable(member: &'static str, partner: Partner) -> Result<Partner, Wrong> {
    match partner.role.kind {
        RoleKind::IdentityProvider if partner.keys().is_empty() => Err(wrong(
            member,
            "has no certificate with an RSA key of 2048 bits or more, or of ECDSA",
        )),
        RoleKind::IdentityProvider if Service::of(&partner.role.single_sign_on).is_none() => {
            Err(wrong(member, "has no https SingleSignOnService for redirects or forms"))
        }
        RoleKind::ServiceProvider
            if !partner.role.consumers.iter().any(|one| one.binding == POST) =>
        {
            Err(wrong(member, "has no AssertionConsumerService for forms"))
        }
        _ => Ok(partner),
    }
}

/// An identity provider described by individual members.
fn by_hand(
    entity_id: &str,
    endpoint: &str,
    logout: &str,
    certificates: Vec<Vec<u8>>,
) -> Result<Partner, Wrong> {
    if entity_id.is_empty() {
        return Err(wrong("issuerUrl", "must be the entity ID of the identity provider"));
    }
    for (member, address) in [("endpoint", endpoint), ("singleLogoutUrl", logout)] {
        if !address.is_empty() && !is_address(address) {
            return Err(wrong(member, "must be an https address"));
        }
    }
    let at = |location: &str| Endpoint {
        binding: REDIRECT.to_owned(),
        location: location.to_owned(),
        response_location: None,
        index: None,
        default: false,
    };
    let keys = certificates.into_iter();
    let role = Role {
        kind: RoleKind::IdentityProvider,
        saml2: true,
        keys: keys
            .map(|certificate| super::metadata::Key { usage: Use::Signing, certificate })
            .collect(),
        single_sign_on: vec![at(endpoint)],
        single_logout: Some(at(logout)).into_iter().filter(|_| !logout.is_empty()).collect(),
        consumers: Vec::new(),
        name_id_formats: Vec::new(),
        requests_signed: false,
        wants_signed_assertions: false,
    };
    Ok(Partner { entity_id: entity_id.to_owned(), role })
}

/// The certificates in `cert`, `certs` and Casdoor's `idP`.
fn members_certificates(
    attributes: &Map<String, Value>,
    id_member: &str,
    is_certificate: bool,
) -> Result<Vec<Vec<u8>>, Wrong> {
    let mut found = Vec::new();
    let one = text(attributes, "cert")?;
    if !one.is_empty() {
        found.extend(certificates("cert", &one)?);
    }
    match attributes.get("certs") {
        None | Some(Value::Null) => {}
        Some(Value::Array(all)) => {
            for one in all {
                let one = one.as_str().ok_or_else(|| wrong("certs", "must be a list of texts"))?;
                found.extend(certificates("certs", one)?);
            }
        }
        Some(_) => return Err(wrong("certs", "must be a list of texts")),
    }
    if is_certificate {
        found.extend(certificates("idP", id_member)?);
    }
    if found.is_empty() {
        return Err(wrong("cert", "must be the certificate of the identity provider"));
    }
    Ok(found)
}

/// The certificates (DER) in a text: PEM, or a single one in base64.
pub fn certificates(member: &'static str, text: &str) -> Result<Vec<Vec<u8>>, Wrong> {
    let found = certificates_in(text);
    if found.is_empty() {
        return Err(wrong(member, "must be a certificate in PEM"));
    }
    keys_of(member, &found)?;
    Ok(found)
}

fn certificates_in(text: &str) -> Vec<Vec<u8>> {
    let blocks: Vec<&str> = if text.contains("-----BEGIN") {
        let blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1);
        blocks.filter_map(|block| Some(block.split_once("-----END CERTIFICATE-----")?.0)).collect()
    } else {
        vec![text]
    };
    let decoded = blocks.into_iter().filter_map(|block| {
        let compact: String = block.split_ascii_whitespace().collect();
        let der = STANDARD.decode(compact).ok()?;
        Certificate::from_der(&der).is_some().then_some(der)
    });
    decoded.collect()
}

/// The keys of certificates.
pub fn keys_of(member: &'static str, certificates: &[Vec<u8>]) -> Result<Vec<VerifyingKey>, Wrong> {
    let key = |der: &Vec<u8>| Certificate::from_der(der).and_then(|certificate| certificate.key);
    let keys: Option<Vec<_>> = certificates.iter().map(key).collect();
    keys.ok_or_else(|| {
        wrong(member, "has a key that is no RSA key of 2048 to 4096 bits, nor ECDSA")
    })
}

/// Whether a browser may be redirected to the URL: `https`, or `http` on localhost.
pub fn is_address(text: &str) -> bool {
    let is_plain = text.chars().all(|c| !c.is_control() && c != ' ' && c != '\\');
    let local = ["http://localhost", "http://127.0.0.1"].iter().any(|host| {
        let rest = text.strip_prefix(host);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    is_plain && (local || text.strip_prefix("https://").is_some_and(|rest| rest.len() > 1))
}

/// A text member; empty if absent.
pub fn text(attributes: &Map<String, Value>, member: &'static str) -> Result<String, Wrong> {
    match attributes.get(member) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.trim().to_owned()),
        Some(_) => Err(wrong(member, "must be a text")),
    }
}

/// A boolean member.
pub fn flag(attributes: &Map<String, Value>, member: &'static str) -> Result<Option<bool>, Wrong> {
    match attributes.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(wrong(member, "must be true or false")),
    }
}
