//! Reads logout messages (SAML core §3.7).
//!
//! These functions read documents; the sender is authenticated before, by
//! [`super::binding::Redirect`] or [`super::signature::verify`].

use super::{
    NameId, assertion,
    instant::{instant, is_early, is_over},
    names::{ASSERTION, PROTOCOL, SUCCESS},
    xml::{Document, Element, Several},
};
use crate::core::time::UnixTime;

/// The expected content of a message.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The time.
    pub now: UnixTime,
    /// The entity ID of the partner.
    pub issuer: &'a str,
    /// The address that the message was sent to.
    pub destination: &'a str,
    /// Whether the message is signed: then it must name its destination (SAML bindings §3.4.5.2, §3.5.5.2).
    pub signed: bool,
}

/// Why a message is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// It is another kind of message.
    #[error("the message is not a {0}")]
    Kind(&'static str),
    /// An element appears several times.
    #[error(transparent)]
    Several(#[from] Several),
    /// A required part is missing.
    #[error("the message has no {0}")]
    Missing(&'static str),
    /// `Version` is not 2.0.
    #[error("the version is not 2.0")]
    Version,
    /// `IssueInstant` is in the future or malformed.
    #[error("the message has no valid time of issue")]
    IssueInstant,
    /// The issuer is wrong.
    #[error("the message is of another issuer")]
    Issuer,
    /// The destination is wrong.
    #[error("the message is for another destination")]
    Destination,
    /// It has expired.
    #[error("the message has expired")]
    Expired,
    /// It answers another request.
    #[error("the message answers another request")]
    InResponseTo,
    /// The partner reports a failure.
    #[error("the status is {0}")]
    Status(String),
    /// A combination that the standard forbids.
    #[error("the message has a contradiction: {0}")]
    Contradiction(&'static str),
}

/// A request to end sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutRequest {
    /// Its ID, named in the response.
    pub id: String,
    /// The user; `None` if the name is encrypted: see [`encrypted_name`].
    pub name_id: Option<NameId>,
    /// The sessions; all if empty.
    pub session_indexes: Vec<String>,
}

/// Checks the common attributes: ID, version, time, issuer, destination. Returns the ID.
pub(super) fn head(
    document: &Document,
    kind: &'static str,
    expected: &Expected<'_>,
) -> Result<String, MessageError> {
    let root = document.root().filter(|root| root.is(PROTOCOL, kind));
    let root = root.ok_or(MessageError::Kind(kind))?;
    if root.attribute("Version") != Some("2.0") {
        return Err(MessageError::Version);
    }
    let id = root.attribute("ID").filter(|id| !id.is_empty());
    let id = id.ok_or(MessageError::Missing("ID"))?;
    let issued = root.attribute("IssueInstant").and_then(instant);
    if issued.is_none_or(|issued| is_early(issued, expected.now)) {
        return Err(MessageError::IssueInstant);
    }
    let name = root.only_child(ASSERTION, "Issuer")?.ok_or(MessageError::Missing("Issuer"))?;
    if assertion::issuer(name).as_deref() != Some(expected.issuer) {
        return Err(MessageError::Issuer);
    }
    match root.attribute("Destination") {
        Some(destination) if destination == expected.destination => {}
        None if !expected.signed => {}
        _ => return Err(MessageError::Destination),
    }
    Ok(id.to_owned())
}

/// The claimed issuer of a message, not yet verified.
pub fn claimed_issuer(document: &Document) -> Option<String> {
    let named = document.root()?.only_child(ASSERTION, "Issuer").ok()??;
    assertion::issuer(named)
}

/// Reads a `LogoutRequest`.
pub fn request(
    document: &Document,
    expected: &Expected<'_>,
) -> Result<LogoutRequest, MessageError> {
    let id = head(document, "LogoutRequest", expected)?;
    let root = document.root().ok_or(MessageError::Kind("LogoutRequest"))?;
    if let Some(until) = root.attribute("NotOnOrAfter")
        && instant(until).is_none_or(|until| is_over(until, expected.now))
    {
        return Err(MessageError::Expired);
    }
    let plain = root.only_child(ASSERTION, "NameID")?;
    let name_id = match (plain, encrypted_name(document)?) {
        (Some(plain), None) => Some(NameId::read(plain).ok_or(MessageError::Missing("NameID"))?),
        (None, Some(_)) => None,
        _ => return Err(MessageError::Missing("NameID")),
    };
    let indexes = root.children_named(PROTOCOL, "SessionIndex").filter_map(|index| index.text());
    let session_indexes = indexes.map(|index| index.trim_ascii().to_owned()).collect();
    Ok(LogoutRequest { id, name_id, session_indexes })
}

/// The encrypted name in a `LogoutRequest`, for [`super::encryption::decrypt`].
pub fn encrypted_name(document: &Document) -> Result<Option<Element<'_>>, MessageError> {
    let Some(root) = document.root() else { return Ok(None) };
    Ok(root.only_child(ASSERTION, "EncryptedID")?)
}

/// Reads a `LogoutResponse` to the request `in_response_to`: an error unless it reports success.
pub fn response(
    document: &Document,
    expected: &Expected<'_>,
    in_response_to: &str,
) -> Result<(), MessageError> {
    head(document, "LogoutResponse", expected)?;
    let root = document.root().ok_or(MessageError::Kind("LogoutResponse"))?;
    if root.attribute("InResponseTo") != Some(in_response_to) {
        return Err(MessageError::InResponseTo);
    }
    let status = root.only_child(PROTOCOL, "Status")?.ok_or(MessageError::Missing("Status"))?;
    let code = status.only_child(PROTOCOL, "StatusCode")?;
    let code = code.and_then(|code| code.attribute("Value"));
    match code.ok_or(MessageError::Missing("StatusCode"))? {
        SUCCESS => Ok(()),
        other => Err(MessageError::Status(other.to_owned())),
    }
}
