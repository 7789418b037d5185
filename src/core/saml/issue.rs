//! Writes identity provider responses (SAML core §3.3.3, SAML profiles §4.1.4.2).

use super::{
    Attribute, NameId, Recipient,
    encrypt::encrypted,
    message::{Head, name, status},
    names::{ASSERTION, BEARER, SUCCESS},
    write::{Signer, WriteError, Writer},
};
use crate::core::time::UnixTime;

/// The content of an assertion.
#[derive(Debug, Clone, Copy)]
pub struct Assertion<'a> {
    /// A new random ID, beginning with a letter or `_`.
    pub id: &'a str,
    /// The entity ID of the service provider.
    pub audience: &'a str,
    /// The ID of the request.
    pub in_response_to: Option<&'a str>,
    /// The subject.
    pub name_id: &'a NameId,
    /// The subject's attributes.
    pub attributes: &'a [Attribute],
    /// When the assertion expires.
    pub until: UnixTime,
    /// The session, for logout.
    pub session_index: &'a str,
    /// When the session ends.
    pub session_ends: Option<UnixTime>,
    /// The authentication time.
    pub authenticated_at: UnixTime,
    /// The authentication context class, a URI.
    pub context: &'a str,
}

/// Seconds by which `NotBefore` is backdated, for clock skew.
const EARLIER: i64 = 60;

/// Writes a response with both response and assertion signed, because service providers differ in
/// which they check. The assertion is encrypted if there is a recipient.
pub async fn response(
    head: &Head<'_>,
    assertion: &Assertion<'_>,
    signer: &Signer<'_>,
    recipient: Option<&Recipient<'_>>,
) -> Result<String, WriteError> {
    let mut writer = head.start("samlp:Response", &[("InResponseTo", assertion.in_response_to)]);
    status(&mut writer, &[SUCCESS], None);
    let text = signed_assertion(head, assertion, signer).await?;
    match recipient {
        Some(recipient) => encrypted(&mut writer, &text, recipient).await?,
        None => writer.raw(&text),
    }
    writer.signed(signer).await
}

/// Writes a signed failure response; status codes from outer to inner.
pub async fn failure(
    head: &Head<'_>,
    in_response_to: Option<&str>,
    codes: &[&str],
    message: Option<&str>,
    signer: &Signer<'_>,
) -> Result<String, WriteError> {
    let mut writer = head.start("samlp:Response", &[("InResponseTo", in_response_to)]);
    status(&mut writer, codes, message);
    writer.signed(signer).await
}

async fn signed_assertion(
    head: &Head<'_>,
    assertion: &Assertion<'_>,
    signer: &Signer<'_>,
) -> Result<String, WriteError> {
    let (now, until) = (head.now.to_string(), assertion.until.to_string());
    let mut writer = Writer::default();
    let attributes = [
        ("xmlns:saml", Some(ASSERTION)),
        ("ID", Some(assertion.id)),
        ("Version", Some("2.0")),
        ("IssueInstant", Some(now.as_str())),
    ];
    writer.start("saml:Assertion", &attributes);
    writer.leaf("saml:Issuer", &[], head.issuer);
    writer.place_signature();
    writer.start("saml:Subject", &[]);
    name(&mut writer, assertion.name_id);
    writer.start("saml:SubjectConfirmation", &[("Method", Some(BEARER))]);
    let data = [
        ("NotOnOrAfter", Some(until.as_str())),
        ("Recipient", Some(head.destination)),
        ("InResponseTo", assertion.in_response_to),
    ];
    writer.leaf("saml:SubjectConfirmationData", &data, "");
    writer.end();
    writer.end();
    let from = head.now.plus(-EARLIER).to_string();
    let times = [("NotBefore", Some(from.as_str())), ("NotOnOrAfter", Some(until.as_str()))];
    writer.start("saml:Conditions", &times);
    writer.start("saml:AudienceRestriction", &[]);
    writer.leaf("saml:Audience", &[], assertion.audience);
    writer.end();
    writer.end();
    statement(&mut writer, assertion);
    attribute_statement(&mut writer, assertion.attributes);
    writer.signed(signer).await
}

fn statement(writer: &mut Writer, assertion: &Assertion<'_>) {
    let at = assertion.authenticated_at.to_string();
    let ends = assertion.session_ends.map(|ends| ends.to_string());
    let attributes = [
        ("AuthnInstant", Some(at.as_str())),
        ("SessionIndex", Some(assertion.session_index)),
        ("SessionNotOnOrAfter", ends.as_deref()),
    ];
    writer.start("saml:AuthnStatement", &attributes);
    writer.start("saml:AuthnContext", &[]);
    writer.leaf("saml:AuthnContextClassRef", &[], assertion.context);
    writer.end();
    writer.end();
}

fn attribute_statement(writer: &mut Writer, attributes: &[Attribute]) {
    // The schema requires at least one attribute per statement.
    if attributes.is_empty() {
        return;
    }
    writer.start("saml:AttributeStatement", &[]);
    for attribute in attributes {
        let names = [
            ("Name", Some(attribute.name.as_str())),
            ("NameFormat", attribute.name_format.as_deref()),
            ("FriendlyName", attribute.friendly_name.as_deref()),
        ];
        writer.start("saml:Attribute", &names);
        for value in &attribute.values {
            writer.leaf("saml:AttributeValue", &[], value);
        }
        writer.end();
    }
    writer.end();
}
