//! A public key as an X.509 certificate (RFC 5280), for libraries that read keys in no other form.
//!
//! The certificate is unsigned (RFC 9925): it carries the key and claims nothing. What a verifier trusts is
//! where it got it, as with the JWKS.

use chrono::{DateTime, Datelike};

use super::PublicKey;
use crate::core::{asn1::element, encoding::certificate_pem, time::UnixTime};

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const NULL: [u8; 2] = [0x05, 0x00];

/// `id-alg-unsigned`: 1.3.6.1.5.5.7.6.36
const UNSIGNED: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x06, 0x24];
/// `id-at-commonName`: 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// `id-ecPublicKey`: 1.2.840.10045.2.1
const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// `secp256r1`: 1.2.840.10045.3.1.7
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// `rsaEncryption`: 1.2.840.113549.1.1.1
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// When a certificate without an end ends (RFC 5280 §4.1.2.5).
const NEVER: &[u8] = b"99991231235959Z";

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(SEQUENCE, parts)
}

fn identifier(id: &[u8]) -> Vec<u8> {
    element(OBJECT_IDENTIFIER, &[id])
}

/// A positive number, big-endian.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if bytes.first().is_some_and(|byte| *byte >= 0x80) { &[0] } else { &[] };
    element(INTEGER, &[sign, bytes])
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bytes])
}

fn time(time: UnixTime) -> Vec<u8> {
    match DateTime::from_timestamp(time.0, 0) {
        Some(time) if time.year() < 2050 => {
            element(UTC_TIME, &[time.format("%y%m%d%H%M%SZ").to_string().as_bytes()])
        }
        Some(time) if time.year() < 10_000 => {
            element(GENERALIZED_TIME, &[time.format("%Y%m%d%H%M%SZ").to_string().as_bytes()])
        }
        _ => element(GENERALIZED_TIME, &[NEVER]),
    }
}

impl PublicKey {
    /// The key as `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
    fn info(&self) -> Option<Vec<u8>> {
        if let Some((x, y)) = self.p256_coordinates() {
            let algorithm = sequence(&[&identifier(EC_KEY), &identifier(P256)]);
            return Some(sequence(&[
                &algorithm,
                &bits(&[&[4], x.as_slice(), y.as_slice()].concat()),
            ]));
        }
        let (modulus, exponent) = self.rsa_numbers()?;
        let algorithm = sequence(&[&identifier(RSA), &NULL]);
        let key = sequence(&[&integer(&modulus), &integer(&exponent)]);
        Some(sequence(&[&algorithm, &bits(&key)]))
    }

    /// The key as a certificate in PEM, named by its `kid`; `None`: it has no end.
    pub fn to_certificate(&self, begins: UnixTime, ends: Option<UnixTime>) -> Option<String> {
        let name = element(UTF8_STRING, &[self.id().0.as_bytes()]);
        let name = sequence(&[&identifier(COMMON_NAME), &name]);
        let name = sequence(&[&element(SET, &[&name])]);
        let unsigned = sequence(&[&identifier(UNSIGNED)]);
        let ends = ends.map_or_else(|| element(GENERALIZED_TIME, &[NEVER]), time);
        let validity = sequence(&[&time(begins), &ends]);
        let certified =
            sequence(&[&integer(&[1]), &unsigned, &name, &validity, &name, &self.info()?]);
        Some(certificate_pem(&sequence(&[&certified, &unsigned, &bits(&[])])))
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use p256::pkcs8::DecodePublicKey;

    use super::*;
    use crate::core::token::Algorithm;

    fn der(pem: &str) -> Vec<u8> {
        let lines: Vec<&str> = pem.lines().collect();
        assert!(lines.iter().all(|line| line.len() <= 64));
        STANDARD.decode(lines[1..lines.len() - 1].concat()).unwrap()
    }

    #[test]
    fn a_certificate_holds_the_key_of_the_jwk() {
        let secret = p256::SecretKey::from_slice(&[7; 32]).unwrap();
        let point =
            p256::elliptic_curve::sec1::ToSec1Point::to_sec1_point(&secret.public_key(), false);
        let (x, y) = (point.x().unwrap(), point.y().unwrap());
        let key = PublicKey::p256(&(*x).into(), &(*y).into());
        assert_eq!(key.algorithm(), Algorithm::Es256);
        let read = p256::PublicKey::from_public_key_der(&key.info().unwrap()).unwrap();
        assert_eq!(read, secret.public_key());
        let certificate = der(&key.to_certificate(UnixTime(0), None).unwrap());
        let info = key.info().unwrap();
        assert!(certificate.windows(info.len()).any(|part| part == info));
    }

    #[test]
    fn lengths_and_times_are_written_as_der_asks() {
        assert_eq!(element(SEQUENCE, &[&[0; 127]])[..2], [0x30, 127]);
        assert_eq!(element(SEQUENCE, &[&[0; 128]])[..3], [0x30, 0x81, 128]);
        assert_eq!(element(SEQUENCE, &[&[0; 300]])[..4], [0x30, 0x82, 1, 44]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(time(UnixTime(0))[2..], *b"700101000000Z");
        assert_eq!(time(UnixTime(2_524_608_000))[2..], *b"20500101000000Z");
        assert_eq!(time(UnixTime(i64::MAX))[2..], *NEVER);
    }
}
