//! Writes DER.

use der::{Encode, asn1::GeneralizedTime};

pub(super) use crate::core::asn1::element;
use crate::core::time::UnixTime;

pub(super) const SEQUENCE: u8 = 0x30;

/// `[number]`, explicit.
pub(super) fn tagged(number: u8, content: &[u8]) -> Vec<u8> {
    element(0xa0 | number, &[content])
}

/// `[APPLICATION number]` around a SEQUENCE of these members.
pub(super) fn application(number: u8, members: &[&[u8]]) -> Vec<u8> {
    element(0x60 | number, &[&element(SEQUENCE, members)])
}

/// An INTEGER.
pub(super) fn integer(value: i64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let mut content = bytes.as_slice();
    // Shortest form: the first nine bits are not all equal.
    while let [first, rest @ ..] = content
        && let Some(second) = rest.first()
    {
        if !matches!((first, second), (0, ..0x80) | (0xff, 0x80..)) {
            break;
        }
        content = rest;
    }
    element(0x02, &[content])
}

/// An OCTET STRING.
pub(super) fn octets(bytes: &[u8]) -> Vec<u8> {
    element(0x04, &[bytes])
}

/// An ENUMERATED of one octet.
pub(super) fn enumerated(value: u8) -> Vec<u8> {
    element(0x0a, &[&[value]])
}

/// A `KerberosString`.
pub(super) fn text(text: &str) -> Vec<u8> {
    element(0x1b, &[text.as_bytes()])
}

/// A `KerberosTime`. Times outside the X.690 calendar are written as 1970.
pub(super) fn time(time: UnixTime) -> Vec<u8> {
    let seconds = u64::try_from(time.0).unwrap_or_default();
    GeneralizedTime::from_unix_duration(std::time::Duration::from_secs(seconds))
        .or_else(|_| GeneralizedTime::from_unix_duration(std::time::Duration::ZERO))
        .and_then(|time| time.to_der())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_lengths_are_the_shortest() {
        for value in [0, 1, 127, 128, -1, -128, -129, 0xffff_ffff, i64::MIN, i64::MAX] {
            assert_eq!(integer(value), der::Encode::to_der(&value).unwrap(), "{value}");
        }
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let ours = octets(&vec![7; length]);
            let theirs = der::asn1::OctetString::new(vec![7; length]).unwrap().to_der().unwrap();
            assert_eq!(ours, theirs, "{length}");
        }
    }

    #[test]
    fn a_time_is_written_as_kerberos_does() {
        assert_eq!(time(UnixTime(1_795_632_238)), b"\x18\x0f20261125184358Z");
        assert_eq!(time(UnixTime(i64::MAX)), b"\x18\x0f19700101000000Z");
    }
}
