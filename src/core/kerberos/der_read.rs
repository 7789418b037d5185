//! Reads DER with explicit tags, as used by Kerberos and SPNEGO, without recursion.

use der::{
    AnyRef, Decode, EncodingRules, ErrorKind, Reader, SliceReader, Tag, TagNumber, Tagged,
    asn1::{BitStringRef, GeneralizedTime, OctetStringRef},
};

use crate::core::time::UnixTime;

/// Maximum length of a realm or name component.
const LONGEST_TEXT: usize = 256;

/// The only element in `bytes`.
pub(super) fn only(bytes: &[u8]) -> der::Result<AnyRef<'_>> {
    let mut reader = contents(bytes)?;
    let element = AnyRef::decode(&mut reader)?;
    reader.finish()?;
    Ok(element)
}

/// The SEQUENCE in the only element in `bytes`, which is `[APPLICATION number]`.
pub(super) fn application(bytes: &[u8], number: u32) -> der::Result<Fields<'_>> {
    let element = only(bytes)?;
    let wanted = Tag::Application { constructed: true, number: TagNumber(number) };
    element.tag().assert_eq(wanted)?;
    Fields::of(only(element.value())?)
}

fn contents(bytes: &[u8]) -> der::Result<SliceReader<'_>> {
    SliceReader::new_with_encoding_rules(bytes, EncodingRules::Der)
}

/// The members of a SEQUENCE, each under its explicit tag, in order.
#[derive(Debug)]
pub(super) struct Fields<'a>(SliceReader<'a>);

impl<'a> Fields<'a> {
    pub(super) fn of(element: AnyRef<'a>) -> der::Result<Self> {
        element.tag().assert_eq(Tag::Sequence)?;
        contents(element.value()).map(Self)
    }

    /// The bytes of the member `number`; `None` if it is absent.
    pub(super) fn bytes(&mut self, number: u32) -> der::Result<Option<&'a [u8]>> {
        let wanted = Tag::ContextSpecific { constructed: true, number: TagNumber(number) };
        if self.0.is_finished() || Tag::peek(&self.0)? != wanted {
            return Ok(None);
        }
        let element = AnyRef::decode(&mut self.0)?;
        Ok(Some(element.value()))
    }

    /// The member `number`; `None` if it is absent.
    pub(super) fn optional(&mut self, number: u32) -> der::Result<Option<AnyRef<'a>>> {
        self.bytes(number)?.map(only).transpose()
    }

    /// The member `number`.
    pub(super) fn required(&mut self, number: u32) -> der::Result<AnyRef<'a>> {
        self.optional(number)?.ok_or_else(|| {
            let tag = Tag::ContextSpecific { constructed: true, number: TagNumber(number) };
            ErrorKind::TagUnexpected { expected: Some(tag), actual: Tag::Null }.into()
        })
    }

    /// Fails if there is another member.
    pub(super) fn finish(self) -> der::Result<()> {
        self.0.finish()
    }

    /// Skips unknown members of an extensible SEQUENCE.
    pub(super) fn skip_unknown(mut self) -> der::Result<()> {
        while !self.0.is_finished() {
            AnyRef::decode(&mut self.0)?;
        }
        Ok(())
    }
}

/// The elements of a SEQUENCE OF, at most `most`.
pub(super) fn sequence_of(element: AnyRef<'_>, most: usize) -> der::Result<Vec<AnyRef<'_>>> {
    element.tag().assert_eq(Tag::Sequence)?;
    let mut reader = contents(element.value())?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        if elements.len() == most {
            return Err(ErrorKind::Overlength.into());
        }
        elements.push(AnyRef::decode(&mut reader)?);
    }
    Ok(elements)
}

/// `Int32` (RFC 4120 §5.2.4).
pub(super) fn int32(element: AnyRef<'_>) -> der::Result<i32> {
    element.decode_as()
}

/// `UInt32`. Old implementations encode the upper half as negative numbers (RFC 4120 §5.3.2,
/// sequence number), with the same bits.
pub(super) fn uint32(element: AnyRef<'_>) -> der::Result<u32> {
    let value: i64 = element.decode_as()?;
    match (u32::try_from(value), i32::try_from(value)) {
        (Ok(value), _) => Ok(value),
        (_, Ok(value)) => Ok(value.cast_unsigned()),
        _ => Err(ErrorKind::Overflow.into()),
    }
}

/// `Microseconds`: 0 to 999999.
pub(super) fn microseconds(element: AnyRef<'_>) -> der::Result<u32> {
    let value: u32 = element.decode_as()?;
    if value > 999_999 {
        return Err(ErrorKind::Value { tag: Tag::Integer }.into());
    }
    Ok(value)
}

/// An OCTET STRING.
pub(super) fn octets(element: AnyRef<'_>) -> der::Result<&[u8]> {
    element.decode_as::<&OctetStringRef>().map(OctetStringRef::as_bytes)
}

/// `KerberosString` (RFC 4120 §5.2.1). Active Directory uses UTF-8. Control characters are refused,
/// so that names can be logged and compared safely.
pub(super) fn text(element: AnyRef<'_>) -> der::Result<&str> {
    element.tag().assert_eq(Tag::GeneralString)?;
    let text = std::str::from_utf8(element.value()).map_err(der::Error::from)?;
    if text.len() > LONGEST_TEXT {
        return Err(ErrorKind::Overlength.into());
    }
    if text.chars().any(char::is_control) {
        return Err(ErrorKind::Value { tag: Tag::GeneralString }.into());
    }
    Ok(text)
}

/// `KerberosTime` (RFC 4120 §5.2.3).
pub(super) fn time(element: AnyRef<'_>) -> der::Result<UnixTime> {
    let duration = element.decode_as::<GeneralizedTime>()?.to_unix_duration();
    Ok(UnixTime(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)))
}

/// `KerberosFlags` (RFC 4120 §5.2.8): the first 32 bits, most significant first.
pub(super) fn flags(element: AnyRef<'_>) -> der::Result<u32> {
    let bits: BitStringRef<'_> = element.decode_as()?;
    let mut first = [0; 4];
    for (to, from) in first.iter_mut().zip(bits.raw_bytes()) {
        *to = *from;
    }
    Ok(u32::from_be_bytes(first))
}
