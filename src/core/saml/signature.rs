//! Verifies an enveloped signature and returns the signed bytes, reparsed (XML Signature 1.1, SAML
//! core §5.4).
//!
//! Callers never see the received document: the signed element is canonicalized, compared with the
//! digest and parsed again, and only the result is a [`Verified`]. A moved, duplicated or wrapped
//! element is not part of those bytes.

use super::{
    Algorithms, base64_text,
    names::{DSIG, EXCLUSIVE},
    xml::{
        Document, Element, Limits, Several, XmlError,
        c14n::{self, MOST_PREFIXES, Method, Namespaces, TooLong},
        parse,
    },
};
use crate::core::{
    crypto::{CryptoError, Signatures},
    secret::constant_time_eq,
    signature::{Scheme, VerifyingKey},
};

/// Maximum number of keys tried per signature.
const MOST_KEYS: usize = 16;

/// A document signed in full by a trusted key, without its signature. Only [`verify`] creates one.
#[derive(Debug)]
pub struct Verified {
    document: Document,
}

impl Verified {
    /// The signed document.
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// The signed document.
    pub fn into_document(self) -> Document {
        self.document
    }
}

/// Why a signature is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The element has no signature child.
    #[error("the element is not signed")]
    Missing,
    /// An element appears several times.
    #[error(transparent)]
    Several(#[from] Several),
    /// A part of the signature is missing or misplaced.
    #[error("the signature is malformed at {0}")]
    Malformed(&'static str),
    /// There is not exactly one reference.
    #[error("the signature must have one Reference")]
    References,
    /// The reference does not point to the parent element of the signature.
    #[error("the Reference is not to the ID of the element around the signature")]
    Reference,
    /// The ID is not unique.
    #[error("an ID appears twice in the document")]
    DuplicateId,
    /// A canonicalization method that is not accepted.
    #[error("the canonicalization method is not accepted")]
    Canonicalization,
    /// A transform other than the enveloped signature followed by a canonicalization.
    #[error("the transforms are not accepted")]
    Transforms,
    /// A signature method that is not accepted.
    #[error("the signature method is not accepted: {0}")]
    Method(String),
    /// A digest method that is not accepted.
    #[error("the digest method is not accepted: {0}")]
    DigestMethod(String),
    /// No trusted key matches the signature method.
    #[error("no trusted key is of the kind that the signature method asks for")]
    NoKey,
    /// No trusted key made the signature.
    #[error("the signature is not of a trusted key")]
    Key,
    /// The element was altered after it was signed.
    #[error("the digest does not match: the element was altered after signing")]
    Digest,
    /// The canonical form is too long.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The canonical form cannot be parsed.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// A cryptographic operation failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// The signature child of an element.
pub fn signature_of(element: Element<'_>) -> Result<Option<Element<'_>>, SignatureError> {
    Ok(element.only_child(DSIG, "Signature")?)
}

/// Verifies the signature child of `element` with one of `keys`. The message's `KeyInfo` is
/// ignored.
pub async fn verify(
    crypto: &dyn Signatures,
    element: Element<'_>,
    keys: &[VerifyingKey],
    algorithms: Algorithms,
    limits: &Limits,
) -> Result<Verified, SignatureError> {
    unique_ids(element.document())?;
    let signature = signature_of(element)?.ok_or(SignatureError::Missing)?;
    let (info, value) = parts(signature)?;
    let signed = signed_info(info, limits)?;
    let info = Info::read(signed.root().ok_or(SignatureError::Malformed("SignedInfo"))?)?;

    let id = element.attribute("ID").filter(|id| !id.is_empty());
    let id = id.ok_or(SignatureError::Reference)?;
    if info.reference.strip_prefix('#') != Some(id) {
        return Err(SignatureError::Reference);
    }
    let known = algorithms.scheme(&info.signature_method);
    let scheme = known.ok_or(SignatureError::Method(info.signature_method))?;
    by_any(crypto, keys, scheme, &info.bytes, &value).await?;

    // `info` is now verified to be signed by a trusted key.
    let bytes = c14n::element(element, Some(signature), &info.transform, limits.bytes)?;
    let digest = algorithms.digest(&info.digest_method, &bytes);
    let digest = digest.ok_or(SignatureError::DigestMethod(info.digest_method))?;
    if !constant_time_eq(&digest, &info.digest) {
        return Err(SignatureError::Digest);
    }
    Ok(Verified { document: parse(&bytes, limits)? })
}

/// Refuses duplicate IDs: the ID attributes of SAML (`ID`), XML Signature and XML Encryption
/// (`Id`).
fn unique_ids(document: &Document) -> Result<(), SignatureError> {
    let mut seen = std::collections::BTreeSet::new();
    let ids = document.elements().flat_map(|element| {
        ["ID", "Id", "id"].into_iter().filter_map(move |name| element.attribute(name))
    });
    for id in ids {
        if !seen.insert(id) {
            return Err(SignatureError::DuplicateId);
        }
    }
    Ok(())
}

/// Whether one of `keys` made the signature.
pub(super) async fn by_any(
    crypto: &dyn Signatures,
    keys: &[VerifyingKey],
    scheme: Scheme,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let mut fitting = keys.iter().filter(|key| key.signs(scheme)).take(MOST_KEYS).peekable();
    if fitting.peek().is_none() {
        return Err(SignatureError::NoKey);
    }
    for key in fitting {
        if crypto.verify_with(key, scheme, message, signature).await? {
            return Ok(());
        }
    }
    Err(SignatureError::Key)
}

/// `SignedInfo` and the value of a signature, whose only other child may be a `KeyInfo`.
fn parts(signature: Element<'_>) -> Result<(Element<'_>, Vec<u8>), SignatureError> {
    let mut children = signature.children();
    let info = children.next().filter(|child| child.is(DSIG, "SignedInfo"));
    let info = info.ok_or(SignatureError::Malformed("SignedInfo"))?;
    let value = children.next().filter(|child| child.is(DSIG, "SignatureValue"));
    let value = value.and_then(|child| base64_text(&child.text()?));
    let value = value.filter(|bytes| !bytes.is_empty());
    let value = value.ok_or(SignatureError::Malformed("SignatureValue"))?;
    // Another implementation could read an Object as the message.
    if children.any(|child| !child.is(DSIG, "KeyInfo")) {
        return Err(SignatureError::Malformed("Signature"));
    }
    Ok((info, value))
}

/// Canonicalizes and reparses `SignedInfo`.
fn signed_info(info: Element<'_>, limits: &Limits) -> Result<SignedInfo, SignatureError> {
    let method = info.only_child(DSIG, "CanonicalizationMethod")?;
    let method = method.ok_or(SignatureError::Malformed("CanonicalizationMethod"))?;
    let method = canonicalization(method).ok_or(SignatureError::Canonicalization)?;
    let bytes = c14n::element(info, None, &method, limits.bytes)?;
    let document = parse(&bytes, limits)?;
    Ok(SignedInfo { bytes, document })
}

struct SignedInfo {
    bytes: Vec<u8>,
    document: Document,
}

impl SignedInfo {
    fn root(&self) -> Option<(Element<'_>, &[u8])> {
        Some((self.document.root()?, &self.bytes))
    }
}

/// The content of a `SignedInfo`.
struct Info {
    bytes: Vec<u8>,
    signature_method: String,
    reference: String,
    transform: Method,
    digest_method: String,
    digest: Vec<u8>,
}

impl Info {
    fn read((info, bytes): (Element<'_>, &[u8])) -> Result<Self, SignatureError> {
        let malformed = SignatureError::Malformed;
        let mut children = info.children();
        let canonicalization = children.next();
        if !canonicalization.is_some_and(|child| child.is(DSIG, "CanonicalizationMethod")) {
            return Err(malformed("CanonicalizationMethod"));
        }
        let method = children.next().filter(|child| child.is(DSIG, "SignatureMethod"));
        let signature_method = method.and_then(algorithm).ok_or(malformed("SignatureMethod"))?;
        let references: Vec<_> = children.collect();
        let [reference] = references.as_slice() else { return Err(SignatureError::References) };
        if !reference.is(DSIG, "Reference") {
            return Err(malformed("Reference"));
        }
        let uri = reference.attribute("URI").ok_or(SignatureError::Reference)?.to_owned();
        let mut children = reference.children();
        let transforms = children.next().filter(|child| child.is(DSIG, "Transforms"));
        let transform = transforms.and_then(transform).ok_or(SignatureError::Transforms)?;
        let method = children.next().filter(|child| child.is(DSIG, "DigestMethod"));
        let digest_method = method.and_then(algorithm).ok_or(malformed("DigestMethod"))?;
        let digest = children.next().filter(|child| child.is(DSIG, "DigestValue"));
        let digest = digest.and_then(|child| base64_text(&child.text()?));
        let digest = digest.ok_or(malformed("DigestValue"))?;
        if children.next().is_some() {
            return Err(malformed("Reference"));
        }
        let bytes = bytes.to_vec();
        Ok(Self { bytes, signature_method, reference: uri, transform, digest_method, digest })
    }
}

/// The algorithm of a method that has no parameters (an `HMACOutputLength` would be one).
fn algorithm(method: Element<'_>) -> Option<String> {
    let uri = method.attribute("Algorithm")?;
    method.children().next().is_none().then(|| uri.to_owned())
}

/// Parses `Transforms`: the enveloped signature, then at most one canonicalization (SAML core
/// §5.4.4).
fn transform(transforms: Element<'_>) -> Option<Method> {
    let mut children = transforms.children();
    let first = children.next().filter(|child| child.is(DSIG, "Transform"))?;
    if algorithm(first)? != "http://www.w3.org/2000/09/xmldsig#enveloped-signature" {
        return None;
    }
    let method = match children.next() {
        None => Method::DEFAULT,
        Some(second) => canonicalization(second).filter(|_| second.is(DSIG, "Transform"))?,
    };
    children.next().is_none().then(|| method.without_comments())
}

/// A canonicalization with its `InclusiveNamespaces`.
fn canonicalization(element: Element<'_>) -> Option<Method> {
    let mut method = Method::from_uri(element.attribute("Algorithm")?)?;
    let mut children = element.children();
    let Some(list) = children.next() else { return Some(method) };
    let Namespaces::Exclusive(prefixes) = &mut method.namespaces else { return None };
    if !list.is(EXCLUSIVE, "InclusiveNamespaces") || children.next().is_some() {
        return None;
    }
    let listed = list.attribute("PrefixList").unwrap_or_default();
    prefixes.extend(listed.split_ascii_whitespace().take(MOST_PREFIXES + 1).map(str::to_owned));
    (prefixes.len() <= MOST_PREFIXES).then_some(method)
}
