//! Writes requests and logout messages (SAML core §3.4, §3.7) and encodes them for a binding.

use base64::{Engine, engine::general_purpose::STANDARD};
use miniz_oxide::deflate::compress_to_vec;

use super::{
    NameId,
    binding::Kind,
    names::{ASSERTION, PROTOCOL, SUCCESS},
    write::{Signer, WriteError, Writer},
};
use crate::core::{crypto::CryptoError, time::UnixTime};

/// The common attributes of a message.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// A new random ID, beginning with a letter or `_`.
    pub id: &'a str,
    /// The time.
    pub now: UnixTime,
    /// Our entity ID.
    pub issuer: &'a str,
    /// The destination URL.
    pub destination: &'a str,
}

/// A serialized, unsigned message.
#[derive(Debug)]
pub struct Unsigned {
    writer: Writer,
}

impl Unsigned {
    /// The message without an embedded signature: for a binding with its own signature, or
    /// unsigned.
    pub fn plain(self) -> Result<String, WriteError> {
        self.writer.finish()
    }

    /// The message with an embedded signature, for the POST binding.
    pub async fn signed(self, signer: &Signer<'_>) -> Result<String, WriteError> {
        self.writer.signed(signer).await
    }
}

impl Head<'_> {
    /// Starts a message with its `Issuer`.
    pub(super) fn start(&self, name: &'static str, more: &[(&str, Option<&str>)]) -> Writer {
        let now = self.now.to_string();
        let mut attributes = vec![
            ("xmlns:samlp", Some(PROTOCOL)),
            ("xmlns:saml", Some(ASSERTION)),
            ("ID", Some(self.id)),
            ("Version", Some("2.0")),
            ("IssueInstant", Some(now.as_str())),
            ("Destination", Some(self.destination)),
        ];
        attributes.extend_from_slice(more);
        let mut writer = Writer::default();
        writer.start(name, &attributes);
        writer.leaf("saml:Issuer", &[], self.issuer);
        writer.place_signature();
        writer
    }
}

/// The parameters of an `AuthnRequest`.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuthnRequest<'a> {
    /// The assertion consumer service.
    pub acs_url: &'a str,
    /// The requested `NameID` format.
    pub name_id_format: Option<&'a str>,
    /// Whether reauthentication is required (`ForceAuthn`).
    pub force_authn: bool,
    /// Whether user interaction is forbidden (`IsPassive`).
    pub is_passive: bool,
    /// The requested authentication context classes; any one suffices.
    pub contexts: &'a [&'a str],
}

/// Writes an `AuthnRequest` with a response by the POST binding.
pub fn authn_request(head: &Head<'_>, request: &AuthnRequest<'_>) -> Unsigned {
    let mut writer = head.start(
        "samlp:AuthnRequest",
        &[
            ("ForceAuthn", request.force_authn.then_some("true")),
            ("IsPassive", request.is_passive.then_some("true")),
            ("ProtocolBinding", Some("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST")),
            ("AssertionConsumerServiceURL", Some(request.acs_url)),
        ],
    );
    let policy = [("Format", request.name_id_format), ("AllowCreate", Some("true"))];
    writer.leaf("samlp:NameIDPolicy", &policy, "");
    if !request.contexts.is_empty() {
        writer.start("samlp:RequestedAuthnContext", &[("Comparison", Some("exact"))]);
        for context in request.contexts {
            writer.leaf("saml:AuthnContextClassRef", &[], context);
        }
        writer.end();
    }
    Unsigned { writer }
}

/// Writes a `LogoutRequest`.
pub fn logout_request(
    head: &Head<'_>,
    name_id: &NameId,
    session_index: Option<&str>,
    until: UnixTime,
) -> Unsigned {
    let until = until.to_string();
    let mut writer = head.start("samlp:LogoutRequest", &[("NotOnOrAfter", Some(&until))]);
    name(&mut writer, name_id);
    if let Some(index) = session_index {
        writer.leaf("samlp:SessionIndex", &[], index);
    }
    Unsigned { writer }
}

/// Writes a `LogoutResponse` that reports success.
pub fn logout_response(head: &Head<'_>, in_response_to: &str) -> Unsigned {
    let answered = [("InResponseTo", Some(in_response_to))];
    let mut writer = head.start("samlp:LogoutResponse", &answered);
    status(&mut writer, &[SUCCESS], None);
    Unsigned { writer }
}

pub(super) fn name(writer: &mut Writer, name_id: &NameId) {
    let attributes = [
        ("Format", name_id.format.as_deref()),
        ("NameQualifier", name_id.qualifier.as_deref()),
        ("SPNameQualifier", name_id.sp_qualifier.as_deref()),
    ];
    writer.leaf("saml:NameID", &attributes, &name_id.value);
}

/// A `Status` with nested codes.
pub(super) fn status(writer: &mut Writer, codes: &[&str], message: Option<&str>) {
    writer.start("samlp:Status", &[]);
    for code in codes {
        writer.start("samlp:StatusCode", &[("Value", Some(code))]);
    }
    for _ in codes {
        writer.end();
    }
    if let Some(message) = message {
        writer.leaf("samlp:StatusMessage", &[], message);
    }
    writer.end();
}

/// The value of a form's `SAMLRequest` or `SAMLResponse`.
pub fn to_form(message: &str) -> String {
    STANDARD.encode(message)
}

/// The query of a message (SAML bindings §3.4.4.1), signed if there is a signer.
pub async fn to_query(
    kind: Kind,
    message: &str,
    relay_state: Option<&str>,
    signer: Option<&Signer<'_>>,
) -> Result<String, CryptoError> {
    let name = match kind {
        Kind::Request => "SAMLRequest",
        Kind::Response => "SAMLResponse",
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair(name, &STANDARD.encode(compress_to_vec(message.as_bytes(), 9)));
    if let Some(state) = relay_state {
        query.append_pair("RelayState", state);
    }
    let Some(signer) = signer else { return Ok(query.finish()) };
    query.append_pair("SigAlg", signer.method());
    let query = query.finish();
    let signature = STANDARD.encode(signer.sign(query.as_bytes()).await?);
    let mut whole = form_urlencoded::Serializer::new(query);
    Ok(whole.append_pair("Signature", &signature).finish())
}
