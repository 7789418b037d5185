//! Reads and writes the subset of BER that LDAP uses (RFC 4511 §5.1): definite lengths, primitive octet
//! strings, tags of one octet.
//!
//! The reader does not recurse or allocate. Lengths may have leading zeros, because Active
//! Directory always writes four length octets.

pub(super) use crate::core::asn1::element;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// Why an encoding violates RFC 4511 §5.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BerError {
    /// An element extends beyond its parent.
    #[error("an element is longer than what contains it")]
    Truncated,
    /// The indefinite form, or a length of more than four octets.
    #[error("a length is indefinite or has more than four octets")]
    Length,
    /// A tag of more than one octet.
    #[error("a tag has more than one octet")]
    LongTag,
    /// An unexpected tag.
    #[error("tag {found:#04x} where {expected:#04x} is due")]
    Tag {
        /// The expected tag.
        expected: u8,
        /// The actual tag.
        found: u8,
    },
    /// An element is absent.
    #[error("an element is missing")]
    Missing,
    /// There is data after the last element.
    #[error("there are bytes after the last element")]
    Trailing,
    /// A number is empty, negative or greater than 2^31 - 1.
    #[error("a number is out of range")]
    Number,
    /// A boolean is not one octet.
    #[error("a boolean is not one octet")]
    Boolean,
    /// A string is not UTF-8.
    #[error("a text is not UTF-8")]
    Utf8,
    /// More elements than the limit.
    #[error("there are too many elements")]
    TooMany,
}

/// The tag and length of an element: `(tag, octets of the header, octets of the content)`; `None` if more
/// bytes are needed to tell.
pub(super) fn header(bytes: &[u8]) -> Result<Option<(u8, usize, usize)>, BerError> {
    let (Some(tag), Some(first)) = (bytes.first(), bytes.get(1)) else {
        return Ok(None);
    };
    if tag & 0x1f == 0x1f {
        return Err(BerError::LongTag);
    }
    if *first < 0x80 {
        return Ok(Some((*tag, 2, usize::from(*first))));
    }
    let octets = usize::from(*first & 0x7f);
    if !(1..=4).contains(&octets) {
        return Err(BerError::Length);
    }
    let Some(length) = bytes.get(2..2 + octets) else {
        return Ok(None);
    };
    let length = length.iter().fold(0_u64, |sum, octet| (sum << 8) | u64::from(*octet));
    let length = usize::try_from(length).map_err(|_| BerError::Length)?;
    Ok(Some((*tag, 2 + octets, length)))
}

/// The child elements of an element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) const fn new(content: &'a [u8]) -> Self {
        Self(content)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tag of the next element.
    pub(super) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element: tag and content.
    pub(super) fn any(&mut self) -> Result<(u8, &'a [u8]), BerError> {
        if self.0.is_empty() {
            return Err(BerError::Missing);
        }
        let (tag, head, length) = header(self.0)?.ok_or(BerError::Truncated)?;
        let end = head.checked_add(length).ok_or(BerError::Truncated)?;
        let content = self.0.get(head..end).ok_or(BerError::Truncated)?;
        self.0 = self.0.get(end..).unwrap_or_default();
        Ok((tag, content))
    }

    /// The content of the next element, which must have this tag.
    pub(super) fn expect(&mut self, expected: u8) -> Result<&'a [u8], BerError> {
        let (found, content) = self.any()?;
        if found == expected { Ok(content) } else { Err(BerError::Tag { expected, found }) }
    }

    /// [`Self::expect`], if the next element has this tag.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, BerError> {
        if self.peek() == Some(tag) { self.expect(tag).map(Some) } else { Ok(None) }
    }

    /// A number from 0 to 2^31 - 1 (`maxInt`, RFC 4511 §4.1.1) under this tag.
    pub(super) fn number(&mut self, tag: u8) -> Result<u32, BerError> {
        number(self.expect(tag)?)
    }

    /// An `LDAPString`, `LDAPDN` or `LDAPOID` under this tag.
    pub(super) fn text(&mut self, tag: u8) -> Result<&'a str, BerError> {
        text(self.expect(tag)?)
    }

    /// Fails if there is another element.
    pub(super) const fn finish(self) -> Result<(), BerError> {
        if self.0.is_empty() { Ok(()) } else { Err(BerError::Trailing) }
    }
}

pub(super) fn number(content: &[u8]) -> Result<u32, BerError> {
    if content.is_empty()
        || content.len() > 5
        || content.first().is_some_and(|first| *first >= 0x80)
    {
        return Err(BerError::Number);
    }
    let value = content.iter().fold(0_u64, |sum, octet| (sum << 8) | u64::from(*octet));
    u32::try_from(value)
        .ok()
        .filter(|value| *value <= i32::MAX.cast_unsigned())
        .ok_or(BerError::Number)
}

pub(super) fn text(content: &[u8]) -> Result<&str, BerError> {
    std::str::from_utf8(content).map_err(|_| BerError::Utf8)
}

pub(super) fn boolean(content: &[u8]) -> Result<bool, BerError> {
    match content {
        [value] => Ok(*value != 0),
        _ => Err(BerError::Boolean),
    }
}

/// Encodes a number from 0 to 2^31 - 1 in its shortest form, under this tag.
pub(super) fn write_number(tag: u8, value: u32) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let zeros = bytes.iter().take(3).take_while(|byte| **byte == 0).count();
    let content = bytes.get(zeros..).unwrap_or_default();
    let sign: &[u8] = if content.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
    element(tag, &[sign, content])
}

/// A boolean: true is 0xff (RFC 4511 §5.1).
pub(super) fn write_boolean(tag: u8, value: bool) -> Vec<u8> {
    element(tag, &[&[if value { 0xff } else { 0 }]])
}

/// An OCTET STRING.
pub(super) fn octets(bytes: &[u8]) -> Vec<u8> {
    element(OCTETS, &[bytes])
}
