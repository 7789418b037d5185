//! Reads authentication requests (SAML core §3.4.1, SAML profiles §4.1.4.1), as an identity
//! provider.

use super::{
    logout::{Expected, MessageError, head},
    metadata::{Endpoint, Role},
    names::PROTOCOL,
    xml::{Document, Element},
};

/// The binding of responses.
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// A request of a service provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthnRequest {
    /// Its ID, named in the response.
    pub id: String,
    /// The assertion consumer service, from the service provider's metadata.
    pub consumer: String,
    /// The requested `NameID` format.
    pub name_id_format: Option<String>,
    /// Whether a new `NameID` may be created (`AllowCreate`).
    pub allow_create: bool,
    /// Whether reauthentication is required (`ForceAuthn`).
    pub force_authn: bool,
    /// Whether user interaction is forbidden (`IsPassive`).
    pub is_passive: bool,
    /// The requested authentication context classes; any one suffices with exact comparison.
    pub contexts: Vec<String>,
}

/// Reads an `AuthnRequest` of the given service provider.
pub fn authn_request(
    document: &Document,
    expected: &Expected<'_>,
    provider: &Role,
) -> Result<AuthnRequest, MessageError> {
    let id = head(document, "AuthnRequest", expected)?;
    let root = document.root().ok_or(MessageError::Kind("AuthnRequest"))?;
    let policy = root.only_child(PROTOCOL, "NameIDPolicy")?;
    let of_policy = |name| policy.and_then(|policy| policy.attribute(name));
    let contexts = root.only_child(PROTOCOL, "RequestedAuthnContext")?;
    let contexts = contexts.into_iter().flat_map(|context| context.children());
    let (force_authn, is_passive) = (truth(root, "ForceAuthn"), truth(root, "IsPassive"));
    if force_authn && is_passive {
        return Err(MessageError::Contradiction("ForceAuthn and IsPassive"));
    }
    Ok(AuthnRequest {
        id,
        consumer: consumer(root, provider)?,
        name_id_format: of_policy("Format").map(str::to_owned),
        allow_create: policy.is_some_and(|policy| truth(policy, "AllowCreate")),
        force_authn,
        is_passive,
        contexts: contexts
            .filter(|context| context.local() == "AuthnContextClassRef")
            .filter_map(|context| Some(context.text()?.trim_ascii().to_owned()))
            .collect(),
    })
}

fn truth(element: Element<'_>, name: &str) -> bool {
    matches!(element.attribute(name).map(str::trim_ascii), Some("true" | "1"))
}

/// The response URL: the requested one if it is in the metadata, or the default.
fn consumer(request: Element<'_>, provider: &Role) -> Result<String, MessageError> {
    const NAME: &str = "AssertionConsumerService of the metadata";
    if request.attribute("ProtocolBinding").is_some_and(|binding| binding != POST) {
        return Err(MessageError::Missing("ProtocolBinding that we answer by"));
    }
    let url = request.attribute("AssertionConsumerServiceURL");
    let index = request.attribute("AssertionConsumerServiceIndex");
    let mut known = provider.consumers.iter().filter(|one| one.binding == POST);
    let found: Option<&Endpoint> = match (url, index) {
        (Some(url), None) => known.find(|one| one.location == url),
        (None, Some(index)) => {
            let index: u16 = index.parse().map_err(|_| MessageError::Missing(NAME))?;
            known.find(|one| one.index == Some(index))
        }
        (None, None) => known.clone().find(|one| one.default).or_else(|| known.next()),
        (Some(_), Some(_)) => {
            return Err(MessageError::Contradiction("a URL and an index of the same service"));
        }
    };
    found.map(|one| one.location.clone()).ok_or(MessageError::Missing(NAME))
}
