//! Writes messages and signs them.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    names::{DSIG, EXCLUSIVE},
    xml::{
        Limits, XmlError,
        c14n::{self, Method, Namespaces, TooLong},
        parse,
    },
};
use crate::core::{
    crypto::{CryptoError, Signing},
    encoding::sha256,
    secret::Secret,
    token::Algorithm,
};

/// Why a message cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A value has characters that XML does not allow, or the message is too large.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The message is too large.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The service provider's key is not an RSA key.
    #[error("the assertion can only be encrypted for an RSA key")]
    RecipientKey,
    /// The message has no element to sign.
    #[error("the message has no ID to sign")]
    Id,
    /// A cryptographic operation failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// The signing key and the cryptographic backend.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// The platform.
    pub crypto: &'a dyn Signing,
    /// The key's algorithm.
    pub algorithm: Algorithm,
    /// The key, PKCS#8 DER.
    pub private_key: &'a Secret<Vec<u8>>,
    /// Its certificate, DER, included in messages to identify the key.
    pub certificate: &'a [u8],
}

impl std::fmt::Debug for Signer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({:?})", self.algorithm)
    }
}

impl Signer<'_> {
    /// The algorithm identifier for `SignatureMethod` and `SigAlg`.
    pub(super) const fn method(&self) -> &'static str {
        match self.algorithm {
            Algorithm::Es256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Algorithm::Rs256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        }
    }

    pub(super) async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.crypto.sign(self.algorithm, self.private_key, message).await
    }
}

/// An XML writer that escapes its input.
#[derive(Debug, Default)]
pub(super) struct Writer {
    text: String,
    open: Vec<&'static str>,
    /// Position of the signature, after the issuer (SAML core §3.2.1).
    signature: Option<usize>,
}

impl Writer {
    /// Writes a start tag, omitting attributes without a value.
    pub(super) fn start(&mut self, name: &'static str, attributes: &[(&str, Option<&str>)]) {
        self.text.push('<');
        self.text.push_str(name);
        for (attribute, value) in attributes {
            let Some(value) = value else { continue };
            self.text.push(' ');
            self.text.push_str(attribute);
            self.text.push_str("=\"");
            self.escaped(value);
            self.text.push('"');
        }
        self.text.push('>');
        self.open.push(name);
    }

    /// Writes the end tag of the current element.
    pub(super) fn end(&mut self) {
        if let Some(name) = self.open.pop() {
            self.text.push_str("</");
            self.text.push_str(name);
            self.text.push('>');
        }
    }

    /// Writes a text element.
    pub(super) fn leaf(
        &mut self,
        name: &'static str,
        attributes: &[(&str, Option<&str>)],
        text: &str,
    ) {
        self.start(name, attributes);
        self.escaped(text);
        self.end();
    }

    /// Inserts a serialized element.
    pub(super) fn raw(&mut self, element: &str) {
        self.text.push_str(element);
    }

    /// Marks the position of the signature.
    pub(super) fn place_signature(&mut self) {
        self.signature = Some(self.text.len());
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\t' => self.text.push_str("&#9;"),
                '\n' => self.text.push_str("&#10;"),
                '\r' => self.text.push_str("&#13;"),
                _ => self.text.push(c),
            }
        }
    }

    /// The message, reparsed to guarantee that it is well-formed.
    pub(super) fn finish(mut self) -> Result<String, WriteError> {
        while !self.open.is_empty() {
            self.end();
        }
        parse(self.text.as_bytes(), &Limits::METADATA)?;
        Ok(self.text)
    }

    /// The message with a signature over its root (SAML core §5.4).
    pub(super) async fn signed(mut self, signer: &Signer<'_>) -> Result<String, WriteError> {
        let at = self.signature.take();
        let text = self.finish()?;
        let document = parse(text.as_bytes(), &Limits::METADATA)?;
        let root = document.root().ok_or(WriteError::Id)?;
        let id = root.attribute("ID").ok_or(WriteError::Id)?;
        let method = Method { comments: false, namespaces: Namespaces::Exclusive(Vec::new()) };
        let bytes = c14n::element(root, None, &method, Limits::METADATA.bytes)?;
        let info = signed_info(signer.method(), id, &STANDARD.encode(sha256(&bytes)));
        let value = STANDARD.encode(signer.sign(info.as_bytes()).await?);
        let certificate = STANDARD.encode(signer.certificate);
        let mut writer = Self::default();
        writer.start("ds:Signature", &[("xmlns:ds", Some(DSIG))]);
        writer.raw(&info);
        writer.leaf("ds:SignatureValue", &[], &value);
        writer.start("ds:KeyInfo", &[]);
        writer.start("ds:X509Data", &[]);
        writer.leaf("ds:X509Certificate", &[], &certificate);
        while !writer.open.is_empty() {
            writer.end();
        }
        let (before, after) = at.and_then(|at| text.split_at_checked(at)).ok_or(WriteError::Id)?;
        Ok([before, &writer.text, after].concat())
    }
}

/// `SignedInfo` in its canonical form.
fn signed_info(method: &str, id: &str, digest: &str) -> String {
    let mut writer = Writer::default();
    let algorithm = |uri| [("Algorithm", Some(uri))];
    writer.start("ds:SignedInfo", &[("xmlns:ds", Some(DSIG))]);
    writer.leaf("ds:CanonicalizationMethod", &algorithm(EXCLUSIVE), "");
    writer.leaf("ds:SignatureMethod", &algorithm(method), "");
    writer.start("ds:Reference", &[("URI", Some(&format!("#{id}")))]);
    writer.start("ds:Transforms", &[]);
    let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    writer.leaf("ds:Transform", &algorithm(enveloped), "");
    writer.leaf("ds:Transform", &algorithm(EXCLUSIVE), "");
    writer.end();
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    writer.leaf("ds:DigestMethod", &algorithm(sha256), "");
    writer.leaf("ds:DigestValue", &[], digest);
    while !writer.open.is_empty() {
        writer.end();
    }
    writer.text
}
