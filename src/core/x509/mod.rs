//! Reads X.509 certificates (RFC 5280) and verifies chains of them.
//!
//! The signed part is kept as the bytes that came: it is never written anew.

mod chain;
mod issue;
mod signature;
#[cfg(test)]
pub(crate) mod tests;

pub use chain::{ChainError, TrustAnchor, verify_chain};
pub use issue::SelfSigned;
pub use signature::verify_der;

use der::{
    AnyRef, Decode, EncodingRules, Reader, SliceReader, Tag, TagNumber,
    asn1::{BitStringRef, GeneralizedTime, OctetStringRef, UintRef, UtcTime},
};

use super::{
    signature::{RsaKey, Scheme, VerifyingKey},
    time::UnixTime,
};

/// Object identifiers, as their DER content.
mod oid {
    pub(super) const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    pub(super) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    pub(super) const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
    pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    pub(super) const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    pub(super) const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
    pub(super) const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
    pub(super) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
    pub(super) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
}

/// A certificate. Nothing of it is verified until [`verify_chain`] has said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate<'a> {
    der: &'a [u8],
    signed: &'a [u8],
    /// 3 for a certificate with extensions.
    pub version: u8,
    scheme: Option<Scheme>,
    signature: &'a [u8],
    issuer: &'a [u8],
    begins: UnixTime,
    ends: UnixTime,
    subject: &'a [u8],
    /// The subject's key; `None` if it is of a kind that we do not verify with.
    pub key: Option<VerifyingKey>,
    extensions: Vec<Extension<'a>>,
}

/// An extension of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Its object identifier, as DER content.
    pub id: &'a [u8],
    /// Whether a verifier that does not know it must refuse the certificate.
    pub critical: bool,
    /// Its value, DER.
    pub value: &'a [u8],
}

/// `BasicConstraints` (RFC 5280 §4.2.1.9).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject may issue certificates.
    pub authority: bool,
    /// How many intermediate certificates may follow.
    pub path_length: Option<u8>,
}

/// An optional element under a context-specific tag.
fn tagged<'a>(reader: &mut SliceReader<'a>, number: u32) -> der::Result<Option<AnyRef<'a>>> {
    let wanted = |tag: Tag| tag.is_context_specific() && tag.number() == TagNumber(number);
    if reader.is_finished() || !wanted(Tag::peek(reader)?) {
        return Ok(None);
    }
    AnyRef::decode(reader).map(Some)
}

fn contents(bytes: &[u8]) -> der::Result<SliceReader<'_>> {
    SliceReader::new_with_encoding_rules(bytes, EncodingRules::Der)
}

/// The content of the next element, which must be a SEQUENCE.
fn sequence<'a>(reader: &mut SliceReader<'a>) -> der::Result<SliceReader<'a>> {
    let element = AnyRef::decode(reader)?;
    element.tag_is(Tag::Sequence)?;
    contents(element.value())
}

/// The content of the next element, which must be an OBJECT IDENTIFIER.
fn identifier<'a>(reader: &mut SliceReader<'a>) -> der::Result<&'a [u8]> {
    let element = AnyRef::decode(reader)?;
    element.tag_is(Tag::ObjectIdentifier)?;
    Ok(element.value())
}

trait Tagged {
    fn tag_is(&self, tag: Tag) -> der::Result<()>;
}

impl Tagged for AnyRef<'_> {
    fn tag_is(&self, tag: Tag) -> der::Result<()> {
        tag.assert_eq(der::Tagged::tag(self)).map(|_| ())
    }
}

impl<'a> Certificate<'a> {
    /// Reads a certificate in DER; `None` if it is none or something follows it.
    pub fn from_der(bytes: &'a [u8]) -> Option<Self> {
        Self::read(bytes).ok()
    }

    fn read(bytes: &'a [u8]) -> der::Result<Self> {
        let mut whole = contents(bytes)?;
        let mut outer = sequence(&mut whole)?;
        whole.finish()?;
        let signed = outer.tlv_bytes()?;
        let algorithm = outer.tlv_bytes()?;
        let signature = BitStringRef::decode(&mut outer)?;
        outer.finish()?;
        let mut whole = contents(signed)?;
        let mut inner = sequence(&mut whole)?;
        let version = match tagged(&mut inner, 0)? {
            Some(version) => u8::from_der(version.value())?.saturating_add(1),
            None => 1,
        };
        AnyRef::decode(&mut inner)?.tag_is(Tag::Integer)?; // the serial number
        let same = inner.tlv_bytes()? == algorithm;
        let issuer = inner.tlv_bytes()?;
        let mut validity = sequence(&mut inner)?;
        let (begins, ends) = (time(&mut validity)?, time(&mut validity)?);
        validity.finish()?;
        let subject = inner.tlv_bytes()?;
        let key = key(sequence(&mut inner)?)?;
        tagged(&mut inner, 1)?;
        tagged(&mut inner, 2)?;
        let extensions = match tagged(&mut inner, 3)? {
            Some(list) => extensions(list.value())?,
            None => Vec::new(),
        };
        inner.finish()?;
        // RFC 5280 §4.1.1.2: both places name the same algorithm.
        let scheme = if same { scheme(algorithm)? } else { None };
        let signature = signature.as_bytes().unwrap_or_default();
        Ok(Self {
            der: bytes,
            signed,
            version,
            scheme,
            signature,
            issuer,
            begins,
            ends,
            subject,
            key,
            extensions,
        })
    }

    /// The certificate as it came.
    pub const fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The extension with that object identifier (its DER content).
    pub fn extension(&self, id: &[u8]) -> Option<Extension<'a>> {
        self.extensions.iter().find(|extension| extension.id == id).copied()
    }

    /// The basic constraints; the default if there are none, `None` if they cannot be read.
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        let Some(extension) = self.extension(oid::BASIC_CONSTRAINTS) else {
            return Some(BasicConstraints::default());
        };
        let read = || -> der::Result<BasicConstraints> {
            let mut whole = contents(extension.value)?;
            let mut members = sequence(&mut whole)?;
            whole.finish()?;
            let authority = Option::<bool>::decode(&mut members)?.unwrap_or_default();
            let path_length = Option::<u8>::decode(&mut members)?;
            members.finish()?;
            Ok(BasicConstraints { authority, path_length })
        };
        read().ok()
    }

    /// Whether the key may sign certificates (RFC 5280 §4.2.1.3): so if nothing is said.
    fn may_sign_certificates(&self) -> bool {
        self.extension(oid::KEY_USAGE).is_none_or(|extension| {
            BitStringRef::from_der(extension.value)
                .is_ok_and(|usage| usage.get(5).unwrap_or_default())
        })
    }

    /// The texts of the subject's attribute with that object identifier (its DER content).
    pub fn subject(&self, attribute: &[u8]) -> Vec<&'a str> {
        attributes(self.subject, attribute).unwrap_or_default()
    }
}

fn attributes<'a>(name: &'a [u8], wanted: &[u8]) -> der::Result<Vec<&'a str>> {
    let mut found = Vec::new();
    let mut whole = contents(name)?;
    let mut sets = sequence(&mut whole)?;
    while !sets.is_finished() {
        let set = AnyRef::decode(&mut sets)?;
        set.tag_is(Tag::Set)?;
        let mut set = contents(set.value())?;
        while !set.is_finished() {
            let mut pair = sequence(&mut set)?;
            let id = identifier(&mut pair)?;
            let value = AnyRef::decode(&mut pair)?;
            let is_text =
                matches!(der::Tagged::tag(&value), Tag::Utf8String | Tag::PrintableString);
            if let (true, true, Ok(text)) =
                (is_text, id == wanted, std::str::from_utf8(value.value()))
            {
                found.push(text);
            }
        }
    }
    Ok(found)
}

fn time(reader: &mut SliceReader<'_>) -> der::Result<UnixTime> {
    let duration = match Tag::peek(reader)? {
        Tag::UtcTime => UtcTime::decode(reader)?.to_unix_duration(),
        _ => GeneralizedTime::decode(reader)?.to_unix_duration(),
    };
    Ok(UnixTime(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)))
}

/// The key of a `SubjectPublicKeyInfo`'s content; `None` if it is of another kind.
fn key(mut info: SliceReader<'_>) -> der::Result<Option<VerifyingKey>> {
    let mut algorithm = sequence(&mut info)?;
    let id = identifier(&mut algorithm)?;
    let bits = BitStringRef::decode(&mut info)?;
    info.finish()?;
    let bits = bits.as_bytes().unwrap_or_default();
    Ok(match id {
        oid::EC_KEY => {
            let curve = identifier(&mut algorithm)?;
            VerifyingKey::from_point(bits).filter(|key| {
                matches!(
                    (key, curve),
                    (VerifyingKey::P256 { .. }, oid::P256) | (VerifyingKey::P384 { .. }, oid::P384)
                )
            })
        }
        oid::RSA => {
            let mut whole = contents(bits)?;
            let mut numbers = sequence(&mut whole)?;
            let modulus = UintRef::decode(&mut numbers)?;
            let exponent = UintRef::decode(&mut numbers)?;
            RsaKey::new(modulus.as_bytes(), exponent.as_bytes()).map(VerifyingKey::Rsa)
        }
        oid::ED25519 => bits.try_into().ok().map(VerifyingKey::Ed25519),
        _ => None,
    })
}

fn scheme(algorithm: &[u8]) -> der::Result<Option<Scheme>> {
    let mut whole = contents(algorithm)?;
    Ok(match identifier(&mut sequence(&mut whole)?)? {
        oid::ECDSA_SHA256 => Some(Scheme::EcdsaSha256),
        oid::ECDSA_SHA384 => Some(Scheme::EcdsaSha384),
        oid::RSA_SHA256 => Some(Scheme::RsaSha256),
        oid::ED25519 => Some(Scheme::Ed25519),
        _ => None,
    })
}

fn extensions(list: &[u8]) -> der::Result<Vec<Extension<'_>>> {
    let mut whole = contents(list)?;
    let mut list = sequence(&mut whole)?;
    whole.finish()?;
    let mut extensions: Vec<Extension<'_>> = Vec::new();
    while !list.is_finished() {
        let mut members = sequence(&mut list)?;
        let id = identifier(&mut members)?;
        let critical = Option::<bool>::decode(&mut members)?.unwrap_or_default();
        let value = <&OctetStringRef>::decode(&mut members)?.as_bytes();
        members.finish()?;
        // RFC 5280 §4.2: an extension appears once.
        if extensions.iter().any(|other| other.id == id) {
            return Err(der::ErrorKind::Failed.into());
        }
        extensions.push(Extension { id, critical, value });
    }
    Ok(extensions)
}
