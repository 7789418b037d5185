//! XML namespaces and identifiers.

/// SAML assertions.
pub(super) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// SAML protocol messages.
pub(super) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// SAML metadata.
pub(super) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// XML Signature.
pub(super) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// XML Encryption 1.0.
pub(super) const ENC: &str = "http://www.w3.org/2001/04/xmlenc#";
/// XML Encryption 1.1.
pub(super) const ENC11: &str = "http://www.w3.org/2009/xmlenc11#";
/// Exclusive canonicalization.
pub(super) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// XML Schema's instance attributes.
pub(super) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// The status of success (SAML core §3.2.2.2).
pub(super) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
/// The confirmation method of the Web SSO profile (SAML profiles §3.3).
pub(super) const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// The entity `NameID` format (SAML core §8.3.6).
pub(super) const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
