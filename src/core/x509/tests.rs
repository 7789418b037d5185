//! Certificates made here, and chains of them.

use p256::ecdsa::{DerSignature, SigningKey, signature::Signer};

use super::*;
use crate::platform::native::RustCrypto;

const NOW: UnixTime = UnixTime(1_795_464_000);
const AUTHORITY: &[u8] = &[0x30, 0x03, 0x01, 0x01, 0xff];
const FIRST_LEVEL: &[u8] = &[0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0x00];
const SIGNS_CERTIFICATES: &[u8] = &[0x03, 0x02, 0x02, 0x04];
const SIGNS_DATA: &[u8] = &[0x03, 0x02, 0x07, 0x80];

/// What a certificate is made of.
#[derive(Clone, Copy)]
pub(crate) struct Made<'a> {
    /// The seeds of the keys of issuer and subject.
    pub(crate) keys: (u8, u8),
    /// The common names of issuer and subject.
    pub(crate) names: (&'a str, &'a str),
    /// The unit in the subject.
    pub(crate) unit: &'a str,
    /// Object identifiers, whether critical, and values.
    pub(crate) extensions: &'a [(&'a [u8], bool, &'a [u8])],
    /// The years in which it is valid.
    pub(crate) years: (&'a str, &'a str),
}

impl Default for Made<'_> {
    fn default() -> Self {
        Self {
            keys: (1, 2),
            names: ("root", "end"),
            unit: "Authenticator Attestation",
            extensions: &[],
            years: ("24", "49"),
        }
    }
}

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = match length {
        [0, short @ ..0x80] => vec![tag, short],
        [0, short] => vec![tag, 0x81, short],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [head, content].concat()
}

fn name(common: &str, unit: &str) -> Vec<u8> {
    let attribute = |number: u8, text: &str| {
        let id = element(0x06, &[&[0x55, 0x04, number]]);
        element(0x31, &[&element(0x30, &[&id, &element(0x0c, &[text.as_bytes()])])])
    };
    let parts =
        [attribute(6, "SE"), attribute(10, "Maker"), attribute(11, unit), attribute(3, common)];
    element(0x30, &[&parts.concat()])
}

pub(crate) fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

impl Made<'_> {
    pub(crate) fn der(&self) -> Vec<u8> {
        let identifier = |id: &[u8]| element(0x06, &[id]);
        let algorithm = element(0x30, &[&identifier(oid::ECDSA_SHA256)]);
        let time = |year: &str| element(0x17, &[year.as_bytes(), b"0101000000Z"]);
        let point = signing_key(self.keys.1).verifying_key().to_sec1_point(false);
        let kind = element(0x30, &[&identifier(oid::EC_KEY), &identifier(oid::P256)]);
        let extension = |(id, critical, value): &(&[u8], bool, &[u8])| {
            let critical: &[u8] = if *critical { &[0x01, 0x01, 0xff] } else { &[] };
            element(0x30, &[&identifier(id), critical, &element(0x04, &[value])])
        };
        let extensions: Vec<u8> = self.extensions.iter().flat_map(extension).collect();
        let signed = element(
            0x30,
            &[
                &element(0xa0, &[&[0x02, 0x01, 0x02]]),
                &[0x02, 0x01, 0x01],
                &algorithm,
                &name(self.names.0, self.unit),
                &element(0x30, &[&time(self.years.0), &time(self.years.1)]),
                &name(self.names.1, self.unit),
                &element(0x30, &[&kind, &element(0x03, &[&[0], point.as_bytes()])]),
                &element(0xa3, &[&element(0x30, &[&extensions])]),
            ],
        );
        let signature: DerSignature = signing_key(self.keys.0).sign(&signed);
        let signature = element(0x03, &[&[0], signature.as_bytes()]);
        element(0x30, &[&signed, &algorithm, &signature])
    }
}

fn chain(chain: &[Made<'_>], anchor: &Made<'_>, now: UnixTime) -> Result<(), ChainError> {
    let bytes: Vec<Vec<u8>> = chain.iter().map(Made::der).collect();
    let chain: Vec<Certificate<'_>> =
        bytes.iter().map(|der| Certificate::from_der(der).unwrap()).collect();
    let anchor = TrustAnchor::from_der(&anchor.der()).unwrap();
    pollster::block_on(verify_chain(&RustCrypto, &chain, std::iter::once(&anchor), now))
}

/// An authority that issues itself or another.
fn authority<'a>(
    keys: (u8, u8),
    names: (&'a str, &'a str),
    extensions: &'a [(&'a [u8], bool, &'a [u8])],
) -> Made<'a> {
    Made { keys, names, extensions, ..Made::default() }
}

const MAY: &[(&[u8], bool, &[u8])] =
    &[(oid::BASIC_CONSTRAINTS, true, AUTHORITY), (oid::KEY_USAGE, true, SIGNS_CERTIFICATES)];

#[test]
fn a_chain_leads_to_its_root_directly_or_over_another_authority() {
    let root = authority((1, 1), ("root", "root"), MAY);
    let between = authority((1, 3), ("root", "between"), MAY);
    let end = Made::default();
    let below = Made { keys: (3, 2), names: ("between", "end"), ..Made::default() };
    assert_eq!(chain(&[end], &root, NOW), Ok(()));
    assert_eq!(chain(&[below, between], &root, NOW), Ok(()));
    assert_eq!(chain(&[below, between, root], &root, NOW), Ok(()), "with the root");
    assert_eq!(chain(&[end], &end, NOW), Ok(()), "the end itself is the anchor");
    assert_eq!(chain(&[below], &root, NOW), Err(ChainError::Untrusted), "a link is missing");
    assert_eq!(chain(&[below, root], &root, NOW), Err(ChainError::Link));
    assert_eq!(chain(&[], &root, NOW), Err(ChainError::Length));
    assert_eq!(chain(&[end; 9], &root, NOW), Err(ChainError::Length));
}

#[test]
fn only_an_authority_issues_and_only_so_deep() {
    let root = authority((1, 1), ("root", "root"), MAY);
    let below = Made { keys: (3, 2), names: ("between", "end"), ..Made::default() };
    for (extensions, expected) in [
        (MAY, Ok(())),
        (&[], Err(ChainError::Authority)),
        (&[(oid::BASIC_CONSTRAINTS, true, &[0x30, 0x00])], Err(ChainError::Authority)),
        (
            &[(oid::BASIC_CONSTRAINTS, true, AUTHORITY), (oid::KEY_USAGE, true, SIGNS_DATA)],
            Err(ChainError::Authority),
        ),
        (&[(oid::BASIC_CONSTRAINTS, true, &[0x02, 0x01])], Err(ChainError::Authority)),
    ] as [(&[(&[u8], bool, &[u8])], _); 5]
    {
        let between = authority((1, 3), ("root", "between"), extensions);
        assert_eq!(chain(&[below, between], &root, NOW), expected, "{extensions:?}");
    }
    let shallow: &[(&[u8], bool, &[u8])] = &[(oid::BASIC_CONSTRAINTS, true, FIRST_LEVEL)];
    let shallow = authority((1, 1), ("root", "root"), shallow);
    let between = authority((1, 3), ("root", "between"), MAY);
    assert_eq!(chain(&[Made::default()], &shallow, NOW), Ok(()));
    assert_eq!(chain(&[below, between], &shallow, NOW), Err(ChainError::Untrusted));
}

#[test]
fn another_key_under_the_same_name_is_no_issuer() {
    let impostor = authority((9, 9), ("root", "root"), MAY);
    assert_eq!(chain(&[Made::default()], &impostor, NOW), Err(ChainError::Untrusted));
    assert_eq!(chain(&[Made::default(), impostor], &impostor, NOW), Err(ChainError::Link));
}

#[test]
fn time_and_critical_extensions_count_for_every_certificate() {
    let root = authority((1, 1), ("root", "root"), MAY);
    let old = Made { years: ("20", "25"), ..Made::default() };
    assert_eq!(chain(&[old], &root, NOW), Err(ChainError::Time));
    assert_eq!(chain(&[Made::default()], &root, UnixTime(0)), Err(ChainError::Time));
    let expired = Made { years: ("20", "25"), ..root };
    assert_eq!(chain(&[Made::default()], &expired, NOW), Err(ChainError::Time));
    let unknown: &[(&[u8], bool, &[u8])] = &[(&[0x2a, 0x03], true, &[0x05, 0x00])];
    let unknown = Made { extensions: unknown, ..Made::default() };
    assert_eq!(chain(&[unknown], &root, NOW), Err(ChainError::Extension));
}

#[test]
fn an_extension_that_appears_twice_or_bytes_that_follow_are_refused() {
    let extension: (&[u8], bool, &[u8]) = (&[0x2a, 0x03], false, &[0x05, 0x00]);
    let twice = Made { extensions: &[extension; 2], ..Made::default() };
    assert_eq!(Certificate::from_der(&twice.der()), None);
    let mut longer = Made::default().der();
    assert!(Certificate::from_der(&longer).is_some());
    longer.push(0);
    assert_eq!(Certificate::from_der(&longer), None);
}
